-- Campaigns by status, and why ACTIVE ones do not dial at full rate; no parameters.
with found as (
  select blocked.status, blocker.reason, count(distinct blocker.campaign_id) as campaigns, min(blocked.name) as example
  from dialing_blockers as blocker
  join campaigns as blocked on blocked.id = blocker.campaign_id
  where blocker.reason <> 'NOT_ACTIVE'
  group by blocked.status, blocker.reason)
select campaign.status, count(*)::int as campaigns,
  coalesce((
    select jsonb_agg(jsonb_build_object('reason', reason, 'campaigns', campaigns, 'example', example) order by reason)
    from found
    where found.status = campaign.status), '[]') as blockers
from campaigns as campaign
group by campaign.status
