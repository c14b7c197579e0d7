-- Attempts, and the PBX events they were made of.

create function dialer_prepare_attempt() returns trigger
language plpgsql set search_path from current as $$
begin
  new.updated_at := clock_timestamp();
  if new.disposition is distinct from old.disposition then
    new.disposition_at := case when new.disposition is not null then clock_timestamp() end;
  end if;
  return new;
end $$;
comment on function dialer_prepare_attempt() is 'Keeps updated_at and disposition_at.';

create table call_attempts (
  id uuid primary key default gen_random_uuid(),
  account_id uuid not null,
  campaign_id uuid not null,
  lead_id uuid not null,
  attempt_number integer not null check (attempt_number > 0),
  previous_attempt_id uuid references call_attempts (id) on delete set null,
  phone_e164 text check (phone_e164 ~ '^\+[1-9][0-9]{6,14}$'),
  state text not null default 'QUEUED' check (state in (
    'QUEUED', 'ORIGINATING', 'RINGING', 'EARLY_MEDIA', 'ANSWERED', 'AMD_PROCESSING', 'WAITING_AGENT', 'AGENT_RINGING',
    'BRIDGED', 'ENDED', 'NO_ANSWER', 'BUSY', 'FAILED', 'ABANDONED', 'CANCELLED')),
  outcome text references outcomes (code),
  trunk_id uuid not null references trunk_config (id),
  voice_node text not null,
  engine_id uuid,
  lease_epoch bigint,
  caller_id_used text,
  agent_id text,
  agent_channel text,
  slot_at timestamptz,
  queued_at timestamptz not null default clock_timestamp(),
  originate_at timestamptz,
  ring_at timestamptz,
  early_media_at timestamptz,
  answer_at timestamptz,
  bridge_at timestamptz,
  end_at timestamptz,
  agent_phase_at timestamptz,
  deadline_at timestamptz,
  deadline_type text check (deadline_type in (
    'QUEUE', 'ORIGINATE', 'RING', 'AMD', 'AGENT_ASSIGN', 'AGENT_RING', 'MAX_DURATION', 'SETTLE')),
  hangup_requested text check (hangup_requested in (
    'SETUP', 'RING', 'AMD', 'AGENT', 'MAX_DURATION', 'OPERATOR', 'CAMPAIGN')),
  refusal text check (refusal in ('SWITCH_REFUSED', 'NO_SUCH_EXTENSION', 'TRUNK_FAULT', 'INVALID_REQUEST')),
  pending_end jsonb,
  hangup_cause text,
  hangup_cause_code integer,
  sip_final_code integer,
  sip_final_reason text,
  sip_call_id text,
  hangup_source text check (hangup_source in ('CALLER', 'CALLEE', 'SYSTEM', 'AGENT', 'TIMEOUT', 'ERROR')),
  amd_result text check (amd_result in ('HUMAN', 'MACHINE', 'FAX', 'UNKNOWN', 'NOTSURE')),
  ring_duration_ms integer,
  answered_duration_ms integer,
  talk_duration_ms integer,
  disposition text check (disposition ~ '^[^[:cntrl:]]{1,80}$'),
  disposition_at timestamptz,
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp(),
  hand_over_at timestamptz,
  hand_over_is_short boolean not null default false,
  erased_at timestamptz,
  lead_phone_id uuid references lead_phones (id) on delete set null,
  constraint call_attempts_end_goes_with_an_ended_state check (
    (end_at is not null) = (state in ('ENDED', 'NO_ANSWER', 'BUSY', 'FAILED', 'ABANDONED', 'CANCELLED'))),
  constraint call_attempts_outcome_goes_with_the_end check ((end_at is not null) = (outcome is not null)),
  constraint call_attempts_deadline_is_whole check ((deadline_at is null) = (deadline_type is null)),
  constraint call_attempts_ended_has_no_deadline check (end_at is null or deadline_at is null),
  constraint call_attempts_queued_has_no_originate check (state <> 'QUEUED' or originate_at is null),
  constraint call_attempts_have_a_number_or_were_erased
    check (phone_e164 is not null or (erased_at is not null and end_at is not null)),
  -- "restrict": "no action" asks at each lead deleted whether another lead has its key, reading all of its campaign.
  foreign key (lead_id, campaign_id, account_id) references leads (id, campaign_id, account_id) on delete restrict
) with (fillfactor = 70);
create unique index call_attempts_one_live_per_lead on call_attempts (lead_id) where end_at is null;
create index call_attempts_live_by_node on call_attempts (voice_node) where end_at is null;
create index call_attempts_live_by_trunk on call_attempts (trunk_id) where end_at is null;
create index call_attempts_live_by_campaign on call_attempts (campaign_id) where end_at is null;
create index call_attempts_by_end on call_attempts (end_at) where end_at is not null;
create index call_attempts_by_previous on call_attempts (previous_attempt_id) where previous_attempt_id is not null;
create index call_attempts_hand_overs on call_attempts (campaign_id, hand_over_at desc) where hand_over_at is not null;
create index call_attempts_by_lead_phone on call_attempts (lead_phone_id) where lead_phone_id is not null;
-- Dials of the day and of the last second are counted by account. With the calls that were not sent: "the last ones first"
-- begins with them.
create index call_attempts_by_account on call_attempts (account_id, originate_at);
create index call_attempts_by_queue on call_attempts (account_id, queued_at);
-- For administrators, who ask for no account. What was sent in an hour is found by blocks, at next to no cost.
create index call_attempts_by_time on call_attempts (queued_at);
create index call_attempts_sent on call_attempts using brin (originate_at timestamptz_minmax_multi_ops);
-- These three are made last, so that they are the youngest. A session that planned while the table was empty takes the youngest
-- of indexes that seem equally good, and would read all calls of the account for each lead that is deleted
-- (test/integration/schema/deletes.test.ts) and for each number that is compared.
create unique index call_attempts_one_live_per_phone on call_attempts (account_id, dialer_phone_key(phone_e164)) where end_at is null;
create index call_attempts_by_phone on call_attempts (account_id, dialer_phone_key(phone_e164), originate_at desc);
create index call_attempts_by_lead on call_attempts (lead_id, campaign_id, queued_at);
alter table call_attempts alter column account_id set (n_distinct = 1000);
comment on table call_attempts is 'Each try to reach a lead. Live while end_at is null: at most one per lead, and per phone within an account.';
comment on column call_attempts.id is 'Key; also the correlation id and the id of the channel at the PBX.';
comment on column call_attempts.account_id is 'Account of the lead.';
comment on column call_attempts.campaign_id is 'Campaign of the lead.';
comment on column call_attempts.lead_id is 'The lead.';
comment on column call_attempts.attempt_number is 'Which dial of this lead it is, from 1.';
comment on column call_attempts.previous_attempt_id is 'The attempt that this one repeats on another trunk.';
comment on column call_attempts.phone_e164 is 'The number dialled; null once it was erased.';
comment on column call_attempts.state is 'Where the call is. Its phase only advances; an ended state is final.';
comment on column call_attempts.outcome is 'Why it ended: a code of outcomes.';
comment on column call_attempts.trunk_id is 'Trunk, fixed when it was queued.';
comment on column call_attempts.voice_node is 'The PBX of that trunk.';
comment on column call_attempts.engine_id is 'Engine that sent the Originate.';
comment on column call_attempts.lease_epoch is 'Epoch of the lease under which it was sent.';
comment on column call_attempts.caller_id_used is 'Number shown to the person; null: the PBX''s own.';
comment on column call_attempts.agent_id is 'Agent it was given to.';
comment on column call_attempts.agent_channel is 'The agent''s channel at the PBX.';
comment on column call_attempts.slot_at is 'When the Originate was planned.';
comment on column call_attempts.queued_at is 'When a pass queued it.';
comment on column call_attempts.originate_at is
  'When it was committed to be sent. Null: it was not sent, or the PBX itself refused it before anybody was dialled.';
