-- All rights in one function again: that of the wallboard had left out those of the faults, which came between.

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
  perform dialer_grant_faults();
  perform dialer_grant_wallboard();
  perform dialer_guard_tables();
  perform dialer_watch_tables();
end $$;
select grant_api_roles();
