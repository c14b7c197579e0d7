-- What becomes of a lead when a call to it is over is decided in one place, dialer_decide_lead, whoever asks and whenever:
-- the engine at the end of the call, a disposition or a callback that is given later, a do-not-call entry.

create table retry_rules (
  id uuid primary key default gen_random_uuid(),
  account_id uuid default current_account_id(),
  campaign_id uuid,
  outcome text references outcomes (code),
  disposition text check (disposition ~ '^[^[:cntrl:]]{1,80}$'),
  delay_seconds integer not null check (delay_seconds between 0 and 31536000),
  max_tries integer not null check (max_tries between 0 and 50),
  created_at timestamptz not null default clock_timestamp(),
  next_number text check (next_number in ('AT_ONCE', 'AFTER_DELAY', 'NEVER')),
  unique nulls not distinct (account_id, campaign_id, outcome, disposition),
  foreign key (campaign_id, account_id) references campaigns (id, account_id) on delete cascade,
  constraint retry_rules_name_one_result check (num_nonnulls(outcome, disposition) = 1),
  constraint retry_rules_of_a_campaign_have_its_account check (campaign_id is null or account_id is not null),
  constraint retry_rules_answered_has_no_next_number
    check (outcome is distinct from 'ANSWERED' or coalesce(next_number, 'NEVER') = 'NEVER')
);
create index retry_rules_by_campaign on retry_rules (campaign_id) where campaign_id is not null;
comment on table retry_rules is 'How long to wait and how often to try again. The campaign''s rule takes precedence over the account''s, and that over the installation''s.';
comment on column retry_rules.id is 'Key.';
comment on column retry_rules.account_id is 'The account; null: default of the installation.';
comment on column retry_rules.campaign_id is 'The campaign; null: all of the account.';
comment on column retry_rules.outcome is 'Applies after this outcome.';
comment on column retry_rules.disposition is 'Applies after this disposition; exactly one of the two is given.';
comment on column retry_rules.delay_seconds is 'Least time until the next attempt.';
comment on column retry_rules.max_tries is 'How often a number is tried again after it; 0: never.';
comment on column retry_rules.created_at is 'When the row was made.';
comment on column retry_rules.next_number is
  'When the lead''s next number is tried: AT_ONCE, AFTER_DELAY (delay_seconds), NEVER (the same number again). Null: as outcomes.next_number says; after a disposition NEVER.';
comment on constraint retry_rules_answered_has_no_next_number on retry_rules is
  'A person who answered is called on another number only by the rule of a disposition.';
alter table retry_rules enable row level security;
create policy own_account on retry_rules
  using (account_id = (select current_account_id())) with check (account_id = (select current_account_id()));
create policy defaults_are_read_by_all on retry_rules for select using (account_id is null);
create trigger account before insert on retry_rules
  for each row when (new.campaign_id is not null) execute function dialer_take_account();
create trigger accept_account before insert on retry_rules
  for each row when (new.account_id is null) execute function dialer_require_account();

insert into retry_rules (account_id, outcome, delay_seconds, max_tries) values
  (null, 'ANSWERED', 0, 0),
  (null, 'ABANDONED', 259200, 2),
  (null, 'MACHINE', 10800, 3),
  (null, 'FAX', 0, 0),
  (null, 'NO_ANSWER', 3600, 4),
  (null, 'DECLINED', 86400, 1),
  (null, 'BUSY', 900, 3),
  (null, 'INVALID_NUMBER', 0, 0),
  (null, 'UNREACHABLE', 14400, 3),
  (null, 'REJECTED', 86400, 2),
  (null, 'NETWORK_CONGESTION', 300, 5),
  (null, 'TRUNK_FAULT', 300, 5),
  (null, 'SWITCH_REFUSED', 60, 10),
  (null, 'CANCELLED', 0, 50),
  (null, 'ORPHANED', 86400, 3),
  (null, 'SYSTEM_ERROR', 300, 5);

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

-- In plpgsql, so that its plan is kept: it is asked for each lead of a pass and of a batch of calls that ended.
create function dialer_is_barred(account uuid, campaign uuid, number text) returns boolean
language plpgsql stable security definer set search_path from current as $$
declare
  key text := dialer_phone_key(number);
