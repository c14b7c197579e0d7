-- Where an answered call goes is chosen by the client, among places that the administrator permits.

create table destinations (
  id uuid primary key default gen_random_uuid(),
  name text not null unique check (length(name) between 1 and 200 and name !~ '[[:cntrl:]]'),
  voice_node text,
  context text check (context ~ '^[A-Za-z0-9][A-Za-z0-9_.-]{0,78}$'),
  extension text not null default 's' check (extension ~ '^[A-Za-z0-9][A-Za-z0-9_.-]{0,78}$'),
  amd_action text check (amd_action ~ '^[A-Z_]{1,40}$'),
  account_ids uuid[] check (cardinality(account_ids) > 0 and array_position(account_ids, null) is null),
  is_active boolean not null default true,
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp()
);
comment on table destinations is
  'Places in a PBX''s dialplan to which campaigns may hand answered calls: a message, a queue, machine detection before either. The administrator writes them, clients choose.';
comment on column destinations.id is 'Key.';
comment on column destinations.name is 'Name for people, such as "Sales, after machine detection".';
comment on column destinations.voice_node is 'The PBX that has this place: its campaigns use trunks of this PBX only. Null: every PBX has it.';
comment on column destinations.context is 'Context of the dialplan; null: the context of the engine''s configuration.';
comment on column destinations.extension is 'Extension in that context.';
comment on column destinations.amd_action is 'What is done there when a machine answers; null: machines are not detected.';
comment on column destinations.account_ids is 'Accounts that may choose it; null: all. No client reads it.';
comment on column destinations.is_active is 'False: its campaigns do not dial.';
comment on column destinations.created_at is 'When the row was made.';
comment on column destinations.updated_at is 'When it last changed.';
create trigger touch before update on destinations for each row execute function dialer_touch();
create trigger name_voice_node before insert or update of voice_node on destinations
  for each row when (new.voice_node is not null) execute function dialer_name_voice_node();

alter table campaigns add column destination_id uuid references destinations (id);
create index campaigns_by_destination on campaigns (destination_id) where destination_id is not null;
comment on column campaigns.destination_id is
  'Where answered calls go; instead of dialplan_context, dialplan_extension and amd_action, which hold where it is null.';

alter table destinations enable row level security;
select dialer_close('table', 'destinations');
create policy permitted on destinations for select
  using (account_ids is null or (select current_account_id()) = any (account_ids));

create function dialer_destination_flaw(destination_id uuid, account_id uuid) returns text
language sql stable security definer set search_path from current as $$
  select case
    when dialer_destination_flaw.destination_id is null then null
    when dialer_destination_flaw.account_id is distinct from current_account_id() and not dialer_caller_is_privileged() then null
    else coalesce((
      select case
        when not coalesce(dialer_destination_flaw.account_id = any (place.account_ids), place.account_ids is null)
          then 'DESTINATION_NOT_PERMITTED'
        when not place.is_active then 'DESTINATION_INACTIVE' else '' end
      from destinations as place where place.id = dialer_destination_flaw.destination_id), 'DESTINATION_NOT_PERMITTED') end
$$;
comment on function dialer_destination_flaw(uuid, uuid) is
  'Why an account''s calls may not go to a destination, as a reason of dialing_blockers; empty when they may. Null: none was chosen, or it is no account of the caller''s. One that does not exist is not permitted.';

insert into dialer_messages (code, locale, message, hint) values
  ('DESTINATION_NOT_PERMITTED', 'en', 'destination_id: there is no destination {value} for account {account}',
    'Choose one of: select id, name from destinations where is_active; the administrator permits others.'),
  ('DESTINATION_NOT_PERMITTED', 'pt-BR', 'destination_id: não existe o destino {value} para a conta {account}',
    'Escolha um de: select id, name from destinations where is_active; o administrador libera outros.'),
  ('DESTINATION_INACTIVE', 'en', 'destination_id: destination "{name}" is switched off',
    'Choose one of: select id, name from destinations where is_active; the administrator switches it on.'),
  ('DESTINATION_INACTIVE', 'pt-BR', 'destination_id: o destino "{name}" está desligado',
    'Escolha um de: select id, name from destinations where is_active; o administrador o liga.'),
  ('DESTINATION_NODE', 'en',
    'destination_id: destination "{name}" is in PBX "{node}", and the campaign''s trunks lead out of PBX "{nodes}"',
    'Choose a destination in the PBX of the trunks, or one of every PBX (voice_node is null).'),
  ('DESTINATION_NODE', 'pt-BR',
    'destination_id: o destino "{name}" fica no PABX "{node}", e os troncos da campanha saem do PABX "{nodes}"',
    'Escolha um destino no PABX dos troncos, ou um de todos os PABX (voice_node é null).'),
  ('DESTINATION_IN_USE', 'en', 'destination "{name}" cannot be deleted: {count} campaigns hand their calls to it, such as "{example}"',
    'Switch it off instead (is_active = false), or give the campaigns another destination_id.'),
  ('DESTINATION_IN_USE', 'pt-BR', 'o destino "{name}" não pode ser apagado: {count} campanhas entregam as chamadas a ele, como "{example}"',
    'Desligue-o (is_active = false), ou dê às campanhas outro destination_id.');

