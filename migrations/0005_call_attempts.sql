-- Attempts, and the PBX events they were made of.

create table call_attempts (
  id uuid primary key default gen_random_uuid(),
  account_id uuid not null,
  campaign_id uuid not null,
  lead_id uuid not null,
  attempt_number integer not null check (attempt_number > 0),
  previous_attempt_id uuid references call_attempts (id) on delete set null,
  phone_e164 text not null check (phone_e164 ~ '^\+[1-9][0-9]{6,14}$'),
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
  foreign key (lead_id, campaign_id, account_id) references leads (id, campaign_id, account_id),
  constraint call_attempts_end_goes_with_an_ended_state check (
    (end_at is not null) = (state in ('ENDED', 'NO_ANSWER', 'BUSY', 'FAILED', 'ABANDONED', 'CANCELLED'))),
  constraint call_attempts_outcome_goes_with_the_end check ((end_at is not null) = (outcome is not null)),
  constraint call_attempts_deadline_is_whole check ((deadline_at is null) = (deadline_type is null)),
  constraint call_attempts_ended_has_no_deadline check (end_at is null or deadline_at is null),
  constraint call_attempts_queued_has_no_originate check (state <> 'QUEUED' or originate_at is null)
) with (fillfactor = 70);
create unique index call_attempts_one_live_per_lead on call_attempts (lead_id) where end_at is null;
create unique index call_attempts_one_live_per_phone on call_attempts (account_id, phone_e164) where end_at is null;
create index call_attempts_by_lead on call_attempts (lead_id, queued_at);
create index call_attempts_by_phone on call_attempts (account_id, phone_e164, originate_at desc);
create index call_attempts_live_by_node on call_attempts (voice_node) where end_at is null;
create index call_attempts_live_by_trunk on call_attempts (trunk_id) where end_at is null;
create index call_attempts_live_by_campaign on call_attempts (campaign_id) where end_at is null;
create index call_attempts_answered on call_attempts (campaign_id, end_at desc) where answer_at is not null;
create index call_attempts_by_end on call_attempts (end_at) where end_at is not null;
create index call_attempts_by_previous on call_attempts (previous_attempt_id) where previous_attempt_id is not null;
comment on table call_attempts is 'Each try to reach a lead. Live while end_at is null: at most one per lead, and per phone within an account.';
comment on column call_attempts.id is 'Key; also the correlation id and the id of the channel at the PBX.';
comment on column call_attempts.account_id is 'Account of the lead.';
comment on column call_attempts.campaign_id is 'Campaign of the lead.';
comment on column call_attempts.lead_id is 'The lead.';
comment on column call_attempts.attempt_number is 'Which dial of this lead it is, from 1.';
comment on column call_attempts.previous_attempt_id is 'The attempt that this one repeats on another trunk.';
comment on column call_attempts.phone_e164 is 'The number dialled.';
comment on column call_attempts.state is 'Where in life it is. Phases only rise; an ended state is final.';
comment on column call_attempts.outcome is 'Why it ended: a code of outcomes.';
comment on column call_attempts.trunk_id is 'Trunk, fixed when it was queued.';
comment on column call_attempts.voice_node is 'The PBX of that trunk.';
comment on column call_attempts.engine_id is 'Engine that sent the Originate.';
comment on column call_attempts.lease_epoch is 'Epoch of the lease under which it was sent.';
comment on column call_attempts.caller_id_used is 'Number shown to the person; null: the PBX''s own.';
comment on column call_attempts.agent_id is 'Agent it was given to.';
comment on column call_attempts.agent_channel is 'The agent''s channel at the PBX.';
comment on column call_attempts.slot_at is 'When the Originate was planned.';
comment on column call_attempts.queued_at is 'When the pass claimed the lead.';
comment on column call_attempts.originate_at is 'When it was committed to be sent.';
comment on column call_attempts.ring_at is 'PBX time of ringing (180).';
comment on column call_attempts.early_media_at is 'PBX time of early media (183).';
comment on column call_attempts.answer_at is 'PBX time of the answer.';
comment on column call_attempts.bridge_at is 'PBX time of the bridge to an agent.';
comment on column call_attempts.end_at is 'PBX time of the end; null: live.';
comment on column call_attempts.agent_phase_at is 'PBX time of the newest event of the agent phase.';
comment on column call_attempts.deadline_at is 'When the present state has lasted too long.';
comment on column call_attempts.deadline_type is 'Which limit that is.';
comment on column call_attempts.hangup_requested is 'Why we asked the PBX to hang up, if we did.';
comment on column call_attempts.refusal is 'Why the PBX refused the Originate, if it did.';
comment on column call_attempts.pending_end is 'A lesser terminal event that becomes the end if no authoritative one comes (SETTLE).';
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
create trigger prepare before update on call_attempts for each row execute function dialer_prepare_attempt();

create function dialer_duration_ms(since timestamptz, until timestamptz) returns integer
language sql immutable as $$
  select case when since is not null and until is not null
    then least(greatest(extract(epoch from until - since) * 1000, 0), 2147483647)::integer end
$$;
comment on function dialer_duration_ms(timestamptz, timestamptz) is 'Milliseconds from one time to another, never below zero; null when either is.';

alter table call_attempts enable row level security;
select dialer_close('function', 'dialer_prepare_attempt()', 'dialer_duration_ms(timestamptz, timestamptz)');
select dialer_close('table', 'call_attempts');
