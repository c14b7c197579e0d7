-- A call that the PBX itself turned away (rate, sessions, pause, no such extension) was no dial: it has no time of its Originate,
-- and is no try of its lead.
comment on column call_attempts.originate_at is
  'When it was committed to be sent. Null: it was not sent, or the PBX turned it away before anybody was dialled.';
comment on column campaigns.max_dials is
  'Originates of any kind per lead: no outcome escapes it but a call that the PBX itself turned away, which is no dial.';
comment on column leads.dials is 'Originates of any kind, but for those that the PBX turned away before anybody was dialled.';

-- As it was, but that only calls count as tries of an outcome.
create or replace function dialer_decide_lead(attempt_id uuid, attempts integer, dials integer, lead_disposition text,
  lead_disposition_at timestamptz, callback_at timestamptz, ended_at timestamptz,
  out status text, out reason text, out next_at timestamptz,
  out next_phone_id uuid, out phone_state text, out phone_next_at timestamptz)
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
  person_reached boolean;
  has_more boolean;
  no_such_number boolean;
  -- When the lead's next number is tried; the word on the call goes before its outcome.
  moves text := 'NEVER';
  other record;
begin
  select * into call from call_attempts where call_attempts.id = attempt_id;
  select campaigns.max_attempts, campaigns.max_dials into ceilings from campaigns where campaigns.id = call.campaign_id;
  has_more := exists (select from lead_phones where lead_phones.lead_id = call.lead_id);
  word := dialer_word_of_call(call, lead_disposition, lead_disposition_at);
  word_rule := dialer_rule_of(call.account_id, call.campaign_id, null, word);
  no_such_number := call.outcome in ('INVALID_NUMBER', 'FAX');
  next_phone_id := call.lead_phone_id;
  select case when no_such_number then 'INVALID' when outcomes.human_reached then 'REACHED' when call.outcome <> 'CANCELLED' then 'TRIED' end,
    outcomes.human_reached or call.outcome = 'DECLINED'
  into phone_state, person_reached from outcomes where outcomes.code = call.outcome;
  -- 1. No such person there, whatever anybody wishes.
  if no_such_number and not has_more then
    status := 'INVALID';
    reason := call.outcome;
    return;
  end if;
  -- 2. A callback goes before every rule; it has been served when it lies before the end. Without one a result may be final.
  if not calls_back then
    if word_rule.max_tries = 0 and not (has_more and coalesce(word_rule.next_number, 'NEVER') <> 'NEVER') then
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
  -- 4. When to try again. Tries are those of this telephone: each number of a lead has its own.
  status := 'RETRY';
  if calls_back then
    reason := 'CALLBACK';
    next_at := least(callback_at, '9999-12-31');
  elsif word_rule.id is not null then
    select count(*) into tries from call_attempts as earlier
    where earlier.lead_id = call.lead_id and earlier.disposition = word and earlier.queued_at < call.queued_at
      and dialer_phone_key(earlier.phone_e164) = dialer_phone_key(call.phone_e164);
    reason := case when tries < word_rule.max_tries then word else 'MAX_TRIES' end;
    next_at := ended_at + word_rule.delay_seconds * interval '1 s';
    moves := coalesce(word_rule.next_number, 'NEVER');
  elsif call.outcome = 'CANCELLED' then
    reason := call.outcome;
    next_at := ended_at;
  else
    rule := dialer_rule_of(call.account_id, call.campaign_id, call.outcome, null);
    select count(*) into tries from call_attempts as earlier
    where earlier.lead_id = call.lead_id and earlier.outcome = call.outcome and earlier.queued_at < call.queued_at
      and earlier.originate_at is not null
      and dialer_phone_key(earlier.phone_e164) = dialer_phone_key(call.phone_e164);
    reason := case when rule.id is null then 'NO_RULE' when tries < rule.max_tries then call.outcome else 'MAX_TRIES' end;
    delay := rule.delay_seconds * interval '1 s';
    -- Leads that failed together are spread: by a tenth of the delay, five minutes at most, and the same whenever it is asked.
    next_at := ended_at + delay
      + case when call.outcome = 'MACHINE' then dialer_other_time_of_day(delay) else interval '0' end
      + least(delay * 0.1, interval '5 min') * (abs(hashtext(call.id::text)) % 1000) / 1000;
    moves := coalesce(rule.next_number, (select outcomes.next_number from outcomes where outcomes.code = call.outcome));
  end if;
  phone_next_at := case when call.outcome <> 'CANCELLED' then next_at end;
  if reason = 'MAX_TRIES' and not no_such_number then
    phone_state := 'SPENT';
  end if;
  -- 5. On which number. A callback is for the number that was called, unless that one is none.
  if has_more and reason <> 'NO_RULE' and (moves <> 'NEVER' or (no_such_number and calls_back)
    -- A number that must not be called gives way to the next, unless a person was reached on it, or said so.
    or (not person_reached and not calls_back and word_rule.id is null and phone_state in ('TRIED', 'REACHED')
      and dialer_is_barred(call.account_id, call.campaign_id, call.phone_e164))) then
    select * into other from dialer_next_number(
      call.lead_id, dialer_number_of_call(call), phone_state, phone_next_at, ended_at);
    if other.is_there then
      next_phone_id := other.phone_id;
      reason := case when calls_back then 'CALLBACK' when word_rule.id is not null then word else call.outcome end;
      next_at := greatest(other.next_at, case
        when calls_back or (moves = 'AFTER_DELAY' and other.phone_id is distinct from dialer_number_of_call(call)) then next_at
        else ended_at end);
      return;
    end if;
  end if;
  if no_such_number then
    status := 'INVALID';
    reason := call.outcome;
    next_at := null;
    return;
  elsif reason = 'MAX_TRIES' and word_rule.max_tries = 0 then
    status := 'DONE';
    reason := word;
    next_at := null;
    return;
  elsif reason in ('MAX_TRIES', 'NO_RULE') then
    status := 'FAILED';
    next_at := null;
    return;
  end if;
  -- 6. Who would be called again and must not be.
  if dialer_is_barred(call.account_id, call.campaign_id, call.phone_e164) then
    status := 'DNC';
    reason := 'DNC';
    phone_state := 'DNC';
    next_at := null;
  end if;
end $$;