create function dialer_check_destination() returns trigger
language plpgsql security definer set search_path from current as $$
declare
  place destinations;
  flaw text;
  nodes text;
begin
  if new.destination_id is null or (tg_op = 'UPDATE' and new.destination_id is not distinct from old.destination_id
    and (new.status <> 'ACTIVE' or old.status = 'ACTIVE' or pg_trigger_depth() > 1)) then
    -- Leads that come reopen a campaign by a trigger of theirs: they are taken, and the campaign says why it waits.
    return new;
  end if;
  select * into place from destinations where id = new.destination_id for key share;
  flaw := case
    when place.id is null or not coalesce(new.account_id = any (place.account_ids), place.account_ids is null)
      then 'DESTINATION_NOT_PERMITTED'
    when not place.is_active then 'DESTINATION_INACTIVE' end;
  if flaw is not null then
    perform dialer_refuse(jsonb_build_array(dialer_fault(flaw, 'table', tg_table_name, 'column', 'destination_id',
      'value', new.destination_id::text, 'account', new.account_id::text,
      'name', case when flaw = 'DESTINATION_INACTIVE' then place.name end)),
      case when flaw = 'DESTINATION_INACTIVE' then '23514' else '23503' end, tg_table_name);
  end if;
  select string_agg(distinct trunk.voice_node, ', ') into nodes from trunk_config as trunk
  where (trunk.account_id is null or trunk.account_id = new.account_id)
    and (not exists (select from campaign_trunks where campaign_id = new.id)
      or exists (select from campaign_trunks where campaign_id = new.id and trunk_id = trunk.id))
  having not coalesce(bool_or(trunk.voice_node = place.voice_node), true);
  if nodes is not null then
    perform dialer_refuse(jsonb_build_array(dialer_fault('DESTINATION_NODE', 'table', tg_table_name, 'column',
      'destination_id', 'value', new.destination_id::text, 'name', place.name, 'node', place.voice_node, 'nodes', nodes)),
      '23514', tg_table_name);
  end if;
  return new;
end $$;
comment on function dialer_check_destination() is
  'Refuses a destination that the account may not use, that is switched off or in a PBX out of which no trunk of the campaign leads; when it is chosen, and when the campaign becomes ACTIVE. One that comes to be so later holds the campaign up (dialing_blockers).';
create trigger check_destination before insert or update of destination_id, status on campaigns
  for each row execute function dialer_check_destination();

create function dialer_keep_destination() returns trigger
language plpgsql security definer set search_path from current as $$
declare
  campaign record;
begin
  select count(*) as campaigns, min(name) as example into campaign from campaigns where destination_id = old.id;
  if campaign.campaigns > 0 then
    perform dialer_refuse(jsonb_build_array(dialer_fault('DESTINATION_IN_USE', 'table', tg_table_name, 'name', old.name,
      'count', campaign.campaigns::text, 'example', campaign.example)), '23503', tg_table_name);
  end if;
  return old;
end $$;
comment on function dialer_keep_destination() is 'Without its destination a campaign would hand calls to somewhere else.';
create trigger keep before delete on destinations for each row execute function dialer_keep_destination();

create function dialer_wake_by_destination() returns trigger
language plpgsql security definer set search_path from current as $$
begin
  if tg_table_name = 'campaigns' then
    perform dialer_wake(array[new.id]);
  else
    perform dialer_wake(array(select id from campaigns where destination_id = new.id and status = 'ACTIVE'));
  end if;
  return null;
end $$;
comment on function dialer_wake_by_destination() is 'A campaign has another destination, or its destination changed: it may dial now.';
create trigger wake_by_destination after update of destination_id on campaigns
  for each row when (new.destination_id is distinct from old.destination_id and new.status = 'ACTIVE')
  execute function dialer_wake_by_destination();
