-- Trunks that an account may use, with its own calls on them; no parameters. The buckets are the administrator's, so
-- the last second holds the account's own calls only, those that live.
with live as (
  select trunk_id, count(*) filter (where state <> 'QUEUED')::int as channels,
    count(*) filter (where originate_at > clock_timestamp() - interval '1 second')::int as sent
  from call_attempts
  where end_at is null
  group by trunk_id)
select trunk.id, trunk.name, trunk.voice_node as "voiceNode", trunk.is_active as "isActive", trunk.health,
  case when trunk.disabled_until > clock_timestamp() then trunk.disabled_until end as "disabledUntil",
  trunk.disabled_reason as "disabledReason", trunk.cps_limit::float8 as "cpsLimit",
  coalesce(live.sent, 0) as "sentLastSecond",
  coalesce(live.channels, 0) as "liveChannels", trunk.max_channels as "maxChannels"
from trunk_config as trunk
left join live on live.trunk_id = trunk.id
order by trunk.voice_node, trunk.priority, trunk.name, trunk.id
limit 100
