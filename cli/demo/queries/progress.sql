-- The progress of the demo's campaign. $1 campaign
select progress.status, campaign.pause_reason as "pauseReason", progress.leads::int,
  (progress.leads_done + progress.leads_failed + progress.leads_dnc + progress.leads_invalid)::int as "leadsFinal",
  progress.leads_new::int as "leadsNew", progress.leads_retry::int as "leadsRetry",
  progress.live_queued::int as "queued", progress.live_dialling::int as "dialling",
  (progress.live_answered + progress.live_agent)::int as "talking"
from campaign_progress as progress
join campaigns as campaign on campaign.id = progress.campaign_id
where progress.campaign_id = $1
