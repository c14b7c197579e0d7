-- What people ask: what a campaign waits for, what is due, what happened to a call or a telephone.

create view call_attempt_timers with (security_invoker = true) as
select id as attempt_id, account_id, deadline_type as timer_type, deadline_at as fires_at,
  false as fired, false as cancelled
from call_attempts
where end_at is null and deadline_at is not null
union all
select attempt_id, account_id, detail ->> 'timerType', at, true, false
from call_attempt_events
where kind = 'TIMER_FIRED';
comment on view call_attempt_timers is 'Deadlines of live attempts, and those that fired.';
comment on column call_attempt_timers.attempt_id is 'The attempt.';
comment on column call_attempt_timers.account_id is 'Its account.';
comment on column call_attempt_timers.timer_type is 'QUEUE, ORIGINATE, RING, AMD, AGENT_ASSIGN, AGENT_RING, MAX_DURATION or SETTLE.';
comment on column call_attempt_timers.fires_at is 'When it fires or fired.';
comment on column call_attempt_timers.fired is 'Whether it has.';
comment on column call_attempt_timers.cancelled is 'Always false: a deadline that was overtaken is no longer kept.';

create view dialing_blockers with (security_invoker = true) as
with active as (
  select id, account_id, destination_id from campaigns where status = 'ACTIVE'
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
select found.campaign_id, found.reason, max(found.count) as count, min(found.next_at) as next_at,
  max(found.detail) as detail, max(found.changed_by) as changed_by, max(found.changed_at) as changed_at
from (
-- What a pass said of trunks and PBXs is superseded by what is true of them now.
select pass.campaign_id, item ->> 'reason' as reason, coalesce((item ->> 'count')::bigint, 1) as count,
  (item ->> 'next_at')::timestamptz as next_at, null::text as detail, null::text as changed_by,
  null::timestamptz as changed_at
from active join campaign_passes as pass on pass.campaign_id = active.id,
  jsonb_array_elements(pass.verdict) as item
where item ->> 'reason' not in (
  'NO_TRUNK', 'TRUNK_INACTIVE', 'TRUNK_DISABLED', 'MISSING_BUCKET', 'NO_LEASE', 'PBX_DISCONNECTED', 'SWITCH_PAUSED', 'PBX_SHUTTING_DOWN',
  'CALLS_UNHEARD', 'ACCOUNT_UNKNOWN', 'ACCOUNT_INACTIVE', 'LIST_INACTIVE',
  'DESTINATION_INACTIVE', 'DESTINATION_NOT_PERMITTED')
union all
select active.id, 'ACCOUNT_UNKNOWN', 1, null, null, null, null
from active
where not exists (select from accounts where accounts.id = active.account_id) and not dialer_every_user_is_account()
union all
select active.id, 'ACCOUNT_INACTIVE', 1, null, null, null, null
from active join accounts on accounts.id = active.account_id and not accounts.is_active
union all
select active.id, 'NO_PASS_YET', 1, null, null, null, null
from active
where not exists (select from campaign_passes as pass where pass.campaign_id = active.id and pass.pass_at is not null)
union all
select active.id, 'NO_TRUNK', 1, null, null, null, null
from active where not exists (select from usable_trunks where usable_trunks.campaign_id = active.id)
union all
select campaign_id, 'TRUNK_INACTIVE', count(*), null, null, null, null
from usable_trunks where not is_active group by campaign_id
union all
select campaign_id, 'TRUNK_DISABLED', count(*), min(disabled_until), null, null, null
from usable_trunks where is_active and disabled_until > clock_timestamp() group by campaign_id
union all
select campaign_id, 'TRUNK_OUT', count(*), null, null, null, null
from usable_trunks where is_active and health = 'OUT' and (disabled_until is null or disabled_until <= clock_timestamp())
group by campaign_id
union all
select campaign_id, 'MISSING_BUCKET', count(*), null, null, null, null
from usable_trunks where is_active and not dialer_trunk_has_bucket(id) group by campaign_id
union all
select active.id, 'NO_ACTIVE_ENGINE', greatest(count(nodes.voice_node), 1), null, null, null, null
from active left join nodes on nodes.campaign_id = active.id
where nodes.has_engine is false or (nodes.voice_node is null and not dialer_engine_is_alive())
group by active.id
union all
select campaign_id, 'ADAPTER_MISMATCH', count(*), null, null, null, null
from nodes where has_engine and not has_lease and adapter_refused group by campaign_id
union all
select campaign_id, 'NO_LEASE', count(*), null, null, null, null
from nodes where has_engine and not has_lease and not adapter_refused group by campaign_id
union all
select campaign_id, 'PBX_DISCONNECTED', count(*), null, null, null, null
from nodes where has_lease and not pbx_connected and pbx_pause is null group by campaign_id
union all
select campaign_id, pbx_pause, count(*), null, null, null, null
from nodes where has_lease and pbx_pause is not null group by campaign_id, pbx_pause
union all
select campaign_id, 'CALLS_UNHEARD', count(*), min(unheard_until), null, null, null
from nodes where has_lease and pbx_connected and unheard_until is not null group by campaign_id
union all
select id, pause_reason, 1, null, status, status_by, status_at
from campaigns where status = 'PAUSED' and pause_reason is not null
union all
select active.id, 'LIST_INACTIVE', sum(counts.leads_new + counts.leads_retry)::bigint, null, null, null, null
from active
join lists on lists.campaign_id = active.id and not lists.is_active
join campaign_counts as counts
  on counts.account_id = active.account_id and counts.campaign_id = active.id and counts.list_id = lists.id
group by active.id having sum(counts.leads_new + counts.leads_retry) > 0
union all
select id, 'NOT_ACTIVE', 1, null,
  case when is_archived then 'ARCHIVED' else status end, status_by, status_at
from campaigns where status <> 'ACTIVE' and (status <> 'PAUSED' or pause_reason is null)
union all
select active.id, 'NOT_ACTIVE', 1, null,
  case when accounts.id is null then 'ACCOUNT_UNKNOWN' else 'ACCOUNT_INACTIVE' end, null, null
from active left join accounts on accounts.id = active.account_id
where accounts.is_active is false or (accounts.id is null and not dialer_every_user_is_account())
union all
select id, flaw, 1, null, null, null, null
from (
  select id, dialer_destination_flaw(destination_id, account_id) as flaw from active where destination_id is not null) as chosen
where flaw <> ''
union all
select active.id, 'DESTINATION_NODE', 1, null, destination.voice_node, null, null
from active join destinations as destination on destination.id = active.destination_id
where destination.voice_node is not null
  and exists (select from usable_trunks where usable_trunks.campaign_id = active.id)
  and not exists (select from usable_trunks
    where usable_trunks.campaign_id = active.id and usable_trunks.voice_node = destination.voice_node)
) as found
group by found.campaign_id, found.reason;
comment on view dialing_blockers is
  'Why a campaign does not dial, or not at full rate: what its last pass found, and what is true now of engines, PBXs and trunks; NOT_ACTIVE, or the engine''s reason to pause it, for every campaign that is not to dial.';
comment on column dialing_blockers.campaign_id is 'The campaign.';
comment on column dialing_blockers.reason is 'The reason, as a code.';
comment on column dialing_blockers.count is 'How many leads, trunks or PBXs it concerns.';
comment on column dialing_blockers.next_at is 'When it can change by itself, if known.';
comment on column dialing_blockers.detail is
  'Of NOT_ACTIVE: DRAFT, PAUSED (by a person), COMPLETED, CANCELLED, ARCHIVED, or ACCOUNT_INACTIVE or ACCOUNT_UNKNOWN of an ACTIVE one.';
comment on column dialing_blockers.changed_by is 'Who gave the campaign its status: campaigns.status_by.';
comment on column dialing_blockers.changed_at is 'When: campaigns.status_at.';

-- What support is asked on the telephone, as views and functions that a front end calls too. A client is shown its own
-- account, an administrator all of them. Each answers by an index that begins with the account, so the accounts are named.

-- Names are looked up one by one, for the rows that are returned, after order and limit. A join is planned by how many rows
-- Postgres believes an account to have, and was read from all leads of the account, or of the campaign for each call.
create view call_details with (security_invoker = true) as
select attempt.id as attempt_id, attempt.account_id, attempt.campaign_id,
  (select campaign.name from campaigns as campaign where campaign.id = attempt.campaign_id) as campaign, attempt.lead_id,
  (select lead.external_id from leads as lead where lead.id = attempt.lead_id) as external_id,
  (select lead.first_name from leads as lead where lead.id = attempt.lead_id) as first_name,
  (select lead.last_name from leads as lead where lead.id = attempt.lead_id) as last_name,
  attempt.phone_e164, attempt.attempt_number, attempt.trunk_id,
  (select trunk.name from trunk_config as trunk where trunk.id = attempt.trunk_id) as trunk,
  attempt.voice_node, attempt.caller_id_used, attempt.state, attempt.outcome, attempt.queued_at,
  attempt.originate_at, attempt.ring_at, attempt.answer_at, attempt.bridge_at, attempt.end_at, attempt.ring_duration_ms,
  attempt.answered_duration_ms, attempt.talk_duration_ms, attempt.hangup_cause, attempt.hangup_source,
  attempt.sip_final_code, attempt.amd_result, attempt.agent_id, attempt.disposition
from call_attempts as attempt;
comment on view call_details is
  'Every call with the names of its campaign, person and trunk, for people and exports. Fast if filtered by queued_at, originate_at, lead_id or attempt_id; filter by other columns only together with one of these, and find a person''s calls by lead_id.';
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
comment on column call_details.state is 'Where the call is.';
comment on column call_details.outcome is 'Why it ended: a code of outcomes.';
comment on column call_details.queued_at is 'When a pass queued it.';
comment on column call_details.originate_at is 'When the call was sent; null: it was not.';
comment on column call_details.ring_at is 'When it rang.';
comment on column call_details.answer_at is 'When it was answered.';
comment on column call_details.bridge_at is 'When an agent had it.';
comment on column call_details.end_at is 'When it ended; null: it is live.';
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

create function dialer_key_of_number(phone text) returns text
language plpgsql stable security definer set search_path from current as $$
declare
  home text := coalesce((select default_country from account_settings where account_id = current_account_id()), 'BR');
  e164 text := dialer_read_phone(phone, home);
begin
  if e164 is null then
    perform dialer_refuse_call('22023', 'PHONE_ASKED_FOR', 'value', left(phone, 64), 'country', home);
  end if;
  return dialer_phone_key(e164);
end $$;
comment on function dialer_key_of_number(text) is 'What the telephone that a person wrote is compared by, read in the country of the caller''s account.';

create function calls_at(moment timestamptz, minutes integer default 1) returns setof call_details
language plpgsql stable set search_path from current as $$
begin
  if minutes is null or minutes not between 1 and 1440 then
    perform dialer_refuse_call('22023', 'MINUTES_OF_CALLS', 'value', coalesce(minutes::text, 'null'));
  end if;
  return query select details.* from call_details as details
    where details.account_id = any (dialer_accounts_shown())
      and details.originate_at >= moment and details.originate_at < moment + minutes * interval '1 minute'
    order by details.originate_at, details.attempt_id;
end $$;
comment on function calls_at(timestamptz, integer) is
  'Who was called in the minute (or so many minutes, at most a day) that begins at a moment.';

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
  if not dialer_is_timezone(clock) then
    perform dialer_refuse_call('22023', 'ZONE_ASKED_FOR', 'value', left(clock, 64));
  end if;
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

-- Screens that show the wallboard.

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
alter table wallboard_displays enable row level security;

create function create_wallboard_display(name text, account_id uuid default null, valid_for interval default interval '1 year')
returns table (display_id uuid, token text, expires_at timestamptz)
language plpgsql security definer set search_path from current as $$
#variable_conflict use_variable
declare
  until timestamptz := clock_timestamp() + valid_for;
begin
  if name is null or name !~ '[^[:space:]]' then
    perform dialer_refuse_call('22023', 'DISPLAY_NAME');
  end if;
  if valid_for is null or until <= clock_timestamp() or until > clock_timestamp() + interval '5 years 1 day' then
    perform dialer_refuse_call('22023', 'DISPLAY_VALID_FOR', 'value', coalesce(valid_for::text, 'null'));
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
    perform dialer_refuse_call('P0002', 'DISPLAY_IS_UNKNOWN', 'id', display_id::text);
  end if;
  return since;
end $$;
comment on function revoke_wallboard_display(uuid) is
  'For administrators: takes a display''s token back. A screen that is on goes dark within a minute.';

create function dialer_grant_views() returns void
language plpgsql set search_path from current as $$
begin
  if to_regrole('authenticated') is not null then
    grant select on call_attempt_timers, dialing_blockers, call_details to authenticated;
    grant execute on function dialer_accounts_shown(), dialer_key_of_number(text), calls_at(timestamptz, integer),
      number_history(text), calls_by_hour(date, text) to authenticated;
  end if;
  if to_regrole('service_role') is not null then
    grant select on call_attempt_timers, dialing_blockers, call_details to service_role;
    grant execute on function dialer_accounts_shown(), dialer_key_of_number(text), calls_at(timestamptz, integer),
      number_history(text), calls_by_hour(date, text) to service_role;
    grant select (id, name, account_id, created_at, expires_at, revoked_at, last_used_at), delete
      on wallboard_displays to service_role;
    grant execute on function create_wallboard_display(text, uuid, interval), revoke_wallboard_display(uuid) to service_role;
  end if;
end $$;
comment on function dialer_grant_views() is
  'Rights to ask what support is asked; administrators let screens show the wallboard, whose tokens nobody reads.';

select dialer_revoke_all('function', 'dialer_accounts_shown()', 'dialer_key_of_number(text)',
  'calls_at(timestamptz, integer)', 'number_history(text)', 'calls_by_hour(date, text)',
  'create_wallboard_display(text, uuid, interval)', 'revoke_wallboard_display(uuid)', 'dialer_grant_views()');
select dialer_revoke_all('table', 'call_attempt_timers', 'dialing_blockers', 'call_details', 'wallboard_displays');
