-- A person can be erased, and what a campaign knew of its people has an end. Counts and outcomes stay: rows lose who they
-- were about, not that they were.

alter table leads add column erased_at timestamptz;
comment on column leads.erased_at is 'When who it was about was erased; the row stays for the counts, and is never dialled again.';
alter table call_attempts add column erased_at timestamptz;
comment on column call_attempts.erased_at is 'When the number and what else told whom it called were erased.';
alter table call_attempts alter column phone_e164 drop not null;
alter table call_attempts add constraint call_attempts_have_a_number_or_were_erased
  check (phone_e164 is not null or (erased_at is not null and end_at is not null));
comment on column call_attempts.phone_e164 is 'The number dialled; null once it was erased.';

alter table campaigns
  add column is_archived boolean not null default false,
  add column empty_requested_at timestamptz,
  add column emptied_at timestamptz,
  add constraint campaigns_archived_have_ended check (not is_archived or status in ('COMPLETED', 'CANCELLED')),
  add constraint campaigns_emptied_are_archived check (empty_requested_at is null or is_archived);
comment on column campaigns.is_archived is 'Put away: takes no leads and is not reopened. Only a campaign that has ended can be.';
comment on column campaigns.empty_requested_at is 'When its people were asked to be erased, by empty_campaign or by the retention of leads; it stays archived from then on.';
comment on column campaigns.emptied_at is 'When the last of its people was erased.';

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

create table erasure_secrets (
  account_id uuid primary key,
  -- 244 random bits; gen_random_bytes would need an extension.
  secret bytea not null default uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())
);
comment on table erasure_secrets is 'What the hashes of erased_do_not_call are keyed with. No API role reads it; without it they say nothing.';
comment on column erasure_secrets.account_id is 'The account.';
comment on column erasure_secrets.secret is 'Random.';

alter table erasures enable row level security;
alter table erased_do_not_call enable row level security;
alter table erasure_secrets enable row level security;
select dialer_close('table', 'erasures', 'erased_do_not_call', 'erasure_secrets');
create policy own_account on erasures for select using (account_id = (select current_account_id()));

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
language plpgsql immutable set search_path from current as $$
declare
  given text := regexp_replace(coalesce(phone, ''), '\.0+\s*$', '');
  digits text := regexp_replace(given, '[^0-9]', '', 'g');
begin
  if given ~ '[[:alpha:]]' or digits = '' then
    digits := '';
  elsif given ~ '^[\s(]*\+' then
    null;
  elsif digits ~ '^00' then
    digits := substr(digits, 3);
  elsif country <> 'BR' then
    digits := '';
  elsif digits !~ '^55([0-9]{10,11}$|0)' then
    digits := '55' || digits;
  end if;
  if digits ~ '^55' then
    digits := regexp_replace(digits, '^55(0[0-9]{2}(?=[0-9]{10,11}$)|0)', '55');
    digits := regexp_replace(digits, '^55([1-9][0-9])([6-9][0-9]{7})$', '55\19\2');
    if digits !~ '^55[1-9][0-9](9[0-9]{8}|[2-5][0-9]{7})$' then
      digits := '';
    end if;
  end if;
  digits := regexp_replace(digits, '^521(?=[0-9]{10}$)', '52');
  if digits !~ '^[1-9][0-9]{6,14}$' then
    raise exception 'the phone number to erase cannot be read'
      using errcode = '22023', hint = 'Write it with + and country code, such as +5511999990123.';
  end if;
  return '+' || digits;
end $$;
comment on function dialer_read_person(text, text) is
  'The number of a request, as leads keep it: with + and country code; in an account of Brazil (BR) also as written there.';

create function dialer_spellings(number text) returns text
language sql immutable set search_path from current as $$
  select case
    when number ~ '^\+55[1-9][0-9]9[0-9]{8}$' then '(' || substr(number, 4, 2) || '9?' || substr(number, 7) || ')'
    else '(' || substr(number, 2 + length(dialer_country_code(substr(number, 2)))) || ')' end
$$;
comment on function dialer_spellings(text) is
  'A regular expression for the national digits of an E.164 number; Brazilian mobiles also without their ninth digit.';

create function dialer_is_spelling(written text, number text, country text) returns boolean
language sql immutable set search_path from current as $$
  select case
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
  'Whether a phone as somebody wrote it, in an account of this country, is the given E.164 number: with or without country code, trunk 0, carrier and ninth digit.';

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

