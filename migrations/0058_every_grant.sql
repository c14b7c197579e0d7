-- grant_api_roles calls every function dialer_grant_…() that there is, by its name. A list in its text was written anew by
-- each migration that had rights to give, and those that came at the same time left each other's out (dialer_grant_support).

create or replace function grant_api_roles() returns void
language plpgsql set search_path from current as $$
declare
  api_role text;
  granting regproc;
begin
  foreach api_role in array array['authenticated', 'service_role'] loop
    continue when to_regrole(api_role) is null;
    if not has_schema_privilege(api_role, current_schema(), 'usage') then
      execute format('grant usage on schema %I to %I', current_schema(), api_role);
    end if;
    -- It stands in indexes of tables that clients write.
    execute format('grant execute on function dialer_phone_key(text) to %I', api_role);
  end loop;
  for granting in
    select oid from pg_proc
    where pronamespace = current_schema()::regnamespace and proname ~ '^dialer_grant_' and pronargs = 0
      and coalesce(to_regrole(substr(proname, 14)) is not null, false)
        >= (proname in ('dialer_grant_authenticated', 'dialer_grant_service_role'))
    order by proname not in ('dialer_grant_authenticated', 'dialer_grant_service_role'), proname
  loop
    execute format('select %s()', granting::oid::regproc);
  end loop;
  perform dialer_guard_tables();
  perform dialer_watch_tables();
end $$;
comment on function grant_api_roles() is
  'Gives the API roles their rights, where the roles exist: calls every dialer_grant_…(). anon gets none.';
select grant_api_roles();
