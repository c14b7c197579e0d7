-- An account learns nothing of another: not from an error, not from a function, not from a shared trunk; and no carrier's
-- password stands in a dial string.

-- A unique constraint is checked before a foreign key: a lead hung on another account's campaign told by its error whether
-- that campaign had the external id already. A trigger comes before both.
create or replace function dialer_take_account() returns trigger
language plpgsql set search_path from current as $$
declare
  parent_account uuid;
begin
  select account_id into parent_account from campaigns where id = new.campaign_id;
  if not row_security_active(tg_relid) then
    if found then
      new.account_id := parent_account;
    end if;
    return new;
  end if;
  -- Row level security shows the caller its own campaigns only, so another's is not found either.
  if not found and new.campaign_id is not null then
    raise exception 'there is no campaign % in your account', new.campaign_id
      using errcode = '23503', table = tg_table_name, schema = tg_table_schema,
        hint = 'Insert the campaign first, or read its id from campaigns.',
        constraint = (select conname from pg_constraint
          where conrelid = tg_relid and contype = 'f' and confrelid = 'campaigns'::regclass);
  end if;
  return new;
end $$;
comment on function dialer_take_account() is
  'Before insert: a child takes the account of its campaign. A writer whom row level security binds must have that campaign; one of another account and one that does not exist are refused in the same words, before any other constraint is looked at.';

create or replace function dialer_trunk_has_bucket(trunk uuid) returns boolean
language sql stable security definer set search_path from current as $$
  select exists (
    select from rate_limit_buckets as bucket join trunk_config as known on known.id = bucket.trunk_id
    where bucket.trunk_id = trunk
      and (known.account_id is null or known.account_id = current_account_id() or dialer_caller_is_privileged()))
$$;
comment on function dialer_trunk_has_bucket(uuid) is
  'Whether a trunk that the caller may use has its rate limit bucket, without which it is not used. Of another account''s trunk: false, as of none.';

create or replace function dialer_node_facts()
returns table (voice_node text, has_engine boolean, has_lease boolean, pbx_connected boolean, adapter_refused boolean)
language sql stable security definer set search_path from current as $$
  select node.name,
    exists (select from engines
      where engines.voice_node = node.name and heartbeat_at > clock_timestamp() - interval '10 seconds'),
    node.lease_holder is not null and node.lease_expires_at > clock_timestamp(),
    node.pbx_connected,
    node.refused_adapter is not null
  from voice_nodes as node
  where dialer_caller_is_privileged()
    or exists (
      select from trunk_config as trunk
      where trunk.voice_node = node.name and (trunk.account_id is null or trunk.account_id = current_account_id()))
$$;
comment on function dialer_node_facts() is
  'Whether each voice node is served that one of the caller''s trunks, own or shared, leads out of.';

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
select found.campaign_id, found.reason, max(found.count) as count, min(found.next_at) as next_at
from (
-- What a pass said of trunks and PBXs is superseded by what is true of them now.
select pass.campaign_id, item ->> 'reason' as reason, coalesce((item ->> 'count')::bigint, 1) as count,
  (item ->> 'next_at')::timestamptz as next_at
from active join campaign_passes as pass on pass.campaign_id = active.id,
  jsonb_array_elements(pass.verdict) as item
where item ->> 'reason' not in (
  'NO_TRUNK', 'TRUNK_INACTIVE', 'TRUNK_DISABLED', 'MISSING_BUCKET', 'NO_LEASE', 'PBX_DISCONNECTED')
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
select id, pause_reason, 1, null
from campaigns where status = 'PAUSED' and pause_reason is not null
) as found
group by found.campaign_id, found.reason;

create function dialer_check_dial_string() returns trigger
language plpgsql set search_path from current as $$
declare
  -- sip:{number}@host is a user, not a password; 5061/ is a port.
  bare text := regexp_replace(regexp_replace(new.dial_string, '\m(sips?|tel):', '', 'gi'), ':[0-9]{1,5}/', '/', 'g');
begin
  if bare ~ ':[^/@:{}]*@'
    or new.dial_string ~* '(passw|pwd|secret|token|credential|auth)[a-z0-9_-]*(=|:|%3[ad])' then
    raise exception 'dial_string of trunk "%" holds a password', new.name
      using errcode = '23514', table = tg_table_name, schema = tg_table_schema, constraint = 'trunk_config_dial_string_holds_no_password',
        hint = 'Let the PBX log in: the password belongs into pjsip.conf (auth) or into the gateway''s file, and dial_string names that endpoint or gateway.';
  end if;
  return new;
end $$;
comment on function dialer_check_dial_string() is
  'Refuses a dial string with a carrier''s password. A trigger, not a check: a row from before it must still take the engine''s notes on its health.';
create trigger check_dial_string before insert or update of dial_string on trunk_config
  for each row execute function dialer_check_dial_string();

-- What row level security asks for first is the account. It is not known when a statement is planned, so Postgres divides
-- by the number of accounts it saw; with few of them it would read the whole table. One of many is what a policy means.
create index leads_by_account on leads (account_id, campaign_id);
alter table leads alter column account_id set (n_distinct = 1000);
alter table call_attempts alter column account_id set (n_distinct = 1000);
create index call_attempt_events_by_account on call_attempt_events (account_id, at);
alter table call_attempt_events alter column account_id set (n_distinct_inherited = 1000);
do $$
declare
  partition regclass;
begin
  for partition in select inhrelid from pg_inherits where inhparent = 'call_attempt_events'::regclass loop
    execute format('alter table %s alter column account_id set (n_distinct = 1000)', partition);
  end loop;
