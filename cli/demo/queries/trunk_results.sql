-- The most calls that were live at once on each trunk, and the engine's count of its busiest second. $1 campaign
with edges as (
  select trunk_id, originate_at as at, 1 as step
  from call_attempts where campaign_id = $1 and originate_at is not null
  union all
  select trunk_id, coalesce(end_at, 'infinity'), -1
  from call_attempts where campaign_id = $1 and originate_at is not null
), live as (
  select trunk_id, sum(step) over (partition by trunk_id order by at, step) as calls from edges
)
select trunk.name, trunk.cps_limit::float8 as "cpsLimit", trunk.max_channels as "maxChannels",
  coalesce((select max(calls) from live where live.trunk_id = trunk.id), 0)::int as "mostLive",
  (select count(*)::int from call_attempts where campaign_id = $1 and trunk_id = trunk.id) as "attempts"
from trunk_config as trunk
join campaign_trunks as used on used.trunk_id = trunk.id
where used.campaign_id = $1
order by trunk.priority
