-- Moves the timers of attempts just claimed, which wait for the end of the queue's time, to their set-up deadlines. $1 ids
select run_job_by(
  'fire_call_timer:' || voice_node, json_build_object('attemptId', id), deadline_at, 'timer:' || id)
from call_attempts
where id = any($1::uuid[]) and deadline_type = 'ORIGINATE'
order by id
