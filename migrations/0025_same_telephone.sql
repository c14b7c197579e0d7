-- What "the same telephone" is, decided in one place: dialer_phone_key. And do-not-call entries that are read as leads are.

create function dialer_phone_key(e164 text) returns text
language sql immutable strict parallel safe as $$
  select case
    when e164 ~ '^\+55[1-9]{2}[6-9][0-9]{7}$' then left(e164, 5) || '9' || substr(e164, 6)
    when e164 ~ '^\+549[0-9]{10}$' then '+54' || substr(e164, 5)
    when e164 ~ '^\+521[0-9]{10}$' then '+52' || substr(e164, 5)
    when e164 ~ '^\+390549[0-9]{6}$' then '+378' || substr(e164, 4)
    else e164
  end
$$;
comment on function dialer_phone_key(text) is
  'Two numbers are one telephone where these are equal: for do-not-call, gap, daily maximum, one live call and duplicates. Brazil''s mobiles without the ninth digit, Argentina''s with 9, Mexico''s with the old 1, San Marino by way of Italy.';

create function dialer_without_prefix(digits text, plan phone_plans) returns text
language plpgsql immutable set search_path from current as $$
declare
  found text[];
  rest text;
begin
  found := regexp_match(digits, '^(?:' || plan.national_prefix || ')');
  if found is null then
    return digits;
  end if;
  rest := regexp_replace(digits, '^(?:' || plan.national_prefix || ')',
    case when plan.prefix_transform is not null and found[cardinality(found)] is not null then plan.prefix_transform else '' end);
  -- What is a number with these digits in front is none without them.
  if digits ~ ('^(?:' || plan.national_pattern || ')$') and rest !~ ('^(?:' || plan.national_pattern || ')$') then
    return digits;
  end if;
  return rest;
end $$;
comment on function dialer_without_prefix(text, phone_plans) is 'A national number without the prefix that is dialled before it.';

create function dialer_existing_number(code text, domestic text) returns text
language sql stable security definer set search_path from current as $$
  select '+' || code || domestic
  where length(code || domestic) between 7 and 15 and exists (
    select from phone_plans as plan
    where plan.calling_code = code and domestic ~ ('^(?:' || plan.dialled_pattern || ')$'))
$$;
comment on function dialer_existing_number(text, text) is 'The number as E.164 if some plan of its country code has it, else null.';

create function dialer_brazilian_number(digits text) returns text
language plpgsql stable set search_path from current as $$
declare
  domestic text := case when left(digits, 1) = '0' then substr(digits, 2) else digits end;
begin
  -- A carrier's code can only stand after a 0, and is known by the two digits too many.
  if left(digits, 1) = '0' and length(domestic) in (12, 13) then
    domestic := substr(domestic, 3);
  end if;
  return case when length(domestic) in (10, 11) and domestic ~ '^[1-9][1-9]'
    then dialer_existing_number('55', substr(dialer_phone_key('+55' || domestic), 4)) end;
end $$;
comment on function dialer_brazilian_number(text) is 'Brazil''s own ways: 0, carrier code, the missing ninth digit.';

create function dialer_number_abroad(digits text) returns text
language plpgsql stable security definer set search_path from current as $$
declare
  known text := substr(dialer_phone_key('+' || digits), 2);
  plan phone_plans;
begin
  if left(digits, 2) = '55' then
    return dialer_brazilian_number(substr(digits, 3));
  end if;
  if digits ~ '^521[0-9]{10}$' then
    digits := known;
  end if;
  select * into plan from phone_plans
  where phone_plans.calling_code in (left(digits, 1), left(digits, 2), left(digits, 3)) and phone_plans.is_main;
  if not found then
    return null;
  end if;
  return dialer_existing_number(
    plan.calling_code, dialer_without_prefix(substr(digits, length(plan.calling_code) + 1), plan));
end $$;
comment on function dialer_number_abroad(text) is 'The number whose digits begin with a country code, as E.164; null when there is none.';

create function dialer_number_at_home(digits text, home text) returns text
language plpgsql stable security definer set search_path from current as $$
declare
  plan phone_plans;
  domestic text;
  coded text;
