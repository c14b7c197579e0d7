-- PBXs, the engines that serve them, the trunks that lead out of them, and the places in a dialplan that take answered calls.

create table voice_nodes (
  name text primary key check (name ~ '^[A-Za-z0-9_.-]{1,60}$'),
  adapter text check (adapter in ('asterisk_ami', 'freeswitch_esl', 'mock')),
  lease_holder uuid,
  lease_epoch bigint not null default 0,
  lease_expires_at timestamptz,
  pbx_connected boolean not null default false,
  pbx_changed_at timestamptz,
  max_concurrent_originates integer check (max_concurrent_originates > 0),
  refused_adapter text,
  refused_at timestamptz,
  created_at timestamptz not null default clock_timestamp(),
  pbx_calls_per_second integer check (pbx_calls_per_second > 0),
  pbx_free_calls integer check (pbx_free_calls >= 0),
  pbx_free_calls_at timestamptz,
  unheard_calls integer not null default 0 check (unheard_calls >= 0),
  unheard_until timestamptz,
  pbx_connection_id uuid,
  pbx_connection_at timestamptz,
  pbx_pause text check (pbx_pause in ('SWITCH_PAUSED', 'PBX_SHUTTING_DOWN'))
);
comment on table voice_nodes is 'One row per PBX that engines connect to. One engine at a time dials on it: the leader, which holds the lease.';
comment on column voice_nodes.name is 'VOICE_NODE of the engines that serve it, voice_node of its trunks.';
comment on column voice_nodes.adapter is 'Kind of PBX; null until an engine has served it.';
comment on column voice_nodes.lease_holder is 'Engine that may dial; null: free.';
comment on column voice_nodes.lease_epoch is 'Rises with each take-over; claims check it.';
comment on column voice_nodes.lease_expires_at is 'By the database''s clock; renewed every second.';
comment on column voice_nodes.pbx_connected is 'Whether the leader is connected to the PBX.';
comment on column voice_nodes.pbx_changed_at is 'When that last changed.';
comment on column voice_nodes.max_concurrent_originates is 'Most unanswered Originates at once, as the leader is configured.';
comment on column voice_nodes.refused_adapter is 'Adapter of an engine that was refused the lease because the node is another kind of PBX.';
comment on column voice_nodes.refused_at is 'When it was refused.';
comment on column voice_nodes.created_at is 'When the row was made.';
comment on column voice_nodes.pbx_calls_per_second is
  'Calls that the engine may start per second: half of (sessions-per-second of the PBX less one), because a call with an agent is two sessions. Null: the PBX does not say.';
comment on column voice_nodes.pbx_free_calls is
  'Calls that could be added below the PBX''s max-sessions when it was last asked. Null: it does not say.';
comment on column voice_nodes.pbx_free_calls_at is 'When it was last asked.';
comment on column voice_nodes.unheard_calls is
  'Calls in a row that ended without an event of the PBX about them. From 3 on only one call at a time is dialled, to probe the PBX; the first event about any call makes it 0.';
comment on column voice_nodes.unheard_until is
  'When the next call may probe the PBX. To end the stop by hand, an administrator sets this to null and unheard_calls to 0.';
comment on column voice_nodes.pbx_connection_id is
  'Id of the leader''s connection to the PBX, a new one for each. When it changes, the leader may have missed events of its calls.';
comment on column voice_nodes.pbx_connection_at is 'When that id was first written.';
comment on column voice_nodes.pbx_pause is
  'Why the PBX, connected or just tried, takes no new calls: SWITCH_PAUSED (FreeSWITCH: fsctl pause), PBX_SHUTTING_DOWN (Asterisk: core restart or stop gracefully); null: it takes them, or nothing is known. While it is set, nothing is sent to the PBX.';
alter table voice_nodes enable row level security;