begin
  if exists (
    select from dnc_entries as dnc
    where dnc.account_id = account and dialer_phone_key(dnc.phone_e164) = key
      and (dnc.campaign_id is null or dnc.campaign_id = campaign)
      and coalesce(dnc.expires_at, 'infinity') > clock_timestamp() + interval '50 years') then
    return true;
  end if;
  return exists (select from erased_do_not_call where account_id = account)
    and coalesce(dialer_erased_until(account, campaign, number) > clock_timestamp() + interval '50 years', false);
end $$;
comment on function dialer_is_barred(uuid, uuid, text) is
  'Whether a number is on a do-not-call list for good. What a list forbids for a time only delays, and the next pass sees it.';

create function dialer_rule_of(account uuid, campaign uuid, for_outcome text, for_disposition text) returns retry_rules
language plpgsql stable security definer set search_path from current as $$
declare
  found_rule retry_rules;
begin
  select rule.* into found_rule from retry_rules as rule
  where (rule.outcome = for_outcome or rule.disposition = for_disposition)
    and (rule.account_id = account or rule.account_id is null)
    and (rule.campaign_id = campaign or rule.campaign_id is null)
  order by rule.campaign_id nulls last, rule.account_id nulls last
  limit 1;
  return found_rule;
end $$;
comment on function dialer_rule_of(uuid, uuid, text, text) is
  'The rule of an outcome or of a disposition (the other is null): the campaign''s, else the account''s, else the installation''s.';

create function dialer_disposition_of_call(call call_attempts, lead_disposition text, given_at timestamptz) returns text
language sql immutable set search_path from current as $$
  select case
    when given_at >= coalesce(call.originate_at, call.queued_at) and (call.disposition_at is null or given_at >= call.disposition_at)
      then lead_disposition
    else call.disposition end
$$;
comment on function dialer_disposition_of_call(call_attempts, text, timestamptz) is
  'The disposition of a call: what was said last of it, on its own row or, since it was sent, on its lead.';

create function dialer_last_call(lead uuid) returns call_attempts
language sql stable security definer set search_path from current as $$
  select attempt from call_attempts as attempt
  where attempt.lead_id = lead and attempt.originate_at is not null
  order by attempt.queued_at desc, attempt.id desc limit 1
$$;
comment on function dialer_last_call(uuid) is 'The last call of a lead that was sent: what is queued is no call yet. Null when there is none.';

create function dialer_number_of_call(call call_attempts) returns uuid
language plpgsql stable security definer set search_path from current as $$
declare
  key text := dialer_phone_key(call.phone_e164);
begin
  if call.lead_phone_id is not null then
    return call.lead_phone_id;
  elsif exists (
    select from leads where leads.id = call.lead_id and dialer_phone_key(leads.phone_e164) = key) then
    return null;
  end if;
  return '00000000-0000-0000-0000-000000000000';
end $$;
comment on function dialer_number_of_call(call_attempts) is
  'Which of its lead''s numbers a call was for: null for leads.phone; the nil uuid for one that was deleted or corrected since.';

create function dialer_number_state(known text, heard text) returns text
language sql immutable set search_path from current as $$
  select case when heard is null or (known = 'REACHED' and heard = 'TRIED') then known else heard end
$$;
comment on function dialer_number_state(text, text) is 'State of a number after another call: where a person was reached is not forgotten for a call that nobody answered.';

create function dialer_next_number(lead_id uuid, called uuid, called_state text, called_next_at timestamptz, since timestamptz,
  opens jsonb default '{}', out is_there boolean, out phone_id uuid, out next_at timestamptz)
