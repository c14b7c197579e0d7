-- One heartbeat of an engine: its row, the renewal of its lease if it still holds it and wants it, and which engines are dead.
-- $1 the engine: of its PBX, the connection (null: none), why it takes no new calls though connected, how many calls per second it
-- allows, and how many it had room for pbx_free_calls_age_ms ago, each null where it does not say; heard_connection_id is the leader's
-- connection up to which this engine, as a standby, has enqueued the events it received
with given as materialized (
  select * from jsonb_to_record($1::jsonb) as given (
    engine_id uuid, node text, adapter text, version text, host text, lease_ms int, heartbeat_stale_ms int, wants_lease boolean,
    can_take_over boolean, max_concurrent_originates int, worker_pool_ids text[], pbx_connected boolean, pbx_pause text,
    pbx_calls_per_second int, pbx_free_calls int, pbx_free_calls_age_ms int, pbx_connection_id uuid, heard_connection_id uuid)
), renewed as (
  update voice_nodes as node
  set lease_expires_at = clock_timestamp() + given.lease_ms * interval '1 ms',
    pbx_connected = given.pbx_connected,
    pbx_changed_at = case
      when node.pbx_connected is distinct from given.pbx_connected then clock_timestamp() else node.pbx_changed_at end,
    pbx_pause = given.pbx_pause,
    pbx_connection_id = coalesce(given.pbx_connection_id, node.pbx_connection_id),
    pbx_connection_at = case
      when coalesce(given.pbx_connection_id, node.pbx_connection_id) is distinct from node.pbx_connection_id then clock_timestamp()
      else node.pbx_connection_at end,
    max_concurrent_originates = given.max_concurrent_originates,
    pbx_calls_per_second = given.pbx_calls_per_second,
    pbx_free_calls = given.pbx_free_calls,
    pbx_free_calls_at = clock_timestamp() - given.pbx_free_calls_age_ms * interval '1 ms'
  from given
  where node.name = given.node and node.lease_holder = given.engine_id and node.lease_expires_at > clock_timestamp()
    and given.wants_lease
  returning node.lease_epoch
), pulse as (
  insert into engines (id, voice_node, adapter, worker_pool_ids, version, host, is_standby, pbx_connected, can_take_over,
    heard_connection_id)
  select engine_id, node, adapter, worker_pool_ids, version, host, not exists (select from renewed), pbx_connected, can_take_over,
    heard_connection_id
  from given
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
    and (node.lease_holder is null or node.lease_holder = given.engine_id or node.lease_expires_at <= clock_timestamp()) as takeable,
  coalesce(node.adapter <> given.adapter, false) as adapter_mismatch,
  coalesce(node.pbx_connected and node.lease_expires_at > clock_timestamp(), false) as leader_receives_events,
  node.pbx_connection_id,
  exists (
    select from engines
    where engines.voice_node = given.node and engines.id <> given.engine_id and engines.adapter = given.adapter
      and engines.is_standby and engines.can_take_over
      and engines.heartbeat_at > clock_timestamp() - given.lease_ms * interval '1 ms'
  ) as successor,
  coalesce((
    select array_agg(engines.id) from engines
    where engines.heartbeat_at < clock_timestamp() - given.heartbeat_stale_ms * interval '1 ms' and engines.id <> given.engine_id
  ), '{}') as dead_engines
from given
join voice_nodes as node on node.name = given.node
cross join pulse
