-- Why campaigns that are ACTIVE or PAUSED do not dial at full rate; no parameters. That one is not to dial is told where no
-- other row tells why: a person paused it.
select blocker.campaign_id as "campaignId", blocker.reason, blocker.count::float8 as count, blocker.next_at as "nextAt",
  blocker.detail, blocker.changed_by as "changedBy", blocker.changed_at as "changedAt"
from campaigns as campaign join dialing_blockers as blocker on blocker.campaign_id = campaign.id
where campaign.status in ('ACTIVE', 'PAUSED') and (blocker.reason <> 'NOT_ACTIVE' or blocker.detail = 'PAUSED')
order by campaign.status, blocker.campaign_id, blocker.reason
limit 500
