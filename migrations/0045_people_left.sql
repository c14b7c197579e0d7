-- Erased leads are nobody's: they do not count towards accounts.max_leads, and are passed over when the rest is looked for. A
-- person is looked for with a cheap look before the expression; and leads, lists and campaigns go as quickly before the
-- tables are analysed as after.

-- The plan of a foreign key's check is kept by the session that made it. Made while the tables are empty, or nothing is known of
-- them, an index on the account or the campaign alone looks as good as one on the lead or the list. Each lead deleted then
-- read every call of its account, and each list every lead of its campaign; with two of the key's columns these indexes are
-- the better ones without statistics, too. And "no action" asks at each lead deleted whether another lead has its key, reading
-- all of its campaign; "restrict" does not ask.
drop index call_attempts_by_lead;
create index call_attempts_by_lead on call_attempts (lead_id, campaign_id, queued_at);
drop index leads_by_list;
create index leads_by_list on leads (list_id, campaign_id) where list_id is not null;
create index lead_phones_by_lead on lead_phones (lead_id, campaign_id);
alter table call_attempts drop constraint call_attempts_lead_id_campaign_id_account_id_fkey;
alter table call_attempts add constraint call_attempts_lead_id_campaign_id_account_id_fkey
  foreign key (lead_id, campaign_id, account_id) references leads (id, campaign_id, account_id) on delete restrict;

create index leads_not_erased on leads (account_id, campaign_id) where erased_at is null;

-- campaign_counts has the erased ones in their last status. Counting 300,000 leads takes a tenth of a second, and most inserts
-- are of one: so what was counted is remembered.
create table lead_counts (
  account_id uuid primary key references accounts on delete cascade,
  at_most bigint not null,
  counted_at timestamptz not null default clock_timestamp()
);
comment on table lead_counts is 'How many leads an account with max_leads has at most. The database''s own; no API role reads it.';
comment on column lead_counts.account_id is 'The account.';
comment on column lead_counts.at_most is 'Leads when they were counted, and those inserted since; leads that went since are in it still.';
comment on column lead_counts.counted_at is 'When they were counted; after an hour they are counted again.';
alter table lead_counts enable row level security;
select dialer_close('table', 'lead_counts');

create or replace function dialer_limit_leads() returns trigger
language plpgsql security definer set search_path from current as $$
declare
  account record;
  counted bigint;
begin
  for account in
    select accounts.id, accounts.max_leads, added.leads from accounts
    join (select account_id, count(*) as leads from new_rows group by account_id) as added on added.account_id = accounts.id
    where accounts.max_leads is not null order by accounts.id
  loop
    -- Two at once would both find the last place.
    perform pg_advisory_xact_lock(hashtextextended(current_schema() || '.leads.' || account.id, 0));
    update lead_counts set at_most = at_most + account.leads
    where account_id = account.id and at_most + account.leads <= account.max_leads
      and counted_at > clock_timestamp() - interval '1 hour';
    continue when found;
    counted := (select count(*) from (
      select from leads where account_id = account.id and erased_at is null limit account.max_leads + 1) as people);
    if counted > account.max_leads then
      raise exception 'account % may have % leads in all its campaigns', account.id, account.max_leads
        using errcode = '23514',
          hint = 'Empty campaigns that are over (select empty_campaign(id)), or ask the administrator for more.';
    end if;
    insert into lead_counts (account_id, at_most) values (account.id, counted)
    on conflict (account_id) do update set at_most = excluded.at_most, counted_at = clock_timestamp();
  end loop;
  return null;
end $$;
comment on function dialer_limit_leads() is 'Refuses more leads than accounts.max_leads; those that were erased do not count.';

create function dialer_forget_lead_count() returns trigger
language plpgsql security definer set search_path from current as $$
begin
  delete from lead_counts where account_id = new.id;
  return null;
end $$;
comment on function dialer_forget_lead_count() is 'While there was no limit nobody counted.';
create trigger forget_lead_count after update on accounts
  for each row when (old.max_leads is null and new.max_leads is not null) execute function dialer_forget_lead_count();

comment on column accounts.max_leads is 'Leads in all its campaigns, without those that were erased.';

create function dialer_digits_in_order(number text) returns text
language sql immutable set search_path from current as $$
  select '%' || regexp_replace(regexp_replace(dialer_spellings(number), '9\?|[()]', '', 'g'), '([0-9])', '\1%', 'g')
$$;
comment on function dialer_digits_in_order(text) is
  'A pattern of LIKE that every text matches in which a number stands, however written: its national digits in order, whatever is between them.';

create or replace function dialer_erase_person(account uuid, number text, lead uuid, stays_uncalled boolean,
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
  texts_erased := case when number is null then 0 else dialer_take_out_mentions(account, number, mentioned) end;
  perform dialer_note_erasure(account, 'PERSON', null, array[leads_erased, attempts_erased, events_erased, jobs_erased,
    texts_erased, calls_cancelled, do_not_call_kept]);
end $$;

create or replace function find_number(phone text)
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

create or replace function dialer_empty_bite(campaign uuid, scope text, most integer,
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

create or replace function dialer_empty_due(before timestamptz, most integer) returns integer
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
    from dialer_empty_bite(due.id, case when due.by_retention then 'RETENTION' else 'CAMPAIGN' end, most) as bite);
end $$;

select dialer_close('function', 'dialer_digits_in_order(text)', 'dialer_forget_lead_count()');
