-- The PBX's events about these attempts that are in the queue, whether or not a worker has taken their jobs, oldest job first;
-- without jobs that have failed so often that their events cannot be applied. $1 attempt ids
select event.value as event
from _private_jobs as job
join _private_tasks as task on task.id = job.task_id
cross join json_array_elements(job.payload -> 'events') as event
where task.identifier = 'apply_call_events' and job.attempts < least(job.max_attempts, 8)
  and event.value ->> 'attemptId' = any($1::text[])
order by job.id
