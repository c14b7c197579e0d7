-- An account exists because the administrator made it: without an active row in accounts nothing is dialled.
--
-- Whoever signs up in a Supabase project gets a token with a sub. That made everybody an account before; now a sub is an
-- account only where a row of accounts says so, or where the administrator has said that every user is one.

create table accounts (
  id uuid primary key default gen_random_uuid(),
  name text not null check (length(name) between 1 and 200 and name !~ '[[:cntrl:]]'),
  is_active boolean not null default true,
  allowed_countries text[] check (
    array_position(allowed_countries, null) is null and coalesce(array_ndims(allowed_countries), 1) = 1
    and array_to_string(allowed_countries, ',') ~ '^([A-Z]{2}(,[A-Z]{2})*)?$'),
  allowed_trunk_ids uuid[] check (
    array_position(allowed_trunk_ids, null) is null and coalesce(array_ndims(allowed_trunk_ids), 1) = 1),
  allowed_caller_ids text[] check (
    array_position(allowed_caller_ids, null) is null and coalesce(array_ndims(allowed_caller_ids), 1) = 1
    and array_to_string(allowed_caller_ids, ',') ~ '^(\+?[0-9]{1,15}\*?(,\+?[0-9]{1,15}\*?)*)?$'),
  max_concurrent_calls integer check (max_concurrent_calls > 0),
  max_calls_per_second numeric check (max_calls_per_second > 0 and max_calls_per_second <= 1000),
  max_dials_per_day integer check (max_dials_per_day > 0),
  max_call_duration_seconds integer check (max_call_duration_seconds between 10 and 86400),
  max_active_campaigns integer check (max_active_campaigns > 0),
  max_leads integer check (max_leads > 0),
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp()
);
comment on table accounts is 'Who may dial, and how much. Administrators write, clients read their own row. A limit that is null is none.';
comment on column accounts.id is 'The account: what current_account_id() gives its users, be it their sub or their app_metadata.account_id.';
comment on column accounts.name is 'Name for people.';
comment on column accounts.is_active is 'Whether it may dial. False stops what is queued at once; conversations go on.';
comment on column accounts.allowed_countries is 'ISO 3166 countries whose numbers may be called, whatever default_country says; null: all.';
comment on column accounts.allowed_trunk_ids is 'Trunks that it may use, of those that are shared or its own; null: all of them.';
comment on column accounts.allowed_caller_ids is
  'Numbers that its campaigns may show: digits as in campaigns.caller_id, or their beginning and *. A trunk''s own caller_id may always be shown. Null: any but short, emergency and premium numbers.';
comment on column accounts.max_concurrent_calls is 'Live attempts at once, over all its campaigns.';
comment on column accounts.max_calls_per_second is 'Calls started per second, over all its campaigns and trunks.';
comment on column accounts.max_dials_per_day is 'Originates in a day of the account''s zone.';
comment on column accounts.max_call_duration_seconds is 'From the answer to the end, whatever the campaign allows.';
comment on column accounts.max_active_campaigns is 'Campaigns that are ACTIVE at once.';
comment on column accounts.max_leads is 'Leads in all its campaigns.';
comment on column accounts.created_at is 'When the row was made.';
comment on column accounts.updated_at is 'When it last changed.';
create trigger touch before update on accounts for each row execute function dialer_touch();

alter table installation add column every_user_is_account boolean not null default false;
comment on column installation.every_user_is_account is
  'True: whoever can sign in is an account and may dial, without a row in accounts. For installations of one company whose sign-up is closed.';

create function dialer_every_user_is_account() returns boolean
language sql stable security definer set search_path from current as $$
  select coalesce((select every_user_is_account from installation), false)
$$;
comment on function dialer_every_user_is_account() is 'Whether users are accounts without a row in accounts.';

-- A definer, because row level security of accounts asks this very function.
create or replace function current_account_id() returns uuid
language sql stable security definer set search_path from current as $$
  select case
    when claims #>> '{app_metadata,account_id}' is not null then (claims #>> '{app_metadata,account_id}')::uuid
    when claims ->> 'sub' is not null then (
      select sub from (select (claims ->> 'sub')::uuid as sub) as named
      where exists (select from accounts where accounts.id = sub) or dialer_every_user_is_account())
    when claims ->> 'role' in ('anon', 'authenticated') then null
    else '00000000-0000-0000-0000-000000000000'::uuid
  end
  from (select nullif(current_setting('request.jwt.claims', true), '')::jsonb as claims) as request