create table engines (
  id uuid primary key,
  voice_node text not null,
  adapter text not null,
  worker_pool_ids text[] not null default '{}',
  version text not null,
  host text,
  is_standby boolean not null default true,
  pbx_connected boolean not null default false,
  started_at timestamptz not null default clock_timestamp(),
  heartbeat_at timestamptz not null default clock_timestamp(),
  can_take_over boolean not null default false,
  heard_connection_id uuid
);
create index engines_by_node on engines (voice_node, heartbeat_at);
comment on table engines is 'Running engines. One whose heartbeat is stale is dead, and its jobs are freed.';
comment on column engines.id is 'Random at each start.';
comment on column engines.voice_node is 'The PBX it serves.';
comment on column engines.adapter is 'Kind of PBX it speaks to.';
comment on column engines.worker_pool_ids is 'Graphile Worker ids under which it locks jobs.';
comment on column engines.version is 'Version of the package.';
comment on column engines.host is 'Name of the machine or container.';
comment on column engines.is_standby is 'True while it does not hold the lease.';
comment on column engines.pbx_connected is 'Whether its connection to the PBX is up.';
comment on column engines.started_at is 'When it started.';
comment on column engines.heartbeat_at is 'Last sign of life; stale after 10 s.';
comment on column engines.can_take_over is
  'Standby: its connection to the PBX has been up for a while, and nothing keeps it from dialling. A leader that has lost its own connection gives the node up only to such an engine.';
comment on column engines.heard_connection_id is
  'Standby: it has enqueued all events that it received before the leader had this connection (voice_nodes.pbx_connection_id).';
alter table engines enable row level security;

create function dialer_name_voice_node() returns trigger
language plpgsql security definer set search_path from current as $$
begin
  insert into voice_nodes (name) values (new.voice_node) on conflict do nothing;
  return new;
end $$;
comment on function dialer_name_voice_node() is 'Makes the voice node of a trunk known, so that the blockers can say that no engine serves it.';

create function dialer_check_dial_string() returns trigger
language plpgsql set search_path from current as $$
declare
  -- sip:{number}@host is a user, not a password; 5061/ is a port.
  bare text := regexp_replace(regexp_replace(new.dial_string, '\m(sips?|tel):', '', 'gi'), ':[0-9]{1,5}/', '/', 'g');
begin
  if bare ~ ':[^/@:{}]*@'
    or new.dial_string ~* '(passw|pwd|secret|token|credential|auth)[a-z0-9_-]*(=|:|%3[ad])' then
    perform dialer_refuse_one(tg_relid, '23514', dialer_fault('TRUNK_PASSWORD', 'column', 'dial_string', 'name', new.name, 'constraint', 'trunk_config_dial_string_holds_no_password'));
  end if;
  return new;
end $$;
comment on function dialer_check_dial_string() is
  'Refuses a dial string with a carrier''s password. A trigger, not a check: a row from before it must still take the engine''s notes on its health.';

-- A Local channel without /n takes itself out of the call when it is bridged, and the channel by which we know the call is
-- gone: every call of such a trunk failed as our own defect, in silence.
create function dialer_check_local_route() returns trigger
language plpgsql set search_path from current as $$
begin
  if new.dial_string ~* '^local/' and new.dial_string !~ '/[A-Za-z]*n[A-Za-z]*$' then
    perform dialer_refuse_one(tg_relid, '23514', dialer_fault('TRUNK_LOCAL', 'column', 'dial_string', 'name', new.name, 'value', new.dial_string, 'constraint', 'trunk_config_local_keeps_its_channel'));
  end if;
  return new;
end $$;
comment on function dialer_check_local_route() is
  'Refuses a Local channel that Asterisk would optimise away: it must end in /n.';

create function dialer_check_trunk_texts() returns trigger
language plpgsql set search_path from current as $$
declare
  filled text := replace(replace(replace(new.dial_string,
    '{e164}', '+123456789012345'), '{number}', '123456789012345'), '{national}', '123456789012345');
begin
  -- What is no placeholder is refused by the checks of the table.
  if filled ~ '[{}]' or filled ~ '[[:cntrl:][:space:];&|,]' then
    return new;
  end if;
  if filled !~ '^[A-Za-z0-9][A-Za-z0-9_.+@:#*-]*/[A-Za-z0-9_.+@/:#*-]+$' or length(filled) > 200 then
    perform dialer_refuse_one(tg_relid, '23514', dialer_fault('TRUNK_DIAL_STRING', 'column', 'dial_string', 'name', new.name, 'value', left(new.dial_string, 200)));
  end if;
  return new;
end $$;
comment on function dialer_check_trunk_texts() is 'Refuses a dial string that an adapter would refuse once the number is in it.';

create function dialer_keep_voice_node() returns trigger
language plpgsql security definer set search_path from current as $$
declare
  trunk record;
