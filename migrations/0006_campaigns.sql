-- Campaigns, the hours in which they may call, the trunks they may use, and what their last scheduling pass found.

-- Texts that an adapter would refuse at the call are refused by the tables, in words that say which and why. The rules are
-- those of adapters/calls/request-check.ts; a test gives the same texts to both.
create function dialer_variables_fault(variables jsonb) returns jsonb
language plpgsql immutable set search_path from current as $$
declare
  place bigint;
  name text;
  value jsonb;
  content text;
  bytes bigint := 0;
begin
  if jsonb_typeof(variables) is distinct from 'object' then
    return dialer_fault('VARIABLES_ARE_NOT_AN_OBJECT');
  end if;
  for place, name, value in
    select entry.place, entry.name, entry.value
    from jsonb_each(variables) with ordinality as entry (name, value, place) order by entry.place
  loop
    if place > 64 then
      return dialer_fault('VARIABLES_ARE_TOO_MANY');
    elsif name !~ '^[A-Za-z][A-Za-z0-9_]{0,62}$' then
      return dialer_fault('VARIABLE_NAME', 'name', left(name, 100), 'place', place::text);
    elsif jsonb_typeof(value) not in ('string', 'number', 'boolean') then
      return dialer_fault(
        case jsonb_typeof(value) when 'array' then 'VARIABLE_IS_LIST' when 'object' then 'VARIABLE_IS_OBJECT' else 'VARIABLE_IS_NULL' end,
        'name', name);
    end if;
    content := value #>> '{}';
    bytes := bytes + octet_length(name) + octet_length(content);
    if jsonb_typeof(value) = 'number' then
      if abs(content::numeric) > 1.7976931348623157e308 then
        return dialer_fault('VARIABLE_NUMBER', 'name', name);
      end if;
      continue;
    end if;
    -- Characters beyond the first plane count as two, as in the programs that check them later.
    if length(content) + length(regexp_replace(content, '[^\U00010000-\U0010FFFF]', '', 'g')) > 255 then
      return dialer_fault('VARIABLE_LENGTH', 'name', name);
    elsif content ~ '[\u0001-\u001f\u007f-\u009f\u2028\u2029,{}"\\]' then
      return dialer_fault(
        case when content ~ '[\u0001-\u001f\u007f-\u009f]' then 'VARIABLE_CONTROL'
          when content ~ '[\u2028\u2029]' then 'VARIABLE_SEPARATOR' else 'VARIABLE_CHARACTER' end,
        'name', name, 'value', substring(content from '[,{}"\\]'),
        'place', (length(substring(content from '^(.*?)[\u0001-\u001f\u007f-\u009f\u2028\u2029,{}"\\]')) + 1)::text);
    end if;
  end loop;
  return case when bytes > 16384 then dialer_fault('VARIABLES_ARE_TOO_LONG') end;
end $$;
comment on function dialer_variables_fault(jsonb) is
  'Why a jsonb may not travel to a PBX as variables, as a fault that names the place; null when it may. As adapters/calls/request-check.ts.';

create function dialer_variables_are_safe(variables jsonb) returns boolean
language sql immutable security definer set search_path from current as $$
  select dialer_variables_fault(variables) is null
$$;
comment on function dialer_variables_are_safe(jsonb) is
  'Whether a jsonb is an object of names and scalars that may travel to a PBX: control characters would end the command they travel in, and comma, brace, quote and backslash separate variables there.';

create function dialer_end_of_minute(at time) returns time
language sql immutable set search_path from current as $$
  select case when at >= '23:59' then time '24:00' else make_time(extract(hour from at)::integer, extract(minute from at)::integer, 0) + interval '1 minute' end
$$;
comment on function dialer_end_of_minute(time) is 'The end of the minute that a time such as 23:59:59 closes.';

create function dialer_tidy_end() returns trigger
language plpgsql set search_path from current as $$
begin
  if tg_table_name = 'campaigns' then
    new.end_time := dialer_end_of_minute(new.end_time);
  else
    new.closes := dialer_end_of_minute(new.closes);
  end if;
  return new;
