-- Which of a lead's numbers is dialled next is decided where it is decided whether it is dialled again: dialer_decide_lead. A
-- number that may not be dialled now gives way to the next one by the same function, dialer_next_number.

alter table retry_rules add constraint retry_rules_answered_has_no_next_number
  check (outcome is distinct from 'ANSWERED' or coalesce(next_number, 'NEVER') = 'NEVER');
comment on constraint retry_rules_answered_has_no_next_number on retry_rules is
  'A person who answered is called on another number only by the rule of a disposition.';

-- As it was, without a look at the account's country for each note of the engine's.
create or replace function dialer_read_lead_phone() returns trigger
language plpgsql security definer set search_path from current as $$
declare
  home text;
  others record;
begin
  new.state := coalesce(new.state, 'NEW');
  new.updated_at := clock_timestamp();
  if tg_op = 'UPDATE' and new.phone is distinct from old.phone and new.phone_e164 is not distinct from old.phone_e164 then
    new.phone_e164 := null;
  end if;
  if new.phone_e164 is null then
    home := dialer_home_of(new.account_id);
    new.phone_e164 := dialer_read_phone(new.phone, home);
    if new.phone_e164 is null then
      perform dialer_refuse(jsonb_build_array(dialer_phone_fault('lead_phones', 'phone', new.phone, home)), '23514', 'lead_phones');
    end if;
  end if;
  if tg_op = 'UPDATE' and new.phone_e164 = old.phone_e164 then
    return new;
  end if;
  if tg_op = 'UPDATE' then
    new.dial_timezone := null;
    new.next_attempt_at := null;
  else
    select count(*) as count, coalesce(max(other.position), 0) as last into others
    from lead_phones as other where other.lead_id = new.lead_id and other.id <> new.id;
    new.position := coalesce(new.position, others.last + 1);
    if others.count >= 20 then
      perform dialer_refuse_one(tg_relid, '23514', dialer_fault('LEAD_PHONES', 'id', new.lead_id::text));
    end if;
  end if;
  new.state := case when dialer_number_is_taken(new) then 'DUPLICATE' else 'NEW' end;
  return new;
end $$;

create function dialer_next_number(lead_id uuid, called uuid, called_state text, called_next_at timestamptz, since timestamptz,
  out is_there boolean, out phone_id uuid, out next_at timestamptz)
language sql stable security definer set search_path from current as $$
  with number as (
    select lead.account_id, lead.campaign_id, null::uuid as id, 0 as position, lead.created_at, lead.phone_e164,
      lead.phone_state as state, lead.phone_next_attempt_at as next_at
    from leads as lead where lead.id = lead_id
    union all
    select further.account_id, further.campaign_id, further.id, further.position, further.created_at, further.phone_e164,
      further.state, further.next_attempt_at
    from lead_phones as further where further.lead_id = dialer_next_number.lead_id
  ), known as (
    select account_id, campaign_id, id, phone_e164, row_number() over (order by position, created_at, id) as turn,
      id is not distinct from called as is_called,
      case when id is not distinct from called then coalesce(called_state, state) else state end as state,
      case when id is not distinct from called then called_next_at else next_at end as next_at
    from number
  )
  select true, known.id, known.next_at
  from known
  where known.state not in ('SPENT', 'INVALID', 'DUPLICATE') and not (known.is_called and known.state = 'DNC')
    and (known.phone_e164 is null or not dialer_is_barred(known.account_id, known.campaign_id, known.phone_e164))
  order by greatest(known.next_at, since),
    known.turn <= coalesce((select place.turn from known as place where place.is_called), 0), known.turn
  limit 1
$$;
comment on function dialer_next_number(uuid, uuid, text, timestamptz, timestamptz) is
  'The number of a lead that is to be dialled after another (null: leads.phone), which from now on has the given state and is not dialled before the given time: the one that may be dialled first, and of several the next in turn. phone_id null: leads.phone. No number left: is_there is null.';

create function dialer_number_state(known text, heard text) returns text
language sql immutable set search_path from current as $$
  select case when heard is null or (known = 'REACHED' and heard = 'TRIED') then known else heard end
$$;
comment on function dialer_number_state(text, text) is 'State of a number after another call: where a person was reached is not forgotten for a call that nobody answered.';

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