begin
  select count(*) as trunks, min(name) as example into trunk from trunk_config where voice_node = old.name;
  if trunk.trunks > 0 then
    perform dialer_refuse_one(tg_relid, '23503', dialer_fault('VOICE_NODE_IN_USE', 'name', old.name, 'count', trunk.trunks::text,
      'example', trunk.example, 'constraint', 'trunk_config_voice_node_fkey'));
  end if;
  return old;
end $$;
comment on function dialer_keep_voice_node() is 'Says which trunks lead out of a PBX, before the foreign key does.';
create trigger keep before delete on voice_nodes
  for each row when (current_user = 'service_role') execute function dialer_keep_voice_node();

create table trunk_config (
  id uuid primary key default gen_random_uuid(),
  account_id uuid,
  name text not null check (name ~ '^[A-Za-z0-9_. -]{1,80}$'),
  voice_node text not null default 'default' references voice_nodes (name),
  dial_string text not null,
  caller_id text check (caller_id ~ '^\+?[0-9]{3,15}$'),
  cps_limit numeric not null default 10 check (cps_limit > 0 and cps_limit <= 1000),
  max_channels integer not null default 30 check (max_channels > 0),
  limit_group text check (limit_group ~ '^[A-Za-z0-9_.-]{1,80}$'),
  priority integer not null default 100,
  weight integer not null default 1 check (weight > 0),
  number_pattern text check (length(number_pattern) between 1 and 500),
  is_active boolean not null default true,
  health text not null default 'HEALTHY' check (health in ('HEALTHY', 'DEGRADED', 'OUT')),
  consecutive_faults integer not null default 0,
  consecutive_rejections integer not null default 0,
  last_answer_at timestamptz,
  last_fault_at timestamptz,
  last_fault text,
  disabled_until timestamptz,
  disabled_reason text,
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp(),
  unique nulls not distinct (account_id, name),
  constraint trunk_config_dial_string_is_safe check (
    length(dial_string) <= 200
    and dial_string ~ '\{(e164|number|national)\}'
    and regexp_replace(dial_string, '\{(e164|number|national)\}', '', 'g') !~ '[[:cntrl:][:space:];&|,{}]')
);
comment on table trunk_config is 'Ways out of a PBX. Administrators write, clients read.';
comment on column trunk_config.id is 'Key.';
comment on column trunk_config.account_id is 'Account that may use it; null: shared by all.';
comment on column trunk_config.name is 'Name for people and for the test call command.';
comment on column trunk_config.voice_node is 'The PBX it belongs to.';
comment on column trunk_config.dial_string is 'What the PBX dials: literals around {e164}, {number} (without +) or {national} (without country code).';
comment on column trunk_config.caller_id is 'Number shown to the person; overrides the campaign''s, because a number belongs to a carrier.';
comment on column trunk_config.cps_limit is 'Calls started in any rolling second; a change acts at once.';
comment on column trunk_config.max_channels is 'Our live calls on it at once.';
comment on column trunk_config.limit_group is 'Trunks of one carrier and node that share the smallest of their limits.';
comment on column trunk_config.priority is 'Between trunks; smaller goes first.';
comment on column trunk_config.weight is 'Share among trunks of equal priority.';
comment on column trunk_config.number_pattern is 'Regular expression on the E.164 number; null: numbers of the account''s country.';
comment on column trunk_config.is_active is 'Switched on by the administrator.';
comment on column trunk_config.health is 'HEALTHY, DEGRADED or OUT, as the engine sees it.';
comment on column trunk_config.consecutive_faults is 'Faults since the last call that reached a phone.';
comment on column trunk_config.consecutive_rejections is 'Rejections in a row.';
comment on column trunk_config.last_answer_at is 'Last answered call.';
comment on column trunk_config.last_fault_at is 'Last fault.';
comment on column trunk_config.last_fault is 'What it was: the outcome, and what carrier or PBX said.';
comment on column trunk_config.disabled_until is 'Not used before this, by decision of the engine.';
comment on column trunk_config.disabled_reason is 'Why.';
comment on column trunk_config.created_at is 'When the row was made.';
comment on column trunk_config.updated_at is 'When it last changed.';
alter table trunk_config enable row level security;
create policy own_account_or_shared on trunk_config for select
  using (account_id is null or account_id = (select current_account_id()));
create trigger name_voice_node before insert or update of voice_node on trunk_config
  for each row execute function dialer_name_voice_node();
create trigger touch before update on trunk_config for each row execute function dialer_touch();
create trigger check_dial_string before insert or update of dial_string on trunk_config
  for each row execute function dialer_check_dial_string();
