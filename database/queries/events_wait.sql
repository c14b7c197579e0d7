-- Whether events of the PBX have waited for more than a second to be applied: after an outage, what they say goes before
-- what the PBX no longer knows. A job that cannot be applied holds nobody up for longer than half a minute.
select exists (
  select from _private_jobs as job
  join _private_tasks as task on task.id = job.task_id
  where task.identifier = 'apply_call_events' and job.attempts < job.max_attempts
    and job.created_at between clock_timestamp() - interval '30 s' and clock_timestamp() - interval '1 s'
) as waiting
