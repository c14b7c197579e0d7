-- PBXs, the engines that serve them, and the trunks that lead out of them.

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
  created_at timestamptz not null default clock_timestamp()
);
comment on table voice_nodes is 'One row per PBX that engines connect to. One engine at a time dials on it: the holder of the lease.';
comment on column voice_nodes.name is 'VOICE_NODE of the engines that serve it, voice_node of its trunks.';
comment on column voice_nodes.adapter is 'Kind of PBX; null until an engine has served it.';
comment on column voice_nodes.lease_holder is 'Engine that may dial; null: free.';
comment on column voice_nodes.lease_epoch is 'Rises with every change of holder; claims check it.';
comment on column voice_nodes.lease_expires_at is 'By the database''s clock; renewed every second.';
comment on column voice_nodes.pbx_connected is 'Whether the holder is connected to the PBX.';
comment on column voice_nodes.pbx_changed_at is 'When that last changed.';
comment on column voice_nodes.max_concurrent_originates is 'Unanswered originates at once, as configured in the holder.';
comment on column voice_nodes.refused_adapter is 'Adapter of an engine that was refused the lease because the node is another kind of PBX.';
comment on column voice_nodes.refused_at is 'When it was refused.';
comment on column voice_nodes.created_at is 'When the row was made.';

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
  heartbeat_at timestamptz not null default clock_timestamp()
);
create index engines_by_node on engines (voice_node, heartbeat_at);
comment on table engines is 'Running engines. One whose heartbeat is stale is dead, and its jobs are freed.';
comment on column engines.id is 'Random at each start.';
comment on column engines.voice_node is 'The PBX it serves.';
comment on column engines.adapter is 'Kind of PBX it speaks to.';
comment on column engines.worker_pool_ids is 'Graphile Worker ids under which it locks jobs.';
comment on column engines.version is 'Version of the package.';
comment on column engines.host is 'Name of the machine or container.';
comment on column engines.is_standby is 'True while another engine holds the lease.';
comment on column engines.pbx_connected is 'Whether its line to the PBX is up.';
comment on column engines.started_at is 'When it started.';
comment on column engines.heartbeat_at is 'Last sign of life; stale after 10 s.';

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
comment on column trunk_config.last_fault is 'What it was.';
comment on column trunk_config.disabled_until is 'Not used before this, by decision of the engine.';
comment on column trunk_config.disabled_reason is 'Why.';
comment on column trunk_config.created_at is 'When the row was made.';
comment on column trunk_config.updated_at is 'When it last changed.';

create table campaign_trunks (
  campaign_id uuid not null,
  trunk_id uuid not null references trunk_config (id) on delete cascade,
  account_id uuid not null default current_account_id(),
  created_at timestamptz not null default clock_timestamp(),
  primary key (campaign_id, trunk_id),
  foreign key (campaign_id, account_id) references campaigns (id, account_id) on delete cascade
);
create index campaign_trunks_by_trunk on campaign_trunks (trunk_id);
comment on table campaign_trunks is 'Trunks a campaign may use; no row: all that its account may use.';
comment on column campaign_trunks.campaign_id is 'The campaign.';
comment on column campaign_trunks.trunk_id is 'The trunk.';
comment on column campaign_trunks.account_id is 'Account of the campaign.';
comment on column campaign_trunks.created_at is 'When the row was made.';

create table rate_limit_buckets (
  trunk_id uuid primary key references trunk_config (id) on delete cascade,
  tokens numeric not null check (tokens >= 0),
  max_tokens numeric not null check (max_tokens > 0),
  refill_rate numeric not null check (refill_rate > 0),
  last_refill_at timestamptz not null default clock_timestamp(),
  next_slot_at timestamptz not null default '-infinity',
  sent_last_second integer not null default 0,
  worst_second integer not null default 0
) with (fillfactor = 50);
comment on table rate_limit_buckets is 'The published mirror of each trunk''s calls per second; a missing row stops the trunk.';
comment on column rate_limit_buckets.trunk_id is 'The trunk.';
comment on column rate_limit_buckets.tokens is 'Calls that may start now.';
comment on column rate_limit_buckets.max_tokens is 'Most that may be saved up.';
comment on column rate_limit_buckets.refill_rate is 'Tokens per second; follows cps_limit.';
comment on column rate_limit_buckets.last_refill_at is 'When tokens were last computed.';
comment on column rate_limit_buckets.next_slot_at is 'First moment not yet given to an attempt.';
comment on column rate_limit_buckets.sent_last_second is 'Calls really sent in the last second.';
comment on column rate_limit_buckets.worst_second is 'Most ever sent in a rolling second.';

create function dialer_name_voice_node() returns trigger
language plpgsql security definer set search_path from current as $$
begin
  insert into voice_nodes (name) values (new.voice_node) on conflict do nothing;
  return new;
end $$;
comment on function dialer_name_voice_node() is 'Makes the voice node of a trunk known, so that the blockers can say that no engine serves it.';
create trigger name_voice_node before insert or update of voice_node on trunk_config
  for each row execute function dialer_name_voice_node();

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

alter table voice_nodes enable row level security;
alter table engines enable row level security;
alter table trunk_config enable row level security;
alter table campaign_trunks enable row level security;
alter table rate_limit_buckets enable row level security;
select dialer_close('function', 'dialer_name_voice_node()', 'dialer_follow_cps_limit()');
select dialer_close('table', 'voice_nodes', 'engines', 'trunk_config', 'campaign_trunks', 'rate_limit_buckets');
