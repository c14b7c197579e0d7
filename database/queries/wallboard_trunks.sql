-- Trunks with their live channels and what was really sent in the last second, for who may see the buckets; no
-- parameters. A bucket that was not refilled lately says nothing of the last second.
with live as (
  select trunk_id, count(*) filter (where state <> 'QUEUED')::int as channels
  from call_attempts
  where end_at is null
  group by trunk_id)
select trunk.id, trunk.name, trunk.voice_node as "voiceNode", trunk.is_active as "isActive", trunk.health,
  case when trunk.disabled_until > clock_timestamp() then trunk.disabled_until end as "disabledUntil",
  trunk.disabled_reason as "disabledReason", trunk.cps_limit::float8 as "cpsLimit",
  case when bucket.last_refill_at > clock_timestamp() - interval '3 seconds' then bucket.sent_last_second else 0 end
    as "sentLastSecond",
  coalesce(live.channels, 0) as "liveChannels", trunk.max_channels as "maxChannels"
from trunk_config as trunk
left join rate_limit_buckets as bucket on bucket.trunk_id = trunk.id
left join live on live.trunk_id = trunk.id
order by trunk.voice_node, trunk.priority, trunk.name, trunk.id
limit 100
