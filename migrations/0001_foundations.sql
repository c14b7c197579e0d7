-- Oldest engine: 0.1.0
-- The installation itself, and what every other file leans on.
--
-- Each file runs in one transaction with search_path = <dialer schema>, <worker schema>, pg_temp. Names are therefore
-- unqualified, and `set search_path from current` pins each function to the schemas it was made in.
--
-- Each file ends with `dialer_revoke_all`, which takes every right on what the file made from public and from the API roles.
-- The rights that those roles do have are given by the functions dialer_grant_…(), one in each file, which `grant_api_roles`
-- (0014) calls at every migrate.

create function dialer_revoke_all(kind text, variadic names text[]) returns void
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
comment on function dialer_revoke_all(text, text[]) is
  'Takes every right on the named objects (kind: table or function) from public and from the API roles. Projects made before 2026 grant new objects to them by default.';

create function dialer_touch() returns trigger
language plpgsql set search_path from current as $$
begin
  new.updated_at := clock_timestamp();
  return new;
end $$;
comment on function dialer_touch() is 'Keeps updated_at.';

create function dialer_caller_is_privileged() returns boolean
language plpgsql stable security definer set search_path from current as $$
declare
  -- Inside a definer function current_user is the owner; the setting "role" still names who asked.
  caller name := coalesce(nullif(current_setting('role'), 'none'), session_user);
begin
  return pg_has_role(caller, current_user, 'USAGE')
    or exists (select from pg_roles where rolname = caller and (rolsuper or rolbypassrls));
end $$;
comment on function dialer_caller_is_privileged() is
  'For use inside definer functions: whether who called is the owner or a role that row level security does not bind.';

create function dialer_duration_ms(since timestamptz, until timestamptz) returns integer
language sql immutable as $$
  select case when since is not null and until is not null
    then least(greatest(extract(epoch from until - since) * 1000, 0), 2147483647)::integer end
$$;
comment on function dialer_duration_ms(timestamptz, timestamptz) is 'Milliseconds from one time to another, never below zero; null when either is.';

create table installation (
  id uuid primary key default gen_random_uuid(),
  worker_schema text not null,
  created_at timestamptz not null default clock_timestamp(),
  every_user_is_account boolean not null default false,
  place text check (length(place) between 1 and 300),
  copied_from uuid,
  copied_at timestamptz
);
create unique index installation_has_one_row on installation ((true));
comment on table installation is 'One row: which installation this is. Its id tags every channel that we make at a PBX, so that calls of others are never taken for ours.';
comment on column installation.id is 'Random; travels as the AMI Account or ESL presence_data of every channel.';
comment on column installation.worker_schema is 'Schema of the Graphile Worker that this installation was set up with; migrate refuses another.';
comment on column installation.created_at is 'When it was set up.';
comment on column installation.every_user_is_account is
  'True: whoever can sign in is an account and may dial, without a row in accounts. For installations of one company whose sign-up is closed.';
comment on column installation.place is
  'Which Postgres and which database of it this is, written by the first engine that started here; null until then. A copy is recognised by having another place.';
comment on column installation.copied_from is 'Id of the installation that this database was copied from, if it was.';
comment on column installation.copied_at is
  'When an engine found that this is a copy. While it is set no campaign becomes ACTIVE; release_copied_database() clears it.';
alter table installation enable row level security;

insert into installation (worker_schema) values ((current_schemas(false))[2]);

-- A copy of the database is another installation, with an id of its own: it must not dial the original's leads.

create function dialer_is_same_place(one text, other text) returns boolean
language sql immutable set search_path from current as $$
  -- A part that one of the two does not know tells nothing.
  select not exists (
    select from (select split_part(word, '=', 1) as key, word from unnest(string_to_array(one, ' ')) as word) as a
    join (select split_part(word, '=', 1) as key, word from unnest(string_to_array(other, ' ')) as word) as b
      on b.key = a.key
    where a.word <> b.word)
$$;
comment on function dialer_is_same_place(text, text) is 'Whether nothing in two descriptions of a place (key=value, separated by blanks) contradicts the other.';

create function dialer_identify_installation(here text) returns table (id uuid, copied_from uuid)
language plpgsql set search_path from current as $$
#variable_conflict use_column
declare
  known installation;