language plpgsql stable security definer set search_path from current as $$
#variable_conflict use_column
begin
  with number as (
    select lead.account_id, lead.campaign_id, null::uuid as id, 0 as position, lead.created_at, lead.phone_e164,
      lead.phone_state as state, lead.phone_next_attempt_at as next_at,
      coalesce(lead.timezone, case when lead.dial_phone_id is null then lead.dial_timezone end) as zone
    from leads as lead where lead.id = dialer_next_number.lead_id
    union all
    select lead.account_id, lead.campaign_id, further.id, further.position, further.created_at, further.phone_e164,
      further.state, further.next_attempt_at, coalesce(lead.timezone, further.dial_timezone)
    from lead_phones as further join leads as lead on lead.id = further.lead_id
    where further.lead_id = dialer_next_number.lead_id
  ), known as (
    select account_id, campaign_id, id, phone_e164, row_number() over (order by position, created_at, id) as turn,
      id is not distinct from called as is_called,
      case when id is not distinct from called then coalesce(called_state, state) else state end as state,
      greatest(case when id is not distinct from called then called_next_at else next_at end,
        to_timestamp((opens ->> zone)::float8)) as next_at
    from number
  )
  select true, known.id, known.next_at into is_there, phone_id, next_at
  from known
  where known.state not in ('SPENT', 'INVALID', 'DUPLICATE') and not (known.is_called and known.state = 'DNC')
    and (known.phone_e164 is null or not dialer_is_barred(known.account_id, known.campaign_id, known.phone_e164))
  order by greatest(known.next_at, since),
    known.turn <= coalesce((select place.turn from known as place where place.is_called), 0), known.turn
  limit 1;
end $$;
comment on function dialer_next_number(uuid, uuid, text, timestamptz, timestamptz, jsonb) is
  'The number of a lead that is to be dialled after another (null: leads.phone), which from now on has the given state and is not dialled before the given time: the one that may be dialled first, and of several the next in turn. opens: zones that are closed now, with the second since 1970 in which each opens. phone_id null: leads.phone. No number left: is_there is null.';

create function dialer_write_number(phone_id uuid, heard text, not_before timestamptz, zone text) returns boolean
language plpgsql security definer set search_path from current as $$
begin
  update lead_phones
  set state = dialer_number_state(state, heard), next_attempt_at = coalesce(not_before, next_attempt_at),
    dial_timezone = coalesce(zone, dial_timezone)
  where id = phone_id;
  return true;
end $$;
comment on function dialer_write_number(uuid, text, timestamptz, text) is
  'Writes what was found of a further number; null leaves what is there. Called for each number from the statements that write leads, so that it is found by its key, whatever is known of the table when they are planned.';