create function find_number(phone text)
returns table (table_name text, column_name text, found bigint)
language plpgsql stable security definer set search_path from current as $$
declare
  pattern text := dialer_mentions(dialer_read_person(phone, 'BR'));
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
      'select %L::text, %L::text, count(*) from %s where %I::text ~ %L having count(*) > 0',
      place.attrelid::regclass::text, place.attname, place.attrelid::regclass, place.attname, pattern);
  end loop;
end $$;
comment on function find_number(text) is
  'For administrators: in which columns of our tables and the job queue''s a number still stands, however it is written, in all accounts, and in how many rows. Reads every row. No row: nowhere.';

-- What erasing does to a row, in one place: whoever sets erased_at erases.

create function dialer_erase_lead() returns trigger
language plpgsql set search_path from current as $$
begin
  if old.erased_at is not null then
    if (new.phone, new.first_name, new.last_name, new.external_id, new.metadata, new.timezone, new.callback_at)
      is distinct from
      (old.phone, old.first_name, old.last_name, old.external_id, old.metadata, old.timezone, old.callback_at) then
      raise exception 'lead % was erased and takes no data', old.id
        using errcode = '23514', table = tg_table_name, schema = tg_table_schema, hint = 'Insert a new lead.';
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
  new.timezone := null;
  new.first_name := null;
  new.last_name := null;
  new.external_id := null;
  new.metadata := '{}';
  new.callback_at := null;
  new.next_attempt_at := null;
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
create trigger stay_erased before update on call_attempts
  for each row when (old.erased_at is not null or new.erased_at is not null) execute function dialer_erase_attempt();

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

create function dialer_phone_hash(account uuid, number text) returns bytea
language sql stable security definer set search_path from current as $$
  select sha256(secret || convert_to(number, 'UTF8')) from erasure_secrets where account_id = account
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
    where account_id = account and (number is null or phone_e164 = number)
      and (in_campaign is null or campaign_id = in_campaign)
    returning phone_e164, campaign_id, expires_at
  )
  insert into erased_do_not_call (account_id, campaign_id, phone_hash, expires_at)
  select account, campaign_id, dialer_phone_hash(account, phone_e164), expires_at
  from gone where expires_at is null or expires_at > clock_timestamp()
  on conflict (account_id, phone_hash, campaign_id) do update
  set expires_at = case when erased_do_not_call.expires_at is null or excluded.expires_at is null then null
    else greatest(erased_do_not_call.expires_at, excluded.expires_at) end;
  get diagnostics done = row_count;
  return done;
end $$;
comment on function dialer_hash_dnc(uuid, text, uuid) is
  'Turns the do-not-call entries of a number (null: of all) in an account, or in one campaign of it, into hashes. Returns how many.';

-- Who may ask, and the questions.

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
    raise exception 'only an administrator of the account may erase data; your dialer_role is "%"', role
      using errcode = '42501', hint = 'Ask an administrator of the account.';
  end if;
  if own is null or wanted <> own then
    raise exception 'data can be erased in your own account only'
      using errcode = '42501', hint = 'Leave account_id out.';
  end if;
  return own;
end $$;
comment on function dialer_erasing_account(uuid) is
  'The account in which the caller may erase: the own one of an administrator (app_metadata.dialer_role absent or admin), any of a privileged role.';

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

create function dialer_take_out_mentions(account uuid, number text) returns integer
language plpgsql security definer set search_path from current as $$
#variable_conflict use_column
declare
  pattern text := dialer_mentions(number);
  -- A cheap look before the expression.
  ending text := right(number, 6);
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
  where account_id = account and erased_at is null
    and strpos(translate(concat_ws(',', first_name, last_name, external_id, disposition, status_reason, metadata), ' ().-+/', ''), ending) > 0
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
comment on function dialer_take_out_mentions(uuid, text) is
  'Takes a number out of the texts of other rows of an account, such as the metadata of another lead, and of its jobs. Returns how many rows.';

create function dialer_erase_person(account uuid, number text, lead uuid, stays_uncalled boolean,
  out leads_erased integer, out attempts_erased integer, out events_erased integer, out jobs_erased integer,
  out texts_erased integer, out calls_cancelled integer, out do_not_call_kept integer)
language plpgsql security definer set search_path from current as $$
#variable_conflict use_column
declare
  country text := coalesce((select default_country from account_settings where account_id = account), 'BR');
  lead_ids uuid[];
  attempt_ids uuid[];
  live uuid;
