-- A person can be erased, and what a campaign knew of its people has an end. Counts and outcomes stay: rows lose who they
-- were about, not that they were.

create table erasures (
  id uuid primary key default gen_random_uuid(),
  account_id uuid not null,
  scope text not null check (scope in ('PERSON', 'CAMPAIGN', 'RETENTION')),
  campaign_id uuid,
  erased_by text not null,
  erased_at timestamptz not null default clock_timestamp(),
  leads_erased integer not null,
  attempts_erased integer not null,
  events_erased integer not null,
  jobs_erased integer not null,
  texts_erased integer not null,
  calls_cancelled integer not null,
  do_not_call_kept integer not null
);
create index erasures_by_account on erasures (account_id, erased_at);
comment on table erasures is 'What was erased, when and by whom: evidence without the person. Append-only.';
comment on column erasures.id is 'Key.';
comment on column erasures.account_id is 'Account whose data it was.';
comment on column erasures.scope is 'PERSON (a request), CAMPAIGN (empty_campaign) or RETENTION (leads of a campaign that ended long ago).';
comment on column erasures.campaign_id is 'The campaign that was emptied; null for a person.';
comment on column erasures.erased_by is 'sub of the user''s token, else the database role.';
comment on column erasures.erased_at is 'When.';
comment on column erasures.leads_erased is 'Leads.';
comment on column erasures.attempts_erased is 'Call attempts.';
comment on column erasures.events_erased is 'Events of those attempts that had particulars.';
comment on column erasures.jobs_erased is 'Jobs that were about them.';
comment on column erasures.texts_erased is 'Other rows in whose text the number stood.';
comment on column erasures.calls_cancelled is 'Queued calls that were not made.';
comment on column erasures.do_not_call_kept is 'Do-not-call entries that became hashes.';
alter table erasures enable row level security;
create policy own_account on erasures for select using (account_id = (select current_account_id()));

create table erased_do_not_call (
  account_id uuid not null,
  campaign_id uuid,
  phone_hash bytea not null,
  expires_at timestamptz,
  created_at timestamptz not null default clock_timestamp(),
  unique nulls not distinct (account_id, phone_hash, campaign_id),
  foreign key (campaign_id, account_id) references campaigns (id, account_id) on delete cascade
);
create index erased_do_not_call_by_campaign on erased_do_not_call (campaign_id) where campaign_id is not null;
comment on table erased_do_not_call is 'Do-not-call entries of persons that were erased: a keyed hash of the number, which still stops a call to it.';
comment on column erased_do_not_call.account_id is 'The account.';
comment on column erased_do_not_call.campaign_id is 'In this campaign; null: in all of the account.';
comment on column erased_do_not_call.phone_hash is 'SHA-256 of the account''s secret and the number.';
comment on column erased_do_not_call.expires_at is 'Until when; null: for good.';
comment on column erased_do_not_call.created_at is 'When the number was erased.';
alter table erased_do_not_call enable row level security;

create table erasure_secrets (
  account_id uuid primary key,
  -- 244 random bits; gen_random_bytes would need an extension.
  secret bytea not null default uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())
);
comment on table erasure_secrets is 'What the hashes of erased_do_not_call are keyed with. No API role reads it; without it they say nothing.';
comment on column erasure_secrets.account_id is 'The account.';
comment on column erasure_secrets.secret is 'Random.';
alter table erasure_secrets enable row level security;

-- What erasing does to a row is in one place: whoever sets erased_at erases.

create function dialer_erase_lead() returns trigger
language plpgsql set search_path from current as $$
begin
  if old.erased_at is not null then
    if (new.phone, new.first_name, new.last_name, new.external_id, new.metadata, new.timezone, new.callback_at)
      is distinct from
      (old.phone, old.first_name, old.last_name, old.external_id, old.metadata, old.timezone, old.callback_at) then
      perform dialer_refuse_one(tg_relid, '23514', dialer_fault('LEAD_WAS_ERASED', 'id', old.id::text));
    end if;
    new.erased_at := old.erased_at;
    new.status := old.status;
    new.status_reason := old.status_reason;
    new.next_attempt_at := null;
    return new;
  end if;
  new.status := case when old.status in ('NEW', 'RETRY', 'IN_PROGRESS') then 'FAILED' else old.status end;
  new.status_reason := case
    when old.status in ('NEW', 'RETRY', 'IN_PROGRESS') then 'ERASED'
    when old.status_reason !~ '[0-9]{4}' then old.status_reason end;
  new.phone := 'erased';
  new.phone_e164 := null;
  new.dial_timezone := null;
  new.dial_phone_id := null;
  new.timezone := null;
  new.first_name := null;
  new.last_name := null;
  new.external_id := null;
  new.metadata := '{}';
  new.callback_at := null;
  new.next_attempt_at := null;
  new.phone_next_attempt_at := null;
  new.moving_from_attempt_id := null;
  new.disposition := case when old.disposition !~ '[0-9]{4}' then old.disposition end;
  return new;
end $$;
comment on function dialer_erase_lead() is
  'A lead whose erased_at is set loses what it tells of a person, and is given up if it waited. It stays so: a late result of its last call does not bring it back, and new data of a person belong into a new lead.';