end $$;
comment on function dialer_tidy_end() is 'An end of 23:59:59 means that the whole minute is in it.';

create function dialer_prepare_campaign() returns trigger
language plpgsql set search_path from current as $$
declare
  old_status text := case when tg_op = 'UPDATE' then old.status else 'DRAFT' end;
  claims jsonb := nullif(current_setting('request.jwt.claims', true), '')::jsonb;
begin
  if tg_op = 'UPDATE' then
    new.updated_at := clock_timestamp();
  end if;
  if tg_op = 'UPDATE' and new.status = old_status then
    new.status_by := old.status_by;
    new.status_at := old.status_at;
    return new;
  end if;
  new.status_at := clock_timestamp();
  new.status_by := left(case when current_setting('dialer.engine', true) = 'on' then 'ENGINE'
    else coalesce(nullif(claims ->> 'email', ''), claims ->> 'sub', claims ->> 'role',
      nullif(current_setting('role'), 'none'), session_user) end, 320);
  if tg_op = 'UPDATE' and new.status = 'PAUSED' then
    -- Only the engine gives a reason; what is left of an earlier pause is not that of a person.
    if new.pause_reason is not distinct from old.pause_reason then
      new.pause_reason := null;
    elsif new.pause_reason is not null then
      new.status_by := 'ENGINE';
    end if;
  end if;
  if new.status = old_status then
    return new;
  end if;
  if old_status = 'CANCELLED' or (new.status = 'DRAFT' and tg_op = 'UPDATE') then
    perform dialer_refuse_one(tg_relid, '23514', dialer_fault('CAMPAIGN_STATUS_CHANGE', 'column', 'status', 'id', new.id::text, 'old', old_status, 'value', new.status));
  end if;
  if new.status = 'ACTIVE' then
    new.started_at := coalesce(new.started_at, clock_timestamp());
    new.activated_at := clock_timestamp();
    new.pause_reason := null;
  end if;
  new.completed_at := case when new.status in ('COMPLETED', 'CANCELLED') then clock_timestamp() end;
  if new.status <> 'COMPLETED' then
    new.completed_by := null;
  else
    -- The engine names itself in the same update; whoever does not is a person.
    new.completed_by := coalesce(new.completed_by, 'USER');
  end if;
  return new;
end $$;
comment on function dialer_prepare_campaign() is 'Checks the change of status and sets the columns that follow from it.';

create function dialer_check_destination() returns trigger
language plpgsql security definer set search_path from current as $$
declare
  place destinations;
  flaw text;
  nodes text;
begin
  if new.destination_id is null or (tg_op = 'UPDATE' and new.destination_id is not distinct from old.destination_id
    and (new.status <> 'ACTIVE' or old.status = 'ACTIVE' or pg_trigger_depth() > 1)) then
    -- Leads that come reopen a campaign by a trigger of theirs: they are taken, and the campaign says why it waits.
    return new;
  end if;
  select * into place from destinations where id = new.destination_id for key share;
  flaw := case
    when place.id is null or not coalesce(new.account_id = any (place.account_ids), place.account_ids is null)
      then 'DESTINATION_NOT_PERMITTED'
    when not place.is_active then 'DESTINATION_INACTIVE' end;
  if flaw is not null then
    perform dialer_refuse(jsonb_build_array(dialer_fault(flaw, 'table', tg_table_name, 'column', 'destination_id',
      'value', new.destination_id::text, 'account', new.account_id::text,
      'name', case when flaw = 'DESTINATION_INACTIVE' then place.name end)),
      case when flaw = 'DESTINATION_INACTIVE' then '23514' else '23503' end, tg_table_name);
  end if;
  select string_agg(distinct trunk.voice_node, ', ') into nodes from trunk_config as trunk
  where (trunk.account_id is null or trunk.account_id = new.account_id)
    and (not exists (select from campaign_trunks where campaign_id = new.id)
      or exists (select from campaign_trunks where campaign_id = new.id and trunk_id = trunk.id))
  having not coalesce(bool_or(trunk.voice_node = place.voice_node), true);
  if nodes is not null then
    perform dialer_refuse(jsonb_build_array(dialer_fault('DESTINATION_NODE', 'table', tg_table_name, 'column',
      'destination_id', 'value', new.destination_id::text, 'name', place.name, 'node', place.voice_node, 'nodes', nodes)),
      '23514', tg_table_name);
  end if;
  return new;
