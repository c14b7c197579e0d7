-- Applies events of the PBX: one row per call, with its later events merged. $1 rows, see `CallChange`
with given as (
  select * from jsonb_to_recordset($1::jsonb) as given (
    id uuid, state text, outcome text, ring_at timestamptz, answer_at timestamptz, end_at timestamptz,
    cause text, cause_code int)
), locked as (
  select attempt.id from call_attempts as attempt join given on given.id = attempt.id
  where attempt.end_at is null
  order by attempt.id
  for update of attempt
), changed as (
  update call_attempts as attempt
  set state = given.state,
    outcome = given.outcome,
    ring_at = coalesce(attempt.ring_at, given.ring_at),
    answer_at = coalesce(attempt.answer_at, given.answer_at),
    end_at = given.end_at,
    hangup_cause = given.cause,
    hangup_cause_code = given.cause_code,
    ring_duration_ms = dialer_duration_ms(
      coalesce(attempt.ring_at, given.ring_at), coalesce(attempt.answer_at, given.answer_at, given.end_at)),
    answered_duration_ms = dialer_duration_ms(coalesce(attempt.answer_at, given.answer_at), given.end_at),
    deadline_at = case given.state
      when 'RINGING' then clock_timestamp() + campaign.ring_timeout_seconds * interval '1 s'
      when 'ANSWERED' then clock_timestamp() + campaign.max_call_duration_seconds * interval '1 s' end,
    deadline_type = case given.state when 'RINGING' then 'RING' when 'ANSWERED' then 'MAX_DURATION' end
  from given, locked, campaigns as campaign
  where attempt.id = given.id and locked.id = given.id and campaign.id = attempt.campaign_id
  returning attempt.lead_id, attempt.outcome
)
update leads
set status = case when changed.outcome = 'ANSWERED' then 'DONE' else 'RETRY' end,
  attempts = leads.attempts + 1,
  last_outcome = changed.outcome,
  next_attempt_at = clock_timestamp() + interval '1 hour'
from changed
where leads.id = changed.lead_id and changed.outcome is not null
