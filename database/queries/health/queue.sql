-- Depth and lag of Graphile Worker's queue by task; no parameters. The search path holds the worker's schema alone.
select task_identifier as task,
  count(*) filter (where locked_at is null and attempts < max_attempts)::int as pending,
  count(*) filter (where locked_at is null and attempts < max_attempts and run_at <= clock_timestamp())::int as due,
  count(*) filter (where locked_at is not null)::int as running,
  count(*) filter (where locked_at is null and attempts >= max_attempts)::int as "givenUp",
  coalesce(floor(greatest(0, extract(epoch from clock_timestamp()
    - min(run_at) filter (where locked_at is null and attempts < max_attempts)) * 1000)), 0)::float8 as "oldestLatenessMs",
  min(run_at) filter (where locked_at is null and attempts < max_attempts) as "nextRunAt"
from jobs
group by task_identifier
order by task_identifier
