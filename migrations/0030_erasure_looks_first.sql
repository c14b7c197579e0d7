-- A person is looked for before anything is locked, and once: in an account of many leads that takes seconds, in which its
-- campaigns go on dialling.

create function dialer_possible_mentions(number text) returns text
language sql immutable set search_path from current as $$
  select regexp_replace(dialer_spellings(number), '([0-9]\??)(?=[0-9])', '\1[^0-9A-Za-z]{0,5}', 'g')
$$;
comment on function dialer_possible_mentions(text) is
  'A regular expression for every text in which the national digits of a number stand; wider than dialer_mentions, to find rows that are then looked at.';

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

create or replace function dialer_erase_person(account uuid, number text, lead uuid, stays_uncalled boolean,
  out leads_erased integer, out attempts_erased integer, out events_erased integer, out jobs_erased integer,
  out texts_erased integer, out calls_cancelled integer, out do_not_call_kept integer)
language plpgsql security definer set search_path from current as $$
#variable_conflict use_column
declare
  country text := coalesce((select default_country from account_settings where account_id = account), 'BR');
  written_so uuid[];
  mentioned uuid[];
  lead_ids uuid[];
  attempt_ids uuid[];
  live uuid;
begin
  select coalesce(array_agg(id) filter (where dialer_is_spelling(phone, number, country)), '{}'),
    coalesce(array_agg(id), '{}')
  into written_so, mentioned
  from leads where account_id = account and erased_at is null
    and concat_ws('|', phone, first_name, last_name, external_id, disposition, status_reason, metadata)
      ~ dialer_possible_mentions(number);
  -- A pass of a locked campaign queues nothing. What it has queued is seen after the lock.
  perform from campaigns where account_id = account and (
      id in (select campaign_id from leads where id = lead or id = any (written_so))
      or exists (select from leads
        where leads.campaign_id = campaigns.id and dialer_phone_key(leads.phone_e164) = number)
      or id in (select campaign_id from call_attempts
        where account_id = account and dialer_phone_key(phone_e164) = number))
    order by id for no key update;
  select coalesce(array_agg(id), '{}') into lead_ids from leads
  where account_id = account and erased_at is null and id in (
    select lead
    union select unnest(written_so)
    union select known.id from campaigns as campaign
    join leads as known on known.campaign_id = campaign.id and dialer_phone_key(known.phone_e164) = number
    where campaign.account_id = account);
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

drop function dialer_take_out_mentions(uuid, text);
select dialer_close('function', 'dialer_possible_mentions(text)', 'dialer_take_out_mentions(uuid, text, uuid[])');
