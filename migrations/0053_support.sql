-- What support is asked on the telephone, as views and functions that a front end calls too. A client is shown its own
-- account, an administrator all of them. Each is quick by an index that is there, which begins with the account, so the accounts
-- are named.

create view call_details with (security_invoker = true) as
select attempt.id as attempt_id, attempt.account_id, attempt.campaign_id, campaign.name as campaign, attempt.lead_id,
  lead.external_id, lead.first_name, lead.last_name, attempt.phone_e164, attempt.attempt_number, attempt.trunk_id,
  trunk.name as trunk, attempt.voice_node, attempt.caller_id_used, attempt.state, attempt.outcome, attempt.queued_at,
  attempt.originate_at, attempt.ring_at, attempt.answer_at, attempt.bridge_at, attempt.end_at, attempt.ring_duration_ms,
  attempt.answered_duration_ms, attempt.talk_duration_ms, attempt.hangup_cause, attempt.hangup_source,
  attempt.sip_final_code, attempt.amd_result, attempt.agent_id, attempt.disposition
from call_attempts as attempt
join campaigns as campaign on campaign.id = attempt.campaign_id
join leads as lead on lead.id = attempt.lead_id
left join trunk_config as trunk on trunk.id = attempt.trunk_id;
comment on view call_details is
  'Every call with the names of its campaign, person and trunk, for people and exports. Ask for a time (account_id and originate_at), a lead or an attempt.';
comment on column call_details.attempt_id is 'The attempt.';
comment on column call_details.account_id is 'Its account.';
comment on column call_details.campaign_id is 'Its campaign.';
comment on column call_details.campaign is 'Name of the campaign.';
comment on column call_details.lead_id is 'The lead.';
comment on column call_details.external_id is 'The client''s own key of the lead.';
comment on column call_details.first_name is 'First name of the person.';
comment on column call_details.last_name is 'Last name of the person.';
comment on column call_details.phone_e164 is 'The number dialled; null once it was erased.';
comment on column call_details.attempt_number is 'Which dial of the lead it is, from 1.';
comment on column call_details.trunk_id is 'The trunk.';
comment on column call_details.trunk is 'Name of the trunk.';
comment on column call_details.voice_node is 'The PBX.';
comment on column call_details.caller_id_used is 'Number shown to the person.';
comment on column call_details.state is 'Where in life it is.';
comment on column call_details.outcome is 'Why it ended: a code of outcomes.';
comment on column call_details.queued_at is 'When the pass claimed the lead.';
comment on column call_details.originate_at is 'When the call was sent; null: it was not.';
comment on column call_details.ring_at is 'When it rang.';
comment on column call_details.answer_at is 'When it was answered.';
comment on column call_details.bridge_at is 'When an agent had it.';
comment on column call_details.end_at is 'When it ended; null: it lives.';
comment on column call_details.ring_duration_ms is 'Ringing, in milliseconds.';
comment on column call_details.answered_duration_ms is 'From the answer to the end, in milliseconds.';
comment on column call_details.talk_duration_ms is 'With an agent, in milliseconds.';
comment on column call_details.hangup_cause is 'The PBX''s cause.';
comment on column call_details.hangup_source is 'Who ended it.';
comment on column call_details.sip_final_code is 'The carrier''s last SIP status, if known.';
comment on column call_details.amd_result is 'What machine detection said.';
comment on column call_details.agent_id is 'The agent who had it.';
comment on column call_details.disposition is 'Business result.';

create function dialer_accounts_shown() returns uuid[]
language sql stable set search_path from current as $$
  select case when row_security_active('call_attempts') then array[current_account_id()]
    else array(select distinct account_id from campaigns) end
$$;
comment on function dialer_accounts_shown() is 'The accounts whose rows the caller sees: its own, or all.';

create function calls_at(moment timestamptz, minutes integer default 1) returns setof call_details
language plpgsql stable set search_path from current as $$
begin
  if minutes is null or minutes not between 1 and 1440 then
    raise exception 'minutes is %', coalesce(minutes::text, 'null')
      using errcode = '22023', hint = 'Ask for 1 to 1440 minutes; longer exports read call_details by day.';
  end if;
  return query select details.* from call_details as details
    where details.account_id = any (dialer_accounts_shown())
      and details.originate_at >= moment and details.originate_at < moment + minutes * interval '1 minute'
    order by details.originate_at, details.attempt_id;
end $$;
comment on function calls_at(timestamptz, integer) is
  'Who was called in the minute (or so many minutes, at most a day) that begins at a moment.';

create function dialer_key_of_number(phone text) returns text
language plpgsql stable security definer set search_path from current as $$
declare
  home text := coalesce((select default_country from account_settings where account_id = current_account_id()), 'BR');
  e164 text := dialer_read_phone(phone, home);
begin
  if e164 is null then
    raise exception 'phone "%" cannot be read as one telephone of country %', left(phone, 64), home
      using errcode = '22023', hint = 'Write it with area code, or with + and country code, such as +5511987654321.';
  end if;
  return dialer_phone_key(e164);
end $$;
comment on function dialer_key_of_number(text) is 'What the telephone that a person wrote is compared by, read in the country of the caller''s account.';

create function number_history(phone text)
returns table (at timestamptz, kind text, account_id uuid, campaign_id uuid, campaign text, lead_id uuid, attempt_id uuid,
  phone_e164 text, status text, detail text)
language plpgsql stable security definer set search_path from current as $$
#variable_conflict use_column
declare
  telephone text := dialer_key_of_number(phone);
  -- For row level security dialer_phone_key is a function that may leak, and its indexes are not used: every call of the
  -- account would be read. So this one runs as the owner, and names the account itself.
  shown uuid[] := case when dialer_caller_is_privileged() then array(select distinct campaign.account_id from campaigns as campaign)
    else array[current_account_id()] end;
