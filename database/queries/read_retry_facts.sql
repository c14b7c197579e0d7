-- Locks the leads of attempts that end, in id order, but for those that somebody else holds, with what decides about their
-- retry. A lead's disposition is this attempt's only if it was set since the attempt was queued. Times end with the year 9999.
-- $1 rows {attempt_id, outcome, disposition}
with given as (
  select given.*, attempt.lead_id, attempt.campaign_id, attempt.account_id, attempt.previous_attempt_id,
    attempt.trunk_id, attempt.phone_e164, attempt.queued_at
  from jsonb_to_recordset($1::jsonb) as given (attempt_id uuid, outcome text, disposition text)
  join call_attempts as attempt on attempt.id = given.attempt_id
)
select given.attempt_id as "attemptId", lead.id as "leadId", lead.attempts, lead.dials,
  case when lead.callback_at > '1970-01-01' then extract(epoch from least(lead.callback_at, '9999-12-31')) * 1000 end
    as "callbackMs",
  extract(epoch from lead.created_at) * 1000 as "createdMs",
  campaign.max_attempts as "maxAttempts", campaign.max_dials as "maxDials", campaign.is_test_call as "isTestCall",
  given.previous_attempt_id is not null as "wasMove",
  (
    select jsonb_build_object('delaySeconds', rule.delay_seconds, 'maxTries', rule.max_tries)
    from retry_rules as rule
    where rule.outcome = given.outcome and (rule.account_id = given.account_id or rule.account_id is null)
      and (rule.campaign_id = given.campaign_id or rule.campaign_id is null)
    order by rule.campaign_id nulls last, rule.account_id nulls last limit 1
  ) as "rule",
  (
    select jsonb_build_object('delaySeconds', rule.delay_seconds, 'maxTries', rule.max_tries)
    from retry_rules as rule
    where rule.disposition = coalesce(
        given.disposition, case when lead.disposition_at >= given.queued_at then lead.disposition end)
      and (rule.account_id = given.account_id or rule.account_id is null)
      and (rule.campaign_id = given.campaign_id or rule.campaign_id is null)
    order by rule.campaign_id nulls last, rule.account_id nulls last limit 1
  ) as "dispositionRule",
  (
    select count(*)::int from call_attempts as earlier
    where earlier.lead_id = lead.id and earlier.outcome = given.outcome and earlier.id <> given.attempt_id
  ) as "earlierTries",
  (
    select count(*)::int from call_attempts as earlier
    where earlier.lead_id = lead.id and earlier.disposition = coalesce(
        given.disposition, case when lead.disposition_at >= given.queued_at then lead.disposition end)
      and earlier.id <> given.attempt_id
  ) as "earlierDispositions",
  exists (
    select from dnc_entries as dnc
    where dnc.account_id = given.account_id and dnc.phone_e164 = given.phone_e164
      and (dnc.campaign_id is null or dnc.campaign_id = given.campaign_id)
      and coalesce(dnc.expires_at, 'infinity') > clock_timestamp() + interval '50 years'
  ) as "onDnc"
from given
join leads as lead on lead.id = given.lead_id
join campaigns as campaign on campaign.id = given.campaign_id
order by lead.id
for no key update of lead skip locked
