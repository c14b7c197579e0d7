-- How far a test call is: its lead, and its newest attempt if there is one. $1 lead
select lead.status as "leadStatus", lead.status_reason as "leadReason", campaign.status as "campaignStatus",
  case when attempt.id is not null then jsonb_build_object(
    'id', attempt.id, 'state', attempt.state, 'outcome', attempt.outcome, 'description', outcomes.description,
    'inPortuguese', (select label from dialer_labels
      where kind = 'outcome' and value = attempt.outcome and locale = 'pt-BR'),
    'queuedMs', extract(epoch from attempt.queued_at) * 1000,
    'originateMs', extract(epoch from attempt.originate_at) * 1000,
    'rang', coalesce(attempt.ring_at, attempt.early_media_at, attempt.answer_at) is not null,
    'answered', attempt.answer_at is not null, 'ended', attempt.end_at is not null,
    'callerId', attempt.caller_id_used, 'cause', attempt.hangup_cause, 'causeCode', attempt.hangup_cause_code,
    'sipStatus', attempt.sip_final_code, 'sipReason', attempt.sip_final_reason, 'hangupSource', attempt.hangup_source,
    'ringMs', attempt.ring_duration_ms, 'answeredMs', attempt.answered_duration_ms) end as attempt
from leads as lead
join campaigns as campaign on campaign.id = lead.campaign_id
left join lateral (
  select * from call_attempts where lead_id = lead.id order by queued_at desc limit 1) as attempt on true
left join outcomes on outcomes.code = attempt.outcome
where lead.id = $1
