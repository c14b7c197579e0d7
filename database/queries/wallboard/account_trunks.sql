-- Trunks that an account may use, with its own calls on them; $1 timestamptz: now. The buckets are the administrator's, so
-- calls per second are told by the account's own calls in the last whole second, as wallboard_started tells them.
with own as (
  select trunk_id, count(*)::int as calls
  from (
    select trunk_id, originate_at from call_attempts
    where end_at is null and originate_at >= date_trunc('second', $1::timestamptz) - interval '1 second'
    union all
    select trunk_id, originate_at from call_attempts
    where end_at >= date_trunc('second', $1::timestamptz) - interval '1 second'
      and originate_at >= date_trunc('second', $1::timestamptz) - interval '1 second') as started
  where originate_at < date_trunc('second', $1::timestamptz)
  group by trunk_id), live as (
  select trunk_id, count(*) filter (where state <> 'QUEUED')::int as channels
  from call_attempts
  where end_at is null
  group by trunk_id)
select trunk.id, trunk.name, trunk.voice_node as "voiceNode", trunk.is_active as "isActive", trunk.health,
  case when trunk.disabled_until > clock_timestamp() then trunk.disabled_until end as "disabledUntil",
  null::text as "disabledReason", trunk.cps_limit::float8 as "cpsLimit", null::text as "limitGroup",
  coalesce(own.calls, 0) as "callsPerSecond", '{}'::int[] as "recentSeconds",
  coalesce(live.channels, 0) as "liveChannels", trunk.max_channels as "maxChannels"
from trunk_config as trunk
left join own on own.trunk_id = trunk.id
left join live on live.trunk_id = trunk.id
order by trunk.voice_node, trunk.priority, trunk.name, trunk.id
limit 200
