-- Of the given campaigns, those with a second trunk that could be tried. $1 rows {attempt_id, campaign_id, trunk_id}
select given.attempt_id as "attemptId"
from jsonb_to_recordset($1::jsonb) as given (attempt_id uuid, campaign_id uuid, trunk_id uuid)
join campaigns as campaign on campaign.id = given.campaign_id
where exists (
  select from trunk_config as trunk
  where trunk.id <> given.trunk_id and trunk.is_active and trunk.health <> 'OUT'
    and (trunk.disabled_until is null or trunk.disabled_until <= clock_timestamp())
    and (trunk.account_id is null or trunk.account_id = campaign.account_id)
    and (
      exists (select from campaign_trunks as allowed where allowed.campaign_id = campaign.id and allowed.trunk_id = trunk.id)
      or not exists (select from campaign_trunks as allowed where allowed.campaign_id = campaign.id)))
