-- Writes back what became of leads whose attempt ended: as given (a move, a call that was not sent), else as dialer_decide_lead
-- decides, with its decision about the number that was called. A status that somebody else set meanwhile (DNC) stays. An
-- Originate that did not happen (never written, or refused by the PBX itself) is given back, and a disposition given since its
-- claim belongs to the call before it, as if there had been no claim. The attempts have been written before. $1 rows {id,
-- attempt_id, status, reason, counted, outcome, next_attempt_at, moves, never_sent}
with given as (
  select given.*, clock_timestamp() as now,
    coalesce(dialer_disposition_of_call(attempt, lead.disposition, lead.disposition_at), case
      when before.disposition_at >= attempt.queued_at then dialer_disposition_of_call(before, lead.disposition, lead.disposition_at)
      end) as word,
    coalesce(lead.disposition_at, '-infinity') < coalesce(attempt.originate_at, attempt.queued_at) as is_new_word,
    lead.attempts + given.counted as attempts, lead.dials, lead.disposition as old_word, lead.disposition_at, lead.callback_at,
    lead.dial_phone_id, dialer_number_of_call(attempt) as called,
    case when before.id is not null then dialer_number_of_call(before) end as called_before,
    lead.last_end_at, attempt.account_id, attempt.campaign_id, attempt.phone_e164, before.id as before_id, before.end_at as before_end_at
  from jsonb_to_recordset($1::jsonb) as given (
    id uuid, attempt_id uuid, status text, reason text, counted int, outcome text,
    next_attempt_at timestamptz, moves boolean, never_sent boolean)
  join leads as lead on lead.id = given.id
  join call_attempts as attempt on attempt.id = given.attempt_id
  -- No call when it was sent: only of one that was not is the call before it asked for.
  left join lateral dialer_last_call(case when given.never_sent then lead.id end) as before on before.end_at is not null
), decided as materialized (
  -- Once for each lead: as a part of the join below it may be asked for each pair of them.
  select given.id, given.called, decision.status, decision.reason, decision.next_at, decision.next_phone_id,
    decision.phone_state, decision.phone_next_at
  from given cross join lateral dialer_decide_lead(
    given.attempt_id, given.attempts, given.dials, given.old_word, given.disposition_at, given.callback_at, given.now) as decision
  where given.status is null
  union all
  -- The same number again, and nothing said of it, unless the call before decides.
  select given.id, given.called_before, coalesce(decision.status, given.status),
    case when decision.status is not null then decision.reason when said.calls_back then 'CALLBACK' else given.reason end,
    case when decision.status is not null and decision.status <> 'RETRY' then null
      else greatest(given.next_attempt_at, coalesce(decision.next_at, case when said.calls_back then given.callback_at end)) end,
    case when decision.status is not null then decision.next_phone_id else given.dial_phone_id end,
    decision.phone_state, decision.phone_next_at
  from given
  cross join lateral (
    select given.never_sent and coalesce(given.callback_at > given.now, false) as calls_back,
      given.never_sent and (given.word is not null or coalesce(given.callback_at > given.now, false)
        or dialer_is_barred(given.account_id, given.campaign_id, given.phone_e164)) as something
  ) as said
  left join lateral dialer_decide_lead(given.before_id, given.attempts, given.dials - 1, coalesce(given.word, given.old_word),
    case when given.word is null then given.disposition_at else given.now end, given.callback_at,
    coalesce(given.last_end_at, given.before_end_at)) as decision on said.something and given.before_id is not null
  where given.status is not null
)
update leads
set attempts = given.attempts,
  dials = leads.dials - given.never_sent::int,
  last_attempt_at = case
    when given.never_sent then (select max(originate_at) from call_attempts where lead_id = leads.id)
    else leads.last_attempt_at end,
  last_end_at = case when given.never_sent then leads.last_end_at else given.now end,
  last_outcome = given.outcome,
  disposition = coalesce(given.word, leads.disposition),
  disposition_at = case when given.word is not null and (given.is_new_word or given.word is distinct from leads.disposition)
    then given.now else leads.disposition_at end,
  status = case when leads.status = 'IN_PROGRESS' then decided.status else leads.status end,
  status_reason = case when leads.status = 'IN_PROGRESS' then decided.reason else leads.status_reason end,
  next_attempt_at = case when leads.status = 'IN_PROGRESS' then decided.next_at else leads.next_attempt_at end,
  dial_phone_id = case when leads.status = 'IN_PROGRESS' then decided.next_phone_id else leads.dial_phone_id end,
  dial_timezone = case
    when leads.status <> 'IN_PROGRESS' or decided.next_phone_id is not distinct from leads.dial_phone_id then leads.dial_timezone
    else coalesce(leads.timezone, (select number.dial_timezone from lead_phones as number where number.id = decided.next_phone_id)) end,
  phone_state = case when decided.called is null then dialer_number_state(leads.phone_state, decided.phone_state)
    else leads.phone_state end,
  phone_next_attempt_at = case when decided.called is null then coalesce(decided.phone_next_at, leads.phone_next_attempt_at)
    else leads.phone_next_attempt_at end,
  moving_from_attempt_id = case when given.moves then given.attempt_id end
from given join decided on decided.id = given.id
where leads.id = given.id and (decided.called is null
  or dialer_write_number(decided.called, decided.phone_state, decided.phone_next_at, null))
