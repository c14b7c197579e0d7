-- QUEUED to ORIGINATING: from the commit on, the call counts as sent. $1 rows {id, lead_id, setup_seconds}, $2 engine, $3 epoch
with started as (
  update call_attempts
  set state = 'ORIGINATING', originate_at = clock_timestamp(), engine_id = $2, lease_epoch = $3,
    deadline_at = clock_timestamp() + given.setup_seconds * interval '1 s', deadline_type = 'ORIGINATE'
  from jsonb_to_recordset($1::jsonb) as given (id uuid, setup_seconds int)
  where call_attempts.id = given.id and call_attempts.state = 'QUEUED'
  returning call_attempts.lead_id, call_attempts.originate_at
), dialled as (
  select leads.id, started.originate_at from leads join started on started.lead_id = leads.id
  order by leads.id for no key update of leads
)
update leads set dials = leads.dials + 1, last_attempt_at = dialled.originate_at
from dialled where leads.id = dialled.id