comment on column call_attempts.ring_at is 'PBX time of ringing (180).';
comment on column call_attempts.early_media_at is 'PBX time of early media (183).';
comment on column call_attempts.answer_at is 'PBX time of the answer.';
comment on column call_attempts.bridge_at is 'PBX time of the bridge to an agent.';
comment on column call_attempts.end_at is 'PBX time of the end; null: live.';
comment on column call_attempts.agent_phase_at is 'PBX time of the newest event of the agent phase.';
comment on column call_attempts.deadline_at is 'Deadline of the present state.';
comment on column call_attempts.deadline_type is 'Which limit that is; the words are those of call_attempt_timers.timer_type.';
comment on column call_attempts.hangup_requested is 'Why we asked the PBX to hang up, if we did.';
comment on column call_attempts.refusal is 'Why the PBX refused the Originate, if it did.';
comment on column call_attempts.pending_end is 'A provisional end: it becomes the end if no authoritative event comes before SETTLE fires.';
comment on column call_attempts.hangup_cause is 'Name of the cause as the PBX gave it.';
comment on column call_attempts.hangup_cause_code is 'Q.850 cause.';
comment on column call_attempts.sip_final_code is 'Final SIP status, where known.';
comment on column call_attempts.sip_final_reason is 'Its reason phrase.';
comment on column call_attempts.sip_call_id is 'SIP Call-ID of the leg, for the carrier.';
comment on column call_attempts.hangup_source is 'Who ended it.';
comment on column call_attempts.amd_result is 'What answering machine detection said.';
comment on column call_attempts.ring_duration_ms is 'Ringing to answer or end.';
comment on column call_attempts.answered_duration_ms is 'Answer to end.';
comment on column call_attempts.talk_duration_ms is 'Bridge to end.';
comment on column call_attempts.disposition is 'Business result, set by an agent or a bot.';
comment on column call_attempts.disposition_at is 'When that was set.';
comment on column call_attempts.created_at is 'When the row was made.';
comment on column call_attempts.updated_at is 'When it last changed.';
comment on column call_attempts.hand_over_at is
  'When its answer became known, by this database''s clock; null: the short-call circuit breaker leaves the call out.';
