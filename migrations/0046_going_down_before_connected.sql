-- An Asterisk that goes down in order lets nobody log in: whoever connects to it meanwhile has no line, and knows why.

comment on column voice_nodes.pbx_pause is
  'Why the PBX, connected or just tried, takes no new calls: SWITCH_PAUSED (FreeSWITCH: fsctl pause), PBX_SHUTTING_DOWN (Asterisk: core restart or stop gracefully); null: it takes them, or nothing is known. Nothing is sent to it.';

create or replace view dialing_blockers with (security_invoker = true) as
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
select found.campaign_id, found.reason, max(found.count) as count, min(found.next_at) as next_at,
  max(found.detail) as detail, max(found.changed_by) as changed_by, max(found.changed_at) as changed_at
from (
-- What a pass said of trunks and PBXs is superseded by what is true of them now.
select pass.campaign_id, item ->> 'reason' as reason, coalesce((item ->> 'count')::bigint, 1) as count,
  (item ->> 'next_at')::timestamptz as next_at, null::text as detail, null::text as changed_by,
  null::timestamptz as changed_at
from active join campaign_passes as pass on pass.campaign_id = active.id,
  jsonb_array_elements(pass.verdict) as item
where item ->> 'reason' not in (
  'NO_TRUNK', 'TRUNK_INACTIVE', 'TRUNK_DISABLED', 'MISSING_BUCKET', 'NO_LEASE', 'PBX_DISCONNECTED', 'SWITCH_PAUSED', 'PBX_SHUTTING_DOWN',
  'CALLS_UNHEARD', 'ACCOUNT_UNKNOWN', 'ACCOUNT_INACTIVE', 'LIST_INACTIVE')
union all
select active.id, 'ACCOUNT_UNKNOWN', 1, null, null, null, null
from active
where not exists (select from accounts where accounts.id = active.account_id) and not dialer_every_user_is_account()
union all
select active.id, 'ACCOUNT_INACTIVE', 1, null, null, null, null
from active join accounts on accounts.id = active.account_id and not accounts.is_active
union all
select active.id, 'NO_PASS_YET', 1, null, null, null, null
from active
where not exists (select from campaign_passes as pass where pass.campaign_id = active.id and pass.pass_at is not null)
union all
select active.id, 'NO_TRUNK', 1, null, null, null, null
from active where not exists (select from usable_trunks where usable_trunks.campaign_id = active.id)
union all
select campaign_id, 'TRUNK_INACTIVE', count(*), null, null, null, null
from usable_trunks where not is_active group by campaign_id
union all
select campaign_id, 'TRUNK_DISABLED', count(*), min(disabled_until), null, null, null
from usable_trunks where is_active and disabled_until > clock_timestamp() group by campaign_id
union all
select campaign_id, 'TRUNK_OUT', count(*), null, null, null, null
from usable_trunks where is_active and health = 'OUT' and (disabled_until is null or disabled_until <= clock_timestamp())
group by campaign_id
union all
select campaign_id, 'MISSING_BUCKET', count(*), null, null, null, null
from usable_trunks where is_active and not dialer_trunk_has_bucket(id) group by campaign_id
union all
select active.id, 'NO_ACTIVE_ENGINE', greatest(count(nodes.voice_node), 1), null, null, null, null
from active left join nodes on nodes.campaign_id = active.id
where nodes.has_engine is false or (nodes.voice_node is null and not dialer_engine_is_alive())
group by active.id
union all
select campaign_id, 'ADAPTER_MISMATCH', count(*), null, null, null, null
from nodes where has_engine and not has_lease and adapter_refused group by campaign_id
union all
select campaign_id, 'NO_LEASE', count(*), null, null, null, null
from nodes where has_engine and not has_lease and not adapter_refused group by campaign_id
union all
select campaign_id, 'PBX_DISCONNECTED', count(*), null, null, null, null
from nodes where has_lease and not pbx_connected and pbx_pause is null group by campaign_id
union all
select campaign_id, pbx_pause, count(*), null, null, null, null
from nodes where has_lease and pbx_pause is not null group by campaign_id, pbx_pause
union all
select campaign_id, 'CALLS_UNHEARD', count(*), min(unheard_until), null, null, null
from nodes where has_lease and pbx_connected and unheard_until is not null group by campaign_id
union all
select id, pause_reason, 1, null, status, status_by, status_at
from campaigns where status = 'PAUSED' and pause_reason is not null
union all
select active.id, 'LIST_INACTIVE', sum(counts.leads_new + counts.leads_retry)::bigint, null, null, null, null
from active
join lists on lists.campaign_id = active.id and not lists.is_active
join campaign_counts as counts
  on counts.account_id = active.account_id and counts.campaign_id = active.id and counts.list_id = lists.id
group by active.id having sum(counts.leads_new + counts.leads_retry) > 0
union all
select id, 'NOT_ACTIVE', 1, null,
  case when is_archived then 'ARCHIVED' else status end, status_by, status_at
from campaigns where status <> 'ACTIVE' and (status <> 'PAUSED' or pause_reason is null)
union all
select active.id, 'NOT_ACTIVE', 1, null,
  case when accounts.id is null then 'ACCOUNT_UNKNOWN' else 'ACCOUNT_INACTIVE' end, null, null
from active left join accounts on accounts.id = active.account_id
where accounts.is_active is false or (accounts.id is null and not dialer_every_user_is_account())
) as found
group by found.campaign_id, found.reason;
