-- QUEUED to ORIGINATING: from the commit on, the call counts as sent. The do-not-call list is checked again now that the attempts
-- are locked: the statement that locked them may have begun before an entry was committed. $1 rows {id, lead_id, setup_seconds},
-- $2 engine, $3 epoch; returns the ids of those that were started
with started as (
  update call_attempts
  set state = 'ORIGINATING', originate_at = clock_timestamp(), engine_id = $2, lease_epoch = $3,
    deadline_at = clock_timestamp() + given.setup_seconds * interval '1 s', deadline_type = 'ORIGINATE'
  from jsonb_to_recordset($1::jsonb) as given (id uuid, setup_seconds int)
  where call_attempts.id = given.id and call_attempts.state = 'QUEUED' and not exists (
    select from dnc_entries as dnc
    where dnc.account_id = call_attempts.account_id
      and dialer_phone_key(dnc.phone_e164) = dialer_phone_key(call_attempts.phone_e164)
      and (dnc.campaign_id is null or dnc.campaign_id = call_attempts.campaign_id)
      and (dnc.expires_at is null or dnc.expires_at > clock_timestamp()))
  returning call_attempts.id, call_attempts.lead_id, call_attempts.originate_at
), dialled as (
  select leads.id, started.originate_at from leads join started on started.lead_id = leads.id
  order by leads.id for no key update of leads
), counted as (
  update leads set dials = leads.dials + 1, last_attempt_at = dialled.originate_at
  from dialled where leads.id = dialled.id
)
select id from started
