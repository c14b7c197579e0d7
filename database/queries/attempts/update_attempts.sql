-- Writes attempts back as the reducer left them. Durations are derived here, never below zero: the PBX's clock may jump. An
-- attempt that was never sent, or that the PBX itself refused, has no Originate. $1 rows, one per attempt
update call_attempts
set state = given.state, originate_at = case when given.never_sent then null else call_attempts.originate_at end,
  outcome = given.outcome, ring_at = given.ring_at, early_media_at = given.early_media_at,
  answer_at = given.answer_at, bridge_at = given.bridge_at, end_at = given.end_at,
  agent_phase_at = given.agent_phase_at, agent_id = given.agent_id, agent_channel = given.agent_channel,
  amd_result = given.amd_result, disposition = coalesce(call_attempts.disposition, given.disposition),
  hangup_requested = given.hangup_requested, pending_end = given.pending_end, hangup_cause = given.hangup_cause,
  hangup_cause_code = given.hangup_cause_code, sip_final_code = given.sip_final_code,
  sip_final_reason = given.sip_final_reason, sip_call_id = given.sip_call_id, hangup_source = given.hangup_source,
  refusal = given.refusal, deadline_at = given.deadline_at, deadline_type = given.deadline_type,
  hand_over_at = given.hand_over_at, hand_over_is_short = given.hand_over_is_short,
  ring_duration_ms = dialer_duration_ms(coalesce(given.ring_at, given.early_media_at), coalesce(given.answer_at, given.end_at)),
  answered_duration_ms = dialer_duration_ms(given.answer_at, given.end_at),
  talk_duration_ms = dialer_duration_ms(given.bridge_at, given.end_at)
from jsonb_to_recordset($1::jsonb) as given (
  id uuid, never_sent boolean, state text, outcome text, ring_at timestamptz, early_media_at timestamptz, answer_at timestamptz,
  bridge_at timestamptz, end_at timestamptz, agent_phase_at timestamptz, agent_id text, agent_channel text,
  amd_result text, disposition text, hangup_requested text, pending_end jsonb, hangup_cause text, hangup_cause_code int,
  sip_final_code int, sip_final_reason text, sip_call_id text, hangup_source text, refusal text,
  hand_over_at timestamptz, hand_over_is_short boolean,
  deadline_at timestamptz, deadline_type text)
where call_attempts.id = given.id