comment on column call_attempts.hand_over_is_short is
  'It ended within 3 s of the answer, and for no reason of its own, such as a machine or our own hang-up. The short-call circuit breaker counts it as a sign that the place to which answered calls go is broken.';
comment on column call_attempts.erased_at is 'When the number, and what else showed whom it called, was erased.';
comment on column call_attempts.lead_phone_id is 'The further number of the lead that was dialled; null: leads.phone, or a number that was deleted since.';
alter table call_attempts enable row level security;
create policy own_account on call_attempts
  using (account_id = (select current_account_id())) with check (account_id = (select current_account_id()));
create trigger prepare before update on call_attempts for each row execute function dialer_prepare_attempt();
create trigger account before insert on call_attempts for each row execute function dialer_take_account();

create function dialer_check_calls() returns trigger
language plpgsql security definer set search_path from current as $$
declare
  called boolean;
begin
  called := case tg_table_name
    when 'leads' then exists (select from call_attempts where lead_id = old.id)
    when 'campaigns' then exists (
      select from leads where campaign_id = old.id and exists (select from call_attempts where lead_id = leads.id))
    when 'lists' then exists (
      select from leads where list_id = old.id and exists (select from call_attempts where lead_id = leads.id))
    else exists (select from call_attempts where trunk_id = old.id) end;
  if called then
    perform dialer_refuse_one(tg_relid, '23503', dialer_fault('ROW_HAS_CALLS', 'id', old.id::text, 'constraint',
      case tg_table_name when 'trunk_config' then 'call_attempts_trunk_id_fkey'
        else 'call_attempts_lead_id_campaign_id_account_id_fkey' end));
  end if;
  return old;
end $$;
comment on function dialer_check_calls() is 'Says why what was called cannot be deleted, before the foreign key does.';
create trigger check_calls before delete on leads
  for each row when (current_user = 'service_role' or row_security_active('leads'::regclass)) execute function dialer_check_calls();
create trigger check_calls before delete on campaigns
  for each row when (current_user = 'service_role' or row_security_active('campaigns'::regclass)) execute function dialer_check_calls();
create trigger check_calls before delete on lists
  for each row when (current_user = 'service_role' or row_security_active('lists'::regclass)) execute function dialer_check_calls();
create trigger check_calls before delete on trunk_config
  for each row when (current_user = 'service_role') execute function dialer_check_calls();