create trigger check_local_route before insert or update of dial_string on trunk_config
  for each row execute function dialer_check_local_route();
create trigger check_texts before insert or update of dial_string on trunk_config
  for each row execute function dialer_check_trunk_texts();
create trigger tidy_caller_id before insert or update of caller_id on trunk_config
  for each row when (new.caller_id !~ '^\+?[0-9]{3,15}$') execute function dialer_tidy_caller_id();

create table rate_limit_buckets (
  trunk_id uuid primary key references trunk_config (id) on delete cascade,
  tokens numeric not null check (tokens >= 0),
  max_tokens numeric not null check (max_tokens > 0),
  refill_rate numeric not null check (refill_rate > 0),
  last_refill_at timestamptz not null default clock_timestamp(),
  next_slot_at timestamptz not null default '-infinity',
  sent_last_second integer not null default 0,
  worst_second integer not null default 0,
  given jsonb not null default '{}',
  recent_seconds integer[] not null default '{}'
    check (cardinality(recent_seconds) <= 120 and array_position(recent_seconds, null) is null)
) with (fillfactor = 50);
comment on table rate_limit_buckets is 'The published mirror of each trunk''s calls per second; a missing row stops the trunk.';
comment on column rate_limit_buckets.trunk_id is 'The trunk.';
comment on column rate_limit_buckets.tokens is 'Calls that may start now.';
comment on column rate_limit_buckets.max_tokens is 'Most that may be saved up.';
comment on column rate_limit_buckets.refill_rate is 'Tokens per second; follows cps_limit.';
comment on column rate_limit_buckets.last_refill_at is 'When tokens were last computed.';
comment on column rate_limit_buckets.next_slot_at is 'First moment not yet given to an attempt.';
comment on column rate_limit_buckets.sent_last_second is
  'Calls really sent in the last whole second before last_refill_at. Read the view trunk_calls_per_second instead: it shows none if that is long ago.';
comment on column rate_limit_buckets.worst_second is 'Most ever sent in a rolling second.';
comment on column rate_limit_buckets.given is
  'Calls that each account was given lately, as {account: [calls, epoch milliseconds]}; the figure halves within seconds. Of accounts that compete for a slot, the one that was given less goes first.';
comment on column rate_limit_buckets.recent_seconds is
  'Calls really sent in each of the last whole seconds before last_refill_at, at most 120, the newest first.';
alter table rate_limit_buckets enable row level security;

create function dialer_follow_cps_limit() returns trigger
language plpgsql security definer set search_path from current as $$
begin
  if tg_op = 'INSERT' then
    insert into rate_limit_buckets (trunk_id, tokens, max_tokens, refill_rate)
    values (new.id, 0, greatest(new.cps_limit, 1), new.cps_limit);
  else
    update rate_limit_buckets
    set max_tokens = greatest(new.cps_limit, 1),
      refill_rate = new.cps_limit,
      tokens = least(tokens, greatest(new.cps_limit, 1))
    where trunk_id = new.id;
  end if;
  perform pg_notify('dialer_trunk', json_build_object('schema', current_schema(), 'trunkId', new.id)::text);
  return null;
end $$;
comment on function dialer_follow_cps_limit() is 'Gives each trunk its bucket and makes a new cps_limit act at once.';
create trigger follow_cps_limit after insert or update of cps_limit, limit_group, voice_node on trunk_config
  for each row execute function dialer_follow_cps_limit();

create view trunk_calls_per_second with (security_invoker = true) as
select bucket.trunk_id,
  case when published.age < 3 then bucket.sent_last_second else 0 end as calls_per_second,
  bucket.worst_second,
  case when published.age < 3 then bucket.recent_seconds
    when published.age < 120
      then array_fill(0, array[published.age]) || bucket.recent_seconds[1:120 - published.age]
    else '{}' end as recent_seconds
from rate_limit_buckets as bucket
cross join lateral (
  select least(floor(extract(epoch from clock_timestamp() - bucket.last_refill_at)), 120)::int as age) as published;
comment on view trunk_calls_per_second is
  'Calls per second of each trunk, as the wallboard, /status and /metrics have them: calls written to the PBX in the last whole second. Published each second; if nothing was published for three seconds, it shows none.';