end $$;
comment on function dialer_check_destination() is
  'Refuses a destination that the account may not use, that is switched off or in a PBX out of which no trunk of the campaign leads; when it is chosen, and when the campaign becomes ACTIVE. One that comes to be so later holds the campaign up (dialing_blockers).';

create table campaigns (
  id uuid primary key default gen_random_uuid(),
  account_id uuid not null default current_account_id(),
  name text not null check (length(name) between 1 and 200 and name !~ '[[:cntrl:]]'),
  status text not null default 'DRAFT' check (status in ('DRAFT', 'ACTIVE', 'PAUSED', 'COMPLETED', 'CANCELLED')),
  pause_reason text check (length(pause_reason) <= 500),
  is_test_call boolean not null default false,
  dial_mode text not null default 'BROADCAST' check (dial_mode in ('BROADCAST')),
  purpose text check (length(purpose) <= 200),
  priority integer not null default 100,
  max_concurrent_calls integer not null default 10 check (max_concurrent_calls between 1 and 10000),
  dial_ratio numeric not null default 1.0 check (dial_ratio between 1 and 10),
  caller_id text check (caller_id ~ '^\+?[0-9]{3,15}$'),
  ring_timeout_seconds integer not null default 25 check (ring_timeout_seconds between 15 and 60),
  setup_timeout_seconds integer not null default 20 check (setup_timeout_seconds between 5 and 120),
  max_call_duration_seconds integer not null default 1800 check (max_call_duration_seconds between 10 and 86400),
  max_attempts integer not null default 5 check (max_attempts between 1 and 50),
  max_dials integer not null default 15 check (max_dials between 1 and 100),
  dialplan_context text check (dialplan_context ~ '^[A-Za-z0-9_.-]{1,80}$'),
  dialplan_extension text not null default 's' check (dialplan_extension ~ '^[A-Za-z0-9_.-]{1,80}$'),
  amd_action text check (amd_action ~ '^[A-Z_]{1,40}$'),
  variables jsonb not null default '{}'
    constraint campaigns_variables_are_named_scalars check (dialer_variables_are_safe(variables)),
  timezone text not null default 'America/Sao_Paulo',
  start_time time not null default '09:00' check (start_time < '24:00' and extract(second from start_time) = 0),
  end_time time not null default '21:00' check (extract(second from end_time) = 0),
  work_days smallint[] not null default '{1,2,3,4,5}'
    check (cardinality(work_days) between 1 and 7 and work_days <@ '{1,2,3,4,5,6,7}'),
  valid_until timestamptz,
  auto_complete boolean not null default true,
  started_at timestamptz,
  activated_at timestamptz,
  completed_at timestamptz,
  completed_by text check (completed_by in ('ENGINE', 'USER')),
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp(),
  is_archived boolean not null default false,
  empty_requested_at timestamptz,
  emptied_at timestamptz,
  status_by text check (length(status_by) <= 320),
  status_at timestamptz,
  destination_id uuid references destinations (id),
  unique (id, account_id),
  constraint campaigns_start_time_differs_from_end_time check (start_time <> end_time),
  constraint campaigns_work_days_is_a_plain_list check (array_ndims(work_days) = 1),
  constraint campaigns_archived_have_ended check (not is_archived or status in ('COMPLETED', 'CANCELLED')),
  constraint campaigns_emptied_are_archived check (empty_requested_at is null or is_archived)
);
create index campaigns_by_account on campaigns (account_id);
create index campaigns_active on campaigns (priority, id) where status = 'ACTIVE';
create index campaigns_to_empty on campaigns (completed_at) where emptied_at is null and status in ('COMPLETED', 'CANCELLED');
create index campaigns_by_destination on campaigns (destination_id) where destination_id is not null;
comment on table campaigns is 'What is dialled, when and how. A front end inserts a row, inserts leads, and sets status to ACTIVE.';
comment on column campaigns.id is 'Key; a client may give its own.';
comment on column campaigns.account_id is 'Owner; every child row carries it.';
comment on column campaigns.name is 'Name for people.';
comment on column campaigns.status is 'DRAFT, ACTIVE (dialled), PAUSED, COMPLETED, CANCELLED (final). PAUSED and CANCELLED drop what is queued at once; CANCELLED also hangs up what has not been answered.';
comment on column campaigns.pause_reason is 'Why the engine paused it, as a code such as BRAKE; null when a person did. Cleared when it becomes ACTIVE.';
comment on column campaigns.is_test_call is 'Made by the test call command for one call.';
comment on column campaigns.dial_mode is 'BROADCAST: agentless, keeps max_concurrent_calls calls up and hands answered calls to the dialplan.';
comment on column campaigns.purpose is 'Why these people are called; for the record.';
comment on column campaigns.priority is 'Between campaigns of the account; smaller goes first.';
comment on column campaigns.max_concurrent_calls is 'Most live attempts at once.';
comment on column campaigns.dial_ratio is 'Calls dialled per free agent in modes with agents.';
comment on column campaigns.caller_id is 'Number shown to the person, unless the trunk has its own.';
comment on column campaigns.ring_timeout_seconds is 'How long it may ring, counted from ringing.';
comment on column campaigns.setup_timeout_seconds is 'From Originate to ringing.';
comment on column campaigns.max_call_duration_seconds is 'From the answer to the end.';
comment on column campaigns.max_attempts is 'Counted attempts per lead.';
comment on column campaigns.max_dials is
  'Most Originates per lead, whatever their outcome. A call that the PBX itself refused before anybody was dialled is no dial.';
