-- What the API roles may do, written out. Roles that do not exist (a plain Postgres) are passed over; the migrate
-- command calls this function at every run, so that a role made later gets its rights then.

create function dialer_grant_authenticated() returns void
language plpgsql set search_path from current as $$
begin
  grant execute on function current_account_id(), hangup_attempt(uuid), dialer_variables_are_safe(jsonb),
    dialer_node_facts(), dialer_engine_is_alive(), dialer_trunk_has_bucket(uuid) to authenticated;
  grant select on account_settings, outcomes, campaigns, campaign_windows, campaign_passes, campaign_trunks, lists,
    leads, dnc_entries, trunk_config, call_attempts, call_attempt_events, retry_rules, call_attempt_timers,
    campaign_progress, dialing_blockers to authenticated;
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
comment on function dialer_grant_authenticated() is 'Rights of signed-in clients: the columns marked C in the contract, in rows of their account.';

create function dialer_grant_service_role() returns void
language plpgsql set search_path from current as $$
begin
  grant execute on function current_account_id(), hangup_attempt(uuid), dialer_variables_are_safe(jsonb),
    dialer_node_facts(), dialer_engine_is_alive(), dialer_trunk_has_bucket(uuid), dialer_list_jobs() to service_role;
  grant select on installation, account_settings, outcomes, campaigns, campaign_windows, campaign_passes,
    campaign_trunks, lists, leads, dnc_entries, voice_nodes, engines, trunk_config, rate_limit_buckets, call_attempts,
    call_attempt_events, retry_rules, call_attempt_timers, campaign_progress, dialing_blockers, dialer_jobs
    to service_role;
  grant insert, update, delete on account_settings, campaign_windows, campaign_trunks, lists, dnc_entries, retry_rules
    to service_role;
  grant insert (id, account_id, name, status, is_test_call, dial_mode, purpose, priority, max_concurrent_calls,
      dial_ratio, caller_id, ring_timeout_seconds, setup_timeout_seconds, max_call_duration_seconds, max_attempts,
      max_dials, dialplan_context, dialplan_extension, amd_action, variables, timezone, start_time, end_time, work_days,
      valid_until, auto_complete),
    update (name, status, dial_mode, purpose, priority, max_concurrent_calls, dial_ratio, caller_id,
      ring_timeout_seconds, setup_timeout_seconds, max_call_duration_seconds, max_attempts, max_dials, dialplan_context,
      dialplan_extension, amd_action, variables, timezone, start_time, end_time, work_days, valid_until, auto_complete)
    on campaigns to service_role;
  grant delete on campaigns to service_role;
  grant insert (id, account_id, campaign_id, list_id, external_id, phone, phone_e164, dial_timezone, first_name,
      last_name, timezone, priority, disposition, callback_at, metadata),
    update (list_id, external_id, phone, first_name, last_name, timezone, priority, disposition, callback_at, metadata)
    on leads to service_role;
  grant delete on leads to service_role;
  grant insert (id, account_id, name, voice_node, dial_string, caller_id, cps_limit, max_channels, limit_group, priority,
      weight, number_pattern, is_active),
    update (account_id, name, voice_node, dial_string, caller_id, cps_limit, max_channels, limit_group, priority, weight,
      number_pattern, is_active, disabled_until, disabled_reason)
    on trunk_config to service_role;
  grant delete on trunk_config to service_role;
  grant insert (name), delete on voice_nodes to service_role;
  grant update (disposition) on call_attempts to service_role;
end $$;
comment on function dialer_grant_service_role() is 'Rights of administrators: their columns and the clients'', in all accounts. What the engine keeps they may read.';

create function grant_api_roles() returns void
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
end $$;
comment on function grant_api_roles() is 'Gives the API roles their rights, where the roles exist. anon gets none.';

select dialer_close('function', 'dialer_grant_authenticated()', 'dialer_grant_service_role()', 'grant_api_roles()');
select grant_api_roles();
