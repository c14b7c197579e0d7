-- What a Supabase project brings, once per database (run as a superuser).
-- Not modelled: supautils (no policies on realtime.messages or storage.objects as `postgres`), pg_safeupdate, event
-- triggers, pg_cron, pg_net, Vault's encryption, the real columns of auth.users.

do $$ begin execute format('alter database %I owner to postgres', current_database()); end $$;
create schema extensions;
create extension pgcrypto with schema extensions;
create extension "uuid-ossp" with schema extensions;
grant usage on schema public, extensions to postgres, anon, authenticated, service_role;
grant create on schema public to postgres;
grant all on schema extensions to postgres;
create publication supabase_realtime;
alter publication supabase_realtime owner to postgres;

create schema auth;
grant usage on schema auth to postgres, anon, authenticated, service_role;
create table auth.users (
  id uuid primary key default gen_random_uuid(), email text unique, phone text unique,
  role text, raw_app_meta_data jsonb, raw_user_meta_data jsonb,
  created_at timestamptz default now());
alter table auth.users owner to supabase_auth_admin;
grant all on auth.users to postgres;
create function auth.jwt() returns jsonb language sql stable as
  $$ select nullif(current_setting('request.jwt.claims', true), '')::jsonb $$;
create function auth.uid() returns uuid language sql stable as
  $$ select (auth.jwt() ->> 'sub')::uuid $$;
create function auth.role() returns text language sql stable as
  $$ select auth.jwt() ->> 'role' $$;

create schema realtime;
grant usage on schema realtime to anon, authenticated, service_role;
grant usage on schema realtime to postgres with grant option;
create table realtime.messages (
  id uuid not null default gen_random_uuid(), topic text not null, extension text not null,
  event text, payload jsonb, private boolean default false,
  inserted_at timestamp not null default now(), primary key (id, inserted_at)
) partition by range (inserted_at);
create table realtime.messages_default partition of realtime.messages default;
alter table realtime.messages owner to supabase_realtime_admin;
alter table realtime.messages enable row level security;
grant select, insert, update on realtime.messages to postgres, anon, authenticated, service_role;
create function realtime.topic() returns text language sql stable as
  $$ select nullif(current_setting('realtime.topic', true), '') $$;
create function realtime.send(payload jsonb, event text, topic text, private boolean default true)
returns void language plpgsql as $$
begin
  insert into realtime.messages (topic, extension, event, payload, private)
  values (topic, 'broadcast', event, payload, private);
exception when others then -- the platform swallows errors too
  raise warning 'ErrorSendingBroadcastMessage: %', sqlerrm;
end $$;

create schema storage;
grant usage on schema storage to postgres, anon, authenticated, service_role;
create table storage.buckets (id text primary key, name text not null, public boolean default false);
create table storage.objects (
  id uuid primary key default gen_random_uuid(), bucket_id text references storage.buckets,
  name text, metadata jsonb, created_at timestamptz default now());
create schema vault;
grant usage on schema vault to postgres, service_role;
create table vault.secrets (id uuid primary key default gen_random_uuid(), name text unique, secret text);
create view vault.decrypted_secrets as select id, name, secret as decrypted_secret from vault.secrets;
grant select on vault.decrypted_secrets to postgres, service_role;
