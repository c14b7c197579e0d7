-- Accounts: whose rows these are, and how much each account may do.
--
-- An account exists because the administrator made it: without an active row in accounts nothing is dialled. Whoever signs
-- up in a Supabase project gets a token with a sub; a sub is an account only where a row of accounts says so, or where the
-- administrator has said that every user is one.

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
comment on table accounts is 'Who may dial, and how much. Administrators write, clients read their own row. A null limit means no limit.';
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
comment on column accounts.max_leads is 'Leads in all its campaigns, without those that were erased.';
comment on column accounts.created_at is 'When the row was made.';
comment on column accounts.updated_at is 'When it last changed.';
alter table accounts enable row level security;
create trigger touch before update on accounts for each row execute function dialer_touch();

create function dialer_every_user_is_account() returns boolean
language sql stable security definer set search_path from current as $$
  select coalesce((select every_user_is_account from installation), false)
$$;
comment on function dialer_every_user_is_account() is 'Whether users are accounts without a row in accounts.';

-- A definer, because row level security of accounts asks this very function.
create function current_account_id() returns uuid
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
create policy own_account on accounts for select using (id = (select current_account_id()));

insert into accounts (id, name) values ('00000000-0000-0000-0000-000000000000', 'Plain SQL users and service keys');

create table account_settings (
  account_id uuid primary key default current_account_id(),
  default_country text not null default 'BR' check (default_country ~ '^[A-Z]{2}$'),
  timezone text not null default 'America/Sao_Paulo',
  min_gap_seconds integer not null default 3600 check (min_gap_seconds between 0 and 2592000),
  max_dials_per_phone_per_day integer not null default 8 check (max_dials_per_phone_per_day between 1 and 1000),
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp()
);
comment on table account_settings is 'What holds for all campaigns of an account. No row means the defaults of these columns.';
comment on column account_settings.account_id is 'The account.';
comment on column account_settings.default_country is 'ISO 3166 country in which a phone number without country code is read.';
comment on column account_settings.timezone is 'Zone in which days are counted.';
comment on column account_settings.min_gap_seconds is 'Least time between the last attempt of a phone that rang or was answered, whatever the campaign, and the next.';
comment on column account_settings.max_dials_per_phone_per_day is 'Most Originates to one phone in a day, whatever the campaign.';
comment on column account_settings.created_at is 'When the row was made.';
comment on column account_settings.updated_at is 'When it last changed.';
alter table account_settings enable row level security;
create policy own_account on account_settings
  using (account_id = (select current_account_id())) with check (account_id = (select current_account_id()));
create trigger touch before update on account_settings for each row execute function dialer_touch();

create function dialer_country_of_account(account uuid) returns text
language plpgsql stable security definer set search_path from current as $$
begin
  return coalesce((select default_country from account_settings where account_id = account), 'BR');
end $$;
comment on function dialer_country_of_account(uuid) is 'The country in which an account''s numbers without + are read.';

create function dialer_require_account() returns trigger
language plpgsql set search_path from current as $$
declare
  sub text := nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub';
begin
  if not row_security_active(tg_relid) then
    return new;
  end if;
  perform dialer_refuse_one(tg_relid, '42501', dialer_fault('ACCOUNT_IS_MISSING', 'user', coalesce(sub, 'without sub')));
  return null;
end $$;
comment on function dialer_require_account() is 'Tells a user without account what is missing, instead of a not-null constraint.';
-- On every table: its name comes before "account", which would tell a user without account that there is no such campaign.
create trigger accept_account before insert on account_settings
  for each row when (new.account_id is null) execute function dialer_require_account();

-- What follows from a change of an account.

-- An account that may not dial any more wants nothing: its passes say so.
create function dialer_stop_accounts(account_ids uuid[]) returns void
language plpgsql security definer set search_path from current as $$
begin
  perform dialer_cancel_queued(array(
    select id from call_attempts where account_id = any (account_ids) and end_at is null and state = 'QUEUED'));
  perform pg_notify('dialer_campaign',
    json_build_object('schema', current_schema(), 'campaignId', id, 'status', 'ACCOUNT_STOPPED')::text)
  from campaigns where account_id = any (account_ids) and status = 'ACTIVE';
  update campaign_passes set is_starved = false, waiting_for_trunks = '{}', waiting_for_nodes = '{}'
  where account_id = any (account_ids) and is_starved;
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

-- Leads of a country that was forbidden come back when it is permitted.
create function dialer_follow_countries() returns trigger
language plpgsql security definer set search_path from current as $$
begin
  update leads set next_attempt_at = null, status_reason = null
  where account_id = new.id and status in ('NEW', 'RETRY') and status_reason = 'ACCOUNT_COUNTRY';
  return null;
