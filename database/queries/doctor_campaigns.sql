-- Campaigns by status, and why they do not dial at full rate; no parameters.
select campaign.status, count(*)::int as campaigns,
  coalesce((
    select jsonb_agg(jsonb_build_object('reason', found.reason, 'campaigns', found.campaigns, 'example', found.example)
      order by found.reason)
    from (
      select blocker.reason, count(distinct blocker.campaign_id) as campaigns, min(blocked.name) as example
      from dialing_blockers as blocker
      join campaigns as blocked on blocked.id = blocker.campaign_id
      where blocked.status = campaign.status
      group by blocker.reason) as found), '[]') as blockers
from campaigns as campaign
group by campaign.status