comment on column campaigns.dialplan_context is 'Where the PBX takes an answered call; null: the context of the engine''s configuration.';
comment on column campaigns.dialplan_extension is 'Extension in that context.';
comment on column campaigns.amd_action is 'What to do when a machine answers.';
comment on column campaigns.variables is 'Object of scalars that travel with the call as DIALER_VAR_<NAME>.';
comment on column campaigns.timezone is 'Zone of the hours below for leads without one of their own.';
comment on column campaigns.start_time is 'Start of the calling hours, whole minutes.';
comment on column campaigns.end_time is 'End, exclusive; before start_time it means past midnight; 24:00 is the end of the day.';
comment on column campaigns.work_days is 'ISO weekdays (1 is Monday) on which the hours open.';
comment on column campaigns.valid_until is 'Nothing is dialled from this moment on.';
comment on column campaigns.auto_complete is 'The engine completes it when no lead is left.';
comment on column campaigns.started_at is 'When it first became ACTIVE.';
comment on column campaigns.activated_at is 'When it last became ACTIVE; the short-call circuit breaker counts calls whose answer became known since then.';
comment on column campaigns.completed_at is 'When it became COMPLETED or CANCELLED.';
comment on column campaigns.completed_by is 'ENGINE (new leads make it ACTIVE again) or USER (it stays so).';
comment on column campaigns.created_at is 'When the row was made.';
comment on column campaigns.updated_at is 'When it last changed.';
comment on column campaigns.is_archived is 'Put away: it takes no leads and is not reopened. Only a campaign that has ended can be archived.';
comment on column campaigns.empty_requested_at is 'When the erasure of its people was requested, by empty_campaign or by the retention of leads; it stays archived from then on.';
comment on column campaigns.emptied_at is 'When the last of its people was erased.';
comment on column campaigns.status_by is
  'Who gave it its status: ENGINE; else the signed-in user''s e-mail address, or id if there is none; else the database role. Null: not recorded.';
comment on column campaigns.status_at is 'When it got its status. Null: not recorded.';
comment on column campaigns.destination_id is
  'Where answered calls go. Null: dialplan_context, dialplan_extension and amd_action say it.';
