-- Where campaigns hand answered calls to at one PBX; $1 text: its voice node. One row per context and extension.
select campaign.dialplan_context as context, campaign.dialplan_extension as extension, min(campaign.name) as campaign
from campaigns as campaign
where campaign.status in ('ACTIVE', 'PAUSED')
  and exists (
    select from trunk_config as trunk
    where trunk.voice_node = $1 and trunk.is_active
      and (trunk.account_id is null or trunk.account_id = campaign.account_id)
      and (not exists (select from campaign_trunks as choice where choice.campaign_id = campaign.id)
        or exists (select from campaign_trunks as choice
          where choice.campaign_id = campaign.id and choice.trunk_id = trunk.id)))
group by campaign.dialplan_context, campaign.dialplan_extension
order by campaign.dialplan_context nulls first, campaign.dialplan_extension
limit 30
