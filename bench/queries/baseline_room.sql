-- Locks the ACTIVE campaigns that are inside their hours, with how many calls each may queue now. $1 seconds of calls to queue
with locked as (
  select id, account_id, max_concurrent_calls, priority from campaigns
  where status = 'ACTIVE' and extract(isodow from clock_timestamp() at time zone timezone)::int = any(work_days)
    and (clock_timestamp() at time zone timezone)::time between start_time and end_time
  order by priority, id
  for no key update
), trunks as (
  select coalesce(sum(least(
    trunk.cps_limit * $1::float8 - (
      select count(*) from call_attempts where trunk_id = trunk.id and state = 'QUEUED' and end_at is null),
    trunk.max_channels - (select count(*) from call_attempts where trunk_id = trunk.id and end_at is null))), 0)::int as free,
    array_agg(trunk.id) as ids
  from trunk_config as trunk
  where trunk.is_active and trunk.health <> 'OUT'
)
select locked.id, trunks.ids as "trunkIds",
  least(trunks.free, locked.max_concurrent_calls - (
    select count(*)::int from call_attempts where campaign_id = locked.id and end_at is null)) as room
from locked, trunks
order by locked.priority, locked.id