create trigger wake_by_destination after update on destinations
  for each row execute function dialer_wake_by_destination();

create or replace view dialing_blockers with (security_invoker = true) as
with active as (
  select id, account_id, destination_id from campaigns where status = 'ACTIVE'
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
  'CALLS_UNHEARD', 'ACCOUNT_UNKNOWN', 'ACCOUNT_INACTIVE', 'LIST_INACTIVE',
  'DESTINATION_INACTIVE', 'DESTINATION_NOT_PERMITTED')
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
union all
select id, flaw, 1, null, null, null, null
from (
  select id, dialer_destination_flaw(destination_id, account_id) as flaw from active where destination_id is not null) as chosen
where flaw <> ''
union all
select active.id, 'DESTINATION_NODE', 1, null, destination.voice_node, null, null
from active join destinations as destination on destination.id = active.destination_id
where destination.voice_node is not null
  and exists (select from usable_trunks where usable_trunks.campaign_id = active.id)
  and not exists (select from usable_trunks
    where usable_trunks.campaign_id = active.id and usable_trunks.voice_node = destination.voice_node)
) as found
group by found.campaign_id, found.reason;

create function dialer_grant_destinations() returns void
language plpgsql set search_path from current as $$
declare
  api_role text;
begin
  foreach api_role in array array['authenticated', 'service_role'] loop
    continue when to_regrole(api_role) is null;
    execute format('grant execute on function dialer_destination_flaw(uuid, uuid) to %I', api_role);
    execute format('grant insert (destination_id), update (destination_id) on campaigns to %I', api_role);
    -- Not account_ids: an account learns nothing of another.
    execute format('grant select (id, name, voice_node, context, extension, amd_action, is_active, created_at, updated_at)
      on destinations to %I', api_role);
  end loop;
  if to_regrole('service_role') is not null then
    grant select, insert, delete on destinations to service_role;
    grant update (name, voice_node, context, extension, amd_action, account_ids, is_active) on destinations to service_role;
  end if;
end $$;
comment on function dialer_grant_destinations() is 'Rights on destinations: administrators write, clients read and choose what is permitted to them.';

create or replace function dialer_guard_tables() returns void
language plpgsql set search_path from current as $$
declare
  relation regclass;
  api_role text;
begin
  foreach api_role in array array['authenticated', 'service_role'] loop
    continue when to_regrole(api_role) is null;
    -- Naming the key of an attempt is all that an upsert needs: new ones are refused.
    execute format('grant insert (id) on call_attempts to %I', api_role);
    for relation in
      select class.oid from pg_class as class
      where relnamespace = current_schema()::regnamespace and relkind = 'r'
        and (relname in ('accounts', 'destinations') or exists (select from pg_attribute where attrelid = class.oid and attname = 'account_id'))
        and has_any_column_privilege(api_role, class.oid, 'insert, update')
      order by relname
    loop
      perform dialer_guard_table(relation, api_role);
    end loop;
  end loop;
end $$;
comment on function dialer_guard_tables() is 'Guards all tables that API roles write. After the grants, at every migrate.';

create or replace function grant_api_roles() returns void
language plpgsql set search_path from current as $$
declare
  api_role text;
begin
  foreach api_role in array array['authenticated', 'service_role'] loop
    continue when to_regrole(api_role) is null;
    if not has_schema_privilege(api_role, current_schema(), 'usage') then
      execute format('grant usage on schema %I to %I', current_schema(), api_role);
    end if;
    -- It stands in indexes of tables that clients write.
    execute format('grant execute on function dialer_phone_key(text) to %I', api_role);
  end loop;
  if to_regrole('authenticated') is not null then
    perform dialer_grant_authenticated();
  end if;
  if to_regrole('service_role') is not null then
    perform dialer_grant_service_role();
  end if;
  perform dialer_grant_accounts();
  perform dialer_grant_erasure();
  perform dialer_grant_lead_phones();
  perform dialer_grant_counts();
  perform dialer_grant_messages();
  perform dialer_grant_destinations();
  perform dialer_guard_tables();
end $$;

select dialer_close('function', 'dialer_destination_flaw(uuid, uuid)', 'dialer_check_destination()',
  'dialer_keep_destination()', 'dialer_wake_by_destination()', 'dialer_grant_destinations()');
select grant_api_roles();