begin
  if home = 'BR' then
    return case
      when digits ~ '^0055' then dialer_brazilian_number(substr(digits, 5))
      when digits ~ '^00' then null
      when digits ~ '^55([0-9]{10,11}$|0)' then dialer_brazilian_number(substr(digits, 3))
      else dialer_brazilian_number(digits) end;
  end if;
  select * into plan from phone_plans where phone_plans.country = home;
  if not found then
    return null;
  end if;
  if digits ~ ('^(?:' || plan.international_prefix || ')[1-9]') then
    return dialer_number_abroad(regexp_replace(digits, '^(?:' || plan.international_prefix || ')', ''));
  end if;
  domestic := dialer_without_prefix(digits, plan);
  if left(digits, length(plan.calling_code)) = plan.calling_code then
    coded := dialer_without_prefix(substr(digits, length(plan.calling_code) + 1), plan);
    if digits !~ ('^(?:' || plan.national_pattern || ')$') and coded ~ ('^(?:' || plan.national_pattern || ')$') then
      domestic := coded;
    end if;
  end if;
  return dialer_existing_number(plan.calling_code, domestic);
end $$;
comment on function dialer_number_at_home(text, text) is 'The number that these digits are when dialled in a country, as E.164; null when there is none.';

create function dialer_read_digits(digits text, has_plus boolean, home text) returns text
language sql stable set search_path from current as $$
  select case when has_plus then dialer_number_abroad(digits) else dialer_number_at_home(digits, home) end
$$;
comment on function dialer_read_digits(text, boolean, text) is 'Digits as E.164, or null.';

create function dialer_tidy_phone(written text) returns text
language sql immutable as $$
  select regexp_replace(regexp_replace(btrim(regexp_replace(regexp_replace(translate(
      normalize(written, nfkc), U&'\2010\2011\2012\2013\2014\2212\00A0', '------ '),
    '[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]', '', 'g'),
    '^\s*(''|tel:)\s*', '', 'i')), '^((\+?55[ -]*)?\(?0)xx', '\1', 'i'),
    '^([^.,]*[0-9])[.,]0{1,2}$', '\1')
$$;
comment on function dialer_tidy_phone(text) is 'What a person wrote without invisible characters and known ornaments.';

create function dialer_read_phone(written text, home text) returns text
language plpgsql stable set search_path from current as $$
declare
  tidy text := dialer_tidy_phone(written);
  groups text[];
  last integer;
  previous integer;
  has_plus boolean;
  e164 text;
begin
  if tidy !~ '^(\(\+[0-9]{1,3}\)|\+?[0-9]{0,4})?[ .-]*(\([0-9]{1,5}\))?[0-9 .-]*[0-9]$'
    and tidy !~ '^\+?[0-9][0-9 .-]*[0-9]$' then
    return null;
  end if;
  groups := array(select matched[1] from regexp_matches(tidy, '[0-9]+', 'g') as matched);
  last := length(groups[cardinality(groups)]);
  previous := length(groups[cardinality(groups) - 1]);
  has_plus := tidy ~ '^\(?\+';
  -- Digits at the end that may be an extension, a count or a decimal are not glued to a number.
  if cardinality(groups) > 1 and not (
    last >= 4 and previous <= 5
    or last = 3 and previous <= 3
    or last = 2 and (
      select bool_and(length(pair) = 2) from unnest(groups[case when has_plus then 3 else 2 end:]) as pair)) then
    return null;
  end if;
  e164 := dialer_read_digits(array_to_string(groups, ''), has_plus, home);
  -- Where all numbers are of one form nobody writes them in pairs: a pair behind others is not theirs.
  return case when cardinality(groups) > 1 and last = 2 and e164 ~ '^\+(1|55)' then null else e164 end;
end $$;
comment on function dialer_read_phone(text, text) is
  'What a person wrote as E.164, read in a country (ISO 3166) where it has no +; null when it is not one number that exists. Never reads another number than the engine does from the same text; it refuses more.';

create function dialer_read_entry() returns trigger
language plpgsql security definer set search_path from current as $$
declare
  home text := coalesce(
    (select settings.default_country from account_settings as settings where settings.account_id = new.account_id), 'BR');
  e164 text := dialer_read_phone(new.phone_e164, home);
  tidy text;
  guess text;