alter table campaigns enable row level security;
create policy own_account on campaigns
  using (account_id = (select current_account_id())) with check (account_id = (select current_account_id()));
create trigger prepare before insert or update on campaigns for each row execute function dialer_prepare_campaign();
create trigger accept_account before insert on campaigns
  for each row when (new.account_id is null) execute function dialer_require_account();
create trigger refuse_copy before insert or update of status on campaigns
  for each row execute function dialer_refuse_copy();
create trigger check_destination before insert or update of destination_id, status on campaigns
  for each row execute function dialer_check_destination();
create trigger tidy_caller_id before insert or update of caller_id on campaigns
  for each row when (new.caller_id !~ '^\+?[0-9]{3,15}$') execute function dialer_tidy_caller_id();
create trigger tidy_end before insert or update of end_time on campaigns
  for each row when (extract(second from new.end_time) >= 59) execute function dialer_tidy_end();

create function dialer_follow_campaign_status() returns trigger
language plpgsql security definer set search_path from current as $$
begin
  if new.status <> 'ACTIVE' then
    perform drop_queued_attempts(new.id);
  end if;
  if new.status = 'CANCELLED' then
    perform add_job('hangup_call:' || voice_node, json_build_object('attemptId', id, 'reason', 'CAMPAIGN'))
    from call_attempts
    where campaign_id = new.id and end_at is null and state in ('ORIGINATING', 'RINGING', 'EARLY_MEDIA')
    order by id;
  end if;
  perform pg_notify('dialer_campaign',
    json_build_object('schema', tg_table_schema, 'campaignId', new.id, 'status', new.status)::text);
  return null;
end $$;
comment on function dialer_follow_campaign_status() is
  'In the transaction of the change: drops what is queued, asks to hang up what is not answered when cancelled, and tells the engines on channel dialer_campaign.';
create trigger follow_status after update of status on campaigns
  for each row when (new.status is distinct from old.status) execute function dialer_follow_campaign_status();

create function dialer_check_active_campaigns(account_ids uuid[]) returns void
language plpgsql security definer set search_path from current as $$
declare
  account uuid;
  most integer;
begin
  foreach account in array account_ids loop
    -- Two at once would both find one place left.
    perform pg_advisory_xact_lock(hashtextextended(current_schema() || '.campaigns.' || account, 0));
    most := least(1000, coalesce((select max_active_campaigns from accounts where id = account), 1000));
    if (select count(*) from (
        select from campaigns where account_id = account and status = 'ACTIVE' limit most + 1) as active) > most then
      perform dialer_refuse_one('campaigns', '23514', dialer_fault('ACCOUNT_ACTIVE_CAMPAIGNS', 'column', 'status', 'account', account::text, 'most', most::text));
    end if;
  end loop;
end $$;
comment on function dialer_check_active_campaigns(uuid[]) is
  'Refuses more ACTIVE campaigns than accounts.max_active_campaigns, and than a thousand: each is looked at every minute.';

create function dialer_limit_active_campaigns() returns trigger
language plpgsql security definer set search_path from current as $$
begin
  perform dialer_check_active_campaigns(array(select distinct account_id from new_rows where status = 'ACTIVE' order by 1));
  return null;
end $$;
comment on function dialer_limit_active_campaigns() is 'Campaigns that are ACTIVE from the start count too.';
create trigger limit_active_on_insert after insert on campaigns referencing new table as new_rows
  for each statement execute function dialer_limit_active_campaigns();

create function dialer_limit_activated_campaigns() returns trigger
language plpgsql security definer set search_path from current as $$
begin
  -- Once there, a campaign may be changed although the limit has been lowered since.
  if exists (select from new_rows join old_rows using (id) where new_rows.status = 'ACTIVE' and old_rows.status <> 'ACTIVE') then
    perform dialer_check_active_campaigns(array(
      select distinct new_rows.account_id from new_rows join old_rows using (id)
      where new_rows.status = 'ACTIVE' and old_rows.status <> 'ACTIVE'));
  end if;
  return null;
