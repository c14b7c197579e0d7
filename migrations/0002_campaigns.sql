-- Campaigns, the hours in which they may call, and the verdict of their last pass.

create function dialer_variables_are_safe(variables jsonb) returns boolean
language sql immutable set search_path from current as $$
  select case when jsonb_typeof(variables) is distinct from 'object' then false else
    octet_length(variables::text) <= 16384 and not exists (
      select from jsonb_each(variables) as variable (name, value)
      where name !~ '^[A-Za-z][A-Za-z0-9_]{0,62}$'
        or jsonb_typeof(value) not in ('string', 'number', 'boolean')
        or length(value #>> '{}') > 255
        or value #>> '{}' ~ '[[:cntrl:],{}"\\]')
  end
$$;
comment on function dialer_variables_are_safe(jsonb) is
  'Whether a jsonb is an object of names and scalars that may travel to a PBX: control characters would end the command they travel in, and comma, brace, quote and backslash separate variables there.';

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
  unique (id, account_id),
  constraint campaigns_start_time_differs_from_end_time check (start_time <> end_time)
);
create index campaigns_by_account on campaigns (account_id);
create index campaigns_active on campaigns (priority, id) where status = 'ACTIVE';
comment on table campaigns is 'What is dialled, when and how. A front end inserts a row, inserts leads, and sets status to ACTIVE.';
comment on column campaigns.id is 'Key; a client may give its own.';
comment on column campaigns.account_id is 'Owner; every child row carries it.';
comment on column campaigns.name is 'Name for people.';
comment on column campaigns.status is 'DRAFT, ACTIVE (dialled), PAUSED, COMPLETED, CANCELLED (final). PAUSED and CANCELLED drop what is queued at once; CANCELLED also hangs up what has not been answered.';
comment on column campaigns.pause_reason is 'Why the engine paused it, as a code such as BRAKE; null when a person did. Cleared when it becomes ACTIVE.';
comment on column campaigns.is_test_call is 'Made by the test call command for one call.';
comment on column campaigns.dial_mode is 'BROADCAST: agentless, keeps max_concurrent_calls lines busy and hands answered calls to the dialplan.';
comment on column campaigns.purpose is 'Why these people are called; for the record.';
comment on column campaigns.priority is 'Between campaigns; smaller goes first.';
comment on column campaigns.max_concurrent_calls is 'Most live attempts at once.';
comment on column campaigns.dial_ratio is 'Lines per free agent in modes with agents.';
comment on column campaigns.caller_id is 'Number shown to the person, unless the trunk has its own.';
comment on column campaigns.ring_timeout_seconds is 'How long it may ring, counted from ringing.';
comment on column campaigns.setup_timeout_seconds is 'From Originate to ringing.';
comment on column campaigns.max_call_duration_seconds is 'From the answer to the end.';
comment on column campaigns.max_attempts is 'Counted attempts per lead.';
comment on column campaigns.max_dials is 'Originates of any kind per lead: no outcome escapes it.';
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
comment on column campaigns.activated_at is 'When it last became ACTIVE; the brake looks at calls since then.';
comment on column campaigns.completed_at is 'When it became COMPLETED or CANCELLED.';
comment on column campaigns.completed_by is 'ENGINE (new leads make it ACTIVE again) or USER (it stays so).';
comment on column campaigns.created_at is 'When the row was made.';
comment on column campaigns.updated_at is 'When it last changed.';
create trigger check_timezone before insert or update of timezone on campaigns
  for each row execute function dialer_check_timezone();

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
comment on table campaign_windows is 'Calling hours of a campaign by weekday. Where there are rows they replace start_time, end_time and work_days.';
comment on column campaign_windows.id is 'Key.';
comment on column campaign_windows.account_id is 'Account of the campaign.';
comment on column campaign_windows.campaign_id is 'The campaign.';
comment on column campaign_windows.weekday is 'ISO weekday (1 is Monday) on which the window opens.';
comment on column campaign_windows.opens is 'Local time, whole minutes.';
comment on column campaign_windows.closes is 'Local time, exclusive; before opens it means past midnight; 24:00 is the end of the day.';
comment on column campaign_windows.created_at is 'When the row was made.';

create table campaign_passes (
  campaign_id uuid primary key,
  account_id uuid not null,
  pass_at timestamptz,
  next_pass_at timestamptz,
  is_hungry boolean not null default false,
  verdict jsonb not null default '[]' check (jsonb_typeof(verdict) = 'array'),
  foreign key (campaign_id, account_id) references campaigns (id, account_id) on delete cascade
);
comment on table campaign_passes is 'What the last scheduling pass of each campaign found.';
comment on column campaign_passes.campaign_id is 'The campaign.';
comment on column campaign_passes.account_id is 'Account of the campaign.';
comment on column campaign_passes.pass_at is 'When the pass ran.';
comment on column campaign_passes.next_pass_at is 'When the next is due without a wake-up.';
comment on column campaign_passes.is_hungry is 'It had more leads due than lines: campaigns of a later priority leave shared trunks to it.';
comment on column campaign_passes.verdict is 'Why it did not dial more: array of {reason, count, next_at}.';

alter table campaigns enable row level security;
alter table campaign_windows enable row level security;
alter table campaign_passes enable row level security;
select dialer_close('function', 'dialer_variables_are_safe(jsonb)');
select dialer_close('table', 'campaigns', 'campaign_windows', 'campaign_passes');