begin
  if e164 is null then
    tidy := dialer_tidy_phone(new.phone_e164);
    guess := coalesce(
      dialer_read_phone(substring(tidy from '^(.*[0-9]{2})\D+[0-9]{1,3}\D*$'), home),
      dialer_read_phone(substring(tidy from '^[^0-9+]*(\+?[0-9][0-9 ().-]*[0-9])(?:[^0-9]|$)'), home),
      dialer_read_digits(regexp_replace(tidy, '[^0-9]', '', 'g'), tidy ~ '^\D*\+', home),
      dialer_number_abroad(regexp_replace(tidy, '[^0-9]', '', 'g')));
    raise exception 'phone_e164 "%" of dnc_entries cannot be read as one telephone of country %', left(new.phone_e164, 64), home
      using errcode = '23514', column = 'phone_e164', table = tg_table_name, schema = tg_table_schema,
        detail = 'It must be one number that exists, with its area code and nothing else: no extension, no second number.',
        hint = coalesce('If this is the number that is meant, write ' || guess || '.',
          'Write it with + and country code, such as +5511987654321.');
  end if;
  new.phone_e164 := e164;
  return new;
end $$;
comment on function dialer_read_entry() is
  'A do-not-call number may be written as a lead''s may, and is kept as E.164; what cannot be read is refused with the number to write.';

-- Entries that are there: as they would be read today. One that cannot be read stays, and forbids what it names.
do $$
declare
  entry record;
  twin uuid;
begin
  for entry in
    select old.id, old.account_id, old.campaign_id, old.expires_at, read.e164
    from dnc_entries as old
    cross join lateral (select dialer_number_abroad(substr(old.phone_e164, 2)) as e164) as read
    where read.e164 <> old.phone_e164
  loop
    select id into twin from dnc_entries
    where account_id = entry.account_id and phone_e164 = entry.e164 and campaign_id is not distinct from entry.campaign_id;
    if found then
      update dnc_entries set expires_at = case
        when expires_at is null or entry.expires_at is null then null else greatest(expires_at, entry.expires_at) end
      where id = twin;
      delete from dnc_entries where id = entry.id;
    else
      update dnc_entries set phone_e164 = entry.e164 where id = entry.id;
    end if;
  end loop;
end $$;
create trigger read_phone before insert or update of phone_e164 on dnc_entries
  for each row execute function dialer_read_entry();
create index dnc_entries_by_telephone on dnc_entries (account_id, dialer_phone_key(phone_e164));

-- Leads: one telephone once in a campaign. Those that are there twice: the first that was called stays, else the first.
alter table leads drop constraint leads_campaign_id_phone_e164_key;
update leads set phone_e164 = dialer_number_abroad(substr(phone_e164, 2))
where status in ('NEW', 'RETRY') and phone_e164 <> dialer_number_abroad(substr(phone_e164, 2));
update leads
set phone_e164 = null,
  status = case when leads.status in ('NEW', 'RETRY') then 'INVALID' else leads.status end,
  status_reason = case when leads.status in ('NEW', 'RETRY') then 'DUPLICATE' else leads.status_reason end
from (
  select id, row_number() over (
    partition by campaign_id, dialer_phone_key(phone_e164)
    order by (status = 'IN_PROGRESS') desc, dials > 0 desc, created_at, id) as nth
  from leads where phone_e164 is not null) as placed
where placed.id = leads.id and placed.nth > 1;
create unique index leads_campaign_id_telephone_key on leads (campaign_id, dialer_phone_key(phone_e164));

-- Live calls: of two to one telephone that were let through before, those that wait in the queue go back.
select dialer_cancel_queued(array(
  select attempt.id from call_attempts as attempt
  where attempt.end_at is null and attempt.state = 'QUEUED' and exists (
    select from call_attempts as other
    where other.account_id = attempt.account_id and other.end_at is null and other.id <> attempt.id
      and dialer_phone_key(other.phone_e164) = dialer_phone_key(attempt.phone_e164))));
drop index call_attempts_one_live_per_phone;
create unique index call_attempts_one_live_per_phone on call_attempts (account_id, dialer_phone_key(phone_e164))
  where end_at is null;
drop index call_attempts_by_phone;
create index call_attempts_by_phone on call_attempts (account_id, dialer_phone_key(phone_e164), originate_at desc);

create or replace function dialer_release_from_dnc() returns trigger
language plpgsql security definer set search_path from current as $$
begin
  update leads
  set status = case when leads.status <> 'DNC' then leads.status when leads.dials > 0 then 'RETRY' else 'NEW' end,
    status_reason = null, next_attempt_at = null
  from changed_rows as changed
  join campaigns as campaign on campaign.account_id = changed.account_id
    and (changed.campaign_id is null or campaign.id = changed.campaign_id)
    and campaign.status in ('DRAFT', 'ACTIVE', 'PAUSED')
  where leads.campaign_id = campaign.id and dialer_phone_key(leads.phone_e164) = dialer_phone_key(changed.phone_e164)
    and leads.status_reason = 'DNC'
    and (leads.status in ('NEW', 'RETRY')
      or (leads.status = 'DNC' and (leads.last_outcome is null
        or leads.last_outcome in (select outcomes.code from outcomes where outcomes.retryable))))
    and (tg_op = 'DELETE' or changed.expires_at is not null);
  return null;
