-- The lead partitions that wait, in order, as in read_pass; but for those of some zones, which are passed over in one step each.
-- $1 campaign id, $2 zones to leave out, $3 how many at most; $4 zone, $5 list and $6 priority of the partition to go on behind, all
-- null: from the first
with recursive lead_partition as (
  select first.* from (
    (
      select coalesce(dial_timezone, '') as zone, coalesce(list_id, '00000000-0000-0000-0000-000000000000') as list,
        priority, due_at
      from leads
      where campaign_id = $1 and status in ('NEW', 'RETRY') and $4::text is null
      order by coalesce(dial_timezone, ''), coalesce(list_id, '00000000-0000-0000-0000-000000000000'), priority, due_at
      limit 1
    )
    union all
    (
      select coalesce(dial_timezone, ''), coalesce(list_id, '00000000-0000-0000-0000-000000000000'), priority, due_at
      from leads
      where campaign_id = $1 and status in ('NEW', 'RETRY')
        and (coalesce(dial_timezone, ''), coalesce(list_id, '00000000-0000-0000-0000-000000000000'), priority)
          > ($4::text,
            case when $4::text = any($2::text[]) then 'ffffffff-ffff-ffff-ffff-ffffffffffff' else $5::uuid end,
            case when $4::text = any($2::text[]) then 2147483647 else $6::int end)
      order by coalesce(dial_timezone, ''), coalesce(list_id, '00000000-0000-0000-0000-000000000000'), priority, due_at
      limit 1
    )
  ) as first
  union all
  select next.* from lead_partition
  cross join lateral (
    select coalesce(dial_timezone, ''), coalesce(list_id, '00000000-0000-0000-0000-000000000000'), priority, due_at
    from leads
    where campaign_id = $1 and status in ('NEW', 'RETRY')
      and (coalesce(dial_timezone, ''), coalesce(list_id, '00000000-0000-0000-0000-000000000000'), priority)
        > (lead_partition.zone,
          case when lead_partition.zone = any($2::text[]) then 'ffffffff-ffff-ffff-ffff-ffffffffffff' else lead_partition.list end,
          case when lead_partition.zone = any($2::text[]) then 2147483647 else lead_partition.priority end)
    order by coalesce(dial_timezone, ''), coalesce(list_id, '00000000-0000-0000-0000-000000000000'), priority, due_at
    limit 1
  ) as next
)
select chosen.zone, chosen.list as "listId", chosen.priority,
  (extract(epoch from least(greatest(chosen.due_at, '1970-01-01'), '9999-12-31')) * 1000)::float8 as "dueMs",
  coalesce(lists.priority, 100) as "listPriority", coalesce(lists.is_active, true) as "listActive", chosen.nth::int as "nth"
from (select lead_partition.*, row_number() over () as nth from lead_partition where not zone = any($2::text[]) limit $3) as chosen
left join lists on lists.id = chosen.list