create table call_attempt_events (
  attempt_id uuid not null,
  account_id uuid not null,
  at timestamptz not null,
  kind text not null check (kind ~ '^[A-Z0-9_]{1,60}$'),
  dedup_key text not null check (length(dedup_key) between 1 and 500),
  detail jsonb not null default '{}' check (jsonb_typeof(detail) = 'object'),
  recorded_at timestamptz not null default clock_timestamp(),
  primary key (attempt_id, dedup_key, at)
) partition by range (at);
-- The nightly purge finds the events that are past their retention without reading the others.
create index call_attempt_events_by_time on call_attempt_events (at);
create index call_attempt_events_by_account on call_attempt_events (account_id, at);
alter table call_attempt_events alter column account_id set (n_distinct_inherited = 1000);
comment on table call_attempt_events is 'Every event of every attempt, append-only, kept even when it changed nothing.';
comment on column call_attempt_events.attempt_id is 'The attempt; no foreign key, so that an event may outlive it, or come before it is known.';
comment on column call_attempt_events.account_id is 'Account of the attempt.';
comment on column call_attempt_events.at is 'The PBX''s time.';
comment on column call_attempt_events.kind is 'What happened: a kind of call event, or TIMER_FIRED for a deadline of ours.';
comment on column call_attempt_events.dedup_key is 'The same for every copy of one event.';
comment on column call_attempt_events.detail is 'Particulars, without names or numbers of persons.';
comment on column call_attempt_events.recorded_at is 'When it was written here.';
alter table call_attempt_events enable row level security;
create policy own_account on call_attempt_events for select using (account_id = (select current_account_id()));

create table call_attempt_events_default partition of call_attempt_events default;
alter table call_attempt_events_default alter column account_id set (n_distinct = 1000);
comment on table call_attempt_events_default is 'Events dated outside every month that has a partition.';
alter table call_attempt_events_default enable row level security;

create function ensure_event_partitions(months_ahead integer) returns integer
language plpgsql set search_path from current as $$
declare
  month_start timestamptz := date_trunc('month', clock_timestamp(), 'UTC');
  lower_bound timestamptz;
  upper_bound timestamptz;
  partition_name text;
  made integer := 0;
