-- Erasing knows the same telephone as everything else does (dialer_phone_key), leaves a person's do-not-call status as it was,
-- and does not look in the wrong account.

create or replace function dialer_read_person(phone text, country text) returns text
language plpgsql stable set search_path from current as $$
declare
  -- A number of a plan that has changed since may stand in old rows: written plainly it is taken as it is.
  found text := coalesce(dialer_read_phone(phone, country), substring(phone from '^\s*(\+[1-9][0-9]{6,14})\s*$'));
begin
  if found is null then
    raise exception 'the phone number to erase cannot be read'
      using errcode = '22023', hint = 'Write one number with + and country code, such as +5511999990123.';
  end if;
  return dialer_phone_key(found);
end $$;
comment on function dialer_read_person(text, text) is
  'The telephone of a request, read as a lead''s is, as dialer_phone_key has it.';

create or replace function dialer_is_spelling(written text, number text, country text) returns boolean
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
  select account, campaign_id, dialer_phone_hash(account, phone_e164), nullif(max(coalesce(expires_at, 'infinity')), 'infinity')
  from gone where expires_at is null or expires_at > clock_timestamp()
  group by campaign_id, dialer_phone_hash(account, phone_e164)
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
      union select campaign_id from leads where account_id = account and (dialer_phone_key(phone_e164) = number or (
        strpos(regexp_replace(phone, '[^0-9]', '', 'g'), right(number, 6)) > 0 and dialer_is_spelling(phone, number, country)))
      union select campaign_id from call_attempts where account_id = account and dialer_phone_key(phone_e164) = number))
    order by id for no key update;
  select coalesce(array_agg(id), '{}') into lead_ids from leads
  where account_id = account and erased_at is null and (id = lead or dialer_phone_key(phone_e164) = number or (
    strpos(regexp_replace(phone, '[^0-9]', '', 'g'), right(number, 6)) > 0 and dialer_is_spelling(phone, number, country)));
  select coalesce(array_agg(id), '{}') into attempt_ids from call_attempts
  where account_id = account and erased_at is null and (lead_id = any (lead_ids) or dialer_phone_key(phone_e164) = number);
  calls_cancelled := dialer_cancel_queued(attempt_ids);
  select id into live from (
    select id, end_at from call_attempts where id = any (attempt_ids) order by id for update) as locked
  where end_at is null limit 1;
  if found then
    raise exception 'call % to this person is under way', live
      using errcode = '55006', hint = format('Wait until it has ended, or end it with select hangup_attempt(''%s''), and ask again.', live);
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
  texts_erased := case when number is null then 0 else dialer_take_out_mentions(account, number) end;
  perform dialer_note_erasure(account, 'PERSON', null, array[leads_erased, attempts_erased, events_erased, jobs_erased,
    texts_erased, calls_cancelled, do_not_call_kept]);
end $$;

create or replace function erase_person(phone text, account_id uuid default null, do_not_call boolean default false)
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
    raise exception 'in which account? This installation has several'
      using errcode = '22023', hint = 'Name it: erase_person(phone, account_id => ...); one after the other for several.';
  end if;
  return query select erased.*
  from dialer_erase_person(account, dialer_read_person(erase_person.phone, country), null, erase_person.do_not_call) as erased;
end $$;
