-- What becomes of a lead when a call to it is over is decided in one place, dialer_decide_lead, whoever asks and whenever: the
-- engine at the end of the call, a disposition or a callback that is given later, a do-not-call entry.

alter table leads add column last_end_at timestamptz;
comment on column leads.last_end_at is
  'When the engine learned of the end of the last call, by the database''s clock: the delays of rules count from here.';

create function dialer_other_time_of_day(delay interval) returns interval
language sql immutable as $$
  -- A machine that answered at ten will answer at ten tomorrow: within two hours is the same time of day.
  select case
    when delay >= interval '22 h' and (
      mod(extract(epoch from delay)::bigint, 86400) < 7200 or mod(extract(epoch from delay)::bigint, 86400) > 79200)
      then interval '3 h'
    else interval '0' end
$$;
comment on function dialer_other_time_of_day(interval) is
  'What to add to a delay of about whole days, so that it does not end at the same time of day.';

create function dialer_is_barred(account uuid, campaign uuid, number text) returns boolean
language sql stable security definer set search_path from current as $$
  select exists (
    select from dnc_entries as dnc
    where dnc.account_id = account and dialer_phone_key(dnc.phone_e164) = dialer_phone_key(number)
      and (dnc.campaign_id is null or dnc.campaign_id = campaign)
      and coalesce(dnc.expires_at, 'infinity') > clock_timestamp() + interval '50 years')
    or case when exists (select from erased_do_not_call where account_id = account)
      then coalesce(dialer_erased_until(account, campaign, number) > clock_timestamp() + interval '50 years', false)
      else false end
$$;
comment on function dialer_is_barred(uuid, uuid, text) is
  'Whether a number is on a do-not-call list for good. What a list forbids for a time only delays, and the next pass sees it.';

create function dialer_rule_of(account uuid, campaign uuid, for_outcome text, for_disposition text) returns retry_rules
language sql stable security definer set search_path from current as $$
  select rule from retry_rules as rule
  where (rule.outcome = for_outcome or rule.disposition = for_disposition)
    and (rule.account_id = account or rule.account_id is null)
    and (rule.campaign_id = campaign or rule.campaign_id is null)
  order by rule.campaign_id nulls last, rule.account_id nulls last
  limit 1
$$;
comment on function dialer_rule_of(uuid, uuid, text, text) is
  'The rule of an outcome or of a disposition (the other is null): the campaign''s, else the account''s, else the installation''s.';

create function dialer_word_of_call(call call_attempts, lead_disposition text, given_at timestamptz) returns text
language sql immutable set search_path from current as $$
  select case
    when given_at >= coalesce(call.originate_at, call.queued_at) and (call.disposition_at is null or given_at >= call.disposition_at)
      then lead_disposition
    else call.disposition end
$$;
comment on function dialer_word_of_call(call_attempts, text, timestamptz) is
  'The disposition of a call: what was said last of it, on its own row or, since it was sent, on its lead.';

