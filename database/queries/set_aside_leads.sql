-- Leads that the pass looked at and did not dial: for good (DNC, FAILED) or until later. $1 rows
update leads
set status = coalesce(given.status, leads.status),
  status_reason = given.reason,
  next_attempt_at = coalesce(given.next_attempt_at, leads.next_attempt_at),
  moving_from_attempt_id = case when given.keeps_move then leads.moving_from_attempt_id end
from jsonb_to_recordset($1::jsonb) as given (id uuid, status text, reason text, next_attempt_at timestamptz, keeps_move boolean)
where leads.id = given.id
