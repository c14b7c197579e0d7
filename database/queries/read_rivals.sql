-- ACTIVE campaigns, other than this one, whose last pass had more leads due than lines, with the trunks they are bound to
-- (empty: all of their account). A pass older than 70 s counts no more: the sweep runs each minute. $1 campaign id
select campaign.account_id as "accountId", campaign.priority,
  coalesce((select array_agg(allowed.trunk_id) from campaign_trunks as allowed
    where allowed.campaign_id = campaign.id), '{}') as "trunkIds"
from campaign_passes as pass
join campaigns as campaign on campaign.id = pass.campaign_id
where pass.is_hungry and pass.pass_at > clock_timestamp() - interval '70 s'
  and campaign.status = 'ACTIVE' and campaign.id <> $1
