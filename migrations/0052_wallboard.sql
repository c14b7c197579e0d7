-- Calls per second are one figure everywhere: the view trunk_calls_per_second. And screens that show the wallboard.

alter table rate_limit_buckets add column recent_seconds integer[] not null default '{}'
  check (cardinality(recent_seconds) <= 120 and array_position(recent_seconds, null) is null);
comment on column rate_limit_buckets.recent_seconds is
  'Calls really sent in each of the last whole seconds before last_refill_at, at most 120, the newest first.';
comment on column rate_limit_buckets.sent_last_second is
  'Calls really sent in the last whole second before last_refill_at. Read trunk_calls_per_second, which knows when that is long ago.';

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
  'Calls per second of each trunk, as the wallboard, /status and /metrics have them: calls written to the PBX in the last whole second. Published each second, so that three seconds without news are none.';
comment on column trunk_calls_per_second.trunk_id is 'The trunk.';
comment on column trunk_calls_per_second.calls_per_second is 'Calls written to the PBX in the last whole second.';
comment on column trunk_calls_per_second.worst_second is 'Most ever sent in a rolling second.';
comment on column trunk_calls_per_second.recent_seconds is
  'The same in each of the last 120 seconds, the newest first; what is missing at the end is nothing.';

create table wallboard_displays (
  id uuid primary key default gen_random_uuid(),
  name text not null check (length(name) between 1 and 200 and name !~ '[[:cntrl:]]'),
  account_id uuid,
  token_hash text not null unique check (token_hash ~ '^[0-9a-f]{64}$'),
  created_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz not null,
  revoked_at timestamptz,
  last_used_at timestamptz,
  check (expires_at > created_at)
);
comment on table wallboard_displays is
  'Screens that may show the wallboard, and nothing else, with a token of their own. Made by create_wallboard_display.';
comment on column wallboard_displays.id is 'Key.';
comment on column wallboard_displays.name is 'Which screen it is, for people.';
comment on column wallboard_displays.account_id is 'The account whose rows it shows; null: all.';
comment on column wallboard_displays.token_hash is 'SHA-256 of the token, in hexadecimal. The token itself is kept nowhere.';
comment on column wallboard_displays.created_at is 'When it was made.';
comment on column wallboard_displays.expires_at is 'From then on the token is worth nothing.';
comment on column wallboard_displays.revoked_at is 'When somebody took it back; a screen that is on goes dark within a minute.';
comment on column wallboard_displays.last_used_at is 'When it was last seen in use, to the minute.';

create function create_wallboard_display(name text, account_id uuid default null, valid_for interval default interval '1 year')
returns table (display_id uuid, token text, expires_at timestamptz)
language plpgsql security definer set search_path from current as $$
#variable_conflict use_variable
declare
  until timestamptz := clock_timestamp() + valid_for;
begin
  if name is null or name !~ '[^[:space:]]' then
    raise exception 'the display needs a name' using errcode = '22023',
      hint = 'Name the screen, so that it can be told from others later: create_wallboard_display(''TV on the second floor'').';
  end if;
  if valid_for is null or until <= clock_timestamp() or until > clock_timestamp() + interval '5 years 1 day' then
    raise exception 'valid_for is %: more than nothing and at most five years is right', coalesce(valid_for::text, 'null')
      using errcode = '22023';
  end if;
  -- Two version 4 UUIDs hold 244 bits of chance, from the same source as gen_random_bytes, which needs an extension.
  token := 'display_' || replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', '');
  insert into wallboard_displays as made (name, account_id, token_hash, expires_at)
  values (name, account_id, encode(sha256(convert_to(token, 'UTF8')), 'hex'), until)
  returning made.id, made.expires_at into display_id, expires_at;
  return next;
end $$;
comment on function create_wallboard_display(text, uuid, interval) is
  'For administrators: lets a screen show the wallboard, of one account or of all, and returns its token, once.';

create function revoke_wallboard_display(display_id uuid) returns timestamptz
language plpgsql security definer set search_path from current as $$
declare
  since timestamptz;
begin
  update wallboard_displays set revoked_at = coalesce(revoked_at, clock_timestamp()) where id = display_id
  returning revoked_at into since;
  if since is null then
    raise exception 'there is no display %', display_id using errcode = 'P0002',
      hint = 'select id, name from wallboard_displays;';
  end if;
  return since;
end $$;
comment on function revoke_wallboard_display(uuid) is
  'For administrators: takes a display''s token back. A screen that is on goes dark within a minute.';

alter table wallboard_displays enable row level security;

create function dialer_grant_wallboard() returns void
language plpgsql set search_path from current as $$
begin
  if to_regrole('service_role') is not null then
    grant execute on function create_wallboard_display(text, uuid, interval), revoke_wallboard_display(uuid) to service_role;
    grant select (id, name, account_id, created_at, expires_at, revoked_at, last_used_at), delete
      on wallboard_displays to service_role;
    grant select on trunk_calls_per_second to service_role;
  end if;
end $$;
comment on function dialer_grant_wallboard() is
  'Rights of administrators on the screens that show the wallboard, and on calls per second.';

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
  perform dialer_grant_wallboard();
  perform dialer_guard_tables();
end $$;

select dialer_close('function', 'create_wallboard_display(text, uuid, interval)', 'revoke_wallboard_display(uuid)',
  'dialer_grant_wallboard()');
select dialer_close('table', 'wallboard_displays', 'trunk_calls_per_second');
select grant_api_roles();
