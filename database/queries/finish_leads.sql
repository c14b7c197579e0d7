-- Writes back what became of leads whose attempt ended. A status that somebody else set meanwhile (DNC) stays.
-- An Originate that did not happen is given back. The attempts have been written before.
-- $1 rows {id, attempt_id, status, reason, counted, outcome, disposition, next_attempt_at, moves, never_sent}
update leads
set attempts = leads.attempts + given.counted,
  dials = leads.dials - given.never_sent::int,
  last_attempt_at = case
    when given.never_sent then (select max(originate_at) from call_attempts where lead_id = leads.id)
    else leads.last_attempt_at end,
  last_outcome = given.outcome,
  disposition = coalesce(given.disposition, leads.disposition),
  disposition_at = case when given.disposition is null then leads.disposition_at else clock_timestamp() end,
  status = case when leads.status = 'IN_PROGRESS' then given.status else leads.status end,
  status_reason = case when leads.status = 'IN_PROGRESS' then given.reason else leads.status_reason end,
  next_attempt_at = case when leads.status = 'IN_PROGRESS' then given.next_attempt_at else leads.next_attempt_at end,
  moving_from_attempt_id = case when given.moves then given.attempt_id end
from jsonb_to_recordset($1::jsonb) as given (
  id uuid, attempt_id uuid, status text, reason text, counted int, outcome text, disposition text,
  next_attempt_at timestamptz, moves boolean, never_sent boolean)
where leads.id = given.id
