-- What the demo's closing checks need to know. $1 campaign
select campaign.status, campaign.completed_by as "completedBy", attempts.*,
  (select count(*)::int from leads
    where campaign_id = campaign.id and status not in ('DONE', 'FAILED', 'DNC', 'INVALID')) as "leadsOpen",
  (select coalesce(sum(dials), 0)::int from leads where campaign_id = campaign.id) as "dials",
  (select coalesce(sum(dials), 0)::int from leads where campaign_id = campaign.id and metadata ? 'never') as "forbiddenDials",
  (select count(*)::int from leads
    where campaign_id = campaign.id and metadata ? 'never' and status not in ('DNC', 'INVALID')) as "forbiddenNotSetAside"
from campaigns as campaign
cross join lateral (
  select count(*)::int as "attempts",
    (count(*) filter (where end_at is null))::int as "live",
    (count(*) filter (where previous_attempt_id is not null))::int as "moved",
    (count(*) filter (where attempt_number > 1 and previous_attempt_id is null))::int as "retries",
    count(distinct lead_id)::int as "leadsDialled"
  from call_attempts where campaign_id = campaign.id) as attempts
where campaign.id = $1
