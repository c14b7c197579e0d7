-- Kinds that are known, as they are now, and those of the leads that came due last and that come due next: however many partitions
-- there are, a lead that was just inserted or whose time has just come is of one of these.
-- $1 campaign id; of each partition that is known: $2 zone, $3 list id, $4 priority; $5 how many leads before and after now
with near as (
  (
    select dial_timezone, list_id, priority from leads
    where campaign_id = $1 and status in ('NEW', 'RETRY') and due_at <= statement_timestamp()
    order by due_at desc limit $5
  )
  union all
  (
    select dial_timezone, list_id, priority from leads
    where campaign_id = $1 and status in ('NEW', 'RETRY') and due_at > statement_timestamp()
    order by due_at limit $5
  )
), known as (
  select zone, list, priority from unnest($2::text[], $3::uuid[], $4::int[]) as chosen (zone, list, priority)
  union
  select coalesce(dial_timezone, ''), coalesce(list_id, '00000000-0000-0000-0000-000000000000'), priority from near
)
select known.zone, known.list as "listId", known.priority,
  (extract(epoch from least(greatest(first.due_at, '1970-01-01'), '9999-12-31')) * 1000)::float8 as "dueMs",
  coalesce(lists.priority, 100) as "listPriority", coalesce(lists.is_active, true) as "listActive"
from known
cross join lateral (
  select due_at from leads
  where campaign_id = $1 and status in ('NEW', 'RETRY')
    and coalesce(dial_timezone, '') = known.zone
    and coalesce(list_id, '00000000-0000-0000-0000-000000000000') = known.list and leads.priority = known.priority
  order by due_at
  limit 1
) as first
left join lists on lists.id = known.list