-- $1 the last call, over and written; $2.. the lead as it is with that call counted.
create function dialer_decide_lead(attempt_id uuid, attempts integer, dials integer, lead_disposition text,
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
    elsif call.outcome = 'ANSWERED' and word_rule.id is null then
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
comment on function dialer_decide_lead(uuid, integer, integer, text, timestamptz, timestamptz, timestamptz) is
  'What becomes of a lead whose last call is over: the one place that decides it. Windows, gap, daily maximum and entries with an end are looked at when the lead is due.';

create function dialer_last_call(lead uuid) returns call_attempts
language sql stable security definer set search_path from current as $$
  select attempt from call_attempts as attempt
  where attempt.lead_id = lead and attempt.originate_at is not null
  order by attempt.queued_at desc, attempt.id desc limit 1
$$;
comment on function dialer_last_call(uuid) is 'The last call of a lead that was sent: what is queued is no call yet. Null when there is none.';

create or replace function dialer_follow_disposition() returns trigger
language plpgsql security definer set search_path from current as $$
declare
  call call_attempts;
  decision record;
begin
  if new.status in ('INVALID', 'DNC') then
    return new;
  end if;
  call := dialer_last_call(new.id);
  if call.id is null then
    -- Nobody was called yet: only a callback says when.
    if new.callback_at is distinct from old.callback_at and new.callback_at is not null and new.status <> 'IN_PROGRESS' then
      new.status := 'RETRY';
      new.status_reason := 'CALLBACK';
      new.next_attempt_at := new.callback_at;
    elsif new.callback_at is distinct from old.callback_at and new.status_reason = 'CALLBACK' then
      new.status_reason := null;
      new.next_attempt_at := null;
    end if;
    return new;
  elsif call.end_at is null then
    return new; -- The end of the call decides.
  elsif new.callback_at is not distinct from old.callback_at
    and (dialer_rule_of(call.account_id, call.campaign_id, null, new.disposition)).id is null
    and (dialer_rule_of(call.account_id, call.campaign_id, null, old.disposition)).id is null then
    return new;
  end if;
  select * into decision from dialer_decide_lead(call.id, new.attempts, new.dials, new.disposition, new.disposition_at,
    new.callback_at, coalesce(new.last_end_at, call.end_at));
  new.status := decision.status;
  new.status_reason := decision.reason;
  new.next_attempt_at := decision.next_at;
  new.moving_from_attempt_id := null;
  return new;
end $$;
comment on function dialer_follow_disposition() is
  'A disposition or a callback that is given when no call is live is decided upon at once, as the end of the call would have. What is queued again is given up by the claim, if the lead is not to be called now.';
drop trigger follow_disposition on leads;
create trigger follow_disposition before update of disposition, callback_at on leads
  for each row when (
    (new.disposition_at is distinct from old.disposition_at or new.disposition is distinct from old.disposition
      or new.callback_at is distinct from old.callback_at)
    and new.status = old.status and new.last_end_at is not distinct from old.last_end_at)
  execute function dialer_follow_disposition();

create or replace function dialer_prepare_lead() returns trigger
language plpgsql set search_path from current as $$
begin
  if tg_op = 'INSERT' then
    new.next_attempt_at := coalesce(new.next_attempt_at, new.callback_at);
    if new.phone_e164 is null then
      new.dial_timezone := null;
    end if;
    return new;
  end if;
  new.updated_at := clock_timestamp();
  if new.phone is distinct from old.phone and new.phone_e164 is not distinct from old.phone_e164 then
    new.phone_e164 := null;
    if new.status = 'INVALID' then
      new.status := 'NEW';
      new.status_reason := null;
    end if;
  elsif new.timezone is distinct from old.timezone and new.dial_timezone is not distinct from old.dial_timezone then
    new.dial_timezone := new.timezone;
    if new.timezone is null then
      new.phone_e164 := null;
    end if;
  end if;
  -- Zone and number are found together, by the pass that first looks at the lead.
  if new.phone_e164 is null and new.status <> 'INVALID' then
    new.dial_timezone := null;
  end if;
  return new;
end $$;
comment on function dialer_prepare_lead() is
  'Keeps what is derived in step with what a client writes: a new phone is looked at again, a new zone is obeyed.';

create or replace function dialer_pass_on_disposition() returns trigger
language plpgsql security definer set search_path from current as $$
declare
  waits boolean;
begin
  -- The same word as after an earlier call is a result of this one all the same. What is queued is no later call.
  update leads set disposition = new.disposition,
    disposition_at = case when new.disposition is not null then clock_timestamp() end
  where id = new.lead_id
    and (disposition is distinct from new.disposition or disposition_at is null
      or disposition_at < coalesce(new.originate_at, new.queued_at))
    and not exists (
      select from call_attempts as later
      where later.lead_id = new.lead_id and later.queued_at > new.queued_at and later.originate_at is not null)
  returning status in ('NEW', 'RETRY') into waits;
  -- For clients the triggers on leads do this; the engine, which writes what the PBX told, wakes only for ends of calls.
  if waits and current_setting('dialer.engine', true) = 'on' then
    perform from campaigns where id = new.campaign_id for key share;
    perform dialer_reopen(array[new.campaign_id]);
    perform add_job('schedule_campaign', json_build_object('campaignId', id))
    from campaigns where id = new.campaign_id and status = 'ACTIVE';
  end if;
  return null;
end $$;
drop trigger pass_on_disposition on call_attempts;
create trigger pass_on_disposition after update of disposition on call_attempts
  for each row when (new.disposition is distinct from old.disposition and old.end_at is not null)
  execute function dialer_pass_on_disposition();

create function dialer_bar_called_leads() returns trigger
language plpgsql security definer set search_path from current as $$
begin
  update leads set status = 'DNC', status_reason = 'DNC', next_attempt_at = null, moving_from_attempt_id = null
  where (leads.status = 'RETRY' or (leads.status = 'IN_PROGRESS' and not exists (
      select from call_attempts as live where live.lead_id = leads.id and live.end_at is null and live.state <> 'QUEUED')))
    and leads.id in (
    select attempt.lead_id from call_attempts as attempt
    where attempt.account_id = new.account_id
      and dialer_phone_key(attempt.phone_e164) = dialer_phone_key(new.phone_e164)
      and (new.campaign_id is null or attempt.campaign_id = new.campaign_id))
    and dialer_phone_key(leads.phone_e164) = dialer_phone_key(new.phone_e164);
  return null;
end $$;
comment on function dialer_bar_called_leads() is
  'A do-not-call entry for good that comes after a call takes out who waits to be called again, as it would have at the end of the call. Leads that were never called are taken out by the pass that looks at them.';
create trigger bar_called_leads after insert or update on dnc_entries
  for each row when (new.expires_at is null) execute function dialer_bar_called_leads();

select dialer_close('function', 'dialer_other_time_of_day(interval)', 'dialer_is_barred(uuid, uuid, text)',
  'dialer_rule_of(uuid, uuid, text, text)', 'dialer_word_of_call(call_attempts, text, timestamptz)',
  'dialer_decide_lead(uuid, integer, integer, text, timestamptz, timestamptz, timestamptz)', 'dialer_last_call(uuid)',
  'dialer_bar_called_leads()');
