-- How far campaigns are; $1 uuid[]: the campaigns.
select campaign_id as "campaignId", leads::float8 as leads, leads_new::float8 as "leadsNew",
  leads_in_progress::float8 as "leadsInProgress", leads_retry::float8 as "leadsRetry",
  leads_done::float8 as "leadsDone", leads_failed::float8 as "leadsFailed", leads_dnc::float8 as "leadsDnc",
  leads_invalid::float8 as "leadsInvalid", attempts::float8 as attempts, dials::float8 as dials,
  answered::float8 as answered, next_due_at as "nextDueAt", percent_done::float8 as "percentDone"
from campaign_progress
where campaign_id = any ($1::uuid[])