end $$;
comment on function dialer_follow_countries() is 'Leads of forbidden countries are looked at again when the permitted ones change.';
create trigger follow_countries after update on accounts
  for each row when (new.allowed_countries is distinct from old.allowed_countries) execute function dialer_follow_countries();

-- campaign_counts (0012) has erased leads in their last status. Counting 300,000 leads takes a tenth of a second, and most
-- inserts are of one lead: so the figure that was counted is kept.

create table lead_counts (
  account_id uuid primary key references accounts on delete cascade,
  at_most bigint not null,
  counted_at timestamptz not null default clock_timestamp()
);
comment on table lead_counts is 'How many leads an account with max_leads has at most. The database''s own; no API role reads it.';
comment on column lead_counts.account_id is 'The account.';
comment on column lead_counts.at_most is 'Leads when they were last counted, plus those inserted since; leads that were deleted since are still included.';
comment on column lead_counts.counted_at is 'When they were counted; after an hour they are counted again.';
alter table lead_counts enable row level security;

create function dialer_forget_lead_count() returns trigger
language plpgsql security definer set search_path from current as $$
begin
  delete from lead_counts where account_id = new.id;
  return null;
end $$;
comment on function dialer_forget_lead_count() is 'While there was no limit nobody counted.';
create trigger forget_lead_count after update on accounts
  for each row when (old.max_leads is null and new.max_leads is not null) execute function dialer_forget_lead_count();

create function dialer_limit_leads() returns trigger
language plpgsql security definer set search_path from current as $$
declare
  account record;
  counted bigint;
begin
  for account in
    select accounts.id, accounts.max_leads, added.leads from accounts
    join (select account_id, count(*) as leads from new_rows group by account_id) as added on added.account_id = accounts.id
    where accounts.max_leads is not null order by accounts.id
  loop
    -- Two at once would both find the last place.
    perform pg_advisory_xact_lock(hashtextextended(current_schema() || '.leads.' || account.id, 0));
    update lead_counts set at_most = at_most + account.leads
    where account_id = account.id and at_most + account.leads <= account.max_leads
      and counted_at > clock_timestamp() - interval '1 hour';
    continue when found;
    counted := (select count(*) from (
      select from leads where account_id = account.id and erased_at is null limit account.max_leads + 1) as people);
    if counted > account.max_leads then
      perform dialer_refuse_one('leads', '23514', dialer_fault('ACCOUNT_LEADS', 'account', account.id::text, 'most', account.max_leads::text));
    end if;
    insert into lead_counts (account_id, at_most) values (account.id, counted)
    on conflict (account_id) do update set at_most = excluded.at_most, counted_at = clock_timestamp();
  end loop;
  return null;
end $$;
comment on function dialer_limit_leads() is 'Refuses more leads than accounts.max_leads; those that were erased do not count.';

create function dialer_grant_accounts() returns void
language plpgsql set search_path from current as $$
begin
  if to_regrole('authenticated') is not null then
    grant execute on function current_account_id(), dialer_every_user_is_account() to authenticated;
    grant select on accounts, account_settings to authenticated;
    grant insert (default_country, timezone, min_gap_seconds, max_dials_per_phone_per_day),
      update (default_country, timezone, min_gap_seconds, max_dials_per_phone_per_day)
      on account_settings to authenticated;
    grant delete on account_settings to authenticated;
  end if;
  if to_regrole('service_role') is not null then
    grant execute on function current_account_id(), dialer_every_user_is_account() to service_role;
    grant select, insert, delete on accounts to service_role;
    grant update (name, is_active, allowed_countries, allowed_trunk_ids, allowed_caller_ids, max_concurrent_calls,
      max_calls_per_second, max_dials_per_day, max_call_duration_seconds, max_active_campaigns, max_leads)
      on accounts to service_role;
    grant select, insert, update, delete on account_settings to service_role;
  end if;
end $$;
comment on function dialer_grant_accounts() is
  'Rights on accounts: administrators write, clients read their own row and write their settings.';

select dialer_revoke_all('function', 'dialer_every_user_is_account()', 'current_account_id()',
  'dialer_country_of_account(uuid)', 'dialer_require_account()', 'dialer_stop_accounts(uuid[])',
  'dialer_start_accounts(uuid[])', 'dialer_follow_accounts()', 'dialer_follow_installation()',
  'dialer_follow_countries()', 'dialer_forget_lead_count()', 'dialer_limit_leads()', 'dialer_grant_accounts()');
select dialer_revoke_all('table', 'accounts', 'account_settings', 'lead_counts');