begin
  -- Engines that start at once come one after the other.
  select * into known from installation for update;
  if known.place is null then
    update installation set place = here,
      -- What has never dialled may have been copied before anybody could tell.
      id = case when exists (select from call_attempts) or exists (select from engines) then known.id else gen_random_uuid() end;
    return query select installation.id, null::uuid from installation;
    return;
  end if;
  if dialer_is_same_place(known.place, here) then
    -- It may say more than was known before.
    update installation set place = here where length(here) > length(known.place);
    return query select known.id, null::uuid;
    return;
  end if;
  update installation
  set id = gen_random_uuid(), place = here, copied_from = known.id, copied_at = clock_timestamp();
  -- The queued calls of these campaigns are dropped by the trigger.
  update campaigns set status = 'PAUSED', pause_reason = 'COPIED_DATABASE' where status = 'ACTIVE';
  -- The calls that are left are the original's. It ends them; here nobody would hear of it.
  update leads
  set status = case when attempt.answer_at is null then 'RETRY' else 'DONE' end,
    next_attempt_at = case when attempt.answer_at is null then clock_timestamp() + interval '1 day' end,
    last_outcome = case when attempt.answer_at is null then 'ORPHANED' else 'ANSWERED' end,
    attempts = attempts + 1
  from call_attempts as attempt
  where attempt.lead_id = leads.id and attempt.end_at is null and leads.status = 'IN_PROGRESS';
  update call_attempts
  set state = case when answer_at is null then 'FAILED' else 'ENDED' end,
    outcome = case when answer_at is null then 'ORPHANED' else 'ANSWERED' end,
    end_at = clock_timestamp(), deadline_at = null, deadline_type = null, pending_end = null, hangup_source = 'SYSTEM'
  where end_at is null;
  delete from engines;
  update voice_nodes set lease_holder = null, lease_expires_at = null, pbx_connected = false;
  return query select installation.id, known.id from installation;
end $$;
comment on function dialer_identify_installation(text) is
  'What an engine does first: says where its database is. At another place than before the database is a copy: it gets an id of its own, its campaigns are PAUSED with COPIED_DATABASE, and the original''s calls are closed here without a word to the PBX.';

create function release_copied_database() returns bigint
language plpgsql set search_path from current as $$
declare
  resumed bigint;
begin
  update installation set copied_at = null;
  update campaigns set status = 'ACTIVE' where status = 'PAUSED' and pause_reason = 'COPIED_DATABASE';
  get diagnostics resumed = row_count;
  return resumed;
end $$;
comment on function release_copied_database() is
  'For administrators: this database is no copy that must not dial (it was moved, or restored in place of the original). Sets the campaigns that were paused for it ACTIVE again; returns how many.';

create function dialer_refuse_copy() returns trigger
language plpgsql security definer set search_path from current as $$
begin
  if new.status = 'ACTIVE' and (tg_op = 'INSERT' or old.status <> 'ACTIVE')
    and exists (select from installation where copied_at is not null) then
    perform dialer_refuse_one(tg_relid, '55000', dialer_fault('DATABASE_IS_A_COPY', 'column', 'status'));
  end if;
  return new;
end $$;
comment on function dialer_refuse_copy() is 'Keeps every campaign of a copied database from dialling until an administrator releases it.';

create table outcomes (
  code text primary key check (code ~ '^[A-Z_]{1,40}$'),
  terminal_state text not null check (terminal_state in ('ENDED', 'NO_ANSWER', 'BUSY', 'FAILED', 'ABANDONED', 'CANCELLED')),
  human_reached boolean not null,
  counts_as_attempt boolean not null,
  trunk_fault boolean not null,
  retryable boolean not null,
  description text not null,
  next_number text not null default 'NEVER' check (next_number in ('AT_ONCE', 'AFTER_DELAY', 'NEVER'))
);
comment on table outcomes is 'Why an attempt ended: the closed list.';
comment on column outcomes.code is 'Name used in call_attempts.outcome.';
comment on column outcomes.terminal_state is 'State in which an attempt with this outcome ends.';
comment on column outcomes.human_reached is 'A person was on the line.';
comment on column outcomes.counts_as_attempt is 'Raises leads.attempts, which max_attempts limits.';
comment on column outcomes.trunk_fault is 'Counts as a fault of the trunk, not of the lead.';
comment on column outcomes.retryable is 'The lead may be dialled again by rule.';
comment on column outcomes.description is 'When it is given.';
comment on column outcomes.next_number is
  'When a lead''s next number is tried after it, unless a rule says otherwise. NEVER if a person was reached or declined, and if the number is not at fault.';