end $$;
comment on function dialer_limit_activated_campaigns() is 'The same for campaigns that become ACTIVE.';
create trigger limit_active_on_update after update on campaigns referencing old table as old_rows new table as new_rows
  for each statement execute function dialer_limit_activated_campaigns();

-- Accounts do not meet. Clients are bound by policies and composite foreign keys; for roles that row level security does
-- not bind (the owner, service keys, SQL users) a trigger takes the account from the parent row. A unique constraint is
-- checked before a foreign key, so that a lead on another account's campaign would show by its error whether that campaign
-- has its external id already: the trigger runs before both.

create function dialer_take_account() returns trigger
language plpgsql set search_path from current as $$
declare
  parent record;
begin
  select account_id, is_archived into parent from campaigns where id = new.campaign_id;
  if row_security_active(tg_relid) or current_user = 'service_role' then
    -- Row level security shows the caller its own campaigns only, so another's is not found either. A caller without
    -- account is told so by the trigger that follows.
    if parent.account_id is null and new.campaign_id is not null and new.account_id is not null then
      perform dialer_refuse_one(tg_relid, '23503', dialer_fault('CAMPAIGN_IS_UNKNOWN', 'column', 'campaign_id', 'value', new.campaign_id::text, 'constraint',
        (select conname::text from pg_constraint where conrelid = tg_relid and contype = 'f' and confrelid = 'campaigns'::regclass)));
    end if;
  end if;
  if parent.account_id is not null and not row_security_active(tg_relid) then
    new.account_id := parent.account_id;
  end if;
  if parent.is_archived and tg_table_name = 'leads' then
    perform dialer_refuse_one(tg_relid, '23514', dialer_fault('CAMPAIGN_IS_ARCHIVED', 'column', 'campaign_id', 'value', new.campaign_id::text, 'constraint', 'campaigns_archived_have_ended'));
  end if;
  return new;
end $$;
comment on function dialer_take_account() is
  'Before insert: a child takes the account of its campaign. A writer whom row level security binds must have that campaign; one of another account and one that does not exist are refused in the same words, before any other constraint is looked at.';

create function dialer_limit_windows() returns trigger
language plpgsql security definer set search_path from current as $$
declare
  crowded uuid;
begin
  select campaign_id into crowded from campaign_windows
  where campaign_id in (select campaign_id from new_rows)
  group by campaign_id having count(*) > 50 limit 1;
  if crowded is not null then
    perform dialer_refuse_one(tg_relid, '23514', dialer_fault('CAMPAIGN_WINDOWS', 'id', crowded::text));
  end if;
  return null;
end $$;
comment on function dialer_limit_windows() is 'Refuses more windows than a week can need: every pass and every call reads all of them.';

create table campaign_windows (
  id uuid primary key default gen_random_uuid(),
  account_id uuid not null default current_account_id(),
  campaign_id uuid not null,
  weekday smallint not null check (weekday between 1 and 7),
  opens time not null check (opens < '24:00' and extract(second from opens) = 0),
  closes time not null check (extract(second from closes) = 0),
  created_at timestamptz not null default clock_timestamp(),
  unique (campaign_id, weekday, opens),
  foreign key (campaign_id, account_id) references campaigns (id, account_id) on delete cascade,
  constraint campaign_windows_opens_differs_from_closes check (opens <> closes)
);
create index campaign_windows_by_account on campaign_windows (account_id);
comment on table campaign_windows is 'Calling hours of a campaign by weekday. Where there are rows they replace start_time, end_time and work_days.';
comment on column campaign_windows.id is 'Key.';
comment on column campaign_windows.account_id is 'Account of the campaign.';
comment on column campaign_windows.campaign_id is 'The campaign.';
comment on column campaign_windows.weekday is 'ISO weekday (1 is Monday) on which the window opens.';
comment on column campaign_windows.opens is 'Local time, whole minutes.';
comment on column campaign_windows.closes is 'Local time, exclusive; before opens it means past midnight; 24:00 is the end of the day.';
comment on column campaign_windows.created_at is 'When the row was made.';
alter table campaign_windows enable row level security;
create policy own_account on campaign_windows
  using (account_id = (select current_account_id())) with check (account_id = (select current_account_id()));
