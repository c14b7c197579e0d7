-- Campaigns that are or may soon be dialling, with their live attempts by state; no parameters.
-- Touches no lead: what a campaign of a million leads has left is status_progress.
with live as (
  select campaign_id, jsonb_object_agg(state, attempts) as by_state
  from (
    select campaign_id, state, count(*) as attempts
    from call_attempts
    where end_at is null
    group by campaign_id, state) as counted
  group by campaign_id)
select campaign.id, campaign.name, campaign.status, campaign.pause_reason as "pauseReason",
  campaign.dial_mode as "dialMode", campaign.priority,
  campaign.max_concurrent_calls as "maxConcurrentCalls", coalesce(live.by_state, '{}') as "liveCalls"
from campaigns as campaign
left join live on live.campaign_id = campaign.id
where campaign.status in ('ACTIVE', 'PAUSED') or live.campaign_id is not null
order by campaign.status = 'ACTIVE' desc, campaign.priority, campaign.created_at, campaign.id
limit 200
