-- Trunks as an operator has to look after them; no parameters.
select trunk.id, trunk.name, trunk.voice_node as "voiceNode", trunk.dial_string as "dialString",
  trunk.cps_limit::float8 as "cpsLimit", trunk.max_channels as "maxChannels", trunk.is_active as "isActive",
  trunk.health, trunk.last_fault as "lastFault", trunk.disabled_reason as "disabledReason",
  coalesce(trunk.disabled_until > clock_timestamp(), false) as "isDisabled",
  bucket.trunk_id is null as "bucketMissing"
from trunk_config as trunk
left join rate_limit_buckets as bucket on bucket.trunk_id = trunk.id
order by trunk.voice_node, trunk.priority, trunk.name, trunk.id
limit 200
