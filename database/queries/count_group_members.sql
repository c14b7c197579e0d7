-- Trunks outside this pass that share a limit group with one inside it, with their live calls and next slot.
-- $1 trunk ids of the pass, $2 limit groups, $3 nodes
select trunk.limit_group as "limitGroup", trunk.voice_node as "node", trunk.cps_limit::float8 as "cpsLimit",
  trunk.max_channels as "maxChannels",
  case when isfinite(bucket.next_slot_at) then extract(epoch from bucket.next_slot_at) * 1000 end as "nextSlotMs",
  (select count(*)::int from call_attempts as attempt where attempt.trunk_id = trunk.id and attempt.end_at is null) as "live"
from trunk_config as trunk
left join rate_limit_buckets as bucket on bucket.trunk_id = trunk.id
where trunk.limit_group = any($2::text[]) and trunk.voice_node = any($3::text[]) and not trunk.id = any($1::uuid[])
