-- Campaigns that dial, may soon dial, or have ended within a day, with their live calls by state; no parameters. Touches no
-- lead. One more than the wallboard shows tells that there are more.
with live as (
  select campaign_id, jsonb_object_agg(state, attempts) as by_state
  from (
    select campaign_id, state, count(*) as attempts
    from call_attempts
    where end_at is null
    group by campaign_id, state) as counted
  group by campaign_id)
select campaign.id, campaign.name, campaign.status, campaign.pause_reason as "pauseReason",
  campaign.dial_mode as "dialMode", campaign.max_concurrent_calls as "maxConcurrentCalls",
  coalesce(live.by_state, '{}') as "liveCalls"
from campaigns as campaign
left join live on live.campaign_id = campaign.id
where campaign.status in ('ACTIVE', 'PAUSED') or live.campaign_id is not null
  or campaign.completed_at > clock_timestamp() - interval '1 day' and not campaign.is_archived
order by campaign.status = 'ACTIVE' desc, live.campaign_id is not null desc, campaign.status = 'PAUSED' desc,
  campaign.priority, campaign.created_at, campaign.id
limit 1001
