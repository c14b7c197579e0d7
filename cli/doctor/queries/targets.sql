-- Where campaigns send answered calls at one PBX; $1 text: its voice node. One row per context and extension.
select target.context, target.extension, min(campaign.name) as campaign
from campaigns as campaign
left join destinations as destination on destination.id = campaign.destination_id
cross join lateral (
  select case when destination.id is null then campaign.dialplan_context else destination.context end as context,
    coalesce(destination.extension, campaign.dialplan_extension) as extension) as target
where campaign.status in ('ACTIVE', 'PAUSED') and coalesce(destination.voice_node, $1) = $1
  and exists (
    select from trunk_config as trunk
    where trunk.voice_node = $1 and trunk.is_active
      and (trunk.account_id is null or trunk.account_id = campaign.account_id)
      and (not exists (select from campaign_trunks as choice where choice.campaign_id = campaign.id)
        or exists (select from campaign_trunks as choice
          where choice.campaign_id = campaign.id and choice.trunk_id = trunk.id)))
group by target.context, target.extension
order by target.context nulls first, target.extension
limit 30
