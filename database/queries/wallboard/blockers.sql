-- Why these campaigns do not dial at full rate; $1 uuid[]: the campaigns.
select campaign_id as "campaignId", reason, count::float8 as count, next_at as "nextAt"
from dialing_blockers
where campaign_id = any ($1::uuid[])
order by campaign_id, reason
limit 5000