-- The last of the triggers before an update, by its name.
create trigger stay_erased before update on leads
  for each row when (old.erased_at is not null or new.erased_at is not null) execute function dialer_erase_lead();

create function dialer_erase_attempt() returns trigger
language plpgsql set search_path from current as $$
begin
  new.erased_at := coalesce(old.erased_at, new.erased_at);
  new.phone_e164 := null;
  new.agent_channel := null;
  new.sip_call_id := null;
  new.pending_end := null;
  new.hangup_cause := case when new.hangup_cause !~ '[0-9]{4}' then new.hangup_cause end;
  new.sip_final_reason := case when new.sip_final_reason !~ '[0-9]{4}' then new.sip_final_reason end;
  new.disposition := case when new.disposition !~ '[0-9]{4}' then new.disposition end;
  return new;
end $$;
comment on function dialer_erase_attempt() is
  'An attempt whose erased_at is set keeps its times, outcome and causes, and nothing that tells whom it called, also when late events are written to it.';
-- The last of the triggers before an update, by its name.
create trigger stay_erased before update on call_attempts
  for each row when (old.erased_at is not null or new.erased_at is not null) execute function dialer_erase_attempt();

-- With the person go all numbers.
create function dialer_erase_lead_phones() returns trigger
language plpgsql security definer set search_path from current as $$
begin
  delete from lead_phones where lead_id = new.id;
  return null;
end $$;
comment on function dialer_erase_lead_phones() is 'Further numbers of a lead that is erased are deleted.';
create trigger erase_numbers after update on leads
  for each row when (new.erased_at is not null and old.erased_at is null) execute function dialer_erase_lead_phones();

-- Numbers and their spellings.

create function dialer_country_code(digits text) returns text
language sql immutable set search_path from current as $$
  select substr(digits, 1, case
    when digits ~ '^[17]' then 1
    when digits ~ '^(2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58])' then 2
    else 3 end)
$$;
comment on function dialer_country_code(text) is 'The country code that the digits of an E.164 number begin with (ITU-T E.164 Annex D).';

create function dialer_read_person(phone text, country text) returns text
language plpgsql stable set search_path from current as $$
declare
  -- A number of a plan that has changed since may stand in old rows: written plainly it is taken as it is.
  found text := coalesce(dialer_read_phone(phone, country), substring(phone from '^\s*(\+[1-9][0-9]{6,14})\s*$'));
begin
  if found is null then
    -- Without what was written: it is personal data, and errors are logged.
    perform dialer_refuse_call('22023', 'PHONE_TO_ERASE');
  end if;
  return dialer_phone_key(found);
end $$;
comment on function dialer_read_person(text, text) is
  'The telephone of a request, read as a lead''s is, as dialer_phone_key has it.';

create function dialer_spellings(number text) returns text
language sql immutable set search_path from current as $$
  select case
    when number ~ '^\+55[1-9][0-9]9[0-9]{8}$' then '(' || substr(number, 4, 2) || '9?' || substr(number, 7) || ')'
    else '(' || substr(number, 2 + length(dialer_country_code(substr(number, 2)))) || ')' end
$$;
comment on function dialer_spellings(text) is
  'A regular expression for the national digits of an E.164 number; Brazilian mobiles also without their ninth digit.';

create function dialer_is_spelling(written text, number text, country text) returns boolean
language sql stable set search_path from current as $$
  select coalesce(dialer_phone_key(dialer_read_phone(written, country)) = number, false) or case
    when written ~ '^[\s(]*(\+|00)' then
      regexp_replace(digits, '^00', '') ~ ('^' || code || case code when '55' then '(0([0-9]{2})?)?' when '52' then '1?' else '' end || national || '$')
    when (code = '55') = (country = 'BR') then
      digits ~ ('^(' || code || ')?' || case code when '55' then '(0([0-9]{2})?)?' when '52' then '1?' else '0?' end || national || '$')
    else digits = substr(number, 2) end
  from (
    select regexp_replace(regexp_replace(written, '\.0+\s*$', ''), '[^0-9]', '', 'g') as digits,
      dialer_country_code(substr(number, 2)) as code, dialer_spellings(number) as national) as read
$$;
comment on function dialer_is_spelling(text, text, text) is
  'Whether a phone as somebody wrote it, in an account of this country, is the given telephone: as the engine reads it; and where it refuses to, by its digits, with or without country code, trunk 0, carrier and ninth digit.';

create function dialer_mentions(number text) returns text
language sql immutable set search_path from current as $$
  -- Between two digits up to three signs. Ten national digits in a row are no accident; fewer must stand alone, with the
  -- country code.
  select case
    when length(regexp_replace(spellings, '[^0-9]', '', 'g')) >= 10 then regexp_replace(spellings, '([0-9]\??)(?=[0-9])', '\1[^0-9A-Za-z]{0,3}', 'g')
    else '(?<![0-9])' || regexp_replace(substr(number, 2), '([0-9])(?=[0-9])', '\1[^0-9A-Za-z]{0,3}', 'g') || '(?![0-9])' end
  from (select dialer_spellings(number) as spellings) as read
$$;
comment on function dialer_mentions(text) is
  'A regular expression that finds an E.164 number in any text, national or with country code, however its digits are set apart.';

