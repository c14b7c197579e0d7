-- Trunks with what an operator needs to know; no parameters.
select trunk.id, trunk.name, trunk.voice_node as "voiceNode", trunk.dial_string as "dialString",
  trunk.cps_limit::float8 as "cpsLimit", trunk.max_channels as "maxChannels", trunk.is_active as "isActive",
  trunk.health, trunk.last_fault as "lastFault", trunk.disabled_reason as "disabledReason",
  coalesce(trunk.disabled_until > clock_timestamp(), false) as "isDisabled",
  bucket.trunk_id is null as "bucketMissing",
  case when trunk.caller_id is null then (
    select min(campaign.name) from campaigns as campaign
    where campaign.caller_id is null and campaign.status in ('ACTIVE', 'PAUSED')
      and (trunk.account_id is null or trunk.account_id = campaign.account_id)
      and (not exists (select from campaign_trunks as choice where choice.campaign_id = campaign.id)
        or exists (select from campaign_trunks as choice
          where choice.campaign_id = campaign.id and choice.trunk_id = trunk.id))
  ) end as "anonymousCampaign"
from trunk_config as trunk
left join rate_limit_buckets as bucket on bucket.trunk_id = trunk.id
order by trunk.voice_node, trunk.priority, trunk.name, trunk.id
limit 200