end $$;

-- An entry stops what is queued: it waits for a claim that has the attempt, and a claim leaves out what an entry has. At the
-- commit, so that the attempt is held no longer than that. What was claimed just before is withdrawn from the engine.
create function dialer_stop_calls_of_entry() returns trigger
language plpgsql security definer set search_path from current as $$
declare
  claimed uuid[];
begin
  perform from call_attempts as attempt
  where attempt.account_id = new.account_id
    and dialer_phone_key(attempt.phone_e164) = dialer_phone_key(new.phone_e164)
    and attempt.end_at is null and attempt.state = 'QUEUED'
    and (new.campaign_id is null or attempt.campaign_id = new.campaign_id)
  order by attempt.id for no key update;
  claimed := array(
    select attempt.id from call_attempts as attempt
    where attempt.account_id = new.account_id
      and dialer_phone_key(attempt.phone_e164) = dialer_phone_key(new.phone_e164)
      and attempt.end_at is null and attempt.state = 'ORIGINATING'
      and (new.campaign_id is null or attempt.campaign_id = new.campaign_id));
  if cardinality(claimed) > 0 then
    perform pg_notify('dialer_withdrawn', json_build_object('schema', tg_table_schema, 'attemptIds', claimed)::text);
  end if;
  return null;
end $$;
comment on function dialer_stop_calls_of_entry() is
  'Of a number that has just been put on the do-not-call list: what is queued is refused by the claim, what is claimed and not yet written is withdrawn.';
create constraint trigger stop_calls after insert or update on dnc_entries deferrable initially deferred
  for each row execute function dialer_stop_calls_of_entry();

-- Persons who were erased are known by the same rule.
create or replace function dialer_phone_hash(account uuid, number text) returns bytea
language sql stable security definer set search_path from current as $$
  select sha256(secret || convert_to(dialer_phone_key(number), 'UTF8')) from erasure_secrets where account_id = account
$$;

create or replace function dialer_hash_dnc(account uuid, number text, in_campaign uuid) returns integer
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
  select account, campaign_id, dialer_phone_hash(account, phone_e164), expires_at
  from gone where expires_at is null or expires_at > clock_timestamp()
  on conflict (account_id, phone_hash, campaign_id) do update
  set expires_at = case when erased_do_not_call.expires_at is null or excluded.expires_at is null then null
    else greatest(erased_do_not_call.expires_at, excluded.expires_at) end;
  get diagnostics done = row_count;
  return done;
end $$;

create or replace function dialer_erase_person(account uuid, number text, lead uuid, stays_uncalled boolean,
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
      union select campaign_id from leads where account_id = account and (dialer_phone_key(phone_e164) = dialer_phone_key(number) or (
        strpos(regexp_replace(phone, '[^0-9]', '', 'g'), right(number, 6)) > 0 and dialer_is_spelling(phone, number, country)))
      union select campaign_id from call_attempts where account_id = account and dialer_phone_key(phone_e164) = dialer_phone_key(number)))
    order by id for no key update;
  select coalesce(array_agg(id), '{}') into lead_ids from leads
  where account_id = account and erased_at is null and (id = lead or dialer_phone_key(phone_e164) = dialer_phone_key(number) or (
    strpos(regexp_replace(phone, '[^0-9]', '', 'g'), right(number, 6)) > 0 and dialer_is_spelling(phone, number, country)));
  select coalesce(array_agg(id), '{}') into attempt_ids from call_attempts
  where account_id = account and erased_at is null and (lead_id = any (lead_ids) or dialer_phone_key(phone_e164) = dialer_phone_key(number));
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
end $$;
select dialer_close('function', 'dialer_phone_key(text)', 'dialer_without_prefix(text, phone_plans)',
  'dialer_existing_number(text, text)', 'dialer_brazilian_number(text)', 'dialer_number_abroad(text)',
  'dialer_number_at_home(text, text)', 'dialer_read_digits(text, boolean, text)', 'dialer_tidy_phone(text)',
  'dialer_read_phone(text, text)', 'dialer_read_entry()', 'dialer_stop_calls_of_entry()');
select grant_api_roles();
