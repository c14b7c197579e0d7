-- Gives live attempts whose deadline is long past a timer again: every attempt has one, unless somebody deleted its job or
-- it failed for good. $1 how long past, ms
select count(run_job_by(
  'fire_call_timer:' || voice_node, json_build_object('attemptId', id), clock_timestamp(), 'timer:' || id))::int as n
from call_attempts
where end_at is null and deadline_at < clock_timestamp() - $1::int * interval '1 ms'