$$;
comment on function current_account_id() is
  'The account of the caller: app_metadata.account_id of the JWT; else its sub where accounts has a row for it or every user is an account; else the nil account of plain SQL users and of service keys. A user token that names no account has none at all. May be replaced.';

-- Who dials already. What only an administrator can have written makes an account: a trunk of its own, or being named in
-- app_metadata. Nobody else is blessed by an update: others get a row that is not active, and the administrator decides.
insert into accounts (id, name) values ('00000000-0000-0000-0000-000000000000', 'Plain SQL users and service keys');
do $$
begin
  if exists (
    select from pg_attribute as attribute
    join pg_class as relation on relation.oid = attribute.attrelid and relation.relname = 'users'
    join pg_namespace as namespace on namespace.oid = relation.relnamespace and namespace.nspname = 'auth'
    where attribute.attname = 'raw_app_meta_data' and not attribute.attisdropped
      and has_schema_privilege(namespace.oid, 'usage') and has_table_privilege(relation.oid, 'select')
  ) then
    insert into accounts (id, name)
    select named.id, 'Account ' || named.id
    from (
      select distinct (raw_app_meta_data ->> 'account_id')::uuid as id from auth.users
      where raw_app_meta_data ->> 'account_id'
        ~* '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$') as named
    where exists (select from campaigns where campaigns.account_id = named.id)
    on conflict do nothing;
  end if;
end $$;
insert into accounts (id, name)
select distinct account_id, 'Account ' || account_id from trunk_config where account_id is not null
on conflict do nothing;
insert into accounts (id, name, is_active)
select account_id, 'Account ' || account_id, false
from (select account_id from campaigns union select account_id from account_settings) as known
on conflict do nothing;

create function dialer_require_account() returns trigger
language plpgsql set search_path from current as $$
declare
  sub text := nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub';
begin
  if not row_security_active(tg_relid) then
    return new;
  end if;
  raise exception 'user % has no account here, so nothing can be written to %', coalesce(sub, 'without sub'), tg_table_name
    using errcode = '42501', hint = format(
      'An administrator makes one: insert into accounts (id, name) values (''%s'', ''name of the customer''), or names an account in the user''s app_metadata.account_id.',
      coalesce(sub, 'the user''s id'));
end $$;
comment on function dialer_require_account() is 'Tells a user without account what is missing, instead of a not-null constraint.';
-- Before the trigger "account", which would tell a user without account that there is no such campaign.
create trigger accept_account before insert on account_settings
  for each row when (new.account_id is null) execute function dialer_require_account();
create trigger accept_account before insert on campaigns
  for each row when (new.account_id is null) execute function dialer_require_account();
create trigger accept_account before insert on campaign_windows
  for each row when (new.account_id is null) execute function dialer_require_account();
create trigger accept_account before insert on lists
  for each row when (new.account_id is null) execute function dialer_require_account();
create trigger accept_account before insert on leads
  for each row when (new.account_id is null) execute function dialer_require_account();
create trigger accept_account before insert on dnc_entries
  for each row when (new.account_id is null) execute function dialer_require_account();
create trigger accept_account before insert on retry_rules
  for each row when (new.account_id is null) execute function dialer_require_account();

create function dialer_stop_accounts(account_ids uuid[]) returns void
language plpgsql security definer set search_path from current as $$
begin
  perform dialer_cancel_queued(array(
    select id from call_attempts where account_id = any (account_ids) and end_at is null and state = 'QUEUED'));
  perform pg_notify('dialer_campaign',
    json_build_object('schema', current_schema(), 'campaignId', id, 'status', 'ACCOUNT_STOPPED')::text)
  from campaigns where account_id = any (account_ids) and status = 'ACTIVE';
end $$;
comment on function dialer_stop_accounts(uuid[]) is
  'Drops what these accounts have queued and tells the engines, as a pause of all their campaigns would. What a pass queues meanwhile is refused by its claim.';

