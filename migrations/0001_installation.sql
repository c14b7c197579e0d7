-- Oldest engine: 0.1.0
-- The installation itself: who may reach what, whose rows these are, and the closed list of outcomes.
--
-- Every migration runs in one transaction with search_path = <dialer schema>, <worker schema>, pg_temp. Names are
-- therefore unqualified, and `set search_path from current` pins each function to the schemas it was made in.

create function dialer_close(kind text, variadic names text[]) returns void
language plpgsql set search_path from current as $$
declare
  object_name text;
  api_role text;
begin
  foreach object_name in array names loop
    execute format('revoke all on %s %s from public', kind, object_name);
    foreach api_role in array array['anon', 'authenticated', 'service_role'] loop
      if to_regrole(api_role) is not null then
        execute format('revoke all on %s %s from %I', kind, object_name, api_role);
      end if;
    end loop;
  end loop;
end $$;
comment on function dialer_close(text, text[]) is
  'Takes every right on the named objects (kind: table or function) from public and from the API roles. Projects made before 2026 grant new objects to them by default.';

create function current_account_id() returns uuid
language sql stable set search_path from current as $$
  select case
    when claims #>> '{app_metadata,account_id}' is not null then (claims #>> '{app_metadata,account_id}')::uuid
    when claims ->> 'sub' is not null then (claims ->> 'sub')::uuid
    when claims ->> 'role' in ('anon', 'authenticated') then null
    else '00000000-0000-0000-0000-000000000000'::uuid
  end
  from (select nullif(current_setting('request.jwt.claims', true), '')::jsonb as claims) as request
$$;
comment on function current_account_id() is
  'The account of the caller: app_metadata.account_id of the JWT, else its sub, else the nil account of plain SQL users and of service keys. A user token that names nobody has no account at all. May be replaced.';

create function dialer_check_timezone() returns trigger
language plpgsql set search_path from current as $$
begin
  if new.timezone !~ '^(UTC|GMT|Etc/(UTC|GMT)([+-][0-9]{1,2})?|[A-Z][A-Za-z_]+(/[A-Za-z_-]+){1,2})$' then
    raise exception 'timezone "%" of % is not the name of a time zone', new.timezone, tg_table_name
      using errcode = '22023', hint = 'Use an IANA name such as America/Sao_Paulo.';
  end if;
  perform clock_timestamp() at time zone new.timezone;
  return new;
end $$;
comment on function dialer_check_timezone() is
  'Refuses a row whose timezone is no IANA name. Abbreviations and POSIX rules, which Postgres would take, mean something else to other programs.';

create table installation (
  id uuid primary key default gen_random_uuid(),
  worker_schema text not null,
  created_at timestamptz not null default clock_timestamp()
);
create unique index installation_has_one_row on installation ((true));
comment on table installation is 'One row: who we are. The id marks every channel we make at a PBX, so that calls of others are never taken for ours.';
comment on column installation.id is 'Random; travels as the AMI Account or ESL presence_data of every channel.';
comment on column installation.worker_schema is 'Schema of the Graphile Worker that this installation was set up with; migrate refuses another.';
comment on column installation.created_at is 'When it was set up.';
insert into installation (worker_schema) values ((current_schemas(false))[2]);

create table account_settings (
  account_id uuid primary key default current_account_id(),
  default_country text not null default 'BR' check (default_country ~ '^[A-Z]{2}$'),
  timezone text not null default 'America/Sao_Paulo',
  min_gap_seconds integer not null default 3600 check (min_gap_seconds between 0 and 2592000),
  max_dials_per_phone_per_day integer not null default 8 check (max_dials_per_phone_per_day between 1 and 1000),
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp()
);
comment on table account_settings is 'What holds for all campaigns of an account. No row means the defaults of these columns.';
comment on column account_settings.account_id is 'The account.';
comment on column account_settings.default_country is 'ISO 3166 country in which a phone number without country code is read.';
comment on column account_settings.timezone is 'Zone in which days are counted.';
comment on column account_settings.min_gap_seconds is 'Least time between the last attempt of a phone that rang or was answered, whatever the campaign, and the next.';
comment on column account_settings.max_dials_per_phone_per_day is 'Most Originates to one phone in a day, whatever the campaign.';
comment on column account_settings.created_at is 'When the row was made.';
comment on column account_settings.updated_at is 'When it last changed.';
create trigger check_timezone before insert or update of timezone on account_settings
  for each row execute function dialer_check_timezone();