create function dialer_number_of_call(call call_attempts) returns uuid
language sql stable security definer set search_path from current as $$
  select case
    when call.lead_phone_id is not null then call.lead_phone_id
    when not exists (
      select from leads
      where leads.id = call.lead_id and dialer_phone_key(leads.phone_e164) = dialer_phone_key(call.phone_e164))
      then '00000000-0000-0000-0000-000000000000' end
$$;
comment on function dialer_number_of_call(call_attempts) is
  'Which of its lead''s numbers a call was for: null for leads.phone; the nil uuid for one that was deleted or corrected since.';

-- $1 the last call, over and written; $2.. the lead as it is with that call counted.
drop function dialer_decide_lead(uuid, integer, integer, text, timestamptz, timestamptz, timestamptz);
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

create or replace function dialer_follow_disposition() returns trigger
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
    new.phone_state := 'NEW';
    new.phone_next_attempt_at := null;
    if new.status = 'INVALID' then
      new.status := 'NEW';
      new.status_reason := null;
      new.dial_phone_id := null;
    end if;
  elsif new.timezone is distinct from old.timezone and new.dial_timezone is not distinct from old.dial_timezone then
    new.dial_timezone := new.timezone;
    if new.timezone is null and new.dial_phone_id is null then
      new.phone_e164 := null;
    end if;
  end if;
  -- Zone and number are found together, by the pass that first looks at the lead.
  if new.phone_e164 is null and new.dial_phone_id is null and new.status <> 'INVALID' then
    new.dial_timezone := null;
  end if;
  return new;
end $$;

create or replace function dialer_erase_lead() returns trigger
language plpgsql set search_path from current as $$
begin
  if old.erased_at is not null then
    if (new.phone, new.first_name, new.last_name, new.external_id, new.metadata, new.timezone, new.callback_at)
      is distinct from
      (old.phone, old.first_name, old.last_name, old.external_id, old.metadata, old.timezone, old.callback_at) then
      perform dialer_refuse_one(tg_relid, '23514', dialer_fault('LEAD_WAS_ERASED', 'id', old.id::text));
    end if;
    new.erased_at := old.erased_at;
    new.status := old.status;
    new.status_reason := old.status_reason;
    new.next_attempt_at := null;
    return new;
  end if;
  new.status := case when old.status in ('NEW', 'RETRY', 'IN_PROGRESS') then 'FAILED' else old.status end;
  new.status_reason := case
    when old.status in ('NEW', 'RETRY', 'IN_PROGRESS') then 'ERASED'
    when old.status_reason !~ '[0-9]{4}' then old.status_reason end;
  new.phone := 'erased';
  new.phone_e164 := null;
  new.dial_timezone := null;
  new.dial_phone_id := null;
  new.timezone := null;
  new.first_name := null;
  new.last_name := null;
  new.external_id := null;
  new.metadata := '{}';
  new.callback_at := null;
  new.next_attempt_at := null;
  new.phone_next_attempt_at := null;
  new.moving_from_attempt_id := null;
  new.disposition := case when old.disposition !~ '[0-9]{4}' then old.disposition end;
  return new;
end $$;

-- A number that is taken away while it is its lead's next gives way to another.
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

-- Do-not-call: an entry takes out a number; the lead of several goes on with the others, which the next pass sees to.
create or replace function dialer_bar_called_leads() returns trigger
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

