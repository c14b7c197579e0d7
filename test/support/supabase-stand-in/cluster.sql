-- What a Supabase project brings, once per cluster (run as a superuser; may be run again).
-- `postgres` is an ordinary role, as on the platform: that is what catches missing grants.

do $$
declare spec text;
begin
  foreach spec in array array[
    'anon nologin', 'authenticated nologin', 'service_role nologin bypassrls',
    'authenticator login noinherit',
    'postgres login nosuperuser createdb createrole replication bypassrls',
    'supabase_auth_admin login noinherit', 'supabase_storage_admin login noinherit',
    'supabase_realtime_admin nologin noinherit', 'dashboard_user nologin'] loop
    if not exists (select from pg_roles where rolname = split_part(spec, ' ', 1)) then
      execute 'create role ' || spec;
    end if;
  end loop;
end $$;
grant anon, authenticated, service_role to authenticator;
grant anon, authenticated, service_role to postgres with admin option;
grant pg_monitor, pg_read_all_data, pg_signal_backend to postgres;
alter role anon set statement_timeout = '3s';
alter role authenticated set statement_timeout = '8s';
alter role authenticator set statement_timeout = '8s';
alter role authenticator set lock_timeout = '8s';
alter role postgres set search_path = "$user", public, extensions;