alter table outcomes enable row level security;
create policy read_by_all on outcomes for select using (true);

insert into outcomes
  (code, terminal_state, human_reached, counts_as_attempt, trunk_fault, retryable, next_number, description)
values
  ('ANSWERED', 'ENDED', true, true, false, false, 'NEVER', 'Answered: handed over or bridged to an agent. Retried only by disposition.'),
  ('ABANDONED', 'ABANDONED', true, true, false, true, 'NEVER', 'A person answered and was left waiting: no agent in time.'),
  ('MACHINE', 'ENDED', false, true, false, true, 'AT_ONCE', 'Answering machine detection said machine.'),
  ('FAX', 'ENDED', false, true, false, false, 'AT_ONCE', 'Answering machine detection said fax.'),
  ('NO_ANSWER', 'NO_ANSWER', false, true, false, true, 'AT_ONCE', 'Rung (180 or 183 seen), nobody answered, whoever''s timer ended it.'),
  ('DECLINED', 'BUSY', false, true, false, true, 'NEVER', 'Busy or rejected after ringing: mobiles send 486 for the reject button.'),
  ('BUSY', 'BUSY', false, true, false, true, 'AT_ONCE', 'Cause 17 or SIP 486, 600 without ringing.'),
  ('INVALID_NUMBER', 'FAILED', false, true, false, false, 'AT_ONCE', 'Cause 1, 22, 28 or SIP 404, 410, 484, 604.'),
  ('UNREACHABLE', 'FAILED', false, true, false, true, 'AT_ONCE', 'Cause 19, 20, 27 or SIP 480, 502 without ringing.'),
  ('REJECTED', 'FAILED', false, true, false, true, 'AT_ONCE', 'Cause 21 or SIP 403, 603, 607 without ringing.'),
  ('NETWORK_CONGESTION', 'FAILED', false, false, true, true, 'NEVER', 'Cause 18, 34, 38, 41, 42, 44, 102 or SIP 408, 500, 503, 504 without ringing, or our set-up time-out.'),
  ('TRUNK_FAULT', 'FAILED', false, false, true, true, 'NEVER', 'SIP 401, 407, 488, unknown endpoint, gateway down.'),
  ('SWITCH_REFUSED', 'FAILED', false, false, false, true, 'NEVER', 'The PBX itself refused: rate, sessions, pause, no such context.'),
  ('CANCELLED', 'CANCELLED', false, false, false, true, 'NEVER', 'Operator, pause, window closed while queued, or hung up by us before the answer.'),
  ('ORPHANED', 'FAILED', false, true, false, true, 'NEVER', 'The engine or the PBX was away when it ended.'),
  ('SYSTEM_ERROR', 'FAILED', false, false, false, true, 'NEVER', 'A defect of ours.');

create function dialer_is_outcome(code text) returns boolean
language sql stable security definer set search_path from current as $$
  select exists (select from outcomes where outcomes.code = dialer_is_outcome.code)
$$;
comment on function dialer_is_outcome(text) is 'Whether there is such an outcome.';

create function dialer_grant_foundations() returns void
language plpgsql set search_path from current as $$
begin
  if to_regrole('authenticated') is not null then
    grant select on outcomes to authenticated;
    grant execute on function dialer_is_outcome(text) to authenticated;
  end if;
  if to_regrole('service_role') is not null then
    grant select on outcomes to service_role;
    grant execute on function dialer_is_outcome(text) to service_role;
    grant select on installation to service_role;
    grant update (every_user_is_account) on installation to service_role;
  end if;
end $$;
comment on function dialer_grant_foundations() is
  'Rights on the installation and the list of outcomes.';

select dialer_revoke_all('function', 'dialer_revoke_all(text, text[])', 'dialer_touch()',
  'dialer_caller_is_privileged()', 'dialer_duration_ms(timestamptz, timestamptz)', 'dialer_is_same_place(text, text)',
  'dialer_identify_installation(text)', 'release_copied_database()', 'dialer_refuse_copy()', 'dialer_is_outcome(text)',
  'dialer_grant_foundations()');
select dialer_revoke_all('table', 'installation', 'outcomes');
