-- Trunks with their buckets and live channels; no parameters.
with live as (
  select trunk_id, count(*) filter (where state <> 'QUEUED') as channels, count(*) filter (where state = 'QUEUED') as queued
  from call_attempts
  where end_at is null
  group by trunk_id)
select trunk.id, trunk.name, trunk.voice_node as "voiceNode", trunk.is_active as "isActive", trunk.health,
  trunk.disabled_until as "disabledUntil", trunk.disabled_reason as "disabledReason",
  trunk.last_fault_at as "lastFaultAt", trunk.last_fault as "lastFault",
  trunk.cps_limit::float8 as "cpsLimit", bucket.tokens::float8 as tokens,
  nullif(bucket.next_slot_at, '-infinity') as "nextSlotAt",
  coalesce(live.channels, 0)::int as "liveChannels", coalesce(live.queued, 0)::int as queued,
  trunk.max_channels as "maxChannels", coalesce(rate.calls_per_second, 0) as "callsPerSecond",
  bucket.worst_second as "worstSecond", bucket.trunk_id is null as "bucketMissing"
from trunk_config as trunk
left join rate_limit_buckets as bucket on bucket.trunk_id = trunk.id
left join trunk_calls_per_second as rate on rate.trunk_id = trunk.id
left join live on live.trunk_id = trunk.id
order by trunk.voice_node, trunk.priority, trunk.name, trunk.id
limit 500