create trigger account before insert on campaign_windows for each row execute function dialer_take_account();
create trigger accept_account before insert on campaign_windows
  for each row when (new.account_id is null) execute function dialer_require_account();
create trigger limit_windows after insert on campaign_windows referencing new table as new_rows
  for each statement execute function dialer_limit_windows();
create trigger tidy_end before insert or update of closes on campaign_windows
  for each row when (extract(second from new.closes) >= 59) execute function dialer_tidy_end();

create table campaign_passes (
  campaign_id uuid primary key,
  account_id uuid not null,
  pass_at timestamptz,
  next_pass_at timestamptz,
  is_starved boolean not null default false,
  verdict jsonb not null default '[]' check (jsonb_typeof(verdict) = 'array'),
  waiting_for_trunks uuid[] not null default '{}',
  waiting_for_nodes text[] not null default '{}',
  foreign key (campaign_id, account_id) references campaigns (id, account_id) on delete cascade
);
create index campaign_passes_by_account on campaign_passes (account_id);
create index campaign_passes_starved on campaign_passes (account_id) where is_starved;
comment on table campaign_passes is 'What the last scheduling pass of each campaign found.';
comment on column campaign_passes.campaign_id is 'The campaign.';
comment on column campaign_passes.account_id is 'Account of the campaign.';
comment on column campaign_passes.pass_at is 'When the pass ran.';
comment on column campaign_passes.next_pass_at is 'When the next is due without a wake-up.';
comment on column campaign_passes.is_starved is
  'Full trunks or voice nodes, and not its own limits, kept it from dialling more. Meanwhile other accounts leave it its fair share, and campaigns of its account with a later priority leave it what it waits for.';
comment on column campaign_passes.verdict is 'The blockers: why it did not dial more, as an array of {reason, count, next_at}.';
comment on column campaign_passes.waiting_for_trunks is
  'Trunks that were full although a due lead could have used them, and the trunks of their limit groups.';
comment on column campaign_passes.waiting_for_nodes is 'Voice nodes that had no place left for a call when a lead was due.';
alter table campaign_passes enable row level security;
create policy own_account on campaign_passes for select using (account_id = (select current_account_id()));
create trigger account before insert on campaign_passes for each row execute function dialer_take_account();

create function dialer_check_trunk_account() returns trigger
language plpgsql security definer set search_path from current as $$
declare
  trunk record;
begin
  select id, account_id into trunk from trunk_config where id = new.trunk_id;
  if trunk.id is null and new.trunk_id is not null then
    perform dialer_refuse_one(tg_relid, '23503', dialer_fault('TRUNK_IS_UNKNOWN', 'column', 'trunk_id', 'value', new.trunk_id::text,
      'constraint', 'campaign_trunks_trunk_id_fkey'));
  elsif trunk.account_id <> new.account_id then
    perform dialer_refuse_one(tg_relid, '23503', dialer_fault('TRUNK_OF_ANOTHER', 'column', 'trunk_id', 'value', new.trunk_id::text, 'campaign', new.campaign_id::text));
  end if;
  return new;
end $$;
comment on function dialer_check_trunk_account() is 'A campaign uses shared trunks and those of its own account.';

