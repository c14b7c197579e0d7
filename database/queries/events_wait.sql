-- Whether events of the PBX wait to be applied: of the attempt $1 (null: of none) at all, or any for more than a second. After
-- an outage, what they say goes before what the PBX no longer knows, and before deadlines that passed meanwhile. A job that
-- cannot be applied holds nobody up for longer than half a minute.
select exists (
  select from _private_jobs as job
  join _private_tasks as task on task.id = job.task_id
  where task.identifier = 'apply_call_events' and job.attempts < job.max_attempts
    and job.created_at > clock_timestamp() - interval '30 s'
    and (job.created_at < clock_timestamp() - interval '1 s' or position($1::text in job.payload::text) > 0)
) as waiting
