-- An engine's heartbeat: renews its lease if it still has it, and reads who else is dead.
-- $1 engine id, $2 node, $3 adapter, $4 lease ms, $5 heartbeat stale ms, $6 pbx connected, $7 worker pool ids,
-- $8 version, $9 host, $10 max concurrent originates, $11 wants the lease, $12 calls per second that the PBX allows,
-- $13 calls that it has room for, $14 how old that is, ms, $15 could take the node over,
-- $16 why the PBX takes no new calls though connected (null: it takes them),
-- $17 its connection to the PBX (null: none), $18 the leader's connection up to which it has enqueued the events it received
with renewed as (
  update voice_nodes
  set lease_expires_at = clock_timestamp() + $4::int * interval '1 ms',
    pbx_connected = $6,
    pbx_changed_at = case when pbx_connected is distinct from $6 then clock_timestamp() else pbx_changed_at end,
    pbx_pause = $16,
    pbx_connection_id = coalesce($17, pbx_connection_id),
    pbx_connection_at = case when coalesce($17, pbx_connection_id) is distinct from pbx_connection_id then clock_timestamp() else pbx_connection_at end,
    max_concurrent_originates = $10,
    pbx_calls_per_second = $12::int,
    pbx_free_calls = $13::int,
    pbx_free_calls_at = clock_timestamp() - $14::int * interval '1 ms'
  where name = $2 and lease_holder = $1 and lease_expires_at > clock_timestamp() and $11
  returning lease_epoch
), pulse as (
  insert into engines (id, voice_node, adapter, worker_pool_ids, version, host, is_standby, pbx_connected, can_take_over,
    heard_connection_id)
  values ($1, $2, $3, $7, $8, $9, not exists (select from renewed), $6, $15, $18)
  on conflict (id) do update
  set heartbeat_at = clock_timestamp(),
    worker_pool_ids = excluded.worker_pool_ids,
    is_standby = excluded.is_standby,
    pbx_connected = excluded.pbx_connected,
    can_take_over = excluded.can_take_over,
    heard_connection_id = excluded.heard_connection_id
  returning id
)
select exists (select from renewed) as holds,
  coalesce((select lease_epoch from renewed), node.lease_epoch) as epoch,
  not exists (select from renewed)
    and (node.lease_holder is null or node.lease_holder = $1 or node.lease_expires_at <= clock_timestamp()) as takeable,
  coalesce(node.adapter <> $3, false) as adapter_mismatch,
  coalesce(node.pbx_connected and node.lease_expires_at > clock_timestamp(), false) as leader_receives_events,
  node.pbx_connection_id,
  exists (
    select from engines
    where voice_node = $2 and id <> $1 and adapter = $3 and is_standby and can_take_over
      and heartbeat_at > clock_timestamp() - $4::int * interval '1 ms'
  ) as successor,
  coalesce((
    select array_agg(engines.id) from engines
    where engines.heartbeat_at < clock_timestamp() - $5::int * interval '1 ms' and engines.id <> $1
  ), '{}') as dead_engines
from voice_nodes as node, pulse
where node.name = $2
