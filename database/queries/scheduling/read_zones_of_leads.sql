-- Of each zone in which leads wait its first kind, in one step a zone, however many kinds there are.
-- $1 campaign id, $2 how many at most
with recursive bucket as (
  (
    select coalesce(dial_timezone, '') as zone, coalesce(list_id, '00000000-0000-0000-0000-000000000000') as list,
      priority, due_at
    from leads
    where campaign_id = $1 and status in ('NEW', 'RETRY')
    order by coalesce(dial_timezone, ''), coalesce(list_id, '00000000-0000-0000-0000-000000000000'), priority, due_at
    limit 1
  )
  union all
  select next.* from bucket
  cross join lateral (
    select coalesce(dial_timezone, ''), coalesce(list_id, '00000000-0000-0000-0000-000000000000'), priority, due_at
    from leads
    where campaign_id = $1 and status in ('NEW', 'RETRY') and coalesce(dial_timezone, '') > bucket.zone
    order by coalesce(dial_timezone, ''), coalesce(list_id, '00000000-0000-0000-0000-000000000000'), priority, due_at
    limit 1
  ) as next
)
select kind.zone, kind.list as "listId", kind.priority,
  (extract(epoch from least(greatest(kind.due_at, '1970-01-01'), '9999-12-31')) * 1000)::float8 as "dueMs",
  coalesce(lists.priority, 100) as "listPriority", coalesce(lists.is_active, true) as "listActive"
from (select * from bucket limit $2) as kind
left join lists on lists.id = kind.list
