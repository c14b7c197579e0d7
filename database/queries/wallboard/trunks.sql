-- Trunks with their live channels and calls per second, for who may see the buckets; no parameters.
with live as (
  select trunk_id, count(*) filter (where state <> 'QUEUED')::int as channels
  from call_attempts
  where end_at is null
  group by trunk_id)
select trunk.id, trunk.name, trunk.voice_node as "voiceNode", trunk.is_active as "isActive", trunk.health,
  case when trunk.disabled_until > clock_timestamp() then trunk.disabled_until end as "disabledUntil",
  trunk.disabled_reason as "disabledReason", trunk.cps_limit::float8 as "cpsLimit", trunk.limit_group as "limitGroup",
  coalesce(rate.calls_per_second, 0) as "callsPerSecond", coalesce(rate.recent_seconds, '{}') as "recentSeconds",
  coalesce(live.channels, 0) as "liveChannels", trunk.max_channels as "maxChannels"
from trunk_config as trunk
left join trunk_calls_per_second as rate on rate.trunk_id = trunk.id
left join live on live.trunk_id = trunk.id
order by trunk.voice_node, trunk.priority, trunk.name, trunk.id
limit 200