begin
  return query
    select coalesce(attempt.originate_at, attempt.queued_at), 'CALL', attempt.account_id, attempt.campaign_id, campaign.name,
      attempt.lead_id, attempt.id, attempt.phone_e164, coalesce(attempt.outcome, attempt.state),
      concat_ws(', ', 'trunk ' || trunk.name, 'answered ' || round(attempt.answered_duration_ms / 1000.0) || ' s',
        attempt.hangup_cause, 'SIP ' || attempt.sip_final_code, attempt.disposition)
    from call_attempts as attempt
    join campaigns as campaign on campaign.id = attempt.campaign_id
    left join trunk_config as trunk on trunk.id = attempt.trunk_id
    where attempt.account_id = any (shown) and dialer_phone_key(attempt.phone_e164) = telephone
    union all
    select lead.created_at, 'LEAD', lead.account_id, lead.campaign_id, campaign.name, lead.id, null, lead.phone_e164, lead.status,
      concat_ws(', ', nullif(concat_ws(' ', lead.first_name, lead.last_name), ''), lead.external_id, lead.status_reason,
        'next ' || to_char(lead.next_attempt_at, 'YYYY-MM-DD HH24:MI TZ'), lead.dials || ' dials')
    from campaigns as campaign
    join leads as lead on lead.campaign_id = campaign.id and dialer_phone_key(lead.phone_e164) = telephone
    where campaign.account_id = any (shown)
    union all
    select entry.created_at, 'DO_NOT_CALL', entry.account_id, entry.campaign_id, campaign.name, null, null, entry.phone_e164,
      case when entry.expires_at <= clock_timestamp() then 'OVER' else 'IN_FORCE' end,
      concat_ws(', ', entry.reason, entry.source, 'until ' || to_char(entry.expires_at, 'YYYY-MM-DD HH24:MI TZ'))
    from dnc_entries as entry left join campaigns as campaign on campaign.id = entry.campaign_id
    where entry.account_id = any (shown) and dialer_phone_key(entry.phone_e164) = telephone
    order by 1 desc, 2;
end $$;
comment on function number_history(text) is
  'Everything about one telephone, as a person writes it: its calls, its leads, its do-not-call entries; the latest first.';

create function calls_by_hour(day date, zone text default null)
returns table (hour timestamptz, campaign_id uuid, campaign text, trunk_id uuid, trunk text, calls bigint, rang bigint,
  answered bigint, people bigint, abandoned bigint, busy bigint, no_answer bigint, failed bigint, answered_seconds bigint)
language plpgsql stable set search_path from current as $$
#variable_conflict use_column
declare
  clock text := coalesce(zone,
    (select timezone from account_settings where account_settings.account_id = current_account_id()), 'America/Sao_Paulo');
begin
  return query
    select counted.hour, counted.campaign_id, campaign.name, counted.trunk_id, trunk.name, counted.calls, counted.rang,
      counted.answered, counted.people, counted.abandoned, counted.busy, counted.no_answer, counted.failed,
      counted.answered_seconds
    from (
      select date_trunc('hour', attempt.originate_at, clock) as hour, attempt.campaign_id, attempt.trunk_id, count(*) as calls,
        count(coalesce(attempt.ring_at, attempt.early_media_at, attempt.answer_at)) as rang,
        count(attempt.answer_at) as answered, count(*) filter (where outcome.human_reached) as people,
        count(*) filter (where attempt.state = 'ABANDONED') as abandoned, count(*) filter (where attempt.state = 'BUSY') as busy,
        count(*) filter (where attempt.state = 'NO_ANSWER') as no_answer,
        count(*) filter (where attempt.state = 'FAILED') as failed,
        coalesce(round(sum(attempt.answered_duration_ms) / 1000.0), 0)::bigint as answered_seconds
      from call_attempts as attempt left join outcomes as outcome on outcome.code = attempt.outcome
      where attempt.account_id = any (dialer_accounts_shown())
        and attempt.originate_at >= day::timestamp at time zone clock
        and attempt.originate_at < (day + 1)::timestamp at time zone clock
      group by 1, 2, 3) as counted
    join campaigns as campaign on campaign.id = counted.campaign_id
    left join trunk_config as trunk on trunk.id = counted.trunk_id
    order by counted.hour, campaign.name, trunk.name;
end $$;
comment on function calls_by_hour(date, text) is
  'The calls of a day by hour, campaign and trunk; the day by the clock of a zone, if left out that of the account.';

create function dialer_grant_support() returns void
language plpgsql set search_path from current as $$
declare
  api_role text;
begin
  foreach api_role in array array['authenticated', 'service_role'] loop
    continue when to_regrole(api_role) is null;
    execute format('grant execute on function calls_at(timestamptz, integer), number_history(text), calls_by_hour(date, text),
      dialer_key_of_number(text), dialer_accounts_shown() to %I', api_role);
    execute format('grant select on call_details to %I', api_role);
  end loop;
end $$;
comment on function dialer_grant_support() is 'Rights to ask what support is asked.';

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
  perform dialer_grant_support();
  perform dialer_guard_tables();
  perform dialer_watch_tables();
end $$;

select dialer_close('function', 'calls_at(timestamptz, integer)', 'number_history(text)', 'calls_by_hour(date, text)',
  'dialer_key_of_number(text)', 'dialer_accounts_shown()', 'dialer_grant_support()');
select dialer_close('table', 'call_details');
select grant_api_roles();