create or replace function dialer_release_from_dnc() returns trigger
language plpgsql security definer set search_path from current as $$
begin
  update lead_phones
  set state = 'NEW', next_attempt_at = null
  from changed_rows as changed
  where lead_phones.account_id = changed.account_id
    and dialer_phone_key(lead_phones.phone_e164) = dialer_phone_key(changed.phone_e164)
    and (changed.campaign_id is null or lead_phones.campaign_id = changed.campaign_id)
    and lead_phones.state = 'DNC'
    and (tg_op = 'DELETE' or changed.expires_at is not null);
  update leads set phone_state = 'NEW', phone_next_attempt_at = null
  from changed_rows as changed
  join campaigns as campaign on campaign.account_id = changed.account_id
    and (changed.campaign_id is null or campaign.id = changed.campaign_id)
  where leads.campaign_id = campaign.id and dialer_phone_key(leads.phone_e164) = dialer_phone_key(changed.phone_e164)
    and leads.phone_state = 'DNC' and (tg_op = 'DELETE' or changed.expires_at is not null);
  update leads
  set status = case when leads.status <> 'DNC' then leads.status when leads.dials > 0 then 'RETRY' else 'NEW' end,
    status_reason = null, next_attempt_at = null
  from changed_rows as changed
  join campaigns as campaign on campaign.account_id = changed.account_id
    and (changed.campaign_id is null or campaign.id = changed.campaign_id)
    and campaign.status in ('DRAFT', 'ACTIVE', 'PAUSED')
  where leads.campaign_id = campaign.id
    and leads.id in (
      select own.id from leads as own
      where own.campaign_id = campaign.id and dialer_phone_key(own.phone_e164) = dialer_phone_key(changed.phone_e164)
      union all
      select further.lead_id from lead_phones as further
      where further.campaign_id = campaign.id and dialer_phone_key(further.phone_e164) = dialer_phone_key(changed.phone_e164))
    and leads.status_reason = 'DNC'
    and (leads.status in ('NEW', 'RETRY')
      or (leads.status = 'DNC' and (leads.last_outcome is null
        or leads.last_outcome in (select outcomes.code from outcomes where outcomes.retryable))))
    and (tg_op = 'DELETE' or changed.expires_at is not null);
  return null;
end $$;

-- Whoever asks by one number is erased with all of them.
create function dialer_erase_all_numbers(account uuid, number text, lead uuid, stays_uncalled boolean,
  out leads_erased integer, out attempts_erased integer, out events_erased integer, out jobs_erased integer,
  out texts_erased integer, out calls_cancelled integer, out do_not_call_kept integer)
language plpgsql security definer set search_path from current as $$
#variable_conflict use_variable
declare
  holders uuid[];
  others text[];
  step record;
begin
  select coalesce(array_agg(held.id), '{}') into holders from (
    select lead as id where lead is not null
    union select lead_phones.lead_id from lead_phones
    where lead_phones.account_id = account and dialer_phone_key(lead_phones.phone_e164) = dialer_phone_key(number)
    union select known.id from campaigns as campaign
    join leads as known on known.campaign_id = campaign.id and dialer_phone_key(known.phone_e164) = dialer_phone_key(number)
    where campaign.account_id = account and exists (select from lead_phones where lead_phones.lead_id = known.id)) as held;
  select coalesce(array_agg(distinct theirs.number), '{}') into others from (
    select dialer_phone_key(leads.phone_e164) as number from leads
    where leads.id = any (holders) and leads.phone_e164 is not null
    union select dialer_phone_key(lead_phones.phone_e164) from lead_phones
    where lead_phones.lead_id = any (holders) and lead_phones.state <> 'DUPLICATE') as theirs
  where theirs.number is distinct from dialer_phone_key(number);
  -- One lock order for all steps: campaigns first, by id.
  perform from campaigns where campaigns.account_id = account and (
      campaigns.id in (select leads.campaign_id from leads where leads.id = any (holders))
      or exists (select from leads
        where leads.campaign_id = campaigns.id and dialer_phone_key(leads.phone_e164) = any (others)))
    and cardinality(holders) + cardinality(others) > 0
    order by campaigns.id for no key update;
  -- Where another of the person's numbers is a further number of somebody else, the number goes and that lead stays.
  delete from lead_phones
  where lead_phones.account_id = account and dialer_phone_key(lead_phones.phone_e164) = any (others)
    and lead_phones.lead_id <> all (holders);
  leads_erased := 0;
  attempts_erased := 0;
  events_erased := 0;
  jobs_erased := 0;
  texts_erased := 0;
  calls_cancelled := 0;
  do_not_call_kept := 0;
  for step in
    select number as telephone, lead as lead_id, 1 as nth
    union all
    select telephone, null, 2 from unnest(others) as telephone
    order by nth
  loop
    select leads_erased + done.leads_erased, attempts_erased + done.attempts_erased, events_erased + done.events_erased,
      jobs_erased + done.jobs_erased, texts_erased + done.texts_erased, calls_cancelled + done.calls_cancelled,
      do_not_call_kept + done.do_not_call_kept
    into leads_erased, attempts_erased, events_erased, jobs_erased, texts_erased, calls_cancelled, do_not_call_kept
    from dialer_erase_person(account, step.telephone, step.lead_id, stays_uncalled) as done;
  end loop;