comment on column trunk_calls_per_second.trunk_id is 'The trunk.';
comment on column trunk_calls_per_second.calls_per_second is 'Calls written to the PBX in the last whole second.';
comment on column trunk_calls_per_second.worst_second is 'Most ever sent in a rolling second.';
comment on column trunk_calls_per_second.recent_seconds is
  'The same in each of the last 120 seconds, the newest first; seconds that are missing at the end had none.';

-- What a client may know of nodes and engines, whose tables it cannot read.

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

create function dialer_engine_is_alive() returns boolean
language sql stable security definer set search_path from current as $$
  select exists (select from engines where heartbeat_at > clock_timestamp() - interval '10 seconds')
$$;
comment on function dialer_engine_is_alive() is 'Whether any engine is running.';

create function dialer_trunk_has_bucket(trunk uuid) returns boolean
language sql stable security definer set search_path from current as $$
  select exists (
    select from rate_limit_buckets as bucket join trunk_config as known on known.id = bucket.trunk_id
    where bucket.trunk_id = trunk
      and (known.account_id is null or known.account_id = current_account_id() or dialer_caller_is_privileged()))
$$;
comment on function dialer_trunk_has_bucket(uuid) is
  'Whether a trunk that the caller may use has its rate limit bucket, without which it is not used. Of another account''s trunk: false, as of none.';

-- Where an answered call goes is chosen by the client, among places that the administrator permits.

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
alter table destinations enable row level security;
create policy permitted on destinations for select
  using (account_ids is null or (select current_account_id()) = any (account_ids));
create trigger touch before update on destinations for each row execute function dialer_touch();
create trigger name_voice_node before insert or update of voice_node on destinations
  for each row when (new.voice_node is not null) execute function dialer_name_voice_node();
create trigger keep before delete on destinations for each row execute function dialer_keep_destination();

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

create function dialer_grant_trunks() returns void
language plpgsql set search_path from current as $$
begin
  if to_regrole('authenticated') is not null then
    grant execute on function dialer_node_facts(), dialer_engine_is_alive(), dialer_trunk_has_bucket(uuid),
      dialer_destination_flaw(uuid, uuid) to authenticated;
    -- Not what a trunk dials, why it failed, or when it last did or worked: shared trunks carry the calls of all accounts.
    grant select (id, account_id, name, voice_node, cps_limit, max_channels, priority, weight, number_pattern, is_active,
      health, disabled_until, created_at) on trunk_config to authenticated;
    -- Not account_ids: an account learns nothing of another.
    grant select (id, name, voice_node, context, extension, amd_action, is_active, created_at, updated_at)
      on destinations to authenticated;
  end if;
  if to_regrole('service_role') is not null then
    grant execute on function dialer_node_facts(), dialer_engine_is_alive(), dialer_trunk_has_bucket(uuid),
      dialer_destination_flaw(uuid, uuid) to service_role;
    grant select on voice_nodes, engines, trunk_config, rate_limit_buckets, trunk_calls_per_second, destinations to service_role;
    grant insert (name), delete on voice_nodes to service_role;
    grant insert (id, account_id, name, voice_node, dial_string, caller_id, cps_limit, max_channels, limit_group, priority,
        weight, number_pattern, is_active),
      update (account_id, name, voice_node, dial_string, caller_id, cps_limit, max_channels, limit_group, priority, weight,
        number_pattern, is_active, disabled_until, disabled_reason)
      on trunk_config to service_role;
    grant delete on trunk_config to service_role;
    grant insert, delete on destinations to service_role;
    grant update (name, voice_node, context, extension, amd_action, account_ids, is_active) on destinations to service_role;
  end if;
end $$;
comment on function dialer_grant_trunks() is
  'Rights on PBXs, trunks and destinations: administrators write, clients read and choose what is permitted to them.';

select dialer_revoke_all('function', 'dialer_name_voice_node()', 'dialer_check_dial_string()',
  'dialer_check_local_route()', 'dialer_check_trunk_texts()', 'dialer_keep_voice_node()', 'dialer_follow_cps_limit()',
  'dialer_node_facts()', 'dialer_engine_is_alive()', 'dialer_trunk_has_bucket(uuid)', 'dialer_keep_destination()',
  'dialer_destination_flaw(uuid, uuid)', 'dialer_grant_trunks()');
select dialer_revoke_all('table', 'voice_nodes', 'engines', 'trunk_config', 'rate_limit_buckets',
  'trunk_calls_per_second', 'destinations');
