-- Oldest engine: 0.1.0
-- An installation knows where it was made: a copy of its database is another installation, with an id of its own.

alter table installation
  add column place text check (length(place) between 1 and 300),
  add column copied_from uuid,
  add column copied_at timestamptz;
comment on column installation.place is
  'Which Postgres and which database of it this is, written by the first engine that started here; null until then. A copy is told by its place being another.';
comment on column installation.copied_from is 'Id of the installation that this database was copied from, if it was.';
comment on column installation.copied_at is
  'When an engine found that this is a copy. While it is set no campaign becomes ACTIVE; release_copied_database() clears it.';

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

create function dialer_settle_in(here text) returns table (id uuid, copied_from uuid)
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
comment on function dialer_settle_in(text) is
  'What an engine does first: says where its database is. At another place than before the database is a copy: it gets an id of its own, its campaigns are PAUSED with COPIED_DATABASE, and the original''s calls are closed here without a word to the PBX.';

create function dialer_refuse_copy() returns trigger
language plpgsql security definer set search_path from current as $$
begin
  if new.status = 'ACTIVE' and (tg_op = 'INSERT' or old.status <> 'ACTIVE')
    and exists (select from installation where copied_at is not null) then
    raise exception 'this database is a copy of another installation''s, and no campaign becomes ACTIVE in it yet'
      using errcode = '55000',
        hint = 'The same people may be called from the original. The owner of the tables releases it: select release_copied_database();';
  end if;
  return new;
end $$;
comment on function dialer_refuse_copy() is 'Keeps every campaign of a copied database from dialling until an administrator releases it.';
create trigger refuse_copy before insert or update of status on campaigns
  for each row execute function dialer_refuse_copy();

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

select dialer_close('function', 'dialer_is_same_place(text, text)', 'dialer_settle_in(text)', 'dialer_refuse_copy()',
  'release_copied_database()');
