-- Further numbers of a lead: more telephones at which the same person may be reached, tried in turn.
--
-- leads.phone is the first number and stays it. Whichever of a lead's numbers is dialled next, leads.dial_phone_id names it.

create table lead_phones (
  id uuid primary key default gen_random_uuid(),
  account_id uuid not null default current_account_id(),
  campaign_id uuid not null,
  lead_id uuid not null,
  phone text not null check (length(phone) between 1 and 64 and phone !~ '[[:cntrl:]]'),
  phone_e164 text not null check (phone_e164 ~ '^\+[1-9][0-9]{6,14}$'),
  dial_timezone text,
  kind text check (kind ~ '^[^[:cntrl:]]{1,40}$'),
  position integer not null check (position between 1 and 1000),
  state text not null default 'NEW'
    check (state in ('NEW', 'TRIED', 'REACHED', 'SPENT', 'INVALID', 'DNC', 'DUPLICATE')),
  next_attempt_at timestamptz,
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp(),
  unique (lead_id, phone_e164),
  foreign key (lead_id, campaign_id, account_id) references leads (id, campaign_id, account_id) on delete cascade
) with (fillfactor = 80);
create index lead_phones_by_telephone on lead_phones (campaign_id, dialer_phone_key(phone_e164));
create index lead_phones_by_account on lead_phones (account_id, dialer_phone_key(phone_e164));
alter table lead_phones alter column account_id set (n_distinct = 1000);
comment on table lead_phones is 'Further numbers of a lead, beside leads.phone, which is the first: tried in turn, by rule, when one is invalid, busy or not answered.';
comment on column lead_phones.id is 'Key; a client may give its own.';
comment on column lead_phones.account_id is 'Account of the lead.';
comment on column lead_phones.campaign_id is 'Campaign of the lead.';
comment on column lead_phones.lead_id is 'The lead, for good.';
comment on column lead_phones.phone is 'The number as given.';
comment on column lead_phones.phone_e164 is 'The number as dialled, read from phone in the account''s country.';
comment on column lead_phones.dial_timezone is 'Zone of the number, once a pass or the import has looked at it.';
comment on column lead_phones.kind is 'What it is, in the client''s words: mobile, home, work.';
comment on column lead_phones.position is 'Its turn after leads.phone; smaller goes first. Left out: behind the others.';
comment on column lead_phones.state is
  'NEW (not dialled), TRIED, REACHED (a person answered there), SPENT (its rule''s tries are used up), INVALID (no such number, or a fax), DNC (on a do-not-call list when it was looked at), DUPLICATE (the lead has it already, or another lead of the campaign has).';
comment on column lead_phones.next_attempt_at is 'This number is not dialled before; null: at any time.';
comment on column lead_phones.created_at is 'When the row was made.';
comment on column lead_phones.updated_at is 'When it last changed.';

alter table leads
  add column dial_phone_id uuid references lead_phones (id) on delete set null,
  add column phone_state text not null default 'NEW'
    check (phone_state in ('NEW', 'TRIED', 'REACHED', 'SPENT', 'INVALID', 'DNC', 'DUPLICATE')),
  add column phone_next_attempt_at timestamptz;
create index leads_by_dial_phone on leads (dial_phone_id) where dial_phone_id is not null;
comment on column leads.dial_phone_id is 'The further number (lead_phones) that is dialled next, or being dialled; null: phone.';
comment on column leads.phone_state is 'State of phone itself, in the words of lead_phones.state.';
comment on column leads.phone_next_attempt_at is 'phone itself is not dialled before this, where the lead has further numbers.';

alter table call_attempts add column lead_phone_id uuid references lead_phones (id) on delete set null;
create index call_attempts_by_lead_phone on call_attempts (lead_phone_id) where lead_phone_id is not null;
comment on column call_attempts.lead_phone_id is 'The further number of the lead that was dialled; null: leads.phone, or a number that was deleted since.';

alter table outcomes add column next_number text not null default 'NEVER' check (next_number in ('AT_ONCE', 'AFTER_DELAY', 'NEVER'));
comment on column outcomes.next_number is
  'When a lead''s next number is tried after it, unless a rule says otherwise. NEVER where a person was reached or refused, and where the number is not at fault.';
update outcomes set next_number = 'AT_ONCE'
where code in ('MACHINE', 'FAX', 'NO_ANSWER', 'BUSY', 'INVALID_NUMBER', 'UNREACHABLE', 'REJECTED');
alter table retry_rules add column next_number text check (next_number in ('AT_ONCE', 'AFTER_DELAY', 'NEVER'));
comment on column retry_rules.next_number is
  'When the lead''s next number is tried: AT_ONCE, AFTER_DELAY (delay_seconds), NEVER (the same number again). Null: as outcomes.next_number says; after a disposition NEVER.';