end $$;
comment on function dialer_erase_all_numbers(uuid, text, uuid, boolean) is
  'dialer_erase_person for a number and all further numbers of the leads that have it: those leads are erased, and so is what is kept under their other numbers, but for numbers that are another lead''s (DUPLICATE).';

create or replace function erase_person(phone text, account_id uuid default null, do_not_call boolean default false)
returns table (leads_erased integer, attempts_erased integer, events_erased integer, jobs_erased integer,
  texts_erased integer, calls_cancelled integer, do_not_call_kept integer)
language plpgsql security definer set search_path from current as $$
#variable_conflict use_column
declare
  account uuid := dialer_erasing_account(erase_person.account_id);
  country text := coalesce(
    (select default_country from account_settings where account_settings.account_id = account), 'BR');
begin
  if erase_person.account_id is null and dialer_caller_is_privileged()
    and exists (select from campaigns where campaigns.account_id <> account) then
    raise exception 'in which account? This installation has several'
      using errcode = '22023', hint = 'Name it: erase_person(phone, account_id => ...); one after the other for several.';
  end if;
  return query select erased.*
  from dialer_erase_all_numbers(account, dialer_read_person(erase_person.phone, country), null, erase_person.do_not_call) as erased;
end $$;

create or replace function erase_person_of_lead(lead_id uuid, do_not_call boolean default false)
returns table (leads_erased integer, attempts_erased integer, events_erased integer, jobs_erased integer,
  texts_erased integer, calls_cancelled integer, do_not_call_kept integer)
language plpgsql security definer set search_path from current as $$
#variable_conflict use_column
declare
  account uuid := dialer_erasing_account(null);
  wanted record;
  number text;
begin
  select lead.phone, lead.phone_e164, lead.account_id, coalesce(settings.default_country, 'BR') as country into wanted
  from leads as lead left join account_settings as settings on settings.account_id = lead.account_id
  where lead.id = erase_person_of_lead.lead_id and (lead.account_id = account or dialer_caller_is_privileged());
  if not found then
    raise exception 'there is no lead %', erase_person_of_lead.lead_id using errcode = 'P0002';
  end if;
  number := wanted.phone_e164;
  if number is null then
    begin
      number := dialer_read_person(wanted.phone, wanted.country);
    exception when invalid_parameter_value then
      null; -- No number that can be read: there is this lead only, and its further numbers.
    end;
  end if;
  return query select erased.*
  from dialer_erase_all_numbers(wanted.account_id, number, erase_person_of_lead.lead_id, erase_person_of_lead.do_not_call) as erased;
end $$;

select dialer_close('function', 'dialer_next_number(uuid, uuid, text, timestamptz, timestamptz)',
  'dialer_number_of_call(call_attempts)',
  'dialer_write_number(uuid, text, timestamptz, text)', 'dialer_number_state(text, text)',
  'dialer_decide_lead(uuid, integer, integer, text, timestamptz, timestamptz, timestamptz)', 'dialer_leave_number()', 'dialer_erase_all_numbers(uuid, text, uuid, boolean)');

insert into dialer_labels (kind, value, locale, label) values
  ('lead_status_reason', 'NO_NUMBER', 'en', 'its last number was deleted'),
  ('lead_status_reason', 'NO_NUMBER', 'pt-BR', 'o último número foi apagado')
on conflict do nothing;
insert into dialer_messages (code, locale, message, hint) values
  ('retry_rules_answered_has_no_next_number', 'en', 'a rule of the outcome ANSWERED has no next number',
    'A person who answered is called on another number only by the rule of a disposition: leave next_number out.'),
  ('retry_rules_answered_has_no_next_number', 'pt-BR', 'uma regra do outcome ANSWERED não tem próximo número',
    'Quem atendeu só é chamado em outro número pela regra de uma disposition: não envie next_number.');
select dialer_watch_table('retry_rules');