begin
  -- A pass of a locked campaign queues nothing. What it has queued is seen after the lock.
  perform from campaigns where account_id = account and (id in (
      select campaign_id from leads where id = lead
      union select campaign_id from leads where account_id = account and (phone_e164 = number or (
        strpos(regexp_replace(phone, '[^0-9]', '', 'g'), right(number, 6)) > 0 and dialer_is_spelling(phone, number, country)))
      union select campaign_id from call_attempts where account_id = account and phone_e164 = number))
    order by id for no key update;
  select coalesce(array_agg(id), '{}') into lead_ids from leads
  where account_id = account and erased_at is null and (id = lead or phone_e164 = number or (
    strpos(regexp_replace(phone, '[^0-9]', '', 'g'), right(number, 6)) > 0 and dialer_is_spelling(phone, number, country)));
  select coalesce(array_agg(id), '{}') into attempt_ids from call_attempts
  where account_id = account and erased_at is null and (lead_id = any (lead_ids) or phone_e164 = number);
  calls_cancelled := dialer_cancel_queued(attempt_ids);
  select id into live from (
    select id, end_at from call_attempts where id = any (attempt_ids) order by id for update) as locked
  where end_at is null limit 1;
  if found then
    raise exception 'call % to this person is under way', live
      using errcode = '55006', hint = format('Wait until it has ended, or end it with select hangup_attempt(''%s''), and ask again.', live);
  end if;
  do_not_call_kept := 0;
  if number is not null then
    if stays_uncalled then
      insert into dnc_entries (account_id, phone_e164) values (account, number)
      on conflict (account_id, phone_e164, campaign_id) do update set expires_at = null;
    end if;
    insert into dnc_entries (account_id, phone_e164, campaign_id)
    select distinct account, number, campaign_id from leads where id = any (lead_ids) and status = 'DNC'
    on conflict do nothing;
    do_not_call_kept := dialer_hash_dnc(account, number, null);
  end if;
  select erased.* into leads_erased, attempts_erased, events_erased, jobs_erased
  from dialer_erase_rows(attempt_ids, lead_ids) as erased;
  texts_erased := case when number is null then 0 else dialer_take_out_mentions(account, number) end;
  perform dialer_note_erasure(account, 'PERSON', null, array[leads_erased, attempts_erased, events_erased, jobs_erased,
    texts_erased, calls_cancelled, do_not_call_kept]);
end $$;
comment on function dialer_erase_person(uuid, text, uuid, boolean) is
  'Erases all leads and attempts of a number, or of one lead, in an account. Locks campaigns, attempts, leads, jobs, in this order.';

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
  return query select erased.*
  from dialer_erase_person(account, dialer_read_person(erase_person.phone, country), null, erase_person.do_not_call) as erased;
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
    raise exception 'there is no lead %', erase_person_of_lead.lead_id using errcode = 'P0002';
  end if;
  number := wanted.phone_e164;
  if number is null then
    begin
      number := dialer_read_person(wanted.phone, wanted.country);
    exception when invalid_parameter_value then
      null; -- No number that can be read: there is this lead only.
    end;
  end if;
  return query select erased.*
  from dialer_erase_person(wanted.account_id, number, erase_person_of_lead.lead_id, erase_person_of_lead.do_not_call) as erased;
end $$;
comment on function erase_person_of_lead(uuid, boolean) is
  'erase_person for the number of a lead, and for a lead whose number cannot be read.';