-- Whose it is. Row level security shows a client its own leads only, so another's is not found either.
create function dialer_take_lead() returns trigger
language plpgsql set search_path from current as $$
declare
  parent record;
begin
  select leads.account_id, leads.campaign_id, leads.erased_at, campaigns.is_archived into parent
  from leads join campaigns on campaigns.id = leads.campaign_id where leads.id = new.lead_id;
  if not found then
    if new.lead_id is null then
      return new;
    end if;
    raise exception 'there is no lead % in your account', new.lead_id
      using errcode = '23503', table = tg_table_name, schema = tg_table_schema, column = 'lead_id',
        hint = 'Insert the lead first, or read its id from leads.';
  elsif parent.erased_at is not null then
    raise exception 'lead % was erased and takes no data', new.lead_id
      using errcode = '23514', table = tg_table_name, schema = tg_table_schema, hint = 'Insert a new lead.';
  elsif parent.is_archived then
    raise exception 'campaign % is archived and takes no numbers', parent.campaign_id
      using errcode = '23514', table = tg_table_name, schema = tg_table_schema, constraint = 'campaigns_archived_have_ended',
        hint = 'Set is_archived to false first; for a campaign that was emptied, make a new one.';
  end if;
  new.account_id := parent.account_id;
  new.campaign_id := parent.campaign_id;
  return new;
end $$;
comment on function dialer_take_lead() is
  'Before insert: a number takes account and campaign of its lead. One of another account and one that does not exist are refused in the same words.';
create trigger account before insert on lead_phones for each row execute function dialer_take_lead();

create function dialer_home_of(account uuid) returns text
language sql stable security definer set search_path from current as $$
  select coalesce((select default_country from account_settings where account_id = account), 'BR')
$$;
comment on function dialer_home_of(uuid) is 'The country in which an account''s numbers without + are read.';

create function dialer_number_is_taken(number lead_phones) returns boolean
language sql stable security definer set search_path from current as $$
  select exists (
      select from leads
      where leads.campaign_id = number.campaign_id and dialer_phone_key(leads.phone_e164) = dialer_phone_key(number.phone_e164))
    or exists (
      select from leads
      where leads.id = number.lead_id and leads.phone_e164 is null
        and dialer_phone_key(dialer_read_phone(leads.phone, dialer_home_of(number.account_id))) = dialer_phone_key(number.phone_e164))
    or exists (
      select from lead_phones as other
      where other.campaign_id = number.campaign_id and dialer_phone_key(other.phone_e164) = dialer_phone_key(number.phone_e164)
        and other.id <> number.id and other.state <> 'DUPLICATE')
$$;
comment on function dialer_number_is_taken(lead_phones) is
  'Whether the lead has this telephone already, or another lead of the campaign. What two transactions insert at the same time is found by the pass.';

create function dialer_read_lead_phone() returns trigger
language plpgsql security definer set search_path from current as $$
declare
  home text := dialer_home_of(new.account_id);
  others record;
begin
  new.state := coalesce(new.state, 'NEW');
  new.updated_at := clock_timestamp();
  if tg_op = 'UPDATE' and new.phone is distinct from old.phone and new.phone_e164 is not distinct from old.phone_e164 then
    new.phone_e164 := null;
  end if;
  if new.phone_e164 is null then
    new.phone_e164 := dialer_read_phone(new.phone, home);
    if new.phone_e164 is null then
      raise exception 'phone "%" of lead_phones cannot be read as one telephone of country %', left(new.phone, 64), home
        using errcode = '23514', column = 'phone', table = tg_table_name, schema = tg_table_schema,
          detail = 'It must be one number that exists, with its area code and nothing else: no extension, no second number.',
          hint = 'Write it with + and country code, such as +5511987654321; a second number is a row of its own.';
    end if;
  end if;
  if tg_op = 'UPDATE' and new.phone_e164 = old.phone_e164 then
    return new;
  end if;
  if tg_op = 'UPDATE' then
    new.dial_timezone := null;
    new.next_attempt_at := null;
  else
    select count(*) as count, coalesce(max(other.position), 0) as last into others
    from lead_phones as other where other.lead_id = new.lead_id and other.id <> new.id;
    new.position := coalesce(new.position, others.last + 1);
    if others.count >= 20 then
      raise exception 'lead % has 20 further numbers already', new.lead_id
        using errcode = '23514', table = tg_table_name, schema = tg_table_schema,
          hint = 'Delete numbers that are no good (state INVALID or DUPLICATE) first.';
    end if;
  end if;
  new.state := case when dialer_number_is_taken(new) then 'DUPLICATE' else 'NEW' end;
  return new;