create function dialer_start_accounts(account_ids uuid[]) returns void
language plpgsql security definer set search_path from current as $$
begin
  perform pg_notify('dialer_campaign',
    json_build_object('schema', current_schema(), 'campaignId', id, 'status', 'ACTIVE')::text)
  from campaigns where account_id = any (account_ids) and status = 'ACTIVE';
  perform dialer_wake(array(select id from campaigns where account_id = any (account_ids) and status = 'ACTIVE'));
end $$;
comment on function dialer_start_accounts(uuid[]) is 'These accounts may dial, or dial more: tells the engines and asks for passes.';

create function dialer_follow_accounts() returns trigger
language plpgsql security definer set search_path from current as $$
begin
  if tg_op = 'DELETE' then
    if dialer_every_user_is_account() then
      perform dialer_start_accounts(array(select id from changed_rows));
    else
      perform dialer_stop_accounts(array(select id from changed_rows));
    end if;
    return null;
  end if;
  perform dialer_stop_accounts(array(select id from changed_rows where not is_active));
  perform dialer_start_accounts(array(select id from changed_rows where is_active));
  return null;
end $$;
comment on function dialer_follow_accounts() is 'In the transaction of the change: an account that may not dial any more loses what is queued, one that may is looked at.';
create trigger follow_insert after insert on accounts referencing new table as changed_rows
  for each statement execute function dialer_follow_accounts();
create trigger follow_update after update on accounts referencing new table as changed_rows
  for each statement execute function dialer_follow_accounts();
create trigger follow_delete after delete on accounts referencing old table as changed_rows
  for each statement execute function dialer_follow_accounts();

create function dialer_follow_installation() returns trigger
language plpgsql security definer set search_path from current as $$
declare
  users uuid[] := array(
    select distinct campaign.account_id from campaigns as campaign
    where campaign.status = 'ACTIVE' and not exists (select from accounts where accounts.id = campaign.account_id));
begin
  if new.every_user_is_account then
    perform dialer_start_accounts(users);
  else
    perform dialer_stop_accounts(users);
  end if;
  return null;
end $$;
comment on function dialer_follow_installation() is 'Users became accounts, or are none any more.';
create trigger follow_accounts after update of every_user_is_account on installation
  for each row when (new.every_user_is_account is distinct from old.every_user_is_account)
  execute function dialer_follow_installation();

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
  'NO_TRUNK', 'TRUNK_INACTIVE', 'TRUNK_DISABLED', 'MISSING_BUCKET', 'NO_LEASE', 'PBX_DISCONNECTED', 'ACCOUNT_UNKNOWN',
  'ACCOUNT_INACTIVE')
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
select id, pause_reason, 1, null
from campaigns where status = 'PAUSED' and pause_reason is not null
) as found
group by found.campaign_id, found.reason;

alter table accounts enable row level security;
create policy own_account on accounts for select using (id = (select current_account_id()));

create function dialer_grant_accounts() returns void
language plpgsql set search_path from current as $$
begin
  if to_regrole('authenticated') is not null then
    grant execute on function dialer_every_user_is_account() to authenticated;
    grant select on accounts to authenticated;
  end if;
  if to_regrole('service_role') is not null then
    grant execute on function dialer_every_user_is_account() to service_role;
    grant select, insert, delete on accounts to service_role;
    grant update (name, is_active, allowed_countries, allowed_trunk_ids, allowed_caller_ids, max_concurrent_calls,
      max_calls_per_second, max_dials_per_day, max_call_duration_seconds, max_active_campaigns, max_leads)
      on accounts to service_role;
    grant update (every_user_is_account) on installation to service_role;
  end if;
end $$;
comment on function dialer_grant_accounts() is 'Rights on accounts: administrators write, clients read their own row.';

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
  end loop;
  if to_regrole('authenticated') is not null then
    perform dialer_grant_authenticated();
  end if;
  if to_regrole('service_role') is not null then
    perform dialer_grant_service_role();
  end if;
  perform dialer_grant_accounts();
end $$;

select dialer_close('function', 'dialer_every_user_is_account()', 'dialer_require_account()', 'dialer_stop_accounts(uuid[])',
  'dialer_start_accounts(uuid[])', 'dialer_follow_accounts()', 'dialer_follow_installation()', 'dialer_grant_accounts()');
select dialer_close('table', 'accounts');
select grant_api_roles();
