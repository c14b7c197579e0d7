-- What is true now of each ACTIVE campaign, and of those named in $2 uuid[], for engine $1 uuid to tell the front end.
-- Several nodes have several holders: the holder of the first node tells it, everybody else gets no row.
with live as (
  select campaign_id, jsonb_object_agg(state, attempts) as by_state
  from (
    select campaign_id, state, count(*) as attempts
    from call_attempts
    where end_at is null
    group by campaign_id, state) as counted
  group by campaign_id), blocked as (
  select campaign_id,
    jsonb_agg(jsonb_build_object('reason', reason, 'count', count, 'nextAt', next_at) order by reason) as blockers
  from dialing_blockers
  group by campaign_id)
select campaign.id as "campaignId", campaign.status, coalesce(live.by_state, '{}') as "liveCalls",
  coalesce(blocked.blockers, '[]') as blockers
from campaigns as campaign
left join live on live.campaign_id = campaign.id
left join blocked on blocked.campaign_id = campaign.id
where (campaign.status = 'ACTIVE' or campaign.id = any ($2::uuid[]))
  and (select lease_holder from voice_nodes
    where lease_holder is not null and lease_expires_at > clock_timestamp()
    order by name limit 1) = $1::uuid
order by campaign.id
limit 1000