end $$;
comment on function dialer_read_lead_phone() is
  'A further number may be written as a lead''s may; what cannot be read is refused. It takes its turn behind the others, and one that the campaign has already is kept as DUPLICATE and not dialled.';
create trigger read_phone before insert or update on lead_phones for each row execute function dialer_read_lead_phone();

-- A lead that was given up for want of a number has one again.
create function dialer_revive_by_numbers(phone_ids uuid[]) returns void
language plpgsql security definer set search_path from current as $$
begin
  with fresh as (
    select distinct on (number.lead_id) number.lead_id, number.id, number.dial_timezone
    from lead_phones as number where number.id = any (phone_ids) and number.state = 'NEW'
    order by number.lead_id, number.position, number.created_at, number.id
  ), ended as (
    select leads.id from leads
    where leads.id in (select fresh.lead_id from fresh) and leads.erased_at is null
      and (leads.status = 'INVALID' and leads.status_reason is distinct from 'DUPLICATE'
        or leads.status = 'FAILED' and leads.status_reason in ('MAX_TRIES', 'NO_RULE')
        or leads.status = 'DNC' and leads.dials = 0)
    order by leads.id for no key update
  )
  update leads
  set phone_state = case
      when leads.dial_phone_id is not null or leads.phone_state in ('SPENT', 'INVALID') then leads.phone_state
      when leads.status = 'FAILED' then 'SPENT' else leads.status end,
    status = case when leads.dials > 0 then 'RETRY' else 'NEW' end,
    status_reason = null, next_attempt_at = null, dial_phone_id = fresh.id,
    dial_timezone = coalesce(leads.timezone, fresh.dial_timezone)
  from ended join fresh on fresh.lead_id = ended.id
  where leads.id = ended.id;
end $$;
comment on function dialer_revive_by_numbers(uuid[]) is
  'New numbers bring leads back that ended because their numbers were invalid or their tries used up, or that were on do-not-call before anybody was called. One that is done, a duplicate or at max_attempts stays so.';

create function dialer_revive_by_new_numbers() returns trigger
language plpgsql security definer set search_path from current as $$
begin
  perform dialer_revive_by_numbers(array(select id from new_rows where state = 'NEW'));
  return null;
end $$;
comment on function dialer_revive_by_new_numbers() is 'Numbers that were added.';
create trigger revive after insert on lead_phones referencing new table as new_rows
  for each statement execute function dialer_revive_by_new_numbers();

create function dialer_revive_by_corrected_number() returns trigger
language plpgsql security definer set search_path from current as $$
begin
  update leads set dial_timezone = timezone where dial_phone_id = new.id;
  perform dialer_revive_by_numbers(array[new.id]);
  return null;
end $$;
comment on function dialer_revive_by_corrected_number() is 'A number that was corrected is as good as a new one; its zone is found again.';
create trigger revive_corrected after update on lead_phones
  for each row when (new.phone_e164 <> old.phone_e164) execute function dialer_revive_by_corrected_number();

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

alter table lead_phones enable row level security;
create policy own_account on lead_phones
  using (account_id = (select current_account_id())) with check (account_id = (select current_account_id()));

create function dialer_grant_lead_phones() returns void
language plpgsql set search_path from current as $$
begin
  if to_regrole('authenticated') is not null then
    grant select on lead_phones to authenticated;
    grant insert (id, lead_id, phone, kind, position), update (phone, kind, position) on lead_phones to authenticated;
    grant delete on lead_phones to authenticated;
    grant insert (next_number), update (next_number) on retry_rules to authenticated;
  end if;
  if to_regrole('service_role') is not null then
    grant select on lead_phones to service_role;
    grant insert (id, lead_id, phone, phone_e164, dial_timezone, kind, position), update (phone, kind, position)
      on lead_phones to service_role;
    grant delete on lead_phones to service_role;
  end if;
end $$;
comment on function dialer_grant_lead_phones() is 'Rights to further numbers of leads.';

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
  perform dialer_grant_lead_phones();
end $$;
select dialer_close('table', 'lead_phones');
select dialer_close('function', 'dialer_take_lead()', 'dialer_home_of(uuid)', 'dialer_number_is_taken(lead_phones)',
  'dialer_read_lead_phone()', 'dialer_revive_by_numbers(uuid[])', 'dialer_revive_by_new_numbers()',
  'dialer_revive_by_corrected_number()', 'dialer_erase_lead_phones()', 'dialer_grant_lead_phones()');
select grant_api_roles();