create function dialer_possible_mentions(number text) returns text
language sql immutable set search_path from current as $$
  select regexp_replace(dialer_spellings(number), '([0-9]\??)(?=[0-9])', '\1[^0-9A-Za-z]{0,5}', 'g')
$$;
comment on function dialer_possible_mentions(text) is
  'A regular expression for every text in which the national digits of a number stand; wider than dialer_mentions, to find rows that are then looked at.';

create function dialer_digits_in_order(number text) returns text
language sql immutable set search_path from current as $$
  select '%' || regexp_replace(regexp_replace(dialer_spellings(number), '9\?|[()]', '', 'g'), '([0-9])', '\1%', 'g')
$$;
comment on function dialer_digits_in_order(text) is
  'A pattern of LIKE that every text matches in which a number stands, however written: its national digits in order, whatever is between them.';

create function dialer_without(value jsonb, pattern text) returns jsonb
language plpgsql immutable set search_path from current as $$
begin
  return case jsonb_typeof(value)
    when 'string' then to_jsonb(regexp_replace(value #>> '{}', pattern, '[erased]', 'g'))
    when 'number' then case when value #>> '{}' ~ pattern then 'null'::jsonb else value end
    when 'array' then coalesce(
      (select jsonb_agg(dialer_without(item, pattern) order by place)
        from jsonb_array_elements(value) with ordinality as items (item, place)), '[]')
    when 'object' then coalesce(
      (select jsonb_object_agg(regexp_replace(key, pattern, '[erased]', 'g'), dialer_without(item, pattern))
        from jsonb_each(value) as items (key, item)), '{}')
    else value end;
end $$;
comment on function dialer_without(jsonb, text) is 'A jsonb with what matches the expression taken out of its texts, names and numbers.';

-- A do-not-call entry of a person who is erased stays as a hash, keyed with a secret of the account.

create function dialer_phone_hash(account uuid, number text) returns bytea
language sql stable security definer set search_path from current as $$
  select sha256(secret || convert_to(dialer_phone_key(number), 'UTF8')) from erasure_secrets where account_id = account
$$;
comment on function dialer_phone_hash(uuid, text) is 'What erased_do_not_call keeps of a number; null while the account has no such entry.';

create function dialer_erased_until(account uuid, campaign uuid, number text) returns timestamptz
language sql stable security definer set search_path from current as $$
  select max(coalesce(expires_at, 'infinity')) from erased_do_not_call
  where account_id = account and phone_hash = dialer_phone_hash(account, number)
    and (campaign_id is null or campaign_id = campaign) and (expires_at is null or expires_at > clock_timestamp())
$$;
comment on function dialer_erased_until(uuid, uuid, text) is
  'Until when an erased do-not-call entry forbids to call a number in a campaign; null when none does.';

create function dialer_hash_dnc(account uuid, number text, in_campaign uuid) returns integer
language plpgsql security definer set search_path from current as $$
#variable_conflict use_column
declare
  done integer;
begin
  insert into erasure_secrets (account_id) values (account) on conflict do nothing;
  with gone as (
    delete from dnc_entries
    where account_id = account and (number is null or dialer_phone_key(phone_e164) = dialer_phone_key(number))
      and (in_campaign is null or campaign_id = in_campaign)
    returning phone_e164, campaign_id, expires_at
  )
  insert into erased_do_not_call (account_id, campaign_id, phone_hash, expires_at)
  select account, campaign_id, dialer_phone_hash(account, phone_e164), nullif(max(coalesce(expires_at, 'infinity')), 'infinity')
  from gone where expires_at is null or expires_at > clock_timestamp()
  group by campaign_id, dialer_phone_hash(account, phone_e164)
  on conflict (account_id, phone_hash, campaign_id) do update
  set expires_at = case when erased_do_not_call.expires_at is null or excluded.expires_at is null then null
    else greatest(erased_do_not_call.expires_at, excluded.expires_at) end;
  get diagnostics done = row_count;
  return done;
end $$;
comment on function dialer_hash_dnc(uuid, text, uuid) is
  'Turns the do-not-call entries of a number (null: of all) in an account, or in one campaign of it, into hashes. Returns how many.';

-- Erasing rows, by person. The person is looked for before anything is locked, and once: in an account of many leads that
-- takes seconds, in which its campaigns go on dialling.

create function dialer_erase_jobs(attempt_ids uuid[]) returns integer
language plpgsql security definer set search_path from current as $$
declare
  done integer;
begin
  -- Of a job that runs nothing is held back: what it writes of an erased attempt says nothing any more.
  with concerned as (
    select job.id,
      case when jsonb_typeof(job.payload::jsonb -> 'events') = 'array' then jsonb_set(job.payload::jsonb, '{events}', (
        select coalesce(jsonb_agg(event order by place), '[]')
        from jsonb_array_elements(job.payload::jsonb -> 'events') with ordinality as events (event, place)
        where not coalesce(event ->> 'attemptId' = any (attempt_ids::text[]), false)))
      else job.payload::jsonb end as payload
    from _private_jobs as job
    where job.locked_at is null and (
      job.payload ->> 'attemptId' = any (attempt_ids::text[])
      or (jsonb_typeof(job.payload::jsonb -> 'events') = 'array' and exists (
        select from jsonb_array_elements(job.payload::jsonb -> 'events') as event
        where event ->> 'attemptId' = any (attempt_ids::text[]))))
    order by job.id
    for update skip locked
  )
  update _private_jobs as job
  set payload = concerned.payload::json, last_error = case when job.last_error is not null then 'erased' end
  from concerned
  where job.id = concerned.id
    and (job.last_error is distinct from case when job.last_error is not null then 'erased' end
      or job.payload::jsonb <> concerned.payload);
  get diagnostics done = row_count;
  return done;
end $$;
comment on function dialer_erase_jobs(uuid[]) is
  'Takes the events of these attempts out of jobs that wait, and the errors out of theirs. Returns how many jobs it changed.';

create function dialer_erase_rows(attempt_ids uuid[], lead_ids uuid[],
  out leads_erased integer, out attempts_erased integer, out events_erased integer, out jobs_erased integer)
language plpgsql security definer set search_path from current as $$
#variable_conflict use_column
begin
  perform from call_attempts where id = any (attempt_ids) order by id for update;
  perform from leads where id = any (lead_ids) order by id for update;
  update call_attempts set erased_at = clock_timestamp() where id = any (attempt_ids) and erased_at is null;
  get diagnostics attempts_erased = row_count;
  update call_attempt_events
  set detail = case when kind = 'TIMER_FIRED' then jsonb_build_object('timerType', detail -> 'timerType') else '{}' end
  where attempt_id = any (attempt_ids)
    and detail <> case when kind = 'TIMER_FIRED' then jsonb_build_object('timerType', detail -> 'timerType') else '{}' end;
  get diagnostics events_erased = row_count;
  update leads set erased_at = clock_timestamp() where id = any (lead_ids) and erased_at is null;
  get diagnostics leads_erased = row_count;
  jobs_erased := dialer_erase_jobs(attempt_ids);
end $$;
comment on function dialer_erase_rows(uuid[], uuid[]) is
  'Erases ended attempts and their leads, locking attempts, then leads, each by id, then jobs. Call it with the campaigns locked.';

create function dialer_take_out_mentions(account uuid, number text, lead_ids uuid[]) returns integer
language plpgsql security definer set search_path from current as $$
#variable_conflict use_column
declare
  pattern text := dialer_mentions(number);
  changed integer;
  total integer := 0;
begin
  update leads
  set first_name = regexp_replace(first_name, pattern, '[erased]', 'g'),
    last_name = regexp_replace(last_name, pattern, '[erased]', 'g'),
    external_id = case when external_id !~ pattern then external_id end,
    disposition = case when disposition !~ pattern then disposition end,
    status_reason = case when status_reason !~ pattern then status_reason end,
    metadata = dialer_without(metadata, pattern)
  where id = any (lead_ids) and account_id = account and erased_at is null
    and concat_ws('|', first_name, last_name, external_id, disposition, status_reason, metadata) ~ pattern;
  get diagnostics changed = row_count;
  total := total + changed;
  update lists
  set name = regexp_replace(name, pattern, '[erased]', 'g'), source = regexp_replace(source, pattern, '[erased]', 'g'),
    legal_basis = regexp_replace(legal_basis, pattern, '[erased]', 'g')
  where account_id = account and concat_ws('|', name, source, legal_basis) ~ pattern;
  get diagnostics changed = row_count;
  total := total + changed;
  update campaigns
  set name = regexp_replace(name, pattern, '[erased]', 'g'), purpose = regexp_replace(purpose, pattern, '[erased]', 'g'),
    variables = dialer_without(variables, pattern)
  where account_id = account and concat_ws('|', name, purpose, variables) ~ pattern;
  get diagnostics changed = row_count;
  total := total + changed;
  update dnc_entries
  set reason = regexp_replace(reason, pattern, '[erased]', 'g'), source = regexp_replace(source, pattern, '[erased]', 'g')
  where account_id = account and concat_ws('|', reason, source) ~ pattern;
  get diagnostics changed = row_count;
  total := total + changed;
  update _private_jobs as job
  set payload = dialer_without(job.payload::jsonb, pattern)::json,
    last_error = regexp_replace(job.last_error, pattern, '[erased]', 'g')
  where job.locked_at is null and concat_ws('|', job.payload, job.last_error) ~ pattern
    and (dialer_caller_is_privileged()
      or job.payload ->> 'campaignId' in (select id::text from campaigns where account_id = account)
      or (job.payload ->> 'attemptId' ~ '^[0-9a-f-]{36}$' and exists (
        select from call_attempts as attempt
        where attempt.id::text = job.payload ->> 'attemptId' and attempt.account_id = account)));
  get diagnostics changed = row_count;
  return total + changed;
end $$;
comment on function dialer_take_out_mentions(uuid, text, uuid[]) is
  'Takes a number out of the texts of other rows of an account: of these leads, of lists, campaigns and do-not-call entries, and of its jobs. Returns how many rows.';

create function dialer_note_erasure(account uuid, scope text, campaign uuid, counts integer[]) returns void
language sql security definer set search_path from current as $$
  insert into erasures (account_id, scope, campaign_id, erased_by, leads_erased, attempts_erased, events_erased,
    jobs_erased, texts_erased, calls_cancelled, do_not_call_kept)
  values (account, scope, campaign,
    coalesce(nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub',
      nullif(current_setting('role'), 'none'), session_user),
    counts[1], counts[2], counts[3], counts[4], counts[5], counts[6], counts[7])
$$;
comment on function dialer_note_erasure(uuid, text, uuid, integer[]) is 'Writes the row of evidence.';

-- Who may ask.
create function dialer_erasing_account(wanted uuid) returns uuid
language plpgsql stable security definer set search_path from current as $$
declare
  claims jsonb := nullif(current_setting('request.jwt.claims', true), '')::jsonb;
  role text := claims #>> '{app_metadata,dialer_role}';
  own uuid := current_account_id();
begin
  if dialer_caller_is_privileged() then
    return coalesce(wanted, own);
  end if;
  if coalesce(role, 'admin') <> 'admin' then
    perform dialer_refuse_call('42501', 'ERASURE_BY_ADMINISTRATOR', 'role', role);
  end if;
  if own is null or wanted <> own then
    perform dialer_refuse_call('42501', 'ERASURE_IN_ANOTHER_ACCOUNT');
  end if;
  return own;
end $$;
comment on function dialer_erasing_account(uuid) is
  'The account in which the caller may erase: the own one of an administrator (app_metadata.dialer_role absent or admin), any of a privileged role.';

create function dialer_erase_person(account uuid, number text, lead uuid, stays_uncalled boolean,
  out leads_erased integer, out attempts_erased integer, out events_erased integer, out jobs_erased integer,
  out texts_erased integer, out calls_cancelled integer, out do_not_call_kept integer)
language plpgsql security definer set search_path from current as $$
#variable_conflict use_column
declare
  country text := coalesce((select default_country from account_settings where account_id = account), 'BR');
  pattern text := dialer_possible_mentions(number);
  in_order text := dialer_digits_in_order(number);
  written_so uuid[];
  mentioned uuid[];
  lead_ids uuid[];
  attempt_ids uuid[];
  live uuid;
begin
  -- Of every lead of the account its text is made once, and the expression is tried on few of them.
  with possible as materialized (
    select id, phone, texts from (
      select id, phone,
        concat_ws('|', phone, first_name, last_name, external_id, disposition, status_reason, metadata) as texts
      from leads where account_id = account and erased_at is null
      offset 0) as written
    where texts like in_order
  )
  select coalesce(array_agg(id) filter (where dialer_is_spelling(phone, number, country)), '{}'),
    coalesce(array_agg(id), '{}')
  into written_so, mentioned
  from possible where texts ~ pattern;
  -- A pass of a locked campaign queues nothing. What it has queued is seen after the lock.
  perform from campaigns where account_id = account and (
      id in (select campaign_id from leads where id = lead or id = any (written_so))
      or exists (select from leads
        where leads.campaign_id = campaigns.id and dialer_phone_key(leads.phone_e164) = number)
      or id in (select campaign_id from lead_phones
        where account_id = account and dialer_phone_key(phone_e164) = number)
      or id in (select campaign_id from call_attempts
        where account_id = account and dialer_phone_key(phone_e164) = number))
    order by id for no key update;
  select coalesce(array_agg(id), '{}') into lead_ids from leads
  where account_id = account and erased_at is null and id in (
    select lead
    union select unnest(written_so)
    union select known.id from campaigns as campaign
    join leads as known on known.campaign_id = campaign.id and dialer_phone_key(known.phone_e164) = number
    where campaign.account_id = account
    -- A further number of theirs: with the person go all numbers.
    union select further.lead_id from lead_phones as further
    where further.account_id = account and dialer_phone_key(further.phone_e164) = number);
  select coalesce(array_agg(id), '{}') into attempt_ids from call_attempts
  where account_id = account and erased_at is null and id in (
    select called.id from call_attempts as called where called.lead_id = any (lead_ids)
    union select called.id from call_attempts as called
    where called.account_id = account and dialer_phone_key(called.phone_e164) = number);
  calls_cancelled := dialer_cancel_queued(attempt_ids);
  select id into live from (
    select id, end_at from call_attempts where id = any (attempt_ids) order by id for update) as locked
  where end_at is null limit 1;
  if found then
    perform dialer_refuse_call('55006', 'PERSON_IS_IN_A_CALL', 'id', live::text);
  end if;
  -- Before the leads lose their number, what forbids to call them; the entries go after it, because a lead whose entry goes
  -- waits again.
  do_not_call_kept := 0;
  if number is not null then
    insert into erasure_secrets (account_id) values (account) on conflict do nothing;
    with forbidden as (
      select distinct campaign_id from leads
      where id = any (lead_ids) and status = 'DNC' and not exists (
        select from dnc_entries as entry
        where entry.account_id = account and dialer_phone_key(entry.phone_e164) = number
          and (entry.campaign_id is null or entry.campaign_id = leads.campaign_id))
      union select null where stays_uncalled
    )
    insert into erased_do_not_call (account_id, campaign_id, phone_hash)
    select account, campaign_id, dialer_phone_hash(account, number) from forbidden
    on conflict (account_id, phone_hash, campaign_id) do update set expires_at = null;
    get diagnostics do_not_call_kept = row_count;
  end if;
  select erased.* into leads_erased, attempts_erased, events_erased, jobs_erased
  from dialer_erase_rows(attempt_ids, lead_ids) as erased;
  if number is not null then
    do_not_call_kept := do_not_call_kept + dialer_hash_dnc(account, number, null);
  end if;
  texts_erased := case when number is null then 0 else dialer_take_out_mentions(account, number, mentioned) end;
  perform dialer_note_erasure(account, 'PERSON', null, array[leads_erased, attempts_erased, events_erased, jobs_erased,
    texts_erased, calls_cancelled, do_not_call_kept]);
end $$;
comment on function dialer_erase_person(uuid, text, uuid, boolean) is
  'Erases all leads and attempts of a number, or of one lead, in an account. Locks campaigns, attempts, leads, jobs, in this order.';

-- Whoever asks by one number is erased with all of them.
create function dialer_erase_all_numbers(account uuid, number text, lead uuid, stays_uncalled boolean,
  out leads_erased integer, out attempts_erased integer, out events_erased integer, out jobs_erased integer,
  out texts_erased integer, out calls_cancelled integer, out do_not_call_kept integer)
language plpgsql security definer set search_path from current as $$
#variable_conflict use_variable
declare
  holders uuid[];
  others text[];
  step record;
begin
  select coalesce(array_agg(held.id), '{}') into holders from (
    select lead as id where lead is not null
    union select lead_phones.lead_id from lead_phones
    where lead_phones.account_id = account and dialer_phone_key(lead_phones.phone_e164) = dialer_phone_key(number)
    union select known.id from campaigns as campaign
    join leads as known on known.campaign_id = campaign.id and dialer_phone_key(known.phone_e164) = dialer_phone_key(number)
    where campaign.account_id = account and exists (select from lead_phones where lead_phones.lead_id = known.id)) as held;
  select coalesce(array_agg(distinct theirs.number), '{}') into others from (
    select dialer_phone_key(leads.phone_e164) as number from leads
    where leads.id = any (holders) and leads.phone_e164 is not null
    union select dialer_phone_key(lead_phones.phone_e164) from lead_phones
    where lead_phones.lead_id = any (holders) and lead_phones.state <> 'DUPLICATE') as theirs
  where theirs.number is distinct from dialer_phone_key(number);
  -- One lock order for all steps: campaigns first, by id.
  perform from campaigns where campaigns.account_id = account and (
      campaigns.id in (select leads.campaign_id from leads where leads.id = any (holders))
      or exists (select from leads
        where leads.campaign_id = campaigns.id and dialer_phone_key(leads.phone_e164) = any (others)))
    and cardinality(holders) + cardinality(others) > 0
    order by campaigns.id for no key update;
  -- Where another of the person's numbers is a further number of somebody else, the number goes and that lead stays.
  delete from lead_phones
  where lead_phones.account_id = account and dialer_phone_key(lead_phones.phone_e164) = any (others)
    and lead_phones.lead_id <> all (holders);
  leads_erased := 0;
  attempts_erased := 0;
  events_erased := 0;
  jobs_erased := 0;
  texts_erased := 0;
  calls_cancelled := 0;
  do_not_call_kept := 0;
  for step in
    select number as telephone, lead as lead_id, 1 as nth
    union all
    select telephone, null, 2 from unnest(others) as telephone
    order by nth
  loop
    select leads_erased + done.leads_erased, attempts_erased + done.attempts_erased, events_erased + done.events_erased,
      jobs_erased + done.jobs_erased, texts_erased + done.texts_erased, calls_cancelled + done.calls_cancelled,
      do_not_call_kept + done.do_not_call_kept
    into leads_erased, attempts_erased, events_erased, jobs_erased, texts_erased, calls_cancelled, do_not_call_kept
    from dialer_erase_person(account, step.telephone, step.lead_id, stays_uncalled) as done;
  end loop;
end $$;
comment on function dialer_erase_all_numbers(uuid, text, uuid, boolean) is
  'dialer_erase_person for a number and all further numbers of the leads that have it: those leads are erased, and so is what is kept under their other numbers, but for numbers that are another lead''s (DUPLICATE).';

create function erase_person(phone text, account_id uuid default null, do_not_call boolean default false)
returns table (leads_erased integer, attempts_erased integer, events_erased integer, jobs_erased integer,
  texts_erased integer, calls_cancelled integer, do_not_call_kept integer)
language plpgsql security definer set search_path from current as $$
#variable_conflict use_column
declare
  account uuid := dialer_erasing_account(erase_person.account_id);
  country text := coalesce(
    (select default_country from account_settings where account_settings.account_id = account), 'BR');
begin
  if erase_person.account_id is null and dialer_caller_is_privileged()
    and exists (select from campaigns where campaigns.account_id <> account) then
    perform dialer_refuse_call('22023', 'ACCOUNT_TO_ERASE_IN');
  end if;
  return query select erased.*
  from dialer_erase_all_numbers(account, dialer_read_person(erase_person.phone, country), null, erase_person.do_not_call) as erased;
end $$;
comment on function erase_person(text, uuid, boolean) is
  'Erases a person by telephone number in the caller''s account: numbers, names, metadata and keys go from leads, attempts, events and jobs; counts and outcomes stay. Who was on do-not-call stays so, as a hash; with do_not_call, whoever it is. Refused while a call to the person is under way. May be repeated. Returns what it did. Privileged roles may name the account.';

create function erase_person_of_lead(lead_id uuid, do_not_call boolean default false)
returns table (leads_erased integer, attempts_erased integer, events_erased integer, jobs_erased integer,
  texts_erased integer, calls_cancelled integer, do_not_call_kept integer)
language plpgsql security definer set search_path from current as $$
#variable_conflict use_column
declare
  account uuid := dialer_erasing_account(null);
  wanted record;
  number text;
begin
  select lead.phone, lead.phone_e164, lead.account_id, coalesce(settings.default_country, 'BR') as country into wanted
  from leads as lead left join account_settings as settings on settings.account_id = lead.account_id
  where lead.id = erase_person_of_lead.lead_id and (lead.account_id = account or dialer_caller_is_privileged());
  if not found then
    perform dialer_refuse_call('P0002', 'LEAD_TO_ERASE_IS_UNKNOWN', 'id', erase_person_of_lead.lead_id::text);
  end if;
  number := wanted.phone_e164;
  if number is null then
    begin
      number := dialer_read_person(wanted.phone, wanted.country);
    exception when invalid_parameter_value then
      null; -- No number that can be read: there is this lead only, and its further numbers.
    end;
  end if;
  return query select erased.*
  from dialer_erase_all_numbers(wanted.account_id, number, erase_person_of_lead.lead_id, erase_person_of_lead.do_not_call) as erased;
end $$;
comment on function erase_person_of_lead(uuid, boolean) is
  'erase_person for the number of a lead, and for a lead whose number cannot be read.';

create function find_number(phone text)
returns table (table_name text, column_name text, found bigint)
language plpgsql stable security definer set search_path from current as $$
declare
  number text := dialer_read_person(phone, 'BR');
  pattern text := dialer_mentions(number);
  in_order text := dialer_digits_in_order(number);
  place record;
begin
  for place in
    select attribute.attrelid, attribute.attname
    from pg_attribute as attribute
    join pg_class as class on class.oid = attribute.attrelid and class.relkind in ('r', 'm') and not class.relisshared
    join pg_type as type on type.oid = attribute.atttypid
    where class.relnamespace in (to_regnamespace(current_schema()),
        (select relnamespace from pg_class where oid = '_private_jobs'::regclass))
      and attribute.attnum > 0 and not attribute.attisdropped
      and (type.typcategory in ('S', 'U', 'A') or type.typname in ('json', 'jsonb'))
      and type.typname not in ('uuid', '_uuid', 'bytea')
    order by class.relname, attribute.attnum
  loop
    return query execute format(
      'select %L::text, %L::text, count(*) from %s where %I::text like %L and %I::text ~ %L having count(*) > 0',
      place.attrelid::regclass::text, place.attname, place.attrelid::regclass, place.attname, in_order, place.attname, pattern);
  end loop;
end $$;
comment on function find_number(text) is
  'For administrators: in which columns of our tables and the job queue''s a number still stands, however it is written, in all accounts, and in how many rows. Reads every row. No row: nowhere.';

-- Erasing all people of a campaign that has ended.

create function dialer_empty_batch(campaign uuid, scope text, most integer,
  out leads_erased integer, out attempts_erased integer, out events_erased integer, out jobs_erased integer,
  out do_not_call_kept integer)
language plpgsql security definer set search_path from current as $$
#variable_conflict use_column
declare
  account uuid;
  lead_ids uuid[];
  attempt_ids uuid[];
begin
  update campaigns
  set is_archived = true, empty_requested_at = coalesce(empty_requested_at, clock_timestamp())
  where id = campaign and (not is_archived or empty_requested_at is null);
  select account_id into account from campaigns where id = campaign for no key update;
  -- By the index of those that are not erased: the bites before this one have erased the others.
  select coalesce(array_agg(id), '{}') into lead_ids from (
    select lead.id from leads as lead
    where lead.account_id = account and lead.campaign_id = campaign and lead.erased_at is null
      and not exists (select from call_attempts where lead_id = lead.id and end_at is null)
    limit most) as bite;
  select coalesce(array_agg(id), '{}') into attempt_ids from call_attempts
  where lead_id = any (lead_ids) and erased_at is null;
  do_not_call_kept := dialer_hash_dnc(account, null, campaign);
  select erased.* into leads_erased, attempts_erased, events_erased, jobs_erased
  from dialer_erase_rows(attempt_ids, lead_ids) as erased;
  if not exists (select from leads where account_id = account and campaign_id = campaign and erased_at is null) then
    update campaigns set emptied_at = clock_timestamp() where id = campaign and emptied_at is null;
  end if;
  if leads_erased + attempts_erased + do_not_call_kept > 0 then
    perform dialer_note_erasure(account, scope, campaign,
      array[leads_erased, attempts_erased, events_erased, jobs_erased, 0, 0, do_not_call_kept]);
  end if;
end $$;
comment on function dialer_empty_batch(uuid, text, integer) is
  'Archives a campaign that has ended and erases up to so many of its people. Those in a call that lasts are left for later.';

create function empty_campaign(campaign_id uuid)
returns table (leads_erased integer, attempts_erased integer, events_erased integer, jobs_erased integer,
  do_not_call_kept integer, leads_left bigint)
language plpgsql security definer set search_path from current as $$
#variable_conflict use_column
declare
  account uuid := dialer_erasing_account(null);
  wanted record;
  left_over bigint;
  erased record;
begin
  select id, status, name into wanted from campaigns
  where id = empty_campaign.campaign_id and (account_id = account or dialer_caller_is_privileged())
  for no key update;
  if not found then
    perform dialer_refuse_call('P0002', 'CAMPAIGN_TO_EMPTY_IS_UNKNOWN', 'id', empty_campaign.campaign_id::text);
  end if;
  if wanted.status not in ('COMPLETED', 'CANCELLED') then
    perform dialer_refuse_call('55000', 'CAMPAIGN_HAS_NOT_ENDED', 'name', wanted.name, 'value', wanted.status);
  end if;
  select bite.* into erased from dialer_empty_batch(wanted.id, 'CAMPAIGN', 1000) as bite;
  select count(*) into left_over from leads where campaign_id = wanted.id and erased_at is null;
  if left_over > 0 then
    perform add_job('purge_history', '{}');
  end if;
  return query select erased.leads_erased, erased.attempts_erased, erased.events_erased, erased.jobs_erased,
    erased.do_not_call_kept, left_over;
end $$;
comment on function empty_campaign(uuid) is
  'Archives a campaign that has ended and erases its people: 1,000 leads at once, the others by a job of the engine or by asking again. Counts and outcomes stay. Returns what it did and how many leads are left.';

create function dialer_empty_due(before timestamptz, most integer) returns integer
language plpgsql security definer set search_path from current as $$
declare
  due record;
begin
  select id, empty_requested_at is null as by_retention into due from campaigns
  where status in ('COMPLETED', 'CANCELLED') and emptied_at is null
    and (empty_requested_at is not null or completed_at < before)
    -- One whose last people still talk waits for another night; of one whose people were erased one by one, its own
    -- do-not-call entries are left.
    and (not exists (select from leads as lead
        where lead.account_id = campaigns.account_id and lead.campaign_id = campaigns.id and lead.erased_at is null)
      or exists (select from leads as lead
        where lead.account_id = campaigns.account_id and lead.campaign_id = campaigns.id and lead.erased_at is null
          and not exists (select from call_attempts where lead_id = lead.id and end_at is null)))
  order by id limit 1
  for no key update skip locked;
  if not found then
    return 0;
  end if;
  return 1 + (select bite.leads_erased
    from dialer_empty_batch(due.id, case when due.by_retention then 'RETENTION' else 'CAMPAIGN' end, most) as bite);
end $$;
comment on function dialer_empty_due(timestamptz, integer) is
  'A bite of one campaign that is to be emptied, or that ended before the given time. Returns one more than the leads it erased; 0 when nothing is due.';

create function dialer_grant_erasure() returns void
language plpgsql set search_path from current as $$
begin
  if to_regrole('authenticated') is not null then
    grant execute on function erase_person(text, uuid, boolean), erase_person_of_lead(uuid, boolean), empty_campaign(uuid)
      to authenticated;
    grant select on erasures to authenticated;
  end if;
  if to_regrole('service_role') is not null then
    grant execute on function erase_person(text, uuid, boolean), erase_person_of_lead(uuid, boolean), empty_campaign(uuid)
      to service_role;
    grant select on erasures to service_role;
    grant execute on function find_number(text) to service_role;
  end if;
end $$;
comment on function dialer_grant_erasure() is
  'Rights to erase, and to read what was erased.';

select dialer_revoke_all('function', 'dialer_erase_lead()', 'dialer_erase_attempt()', 'dialer_erase_lead_phones()',
  'dialer_country_code(text)', 'dialer_read_person(text, text)', 'dialer_spellings(text)',
  'dialer_is_spelling(text, text, text)', 'dialer_mentions(text)', 'dialer_possible_mentions(text)',
  'dialer_digits_in_order(text)', 'dialer_without(jsonb, text)', 'dialer_phone_hash(uuid, text)',
  'dialer_erased_until(uuid, uuid, text)', 'dialer_hash_dnc(uuid, text, uuid)', 'dialer_erase_jobs(uuid[])',
  'dialer_erase_rows(uuid[], uuid[])', 'dialer_take_out_mentions(uuid, text, uuid[])',
  'dialer_note_erasure(uuid, text, uuid, integer[])', 'dialer_erasing_account(uuid)',
  'dialer_erase_person(uuid, text, uuid, boolean)', 'dialer_erase_all_numbers(uuid, text, uuid, boolean)',
  'erase_person(text, uuid, boolean)', 'erase_person_of_lead(uuid, boolean)', 'find_number(text)',
  'dialer_empty_batch(uuid, text, integer)', 'empty_campaign(uuid)', 'dialer_empty_due(timestamptz, integer)',
  'dialer_grant_erasure()');
select dialer_revoke_all('table', 'erasures', 'erased_do_not_call', 'erasure_secrets');
