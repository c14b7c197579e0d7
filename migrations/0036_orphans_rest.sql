-- A person is not called twice in an hour because our machine fell over: a call in doubt rests a day, and one that was ringing
-- when nobody listened any more counts as reached.

-- The installation's own rule, as it was made; an administrator's or a client's stays.
update retry_rules set delay_seconds = 86400
where account_id is null and campaign_id is null and outcome = 'ORPHANED' and delay_seconds = 3600 and max_tries = 3;

-- $1 the last call, over and written; $2.. the lead as it is with that call counted.
create or replace function dialer_decide_lead(attempt_id uuid, attempts integer, dials integer, lead_disposition text,
  lead_disposition_at timestamptz, callback_at timestamptz, ended_at timestamptz,
  out status text, out reason text, out next_at timestamptz)
language plpgsql stable security definer set search_path from current as $$
#variable_conflict use_variable
declare
  call call_attempts;
  ceilings record;
  word text;
  word_rule retry_rules;
  rule retry_rules;
  tries bigint;
  calls_back boolean := coalesce(callback_at > ended_at, false);
  delay interval;
begin
  select * into call from call_attempts where call_attempts.id = attempt_id;
  select campaigns.max_attempts, campaigns.max_dials into ceilings from campaigns where campaigns.id = call.campaign_id;
  word := dialer_word_of_call(call, lead_disposition, lead_disposition_at);
  word_rule := dialer_rule_of(call.account_id, call.campaign_id, null, word);
  -- 1. No such person there, whatever anybody wishes.
  if call.outcome in ('INVALID_NUMBER', 'FAX') then
    status := 'INVALID';
    reason := call.outcome;
    return;
  end if;
  -- 2. A callback goes before every rule; it has been served when it lies before the end. Without one a result may be final.
  if not calls_back then
    if word_rule.max_tries = 0 then
      status := 'DONE';
      reason := word;
      return;
    elsif word_rule.id is null and (call.outcome = 'ANSWERED'
      -- It rang when the engine or the PBX went away, and may have been answered: the person counts as reached.
      or (call.outcome = 'ORPHANED' and coalesce(call.ring_at, call.early_media_at) is not null)) then
      status := 'DONE';
      reason := call.outcome;
      return;
    end if;
  end if;
  -- 3. Ceilings: nothing gets past them. A cancelled attempt reached nobody, so only the dials can have run out.
  if call.outcome <> 'CANCELLED' and attempts >= ceilings.max_attempts then
    status := 'FAILED';
    reason := 'MAX_ATTEMPTS';
    return;
  elsif dials >= ceilings.max_dials then
    status := 'FAILED';
    reason := 'MAX_DIALS';
    return;
  end if;
  -- 4. When to try again.
  status := 'RETRY';
  if calls_back then
    reason := 'CALLBACK';
    next_at := least(callback_at, '9999-12-31');
  elsif word_rule.id is not null then
    select count(*) into tries from call_attempts as earlier
    where earlier.lead_id = call.lead_id and earlier.disposition = word and earlier.queued_at < call.queued_at;
    reason := case when tries < word_rule.max_tries then word else 'MAX_TRIES' end;
    next_at := ended_at + word_rule.delay_seconds * interval '1 s';
  elsif call.outcome = 'CANCELLED' then
    reason := call.outcome;
    next_at := ended_at;
  else
    rule := dialer_rule_of(call.account_id, call.campaign_id, call.outcome, null);
    select count(*) into tries from call_attempts as earlier
    where earlier.lead_id = call.lead_id and earlier.outcome = call.outcome and earlier.queued_at < call.queued_at;
    reason := case when rule.id is null then 'NO_RULE' when tries < rule.max_tries then call.outcome else 'MAX_TRIES' end;
    delay := rule.delay_seconds * interval '1 s';
    -- Leads that failed together are spread: by a tenth of the delay, five minutes at most, and the same whenever it is asked.
    next_at := ended_at + delay
      + case when call.outcome = 'MACHINE' then dialer_other_time_of_day(delay) else interval '0' end
      + least(delay * 0.1, interval '5 min') * (abs(hashtext(call.id::text)) % 1000) / 1000;
  end if;
  if reason in ('MAX_TRIES', 'NO_RULE') then
    status := 'FAILED';
    next_at := null;
    return;
  end if;
  -- 5. Who would be called again and must not be.
  if dialer_is_barred(call.account_id, call.campaign_id, call.phone_e164) then
    status := 'DNC';
    reason := 'DNC';
    next_at := null;
  end if;
end $$;
