-- Locks attempts in id order, without those that another transaction holds, with what the reducer and the deadlines need. Times
-- are ISO 8601 UTC. $1 attempt ids
select attempt.id, attempt.campaign_id as "campaignId", attempt.lead_id as "leadId", attempt.trunk_id as "trunkId",
  attempt.voice_node as "node", attempt.account_id as "accountId", attempt.previous_attempt_id as "previousAttemptId",
  attempt.state, attempt.outcome, to_json(attempt.ring_at)#>>'{}' as "ringAt",
  to_json(attempt.early_media_at)#>>'{}' as "earlyMediaAt", to_json(attempt.answer_at)#>>'{}' as "answerAt",
  to_json(attempt.bridge_at)#>>'{}' as "bridgeAt", to_json(attempt.end_at)#>>'{}' as "endAt",
  to_json(attempt.agent_phase_at)#>>'{}' as "agentPhaseAt", attempt.agent_id as "agentId",
  attempt.agent_channel as "agentChannel", attempt.amd_result as "amdResult", attempt.disposition,
  attempt.hangup_requested as "hangupRequested", attempt.pending_end as "pendingEnd",
  attempt.hangup_cause as "hangupCause", attempt.hangup_cause_code as "hangupCauseCode",
  attempt.sip_final_code as "sipFinalCode", attempt.sip_final_reason as "sipFinalReason",
  attempt.sip_call_id as "sipCallId", attempt.hangup_source as "hangupSource", attempt.refusal,
  extract(epoch from attempt.deadline_at) * 1000 as "deadlineMs", attempt.deadline_type as "deadlineType",
  extract(epoch from attempt.originate_at) * 1000 as "originateMs",
  extract(epoch from attempt.hand_over_at) * 1000 as "handOverMs",
  campaign.setup_timeout_seconds as "setupTimeoutSeconds", campaign.ring_timeout_seconds as "ringTimeoutSeconds",
  least(campaign.max_call_duration_seconds, (
    select accounts.max_call_duration_seconds from accounts where accounts.id = campaign.account_id))
    as "maxCallDurationSeconds",
  extract(epoch from clock_timestamp()) * 1000 as "nowMs"
from call_attempts as attempt
join campaigns as campaign on campaign.id = attempt.campaign_id
where attempt.id = any($1::uuid[])
order by attempt.id
for update of attempt skip locked
