-- Locks the leads of attempts that end, in id order, without those that another transaction holds, with what decides whether the
-- dial goes on through another trunk. A disposition of the call, or a callback to come, takes precedence. $1 rows {attempt_id,
-- disposition}
with given as (
  select given.*, attempt.lead_id, attempt.campaign_id, attempt.account_id, attempt.previous_attempt_id, attempt.phone_e164,
    dialer_disposition_of_call(attempt, lead.disposition, lead.disposition_at) as said
  from jsonb_to_recordset($1::jsonb) as given (attempt_id uuid, disposition text)
  join call_attempts as attempt on attempt.id = given.attempt_id
  join leads as lead on lead.id = attempt.lead_id
)
select given.attempt_id as "attemptId", lead.id as "leadId", lead.dials,
  extract(epoch from lead.created_at) * 1000 as "createdMs",
  campaign.max_dials as "maxDials", campaign.is_test_call as "isTestCall",
  (select count(*)::int from call_attempts as refused
    where refused.lead_id = lead.id and refused.outcome = 'SWITCH_REFUSED' and refused.originate_at is null
      and refused.queued_at > clock_timestamp() - interval '1 hour') as "refusals",
  given.previous_attempt_id is not null as "wasMove",
  coalesce(lead.callback_at > clock_timestamp(), false) or (
    dialer_rule_of(given.account_id, given.campaign_id, null, coalesce(given.said, given.disposition))).id is not null
    as "hasFollowUp",
  dialer_is_barred(given.account_id, given.campaign_id, given.phone_e164) as "onDnc"
from given
join leads as lead on lead.id = given.lead_id
join campaigns as campaign on campaign.id = given.campaign_id
order by lead.id
for no key update of lead skip locked
