-- Locks the trunks a campaign may use, in id order, with their buckets and nodes. A trunk whose bucket is missing comes
-- with nulls and is not dialled. $1 campaign id, $2 account id
select trunk.id, trunk.name, trunk.voice_node as "node", trunk.dial_string as "dialString", trunk.caller_id as "callerId",
  trunk.cps_limit::float8 as "cpsLimit", trunk.max_channels as "maxChannels", trunk.limit_group as "limitGroup",
  trunk.priority, trunk.weight, trunk.number_pattern as "numberPattern", trunk.is_active as "isActive", trunk.health,
  extract(epoch from trunk.disabled_until) * 1000 as "disabledUntilMs",
  trunk.health = 'DEGRADED' and trunk.disabled_reason is not null as "isProbed",
  bucket.trunk_id is not null as "hasBucket",
  case when isfinite(bucket.next_slot_at) then extract(epoch from bucket.next_slot_at) * 1000 end as "nextSlotMs",
  node.adapter, coalesce(node.lease_expires_at > clock_timestamp(), false) as "nodeHeld",
  node.pbx_connected as "pbxConnected", node.max_concurrent_originates as "maxOriginates"
from trunk_config as trunk
join voice_nodes as node on node.name = trunk.voice_node
left join rate_limit_buckets as bucket on bucket.trunk_id = trunk.id
where (trunk.account_id is null or trunk.account_id = $2)
  and (
    exists (select from campaign_trunks as allowed where allowed.campaign_id = $1 and allowed.trunk_id = trunk.id)
    or not exists (select from campaign_trunks as allowed where allowed.campaign_id = $1))
order by trunk.id
for no key update of trunk