create table outcomes (
  code text primary key check (code ~ '^[A-Z_]{1,40}$'),
  terminal_state text not null check (terminal_state in ('ENDED', 'NO_ANSWER', 'BUSY', 'FAILED', 'ABANDONED', 'CANCELLED')),
  human_reached boolean not null,
  counts_as_attempt boolean not null,
  trunk_fault boolean not null,
  retryable boolean not null,
  description text not null
);
comment on table outcomes is 'Why an attempt ended: the closed list.';
comment on column outcomes.code is 'Name used in call_attempts.outcome.';
comment on column outcomes.terminal_state is 'State in which an attempt with this outcome ends.';
comment on column outcomes.human_reached is 'A person was on the line.';
comment on column outcomes.counts_as_attempt is 'Raises leads.attempts, which max_attempts limits.';
comment on column outcomes.trunk_fault is 'Held against the trunk, not against the lead.';
comment on column outcomes.retryable is 'The lead may be dialled again by rule.';
comment on column outcomes.description is 'When it is given.';
insert into outcomes (code, terminal_state, human_reached, counts_as_attempt, trunk_fault, retryable, description) values
  ('ANSWERED', 'ENDED', true, true, false, false, 'Answered: handed over or bridged to an agent. Retried only by disposition.'),
  ('ABANDONED', 'ABANDONED', true, true, false, true, 'A person answered and was left waiting: no agent in time.'),
  ('MACHINE', 'ENDED', false, true, false, true, 'Answering machine detection said machine.'),
  ('FAX', 'ENDED', false, true, false, false, 'Answering machine detection said fax.'),
  ('NO_ANSWER', 'NO_ANSWER', false, true, false, true, 'Rung (180 or 183 seen), nobody answered, whoever''s timer ended it.'),
  ('DECLINED', 'BUSY', false, true, false, true, 'Busy or rejected after ringing: mobiles send 486 for the reject button.'),
  ('BUSY', 'BUSY', false, true, false, true, 'Cause 17 or SIP 486, 600 without ringing.'),
  ('INVALID_NUMBER', 'FAILED', false, true, false, false, 'Cause 1, 22, 28 or SIP 404, 410, 484, 604.'),
  ('UNREACHABLE', 'FAILED', false, true, false, true, 'Cause 19, 20, 27 or SIP 480, 502 without ringing.'),
  ('REJECTED', 'FAILED', false, true, false, true, 'Cause 21 or SIP 403, 603, 607 without ringing.'),
  ('NETWORK_CONGESTION', 'FAILED', false, false, true, true, 'Cause 18, 34, 38, 41, 42, 44, 102 or SIP 408, 500, 503, 504 without ringing, or our set-up time-out.'),
  ('TRUNK_FAULT', 'FAILED', false, false, true, true, 'SIP 401, 407, 488, unknown endpoint, gateway down.'),
  ('SWITCH_REFUSED', 'FAILED', false, false, false, true, 'The PBX itself refused: rate, sessions, pause, no such context.'),
  ('CANCELLED', 'CANCELLED', false, false, false, true, 'Operator, pause, window closed while queued, or hung up by us before the answer.'),
  ('ORPHANED', 'FAILED', false, true, false, true, 'The engine or the PBX was away when it ended.'),
  ('SYSTEM_ERROR', 'FAILED', false, false, false, true, 'A defect of ours.');

alter table installation enable row level security;
alter table account_settings enable row level security;
alter table outcomes enable row level security;
select dialer_close('function', 'dialer_close(text, text[])', 'current_account_id()', 'dialer_check_timezone()');
select dialer_close('table', 'installation', 'account_settings', 'outcomes');
