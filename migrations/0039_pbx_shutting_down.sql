-- Why a connected PBX takes no new calls: an Asterisk that waits for its last call before it restarts or stops is
-- another case than a switch that its operator paused, and ends by other means.

drop view dialing_blockers;
drop function dialer_node_facts();

alter table voice_nodes add column pbx_pause text
  constraint voice_nodes_pbx_pause_check check (pbx_pause in ('SWITCH_PAUSED', 'PBX_SHUTTING_DOWN'));
update voice_nodes set pbx_pause = 'SWITCH_PAUSED' where pbx_paused;
alter table voice_nodes drop column pbx_paused;
comment on column voice_nodes.pbx_pause is
  'Why the PBX, connected, takes no new calls: SWITCH_PAUSED (FreeSWITCH: fsctl pause), PBX_SHUTTING_DOWN (Asterisk: core restart or stop gracefully); null: it takes them. Nothing is sent to it.';

create function dialer_node_facts()
returns table (voice_node text, has_engine boolean, has_lease boolean, pbx_connected boolean, adapter_refused boolean,
  unheard_until timestamptz, pbx_pause text)
language sql stable security definer set search_path from current as $$
  select node.name,
    exists (select from engines
      where engines.voice_node = node.name and heartbeat_at > clock_timestamp() - interval '10 seconds'),
    node.lease_holder is not null and node.lease_expires_at > clock_timestamp(),
    node.pbx_connected,
    node.refused_adapter is not null,
    case when node.unheard_calls >= 3 then node.unheard_until end,
    node.pbx_pause
  from voice_nodes as node
  where dialer_caller_is_privileged()
    or exists (
      select from trunk_config as trunk
      where trunk.voice_node = node.name and (trunk.account_id is null or trunk.account_id = current_account_id()))
$$;
comment on function dialer_node_facts() is
  'Whether each voice node is served, and heard, that one of the caller''s trunks, own or shared, leads out of.';

create view dialing_blockers with (security_invoker = true) as
with active as (
  select id, account_id from campaigns where status = 'ACTIVE'
), usable_trunks as (
  -- Named one by one: clients may not read the others.
  select active.id as campaign_id, trunk.id, trunk.voice_node, trunk.is_active, trunk.health, trunk.disabled_until
  from active
  join trunk_config as trunk on trunk.account_id is null or trunk.account_id = active.account_id
  where not exists (select from campaign_trunks where campaign_trunks.campaign_id = active.id)
    or exists (select from campaign_trunks
      where campaign_trunks.campaign_id = active.id and campaign_trunks.trunk_id = trunk.id)
), nodes as (
  select distinct usable_trunks.campaign_id, fact.*
  from usable_trunks join dialer_node_facts() as fact on fact.voice_node = usable_trunks.voice_node
  where usable_trunks.is_active
)
select found.campaign_id, found.reason, max(found.count) as count, min(found.next_at) as next_at
from (
-- What a pass said of trunks and PBXs is superseded by what is true of them now.
select pass.campaign_id, item ->> 'reason' as reason, coalesce((item ->> 'count')::bigint, 1) as count,
  (item ->> 'next_at')::timestamptz as next_at
from active join campaign_passes as pass on pass.campaign_id = active.id,
  jsonb_array_elements(pass.verdict) as item
where item ->> 'reason' not in (
  'NO_TRUNK', 'TRUNK_INACTIVE', 'TRUNK_DISABLED', 'MISSING_BUCKET', 'NO_LEASE', 'PBX_DISCONNECTED', 'SWITCH_PAUSED', 'PBX_SHUTTING_DOWN',
  'CALLS_UNHEARD', 'ACCOUNT_UNKNOWN', 'ACCOUNT_INACTIVE')
union all
select active.id, 'ACCOUNT_UNKNOWN', 1, null
from active
where not exists (select from accounts where accounts.id = active.account_id) and not dialer_every_user_is_account()
union all
select active.id, 'ACCOUNT_INACTIVE', 1, null
from active join accounts on accounts.id = active.account_id and not accounts.is_active
union all
select active.id, 'NO_PASS_YET', 1, null
from active
where not exists (select from campaign_passes as pass where pass.campaign_id = active.id and pass.pass_at is not null)
union all
select active.id, 'NO_TRUNK', 1, null
from active where not exists (select from usable_trunks where usable_trunks.campaign_id = active.id)
union all
select campaign_id, 'TRUNK_INACTIVE', count(*), null
from usable_trunks where not is_active group by campaign_id
union all
select campaign_id, 'TRUNK_DISABLED', count(*), min(disabled_until)
from usable_trunks where is_active and disabled_until > clock_timestamp() group by campaign_id
union all
select campaign_id, 'TRUNK_OUT', count(*), null
from usable_trunks where is_active and health = 'OUT' and (disabled_until is null or disabled_until <= clock_timestamp())
group by campaign_id
union all
select campaign_id, 'MISSING_BUCKET', count(*), null
from usable_trunks where is_active and not dialer_trunk_has_bucket(id) group by campaign_id
union all
select active.id, 'NO_ACTIVE_ENGINE', greatest(count(nodes.voice_node), 1), null
from active left join nodes on nodes.campaign_id = active.id
where nodes.has_engine is false or (nodes.voice_node is null and not dialer_engine_is_alive())
group by active.id
union all
select campaign_id, 'ADAPTER_MISMATCH', count(*), null
from nodes where has_engine and not has_lease and adapter_refused group by campaign_id
union all
select campaign_id, 'NO_LEASE', count(*), null
from nodes where has_engine and not has_lease and not adapter_refused group by campaign_id
union all
select campaign_id, 'PBX_DISCONNECTED', count(*), null
from nodes where has_lease and not pbx_connected group by campaign_id
union all
select campaign_id, pbx_pause, count(*), null
from nodes where has_lease and pbx_connected and pbx_pause is not null group by campaign_id, pbx_pause
union all
select campaign_id, 'CALLS_UNHEARD', count(*), min(unheard_until)
from nodes where has_lease and pbx_connected and unheard_until is not null group by campaign_id
union all
select id, pause_reason, 1, null
from campaigns where status = 'PAUSED' and pause_reason is not null
) as found
group by found.campaign_id, found.reason;
comment on view dialing_blockers is
  'Why a campaign does not dial at full rate: the verdict of its last pass and what is true now of engines, PBXs and trunks; and why the engine paused it.';
comment on column dialing_blockers.campaign_id is 'The campaign.';
comment on column dialing_blockers.reason is 'The reason, as a code.';
comment on column dialing_blockers.count is 'How many leads, trunks or PBXs it concerns.';
comment on column dialing_blockers.next_at is 'When it can change by itself, if known.';

select dialer_close('function', 'dialer_node_facts()');
select dialer_close('table', 'dialing_blockers');
