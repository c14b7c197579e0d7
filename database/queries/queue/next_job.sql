-- How many jobs of each runner are due, up to 100 together, and when and whose the next one is. Jobs of other priorities than
-- 0 are not ours. $1 patterns of the tasks that the keyless runner takes
with keyless as materialized (
  select coalesce(array_agg(id), '{}') as ids from _private_tasks where identifier like any ($1::text[])
), due as (
  select task_id from _private_jobs where is_available and priority = 0 and run_at <= clock_timestamp() limit 100
)
select
  (select count(*)::int from due, keyless where due.task_id <> all (keyless.ids)) as "duePlain",
  (select count(*)::int from due, keyless where due.task_id = any (keyless.ids)) as "dueKeyless",
  extract(epoch from next.run_at - clock_timestamp()) * 1000 as "nextInMs",
  next.task_id = any (keyless.ids) as "nextIsKeyless"
from keyless
left join lateral (
  select run_at, task_id from _private_jobs
  where is_available and priority = 0 and run_at > clock_timestamp()
  order by run_at limit 1
) as next on true
