-- The last 20 attempts that failed, among the last 2,000 that ended; no parameters.
-- The bound keeps it cheap when failures are rare: the index on end_at is read from its end, never to its start.
select ended.id, ended.campaign_id as "campaignId", ended.phone_e164 as "phone", trunk.name as trunk, ended.outcome,
  ended.hangup_cause as "hangupCause", ended.hangup_cause_code as "hangupCauseCode",
  ended.sip_final_code as "sipFinalCode", ended.sip_final_reason as "sipFinalReason",
  ended.hangup_source as "hangupSource", ended.end_at as "endAt"
from (
  select id, campaign_id, phone_e164, trunk_id, state, outcome, hangup_cause, hangup_cause_code, sip_final_code,
    sip_final_reason, hangup_source, end_at
  from call_attempts
  where end_at is not null
  order by end_at desc
  limit 2000) as ended
join trunk_config as trunk on trunk.id = ended.trunk_id
where ended.state = 'FAILED'
order by ended.end_at desc, ended.id
limit 20
