-- The jobs that failed last and are still in the queue; no parameters. The search path holds the worker's schema alone.
select id::text, task_identifier as task, attempts, max_attempts as "maxAttempts", run_at as "runAt",
  left(last_error, 500) as error
from jobs
where last_error is not null
order by updated_at desc, id desc
limit 20