create table campaign_trunks (
  campaign_id uuid not null,
  trunk_id uuid not null references trunk_config (id) on delete cascade,
  account_id uuid not null default current_account_id(),
  created_at timestamptz not null default clock_timestamp(),
  primary key (campaign_id, trunk_id),
  foreign key (campaign_id, account_id) references campaigns (id, account_id) on delete cascade
);
create index campaign_trunks_by_trunk on campaign_trunks (trunk_id);
create index campaign_trunks_by_account on campaign_trunks (account_id);
comment on table campaign_trunks is 'Trunks a campaign may use; no row: all that its account may use.';
comment on column campaign_trunks.campaign_id is 'The campaign.';
comment on column campaign_trunks.trunk_id is 'The trunk.';
comment on column campaign_trunks.account_id is 'Account of the campaign.';
comment on column campaign_trunks.created_at is 'When the row was made.';
alter table campaign_trunks enable row level security;
create policy own_account on campaign_trunks for select using (account_id = (select current_account_id()));
create trigger account before insert on campaign_trunks for each row execute function dialer_take_account();
create trigger check_trunk_account before insert or update on campaign_trunks
  for each row execute function dialer_check_trunk_account();

create function dialer_grant_campaigns() returns void
language plpgsql set search_path from current as $$
begin
  if to_regrole('authenticated') is not null then
    grant execute on function dialer_variables_are_safe(jsonb), dialer_end_of_minute(time) to authenticated;
    grant select on campaigns, campaign_windows, campaign_trunks to authenticated;
    grant select (campaign_id, account_id, pass_at, next_pass_at, is_starved, verdict) on campaign_passes to authenticated;
    grant insert (id, name, status, dial_mode, purpose, priority, max_concurrent_calls, dial_ratio, caller_id,
        ring_timeout_seconds, max_call_duration_seconds, max_attempts, variables, timezone, start_time, end_time,
        work_days, valid_until, auto_complete, destination_id),
      update (name, status, dial_mode, purpose, priority, max_concurrent_calls, dial_ratio, caller_id,
        ring_timeout_seconds, max_call_duration_seconds, max_attempts, variables, timezone, start_time, end_time,
        work_days, valid_until, auto_complete, destination_id, is_archived)
      on campaigns to authenticated;
    grant delete on campaigns to authenticated;
    grant insert (id, campaign_id, weekday, opens, closes), update (weekday, opens, closes)
      on campaign_windows to authenticated;
    grant delete on campaign_windows to authenticated;
  end if;
  if to_regrole('service_role') is not null then
    grant execute on function dialer_variables_are_safe(jsonb), dialer_end_of_minute(time) to service_role;
    grant select on campaigns, campaign_windows, campaign_passes, campaign_trunks to service_role;
    grant insert (id, account_id, name, status, is_test_call, dial_mode, purpose, priority, max_concurrent_calls,
        dial_ratio, caller_id, ring_timeout_seconds, setup_timeout_seconds, max_call_duration_seconds, max_attempts,
        max_dials, dialplan_context, dialplan_extension, amd_action, variables, timezone, start_time, end_time, work_days,
        valid_until, auto_complete, destination_id),
      update (name, status, dial_mode, purpose, priority, max_concurrent_calls, dial_ratio, caller_id,
        ring_timeout_seconds, setup_timeout_seconds, max_call_duration_seconds, max_attempts, max_dials, dialplan_context,
        dialplan_extension, amd_action, variables, timezone, start_time, end_time, work_days, valid_until, auto_complete,
        destination_id, is_archived)
      on campaigns to service_role;
    grant delete on campaigns to service_role;
    grant insert, update, delete on campaign_windows, campaign_trunks to service_role;
  end if;
end $$;
comment on function dialer_grant_campaigns() is
  'Rights on campaigns: clients set the columns marked C in the contract, administrators those beside them; what the engine keeps both may read.';

select dialer_revoke_all('function', 'dialer_variables_fault(jsonb)', 'dialer_variables_are_safe(jsonb)',
  'dialer_end_of_minute(time)', 'dialer_tidy_end()', 'dialer_prepare_campaign()', 'dialer_check_destination()',
  'dialer_follow_campaign_status()', 'dialer_check_active_campaigns(uuid[])', 'dialer_limit_active_campaigns()',
  'dialer_limit_activated_campaigns()', 'dialer_take_account()', 'dialer_limit_windows()',
  'dialer_check_trunk_account()', 'dialer_grant_campaigns()');
select dialer_revoke_all('table', 'campaigns', 'campaign_windows', 'campaign_passes', 'campaign_trunks');
