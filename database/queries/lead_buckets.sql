-- The kinds of leads that wait in a campaign: each zone, list and priority that occurs, with its earliest due time. A loose
-- index scan: its cost grows with the number of kinds, not of leads. $1 campaign id
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
    where campaign_id = $1 and status in ('NEW', 'RETRY')
      and (coalesce(dial_timezone, ''), coalesce(list_id, '00000000-0000-0000-0000-000000000000'), priority)
        > (bucket.zone, bucket.list, bucket.priority)
    order by coalesce(dial_timezone, ''), coalesce(list_id, '00000000-0000-0000-0000-000000000000'), priority, due_at
    limit 1
  ) as next
)
select bucket.zone, bucket.list as "listId", bucket.priority, extract(epoch from bucket.due_at) * 1000 as "dueMs",
  coalesce(lists.priority, 100) as "listPriority", coalesce(lists.is_active, true) as "listActive"
from bucket left join lists on lists.id = bucket.list
limit 5000