create function dialer_empty_bite(campaign uuid, scope text, most integer,
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
  select coalesce(array_agg(id), '{}') into lead_ids from (
    select lead.id from leads as lead
    where lead.campaign_id = campaign and lead.erased_at is null
      and not exists (select from call_attempts where lead_id = lead.id and end_at is null)
    limit most) as bite;
  select coalesce(array_agg(id), '{}') into attempt_ids from call_attempts
  where lead_id = any (lead_ids) and erased_at is null;
  do_not_call_kept := dialer_hash_dnc(account, null, campaign);
  select erased.* into leads_erased, attempts_erased, events_erased, jobs_erased
  from dialer_erase_rows(attempt_ids, lead_ids) as erased;
  if not exists (select from leads where campaign_id = campaign and erased_at is null) then
    update campaigns set emptied_at = clock_timestamp() where id = campaign and emptied_at is null;
  end if;
  if leads_erased + attempts_erased + do_not_call_kept > 0 then
    perform dialer_note_erasure(account, scope, campaign,
      array[leads_erased, attempts_erased, events_erased, jobs_erased, 0, 0, do_not_call_kept]);
  end if;
end $$;
comment on function dialer_empty_bite(uuid, text, integer) is
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
    raise exception 'there is no campaign %', empty_campaign.campaign_id using errcode = 'P0002';
  end if;
  if wanted.status not in ('COMPLETED', 'CANCELLED') then
    raise exception 'campaign "%" is %, and only one that has ended can be emptied', wanted.name, wanted.status
      using errcode = '55000', hint = 'Set its status to COMPLETED or CANCELLED first.';
  end if;
  select bite.* into erased from dialer_empty_bite(wanted.id, 'CAMPAIGN', 1000) as bite;
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
    -- One whose last people still talk waits for another night.
    and (not exists (select from leads where campaign_id = campaigns.id)
      or exists (select from leads as lead where lead.campaign_id = campaigns.id and lead.erased_at is null
        and not exists (select from call_attempts where lead_id = lead.id and end_at is null)))
  order by id limit 1
  for no key update skip locked;
  if not found then
    return 0;
  end if;
  return 1 + (select bite.leads_erased
    from dialer_empty_bite(due.id, case when due.by_retention then 'RETENTION' else 'CAMPAIGN' end, most) as bite);
end $$;
comment on function dialer_empty_due(timestamptz, integer) is
  'A bite of one campaign that is to be emptied, or that ended before the given time. Returns one more than the leads it erased; 0 when nothing is due.';
create index campaigns_to_empty on campaigns (completed_at) where emptied_at is null and status in ('COMPLETED', 'CANCELLED');

-- Archived campaigns.

create function dialer_check_archive() returns trigger
language plpgsql set search_path from current as $$
begin
  if new.is_archived and new.status not in ('COMPLETED', 'CANCELLED') then
    raise exception 'campaign "%" is archived or to be, and cannot be %', new.name, new.status
      using errcode = '23514', table = tg_table_name, schema = tg_table_schema, constraint = 'campaigns_archived_have_ended',
        hint = 'Complete or cancel a campaign before it is archived; set is_archived to false before it dials again.';
  end if;
  if new.empty_requested_at is not null and not new.is_archived then
    raise exception 'campaign "%" was emptied and stays archived', new.name
      using errcode = '23514', table = tg_table_name, schema = tg_table_schema, constraint = 'campaigns_emptied_are_archived',
        hint = 'Make a new campaign.';
  end if;
  return new;
end $$;
comment on function dialer_check_archive() is 'Says in words what the constraints of archived campaigns refuse.';
create trigger check_archive before insert or update on campaigns
  for each row when (new.is_archived or new.empty_requested_at is not null) execute function dialer_check_archive();

create or replace function dialer_reopen(campaign_ids uuid[]) returns void
language plpgsql security definer set search_path from current as $$
begin
  update campaigns set status = 'ACTIVE'
  where id = any (campaign_ids) and status = 'COMPLETED' and completed_by = 'ENGINE' and not is_archived
    and (valid_until is null or valid_until > clock_timestamp());
end $$;
comment on function dialer_reopen(uuid[]) is
  'Makes those of the given campaigns ACTIVE again that the engine completed and that are still valid; what a person completed or archived stays so.';

create or replace function dialer_take_account() returns trigger
language plpgsql set search_path from current as $$
declare
  parent record;
begin
  select account_id, is_archived into parent from campaigns where id = new.campaign_id;
  if row_security_active(tg_relid) then
    -- Row level security shows the caller its own campaigns only, so another's is not found either. A caller without
    -- account is told so by the trigger that follows.
    if parent.account_id is null and new.campaign_id is not null and new.account_id is not null then
      raise exception 'there is no campaign % in your account', new.campaign_id
        using errcode = '23503', table = tg_table_name, schema = tg_table_schema,
          hint = 'Insert the campaign first, or read its id from campaigns.',
          constraint = (select conname from pg_constraint
            where conrelid = tg_relid and contype = 'f' and confrelid = 'campaigns'::regclass);
    end if;
  elsif parent.account_id is not null then
    new.account_id := parent.account_id;
  end if;
  if parent.is_archived and tg_table_name = 'leads' then
    raise exception 'campaign % is archived and takes no leads', new.campaign_id
      using errcode = '23514', table = tg_table_name, schema = tg_table_schema, constraint = 'campaigns_archived_have_ended',
        hint = 'Set is_archived to false first; for a campaign that was emptied, make a new one.';
  end if;
  return new;
end $$;

create or replace view campaign_progress with (security_invoker = true) as
select campaign.id as campaign_id, campaign.account_id, campaign.name, campaign.status,
  lead_counts.total as leads, lead_counts.fresh as leads_new, lead_counts.in_progress as leads_in_progress,
  lead_counts.retry as leads_retry, lead_counts.done as leads_done, lead_counts.failed as leads_failed,
  lead_counts.dnc as leads_dnc, lead_counts.invalid as leads_invalid,
  lead_counts.attempts, lead_counts.dials, answers.answered,
  live.queued as live_queued, live.dialling as live_dialling, live.answered as live_answered, live.agent as live_agent,
  lead_counts.next_due_at,
  case when lead_counts.total = 0 then 0
    else round(100.0 * (lead_counts.done + lead_counts.failed + lead_counts.dnc + lead_counts.invalid)
      / lead_counts.total, 1) end as percent_done,
  campaign.is_archived
from campaigns as campaign
cross join lateral (
  select count(*) as total,
    count(*) filter (where status = 'NEW') as fresh,
    count(*) filter (where status = 'IN_PROGRESS') as in_progress,
    count(*) filter (where status = 'RETRY') as retry,
    count(*) filter (where status = 'DONE') as done,
    count(*) filter (where status = 'FAILED') as failed,
    count(*) filter (where status = 'DNC') as dnc,
    count(*) filter (where status = 'INVALID') as invalid,
    coalesce(sum(leads.attempts), 0) as attempts,
    coalesce(sum(leads.dials), 0) as dials,
    min(due_at) filter (where status in ('NEW', 'RETRY')) as next_due_at
  from leads where leads.campaign_id = campaign.id) as lead_counts
cross join lateral (
  select count(*) as answered from call_attempts
  where call_attempts.campaign_id = campaign.id and answer_at is not null) as answers
cross join lateral (
  select count(*) filter (where state = 'QUEUED') as queued,
    count(*) filter (where state in ('ORIGINATING', 'RINGING', 'EARLY_MEDIA')) as dialling,
    count(*) filter (where state in ('ANSWERED', 'AMD_PROCESSING')) as answered,
    count(*) filter (where state in ('WAITING_AGENT', 'AGENT_RINGING', 'BRIDGED')) as agent
  from call_attempts where call_attempts.campaign_id = campaign.id and end_at is null) as live;
comment on column campaign_progress.is_archived is 'Whether it was put away.';

create function dialer_grant_erasure() returns void
language plpgsql set search_path from current as $$
declare
  api_role text;
begin
  foreach api_role in array array['authenticated', 'service_role'] loop
    continue when to_regrole(api_role) is null;
    execute format('grant execute on function erase_person(text, uuid, boolean), erase_person_of_lead(uuid, boolean),
      empty_campaign(uuid) to %I', api_role);
    execute format('grant select on erasures to %I', api_role);
    execute format('grant update (is_archived) on campaigns to %I', api_role);
  end loop;
  if to_regrole('service_role') is not null then
    grant execute on function find_number(text) to service_role;
  end if;
end $$;
comment on function dialer_grant_erasure() is 'Rights to erase, and to read what was erased.';

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
  end loop;
  if to_regrole('authenticated') is not null then
    perform dialer_grant_authenticated();
  end if;
  if to_regrole('service_role') is not null then
    perform dialer_grant_service_role();
  end if;
  perform dialer_grant_accounts();
  perform dialer_grant_erasure();
end $$;

select dialer_close('function', 'dialer_country_code(text)', 'dialer_read_person(text, text)', 'dialer_spellings(text)',
  'dialer_is_spelling(text, text, text)', 'dialer_mentions(text)', 'dialer_without(jsonb, text)', 'find_number(text)',
  'dialer_erase_lead()', 'dialer_erase_attempt()', 'dialer_erase_rows(uuid[], uuid[])', 'dialer_erase_jobs(uuid[])',
  'dialer_phone_hash(uuid, text)', 'dialer_erased_until(uuid, uuid, text)', 'dialer_hash_dnc(uuid, text, uuid)',
  'dialer_erasing_account(uuid)', 'dialer_note_erasure(uuid, text, uuid, integer[])',
  'dialer_take_out_mentions(uuid, text)', 'dialer_erase_person(uuid, text, uuid, boolean)',
  'erase_person(text, uuid, boolean)', 'erase_person_of_lead(uuid, boolean)', 'dialer_empty_bite(uuid, text, integer)',
  'empty_campaign(uuid)', 'dialer_empty_due(timestamptz, integer)', 'dialer_check_archive()', 'dialer_grant_erasure()');
select grant_api_roles();