end $$;
create or replace function ensure_event_partitions(months_ahead integer) returns integer
language plpgsql set search_path from current as $$
declare
  month_start timestamptz := date_trunc('month', clock_timestamp(), 'UTC');
  lower_bound timestamptz;
  upper_bound timestamptz;
  partition_name text;
  made integer := 0;
begin
  if months_ahead not between 0 and 120 then
    raise exception 'months_ahead must be between 0 and 120, got %', months_ahead using errcode = '22023';
  end if;
  perform pg_advisory_xact_lock(hashtextextended(current_schema() || '.call_attempt_events', 0));
  for step in 0..months_ahead loop
    lower_bound := ((month_start at time zone 'UTC') + make_interval(months => step)) at time zone 'UTC';
    upper_bound := ((month_start at time zone 'UTC') + make_interval(months => step + 1)) at time zone 'UTC';
    partition_name := 'call_attempt_events_' || to_char(lower_bound at time zone 'UTC', 'YYYYMM');
    continue when to_regclass(partition_name) is not null;
    -- Attaching, unlike creating as a partition, leaves the other months open to writers meanwhile.
    execute format('create table %I (like call_attempt_events including all)', partition_name);
    perform dialer_close('table', partition_name);
    execute format('alter table %I enable row level security', partition_name);
    execute format('alter table %I alter column account_id set (n_distinct = 1000)', partition_name);
    execute format('comment on table %I is %L', partition_name,
      'Events of ' || to_char(lower_bound at time zone 'UTC', 'YYYY-MM') || ' (UTC).');
    lock table call_attempt_events_default in access exclusive mode;
    execute format('with moved as (delete from call_attempt_events_default where at >= %L and at < %L returning *)
      insert into %I select * from moved', lower_bound, upper_bound, partition_name);
    execute format('alter table call_attempt_events attach partition %I for values from (%L) to (%L)',
      partition_name, lower_bound, upper_bound);
    made := made + 1;
  end loop;
  return made;
end $$;
alter table dnc_entries alter column account_id set (n_distinct = 1000);
create index lists_by_account on lists (account_id);
create index campaign_windows_by_account on campaign_windows (account_id);
create index campaign_passes_by_account on campaign_passes (account_id);
create index campaign_trunks_by_account on campaign_trunks (account_id);

create or replace function dialer_grant_authenticated() returns void
language plpgsql set search_path from current as $$
begin
  grant execute on function current_account_id(), hangup_attempt(uuid), dialer_variables_are_safe(jsonb),
    dialer_node_facts(), dialer_engine_is_alive(), dialer_trunk_has_bucket(uuid) to authenticated;
  grant select on account_settings, outcomes, campaigns, campaign_windows, campaign_trunks, lists,
    leads, dnc_entries, call_attempts, call_attempt_events, retry_rules, call_attempt_timers,
    campaign_progress, dialing_blockers to authenticated;
  -- Not what a trunk dials, why it failed, or when it last did or worked: shared trunks carry the calls of all accounts.
  revoke select on trunk_config, campaign_passes from authenticated;
  grant select (id, account_id, name, voice_node, cps_limit, max_channels, priority, weight, number_pattern, is_active,
    health, disabled_until, created_at) on trunk_config to authenticated;
  grant select (campaign_id, account_id, pass_at, next_pass_at, is_hungry, verdict) on campaign_passes to authenticated;
  grant insert (default_country, timezone, min_gap_seconds, max_dials_per_phone_per_day),
    update (default_country, timezone, min_gap_seconds, max_dials_per_phone_per_day)
    on account_settings to authenticated;
  grant delete on account_settings to authenticated;
  grant insert (id, name, status, dial_mode, purpose, priority, max_concurrent_calls, dial_ratio, caller_id,
      ring_timeout_seconds, max_call_duration_seconds, max_attempts, variables, timezone, start_time, end_time,
      work_days, valid_until, auto_complete),
    update (name, status, dial_mode, purpose, priority, max_concurrent_calls, dial_ratio, caller_id,
      ring_timeout_seconds, max_call_duration_seconds, max_attempts, variables, timezone, start_time, end_time,
      work_days, valid_until, auto_complete)
    on campaigns to authenticated;
  grant delete on campaigns to authenticated;
  grant insert (id, campaign_id, weekday, opens, closes), update (weekday, opens, closes)
    on campaign_windows to authenticated;
  grant delete on campaign_windows to authenticated;
  grant insert (id, campaign_id, name, source, legal_basis, priority, is_active),
    update (name, source, legal_basis, priority, is_active) on lists to authenticated;
  grant delete on lists to authenticated;
  grant insert (id, campaign_id, list_id, external_id, phone, first_name, last_name, timezone, priority, disposition,
      callback_at, metadata),
    update (list_id, external_id, phone, first_name, last_name, timezone, priority, disposition, callback_at, metadata)
    on leads to authenticated;
  grant delete on leads to authenticated;
  grant insert (id, phone_e164, campaign_id, reason, source, expires_at), update (reason, source, expires_at)
    on dnc_entries to authenticated;
  grant delete on dnc_entries to authenticated;
  grant insert (id, campaign_id, outcome, disposition, delay_seconds, max_tries), update (delay_seconds, max_tries)
    on retry_rules to authenticated;
  grant delete on retry_rules to authenticated;
  grant update (disposition) on call_attempts to authenticated;
end $$;
select grant_api_roles();
select dialer_close('function', 'dialer_check_dial_string()');
