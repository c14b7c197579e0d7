-- Takes tokens and starts as many queued calls as they permit, oldest first; one token bucket per trunk. $1 how many at most
with bucket as (
  select trunk_id,
    least(max_tokens, tokens + refill_rate * extract(epoch from clock_timestamp() - last_refill_at)) as tokens
  from rate_limit_buckets
  order by trunk_id
  for update
), due as (
  select queued.* from bucket
  cross join lateral (
    select id, trunk_id from call_attempts
    where trunk_id = bucket.trunk_id and state = 'QUEUED' and end_at is null
    order by queued_at
    limit floor(bucket.tokens)::int
    for update skip locked
  ) as queued
  limit $1
), spent as (
  update rate_limit_buckets
  set tokens = bucket.tokens - (select count(*) from due where due.trunk_id = bucket.trunk_id),
    last_refill_at = clock_timestamp()
  from bucket where bucket.trunk_id = rate_limit_buckets.trunk_id
    and (rate_limit_buckets.tokens < rate_limit_buckets.max_tokens or exists (select from due where due.trunk_id = bucket.trunk_id))
), started as (
  update call_attempts as attempt
  set state = 'ORIGINATING', originate_at = clock_timestamp(),
    deadline_at = clock_timestamp() + campaign.setup_timeout_seconds * interval '1 s', deadline_type = 'ORIGINATE'
  from due, campaigns as campaign
  where attempt.id = due.id and campaign.id = attempt.campaign_id
  returning attempt.id, attempt.campaign_id, attempt.lead_id, attempt.trunk_id, attempt.phone_e164,
    campaign.setup_timeout_seconds, campaign.ring_timeout_seconds, campaign.max_call_duration_seconds
), dialled as (
  update leads set dials = dials + 1, last_attempt_at = clock_timestamp()
  from started where leads.id = started.lead_id
)
select started.id, started.campaign_id as "campaignId", started.lead_id as "leadId", started.phone_e164 as "phone",
  trunk.dial_string as "dialString", started.setup_timeout_seconds as "setupTimeoutSeconds",
  started.ring_timeout_seconds as "ringTimeoutSeconds", started.max_call_duration_seconds as "maxCallDurationSeconds"
from started join trunk_config as trunk on trunk.id = started.trunk_id
