-- Why campaigns do not dial at full rate; no parameters.
select campaign_id as "campaignId", reason, count::float8 as count, next_at as "nextAt"
from dialing_blockers
order by campaign_id, reason
limit 500