begin
  if months_ahead not between 0 and 120 then
    perform dialer_refuse_call('22023', 'EVENT_MONTHS', 'value', months_ahead::text);
  end if;
  perform pg_advisory_xact_lock(hashtextextended(current_schema() || '.call_attempt_events', 0));
  for step in 0..months_ahead loop
    lower_bound := ((month_start at time zone 'UTC') + make_interval(months => step)) at time zone 'UTC';
    upper_bound := ((month_start at time zone 'UTC') + make_interval(months => step + 1)) at time zone 'UTC';
    partition_name := 'call_attempt_events_' || to_char(lower_bound at time zone 'UTC', 'YYYYMM');
    continue when to_regclass(partition_name) is not null;
    -- Attaching, unlike creating as a partition, leaves the other months open to writers meanwhile.
    execute format('create table %I (like call_attempt_events including all)', partition_name);
    perform dialer_revoke_all('table', partition_name);
    execute format('alter table %I enable row level security', partition_name);
    execute format('alter table %I alter column account_id set (n_distinct = 1000)', partition_name);
    execute format('comment on table %I is %L', partition_name,
      'Events of ' || to_char(lower_bound at time zone 'UTC', 'YYYY-MM') || ' (UTC).');
    lock table call_attempt_events_default in access exclusive mode;
    execute format('with moved as (delete from call_attempt_events_default where at >= %L and at < %L returning *)
      insert into %I select * from moved', lower_bound, upper_bound, partition_name);
    execute format('alter table call_attempt_events attach partition %I for values from (%L) to (%L)',
      partition_name, lower_bound, upper_bound);
    made := made + 1;
  end loop;
  return made;
end $$;
comment on function ensure_event_partitions(integer) is
  'Makes the partitions of this month and of the given number of months after it (UTC), taking over what the default partition holds of them. Returns how many it made. May be called at any time, by several at once.';

create function drop_event_partitions(before timestamptz) returns integer
language plpgsql set search_path from current as $$
declare
  partition record;
  dropped integer := 0;
begin
  perform pg_advisory_xact_lock(hashtextextended(current_schema() || '.call_attempt_events', 0));
  for partition in
    select child.relname
    from pg_inherits
    join pg_class as child on child.oid = pg_inherits.inhrelid
    where pg_inherits.inhparent = 'call_attempt_events'::regclass
      and child.relname ~ '^call_attempt_events_[0-9]{6}$'
      and ((to_date(right(child.relname, 6), 'YYYYMM') + interval '1 month') at time zone 'UTC') <= before
    order by child.relname
  loop
    execute format('drop table %I', partition.relname);
    dropped := dropped + 1;
  end loop;
  delete from call_attempt_events_default where at < before;
  return dropped;
end $$;
comment on function drop_event_partitions(timestamptz) is
  'Drops the months that lie wholly before the given time, and what the default partition holds from before it. Returns how many months it dropped.';

select ensure_event_partitions(2);

-- Cancelling what is queued, and hanging up.

create function dialer_cancel_queued(attempt_ids uuid[]) returns integer
language plpgsql security definer set search_path from current as $$
declare
  cancelled_ids uuid[];
  freed_leads uuid[];
begin
  select array_agg(locked.id), array_agg(locked.lead_id) into cancelled_ids, freed_leads
  from (
    select id, lead_id from call_attempts
    where id = any (attempt_ids) and end_at is null and state = 'QUEUED'
    order by id for update) as locked;
  if cancelled_ids is null then
    return 0;
  end if;
  update call_attempts
  set state = 'CANCELLED', outcome = 'CANCELLED', end_at = clock_timestamp(), hangup_source = 'SYSTEM',
    deadline_at = null, deadline_type = null
  where id = any (cancelled_ids);
  perform from leads where id = any (freed_leads) order by id for no key update;
  update leads set status = case when dials > 0 then 'RETRY' else 'NEW' end
  where id = any (freed_leads) and status = 'IN_PROGRESS';
  return cardinality(cancelled_ids);
end $$;
comment on function dialer_cancel_queued(uuid[]) is
  'Ends those of the given attempts that are still queued and gives their leads back. Locks attempts, then leads, each by id. Returns how many.';

create function drop_queued_attempts(campaign_id uuid) returns integer
language plpgsql security definer set search_path from current as $$
begin
  return dialer_cancel_queued(array(
    select attempt.id from call_attempts as attempt
    where attempt.campaign_id = drop_queued_attempts.campaign_id
      and attempt.end_at is null and attempt.state = 'QUEUED'));
end $$;
comment on function drop_queued_attempts(uuid) is
  'Cancels the queued attempts of a campaign. Call it with the campaign locked, so that no pass adds more. Returns how many.';

create function hangup_attempt(attempt_id uuid) returns boolean
language plpgsql security definer set search_path from current as $$
declare
  attempt call_attempts;
begin
  select * into attempt from call_attempts
  where id = attempt_id and (account_id = current_account_id() or dialer_caller_is_privileged())
  for update;
  if not found then
    perform dialer_refuse_call('P0002', 'ATTEMPT_IS_UNKNOWN', 'id', attempt_id::text);
  end if;
  if attempt.end_at is not null then
    return false;
  end if;
  if attempt.state = 'QUEUED' then
    return dialer_cancel_queued(array[attempt_id]) = 1;
  end if;
  perform add_job('hangup_call:' || attempt.voice_node,
    json_build_object('attemptId', attempt_id, 'reason', 'OPERATOR'));
  return true;
end $$;
comment on function hangup_attempt(uuid) is
  'Ends one call: cancels it if queued, else asks the engine to hang it up. False if it has ended already; an error if the caller''s account has no such attempt.';

create function dialer_grant_call_attempts() returns void
language plpgsql set search_path from current as $$
begin
  if to_regrole('authenticated') is not null then
    grant select on call_attempts, call_attempt_events to authenticated;
    grant update (disposition) on call_attempts to authenticated;
    grant execute on function hangup_attempt(uuid) to authenticated;
  end if;
  if to_regrole('service_role') is not null then
    grant select on call_attempts, call_attempt_events to service_role;
    grant update (disposition) on call_attempts to service_role;
    grant execute on function hangup_attempt(uuid) to service_role;
  end if;
end $$;
comment on function dialer_grant_call_attempts() is
  'Rights on attempts and their events: everybody reads, sets the disposition and hangs up.';

select dialer_revoke_all('function', 'dialer_prepare_attempt()', 'dialer_check_calls()',
  'ensure_event_partitions(integer)', 'drop_event_partitions(timestamptz)', 'dialer_cancel_queued(uuid[])',
  'drop_queued_attempts(uuid)', 'hangup_attempt(uuid)', 'dialer_grant_call_attempts()');
select dialer_revoke_all('table', 'call_attempts', 'call_attempt_events', 'call_attempt_events_default');