-- $1 is the last call, over and written; $2.. the lead as it is with that call counted. Which of a lead's numbers is dialled next
-- is decided where it is decided whether the lead is dialled again. Only calls count as tries of an outcome.
create function dialer_decide_lead(attempt_id uuid, attempts integer, dials integer, lead_disposition text,
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
  word := dialer_disposition_of_call(call, lead_disposition, lead_disposition_at);
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
comment on function dialer_decide_lead(uuid, integer, integer, text, timestamptz, timestamptz, timestamptz) is
  'What becomes of a lead whose last call is over, and which of its numbers is next: the one place that decides it. phone_state and phone_next_at are of the number that was called; next_phone_id null: leads.phone. Windows, gap, daily maximum and entries with an end are looked at when the lead is due.';

-- A number that is deleted while it is its lead's next one gives way to another.
create function dialer_leave_number() returns trigger
language plpgsql security definer set search_path from current as $$
declare
  lead record;
  other record;
begin
  for lead in
    select id, status, status_reason, next_attempt_at, timezone from leads where dial_phone_id = old.id for no key update
  loop
    select * into other from dialer_next_number(lead.id, old.id, 'INVALID', null, clock_timestamp());
    update leads
    set dial_phone_id = other.phone_id,
      dial_timezone = coalesce(leads.timezone, (select dial_timezone from lead_phones where id = other.phone_id)),
      moving_from_attempt_id = null,
      status = case when lead.status in ('NEW', 'RETRY') and other.is_there is null then 'INVALID' else leads.status end,
      status_reason = case when lead.status in ('NEW', 'RETRY') and other.is_there is null then 'NO_NUMBER' else leads.status_reason end,
      next_attempt_at = case when lead.status in ('NEW', 'RETRY') and lead.status_reason is distinct from 'CALLBACK'
        then other.next_at else leads.next_attempt_at end
    where id = lead.id;
  end loop;
  return old;
end $$;
comment on function dialer_leave_number() is
  'The lead of a number that is deleted goes on with another; without one it is INVALID (NO_NUMBER), as if the number had turned out to be none. A call that is under way goes on.';
create trigger leave_number before delete on lead_phones for each row execute function dialer_leave_number();

create function dialer_follow_disposition() returns trigger
language plpgsql security definer set search_path from current as $$
declare
  call call_attempts;
  called uuid;
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
  called := dialer_number_of_call(call);
  if called is null then
    new.phone_state := dialer_number_state(new.phone_state, decision.phone_state);
    new.phone_next_attempt_at := decision.phone_next_at;
  else
    update lead_phones
    set state = dialer_number_state(state, decision.phone_state), next_attempt_at = decision.phone_next_at
    where id = called;
  end if;
  if new.dial_phone_id is distinct from decision.next_phone_id then
    new.dial_phone_id := decision.next_phone_id;
    new.dial_timezone := coalesce(new.timezone, (select dial_timezone from lead_phones where id = decision.next_phone_id));
  end if;
  return new;
end $$;
comment on function dialer_follow_disposition() is
  'A disposition or a callback that is given when no call is live is decided upon at once, as the end of the call would have. What is queued again is given up by the claim, if the lead is not to be called now.';
create trigger follow_disposition before update of disposition, callback_at on leads
  for each row when (
    (new.disposition_at is distinct from old.disposition_at or new.disposition is distinct from old.disposition
      or new.callback_at is distinct from old.callback_at)
    and new.status = old.status and new.last_end_at is not distinct from old.last_end_at)
  execute function dialer_follow_disposition();

create function dialer_pass_on_disposition() returns trigger
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
comment on function dialer_pass_on_disposition() is
  'The disposition of a lead''s last attempt is the lead''s. If it puts the lead back on the list, the campaign is woken or reopened.';
create trigger pass_on_disposition after update of disposition on call_attempts
  for each row when (new.disposition is distinct from old.disposition and old.end_at is not null)
  execute function dialer_pass_on_disposition();

-- An entry takes out a number; the lead of several numbers goes on with the others, which the next pass sees to.
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
    and dialer_phone_key(leads.phone_e164) = dialer_phone_key(new.phone_e164)
    and not exists (select from lead_phones where lead_phones.lead_id = leads.id);
  return null;
end $$;
comment on function dialer_bar_called_leads() is
  'A do-not-call entry for good that comes after a call takes out who waits to be called again, as it would have at the end of the call. Leads that were never called, and those with further numbers, are seen to by the pass that looks at them.';
create trigger bar_called_leads after insert or update on dnc_entries
  for each row when (new.expires_at is null) execute function dialer_bar_called_leads();

create function dialer_grant_results() returns void
language plpgsql set search_path from current as $$
begin
  if to_regrole('authenticated') is not null then
    grant select on retry_rules to authenticated;
    grant insert (id, campaign_id, outcome, disposition, delay_seconds, max_tries, next_number),
      update (delay_seconds, max_tries, next_number) on retry_rules to authenticated;
    grant delete on retry_rules to authenticated;
  end if;
  if to_regrole('service_role') is not null then
    grant select, insert, update, delete on retry_rules to service_role;
  end if;
end $$;
comment on function dialer_grant_results() is
  'Rights on the rules by which leads are dialled again.';

select dialer_revoke_all('function', 'dialer_other_time_of_day(interval)', 'dialer_is_barred(uuid, uuid, text)',
  'dialer_rule_of(uuid, uuid, text, text)', 'dialer_disposition_of_call(call_attempts, text, timestamptz)',
  'dialer_last_call(uuid)', 'dialer_number_of_call(call_attempts)', 'dialer_number_state(text, text)',
  'dialer_next_number(uuid, uuid, text, timestamptz, timestamptz, jsonb)',
  'dialer_write_number(uuid, text, timestamptz, text)',
  'dialer_decide_lead(uuid, integer, integer, text, timestamptz, timestamptz, timestamptz)', 'dialer_leave_number()',
  'dialer_follow_disposition()', 'dialer_pass_on_disposition()', 'dialer_bar_called_leads()', 'dialer_grant_results()');
select dialer_revoke_all('table', 'retry_rules');
