-- Moves timers whose deadline got earlier. $1 rows {id, node, deadline_at}
select run_job_by(
  'fire_call_timer:' || given.node, json_build_object('attemptId', given.id), given.deadline_at, 'timer:' || given.id)
from jsonb_to_recordset($1::jsonb) as given (id uuid, node text, deadline_at timestamptz)
order by given.id
