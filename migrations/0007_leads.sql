-- Lists, leads, their further numbers, and the numbers that must not be called.

create table lists (
  id uuid primary key default gen_random_uuid(),
  account_id uuid not null default current_account_id(),
  campaign_id uuid not null,
  name text not null check (length(name) between 1 and 200 and name !~ '[[:cntrl:]]'),
  source text check (length(source) <= 500),
  legal_basis text check (length(legal_basis) <= 500),
  priority integer not null default 100,
  is_active boolean not null default true,
  created_at timestamptz not null default clock_timestamp(),
  unique (id, campaign_id),
  foreign key (campaign_id, account_id) references campaigns (id, account_id) on delete cascade
);
create index lists_by_campaign on lists (campaign_id);
create index lists_by_account on lists (account_id);
comment on table lists is 'Import batches of leads.';
comment on column lists.id is 'Key; a client may give its own.';
comment on column lists.account_id is 'Account of the campaign.';
comment on column lists.campaign_id is 'The campaign, for good.';
comment on column lists.name is 'Name for people.';
comment on column lists.source is 'Where the data come from.';
comment on column lists.legal_basis is 'Why these people may be called.';
comment on column lists.priority is 'Between lists of a campaign; smaller goes first.';
comment on column lists.is_active is 'Whether its leads are dialled.';
comment on column lists.created_at is 'When the row was made.';
alter table lists enable row level security;
create policy own_account on lists
  using (account_id = (select current_account_id())) with check (account_id = (select current_account_id()));
create trigger account before insert on lists for each row execute function dialer_take_account();
create trigger accept_account before insert on lists
  for each row when (new.account_id is null) execute function dialer_require_account();

create function dialer_prepare_lead() returns trigger
language plpgsql set search_path from current as $$
begin
  if tg_op = 'INSERT' then
    new.next_attempt_at := coalesce(new.next_attempt_at, new.callback_at);
    if new.phone_e164 is null then
      new.dial_timezone := null;
    end if;
    return new;
  end if;
  new.updated_at := clock_timestamp();
  if new.phone is distinct from old.phone and new.phone_e164 is not distinct from old.phone_e164 then
    new.phone_e164 := null;
    new.phone_state := 'NEW';
    new.phone_next_attempt_at := null;
    if new.status = 'INVALID' then
      new.status := 'NEW';
      new.status_reason := null;
      new.dial_phone_id := null;
    end if;
  elsif new.timezone is distinct from old.timezone and new.dial_timezone is not distinct from old.dial_timezone then
    new.dial_timezone := new.timezone;
    if new.timezone is null and new.dial_phone_id is null then
      new.phone_e164 := null;
    end if;
  end if;
  -- Zone and number are found together, by the pass that first looks at the lead.
  if new.phone_e164 is null and new.dial_phone_id is null and new.status <> 'INVALID' then
    new.dial_timezone := null;
  end if;
  return new;
end $$;
comment on function dialer_prepare_lead() is
  'Keeps what is derived in step with what a client writes: a new phone is looked at again, a new zone is obeyed.';

create function dialer_date_disposition() returns trigger
language plpgsql set search_path from current as $$
begin
  new.disposition_at := case when new.disposition is not null then clock_timestamp() end;
  return new;
end $$;
comment on function dialer_date_disposition() is 'Keeps leads.disposition_at.';

-- A trigger, because a generated column cannot be named in an update at all, and PostgREST names every column.
create function dialer_date_due() returns trigger
language plpgsql set search_path from current as $$
begin
  new.due_at := coalesce(new.next_attempt_at, new.created_at);
  return new;
end $$;
comment on function dialer_date_due() is 'Keeps leads.due_at, whoever writes.';

create function dialer_check_list() returns trigger
language plpgsql security definer set search_path from current as $$
begin
  if not exists (select from lists where lists.id = new.list_id and lists.campaign_id = new.campaign_id) then
    perform dialer_refuse_one(tg_relid, '23503', dialer_fault('LIST_IS_UNKNOWN', 'column', 'list_id', 'value', new.list_id::text,
      'campaign', new.campaign_id::text, 'constraint', 'leads_list_id_campaign_id_fkey'));
  end if;
  return new;
end $$;
comment on function dialer_check_list() is 'Says that a list is not of the lead''s campaign, before the foreign key does. For clients: an import knows its list.';

create table leads (
  id uuid primary key default gen_random_uuid(),
  account_id uuid not null default current_account_id(),
  campaign_id uuid not null,
  list_id uuid,
  external_id text check (length(external_id) between 1 and 200),
  phone text not null check (length(phone) between 1 and 64 and phone !~ '[[:cntrl:]]'),
  phone_e164 text check (phone_e164 ~ '^\+[1-9][0-9]{6,14}$'),
  dial_timezone text,
  first_name text check (length(first_name) <= 200),
  last_name text check (length(last_name) <= 200),
  timezone text,
  priority integer not null default 100,
  status text not null default 'NEW'
    check (status in ('NEW', 'IN_PROGRESS', 'RETRY', 'DONE', 'FAILED', 'DNC', 'INVALID')),
  status_reason text check (length(status_reason) <= 200),
  attempts integer not null default 0 check (attempts >= 0),
  dials integer not null default 0 check (dials >= 0),
  last_attempt_at timestamptz,
  next_attempt_at timestamptz,
  last_outcome text references outcomes (code),
  disposition text check (disposition ~ '^[^[:cntrl:]]{1,80}$'),
  callback_at timestamptz,
  metadata jsonb not null default '{}' check (jsonb_typeof(metadata) = 'object'),
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp(),
  moving_from_attempt_id uuid,
  due_at timestamptz,
  disposition_at timestamptz,
  erased_at timestamptz,
  last_end_at timestamptz,
  dial_phone_id uuid,
  phone_state text not null default 'NEW'
    check (phone_state in ('NEW', 'TRIED', 'REACHED', 'SPENT', 'INVALID', 'DNC', 'DUPLICATE')),
  phone_next_attempt_at timestamptz,
  has_more boolean not null default false,
  unique (campaign_id, external_id),
  unique (id, campaign_id, account_id),
  foreign key (campaign_id, account_id) references campaigns (id, account_id) on delete cascade,
  foreign key (list_id, campaign_id) references lists (id, campaign_id) on delete cascade
) with (fillfactor = 70);
create index leads_to_dial on leads (
  campaign_id, coalesce(dial_timezone, ''), coalesce(list_id, '00000000-0000-0000-0000-000000000000'), priority, due_at, id
) where status in ('NEW', 'RETRY');
create unique index leads_campaign_id_telephone_key on leads (campaign_id, dialer_phone_key(phone_e164));
-- Not with campaign_id: before a table is analysed, an index of two columns that a foreign key checks looks as good as its
-- unique one, and each new attempt then read every lead of its campaign.
create index leads_by_account on leads (account_id, created_at);
create index leads_by_dial_phone on leads (dial_phone_id) where dial_phone_id is not null;
-- The plan of a foreign key's check is kept by the session that made it. Made while the tables are empty, an index on the account
-- or the campaign alone looks as good as one on the list, and each list deleted then read every lead of its campaign. With two
-- of the key's columns this one is the better one without statistics, too; likewise call_attempts_by_lead.
create index leads_by_list on leads (list_id, campaign_id) where list_id is not null;
-- A lead with further numbers whose next number may not be called for the hour of its zone goes on with one that may: such leads
-- are found by an index of their own, which holds nobody else.
create index leads_with_more on leads (campaign_id, coalesce(dial_timezone, ''), due_at, id)
  where status in ('NEW', 'RETRY') and has_more and status_reason is distinct from 'CALLBACK';
-- Row level security asks for the account, and n_distinct below makes every account look small. So an index that begins with
-- the account must be the best one for the rest of the question too: one that is only of the campaign loses against the
-- account's 500,000 leads, which look like 1,500.
create index leads_next_due on leads (account_id, campaign_id, due_at) where status in ('NEW', 'RETRY');
-- People who were not erased are counted from it alone.
create index leads_by_campaign on leads (account_id, campaign_id, erased_at);
-- What row level security asks for first is the account. It is not known when a statement is planned, so Postgres divides by the
-- number of accounts it saw; with few of them it would read the whole table. One of many is what a policy means.
alter table leads alter column account_id set (n_distinct = 1000);
comment on table leads is 'People to call, each in one campaign.';
comment on column leads.id is 'Key; a client may give its own.';
comment on column leads.account_id is 'Account of the campaign.';
comment on column leads.campaign_id is 'The campaign, for good.';
comment on column leads.list_id is 'List of the same campaign.';
comment on column leads.external_id is 'The client''s own key, unique in the campaign.';
comment on column leads.phone is 'The number as given.';
comment on column leads.phone_e164 is 'The number as dialled; set by the pass that first looks at the lead, reset when phone changes.';
comment on column leads.dial_timezone is 'Zone whose clock decides when this lead may be called; set with phone_e164.';
comment on column leads.first_name is 'First name.';
comment on column leads.last_name is 'Last name.';
comment on column leads.timezone is 'Zone of the person, if known.';
comment on column leads.priority is 'Between leads of a list; smaller goes first.';
comment on column leads.status is 'NEW, IN_PROGRESS (an attempt is live), RETRY, DONE, FAILED, DNC, INVALID.';
comment on column leads.status_reason is 'Why it has that status.';
comment on column leads.attempts is 'Attempts that counted.';
comment on column leads.dials is 'Originates of any kind, without those that the PBX itself refused before anybody was dialled.';
comment on column leads.last_attempt_at is 'Last Originate.';
comment on column leads.next_attempt_at is 'Not before this; null: at once.';
comment on column leads.last_outcome is 'Outcome of the last attempt.';
comment on column leads.disposition is 'Business result, set by an agent or a bot.';
comment on column leads.callback_at is 'When the person asked to be called. Setting it moves the lead to RETRY for that time.';
comment on column leads.metadata is 'Whatever the client wants to keep.';
comment on column leads.created_at is 'When the row was made.';
comment on column leads.updated_at is 'When it last changed.';
comment on column leads.moving_from_attempt_id is 'Attempt that failed by its trunk''s fault without ringing: the next attempt continues it on another trunk.';
comment on column leads.due_at is 'When it may be dialled: next_attempt_at, else created_at.';
comment on column leads.disposition_at is
  'When disposition was set. It is the result of the call that was the last one at that time, and has no effect after later calls.';
comment on column leads.erased_at is 'When the person was erased; the row stays for the counts, and is never dialled again.';
comment on column leads.last_end_at is
  'When the engine learned of the end of the last call, by the database''s clock: the delays of rules count from here.';
comment on column leads.dial_phone_id is 'The further number (lead_phones) that is dialled next, or being dialled; null: phone.';
comment on column leads.phone_state is 'State of phone itself, in the words of lead_phones.state.';
comment on column leads.phone_next_attempt_at is 'If the lead has further numbers: phone itself is not dialled before this.';
comment on column leads.has_more is
  'The lead has, or had, further numbers (lead_phones). Set once its zone is known; stays true when they are deleted.';
alter table leads enable row level security;
create policy own_account on leads
  using (account_id = (select current_account_id())) with check (account_id = (select current_account_id()));
create trigger prepare before insert or update on leads for each row execute function dialer_prepare_lead();
create trigger account before insert on leads for each row execute function dialer_take_account();
create trigger date_disposition before update of disposition on leads
  for each row when (
    new.disposition is distinct from old.disposition and new.disposition_at is not distinct from old.disposition_at)
  execute function dialer_date_disposition();
create trigger date_first_disposition before insert on leads
  for each row when (new.disposition is not null) execute function dialer_date_disposition();
create trigger accept_account before insert on leads
  for each row when (new.account_id is null) execute function dialer_require_account();
create trigger limit_leads after insert on leads referencing new table as new_rows
  for each statement execute function dialer_limit_leads();
-- Its name comes after those of the triggers that set next_attempt_at.
create trigger take_due_at before insert or update on leads
  for each row when (new.due_at is distinct from coalesce(new.next_attempt_at, new.created_at))
  execute function dialer_date_due();
create trigger check_list before insert or update of list_id on leads
  for each row when (new.list_id is not null and (current_user = 'service_role' or row_security_active('leads'::regclass)))
  execute function dialer_check_list();

-- Further numbers: more telephones at which the same person may be reached, tried in turn. leads.phone is the first number
-- and stays it. leads.dial_phone_id names whichever of them is dialled next.

-- Row level security shows a client its own leads only, so another account's lead is not found either.
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
    perform dialer_refuse_one(tg_relid, '23503', dialer_fault('LEAD_IS_UNKNOWN', 'column', 'lead_id', 'value', new.lead_id::text));
  elsif parent.erased_at is not null then
    perform dialer_refuse_one(tg_relid, '23514', dialer_fault('LEAD_WAS_ERASED', 'id', new.lead_id::text));
  elsif parent.is_archived then
    perform dialer_refuse_one(tg_relid, '23514', dialer_fault('CAMPAIGN_IS_ARCHIVED', 'column', 'campaign_id', 'value', parent.campaign_id::text, 'constraint', 'campaigns_archived_have_ended'));
  end if;
  new.account_id := parent.account_id;
  new.campaign_id := parent.campaign_id;
  return new;
end $$;
comment on function dialer_take_lead() is
  'Before insert: a number takes account and campaign of its lead. One of another account and one that does not exist are refused in the same words.';

-- In statements whose plans are kept: a function in SQL that is not inlined is planned again for every row, which was three
-- quarters of a number's cost. That a lead has too many numbers is found once for all that a statement adds.
create function dialer_read_lead_phone() returns trigger
language plpgsql security definer set search_path from current as $$
declare
  home text;
  key text;
  last integer;
begin
  new.state := coalesce(new.state, 'NEW');
  new.updated_at := clock_timestamp();
  if tg_op = 'UPDATE' and new.phone is distinct from old.phone and new.phone_e164 is not distinct from old.phone_e164 then
    new.phone_e164 := null;
  end if;
  if new.phone_e164 is null then
    home := dialer_country_of_account(new.account_id);
    new.phone_e164 := dialer_read_phone(new.phone, home);
    if new.phone_e164 is null then
      perform dialer_refuse(jsonb_build_array(dialer_phone_fault('lead_phones', 'phone', new.phone, home)), '23514', 'lead_phones');
    end if;
  end if;
  if tg_op = 'UPDATE' and new.phone_e164 = old.phone_e164 then
    return new;
  end if;
  if tg_op = 'UPDATE' then
    new.dial_timezone := null;
    new.next_attempt_at := null;
  elsif new.position is null then
    select max(other.position) into last from lead_phones as other where other.lead_id = new.lead_id;
    new.position := coalesce(last, 0) + 1;
  end if;
  key := dialer_phone_key(new.phone_e164);
  new.state := case when exists (
      select from leads where leads.campaign_id = new.campaign_id and dialer_phone_key(leads.phone_e164) = key)
    or exists (
      select from lead_phones as other
      where other.campaign_id = new.campaign_id and dialer_phone_key(other.phone_e164) = key
        and other.id <> new.id and other.state <> 'DUPLICATE')
    or exists (
      select from leads where leads.id = new.lead_id and leads.phone_e164 is null
        and dialer_phone_key(dialer_read_phone(leads.phone, dialer_country_of_account(new.account_id))) = key)
    then 'DUPLICATE' else 'NEW' end;
  return new;
end $$;
comment on function dialer_read_lead_phone() is
  'A further number may be written as a lead''s may; what cannot be read is refused. It takes its turn behind the others, and one that the campaign has already is kept as DUPLICATE and not dialled.';

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
-- The two tables refer to each other.
alter table leads add foreign key (dial_phone_id) references lead_phones (id) on delete set null;
create index lead_phones_by_telephone on lead_phones (campaign_id, dialer_phone_key(phone_e164));
create index lead_phones_by_account on lead_phones (account_id, dialer_phone_key(phone_e164));
create index lead_phones_by_lead on lead_phones (lead_id, campaign_id);
create index lead_phones_by_zone on lead_phones (campaign_id, coalesce(dial_timezone, ''));
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
alter table lead_phones enable row level security;
create policy own_account on lead_phones
  using (account_id = (select current_account_id())) with check (account_id = (select current_account_id()));
create trigger account before insert on lead_phones for each row execute function dialer_take_lead();
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
declare
  -- As an array: a plan that was made for many rows would be kept for one.
  touched uuid[] := array(select distinct lead_id from new_rows);
  crowded uuid;
begin
  select further.lead_id into crowded from lead_phones as further
  where further.lead_id = any (touched) group by further.lead_id having count(*) > 20 limit 1;
  if crowded is not null then
    perform dialer_refuse_one(tg_relid, '23514', dialer_fault('LEAD_PHONES', 'id', crowded::text));
  end if;
  perform dialer_revive_by_numbers(array(select id from new_rows where state = 'NEW'));
  -- Of a lead whose zone is not known yet, the pass that finds it writes it down: an update of each would double the cost of a list.
  update leads set has_more = true
  where id = any (touched) and not has_more and dial_timezone is not null;
  perform dialer_wake(array(select distinct campaign_id from new_rows where state = 'NEW'));
  return null;
end $$;
comment on function dialer_revive_by_new_numbers() is
  'Numbers that were added: twenty at most, and their leads have more than one, and may come back, or be called at once.';
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

create function dialer_read_entry() returns trigger
language plpgsql security definer set search_path from current as $$
declare
  home text := dialer_country_of_account(coalesce(new.account_id, current_account_id()));
  e164 text := dialer_read_phone(new.phone_e164, home);
begin
  if e164 is null then
    perform dialer_refuse(jsonb_build_array(dialer_phone_fault('dnc_entries', 'phone_e164', new.phone_e164, home)), '23514', 'dnc_entries');
  end if;
  new.phone_e164 := e164;
  return new;
end $$;
comment on function dialer_read_entry() is
  'A do-not-call number may be written as a lead''s may, and is kept as E.164; what cannot be read is refused with the number to write.';

create table dnc_entries (
  id uuid primary key default gen_random_uuid(),
  account_id uuid not null default current_account_id(),
  phone_e164 text not null check (phone_e164 ~ '^\+[1-9][0-9]{6,14}$'),
  campaign_id uuid,
  reason text check (length(reason) <= 500),
  source text check (length(source) <= 200),
  expires_at timestamptz,
  created_at timestamptz not null default clock_timestamp(),
  unique nulls not distinct (account_id, phone_e164, campaign_id),
  foreign key (campaign_id, account_id) references campaigns (id, account_id) on delete cascade
);
create index dnc_entries_by_campaign on dnc_entries (campaign_id) where campaign_id is not null;
create index dnc_entries_by_telephone on dnc_entries (account_id, dialer_phone_key(phone_e164));
alter table dnc_entries alter column account_id set (n_distinct = 1000);
comment on table dnc_entries is 'Numbers that must not be called.';
comment on column dnc_entries.id is 'Key.';
comment on column dnc_entries.account_id is 'The account.';
comment on column dnc_entries.phone_e164 is 'The number, with + and country code.';
comment on column dnc_entries.campaign_id is 'In this campaign; null: in all of the account.';
comment on column dnc_entries.reason is 'Why.';
comment on column dnc_entries.source is 'Who said so.';
comment on column dnc_entries.expires_at is 'Until when; null: for good.';
comment on column dnc_entries.created_at is 'When the row was made.';
alter table dnc_entries enable row level security;
create policy own_account on dnc_entries
  using (account_id = (select current_account_id())) with check (account_id = (select current_account_id()));
create trigger account before insert on dnc_entries
  for each row when (new.campaign_id is not null) execute function dialer_take_account();
create trigger accept_account before insert on dnc_entries
  for each row when (new.account_id is null) execute function dialer_require_account();
-- Before all others, so that the same number written in another way is no change of it.
create trigger a_read_phone before insert or update of phone_e164 on dnc_entries
  for each row when (new.phone_e164 is not null) execute function dialer_read_entry();

create function dialer_release_from_dnc() returns trigger
language plpgsql security definer set search_path from current as $$
begin
  update lead_phones
  set state = 'NEW', next_attempt_at = null
  from changed_rows as changed
  where lead_phones.account_id = changed.account_id
    and dialer_phone_key(lead_phones.phone_e164) = dialer_phone_key(changed.phone_e164)
    and (changed.campaign_id is null or lead_phones.campaign_id = changed.campaign_id)
    and lead_phones.state = 'DNC'
    and (tg_op = 'DELETE' or changed.expires_at is not null);
  update leads set phone_state = 'NEW', phone_next_attempt_at = null
  from changed_rows as changed
  join campaigns as campaign on campaign.account_id = changed.account_id
    and (changed.campaign_id is null or campaign.id = changed.campaign_id)
  where leads.campaign_id = campaign.id and dialer_phone_key(leads.phone_e164) = dialer_phone_key(changed.phone_e164)
    and leads.phone_state = 'DNC' and (tg_op = 'DELETE' or changed.expires_at is not null);
  update leads
  set status = case when leads.status <> 'DNC' then leads.status when leads.dials > 0 then 'RETRY' else 'NEW' end,
    status_reason = null, next_attempt_at = null
  from changed_rows as changed
  join campaigns as campaign on campaign.account_id = changed.account_id
    and (changed.campaign_id is null or campaign.id = changed.campaign_id)
    and campaign.status in ('DRAFT', 'ACTIVE', 'PAUSED')
  where leads.campaign_id = campaign.id
    and leads.id in (
      select own.id from leads as own
      where own.campaign_id = campaign.id and dialer_phone_key(own.phone_e164) = dialer_phone_key(changed.phone_e164)
      union all
      select further.lead_id from lead_phones as further
      where further.campaign_id = campaign.id and dialer_phone_key(further.phone_e164) = dialer_phone_key(changed.phone_e164))
    and leads.status_reason = 'DNC'
    and (leads.status in ('NEW', 'RETRY')
      or (leads.status = 'DNC' and (leads.last_outcome is null
        or leads.last_outcome in (select outcomes.code from outcomes where outcomes.retryable))))
    and (tg_op = 'DELETE' or changed.expires_at is not null);
  return null;
end $$;
comment on function dialer_release_from_dnc() is
  'An entry was deleted, or got another end: leads that it kept from being called wait again, and the next pass judges them. Not those that were reached before, nor those of a campaign that is over.';
create trigger release_on_update after update on dnc_entries referencing new table as changed_rows
  for each statement execute function dialer_release_from_dnc();
create trigger release_on_delete after delete on dnc_entries referencing old table as changed_rows
  for each statement execute function dialer_release_from_dnc();

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

create function dialer_grant_leads() returns void
language plpgsql set search_path from current as $$
begin
  if to_regrole('authenticated') is not null then
    grant select on lists, leads, lead_phones, dnc_entries to authenticated;
    grant insert (id, campaign_id, name, source, legal_basis, priority, is_active),
      update (name, source, legal_basis, priority, is_active) on lists to authenticated;
    grant insert (id, campaign_id, list_id, external_id, phone, first_name, last_name, timezone, priority, disposition,
        callback_at, metadata),
      update (list_id, external_id, phone, first_name, last_name, timezone, priority, disposition, callback_at, metadata)
      on leads to authenticated;
    grant insert (id, lead_id, phone, kind, position), update (phone, kind, position) on lead_phones to authenticated;
    grant insert (id, phone_e164, campaign_id, reason, source, expires_at), update (reason, source, expires_at)
      on dnc_entries to authenticated;
    grant delete on lists, leads, lead_phones, dnc_entries to authenticated;
  end if;
  if to_regrole('service_role') is not null then
    grant select on lists, leads, lead_phones, dnc_entries to service_role;
    grant insert, update on lists, dnc_entries to service_role;
    grant insert (id, account_id, campaign_id, list_id, external_id, phone, phone_e164, dial_timezone, first_name,
        last_name, timezone, priority, disposition, callback_at, metadata),
      update (list_id, external_id, phone, first_name, last_name, timezone, priority, disposition, callback_at, metadata)
      on leads to service_role;
    grant insert (id, lead_id, phone, phone_e164, dial_timezone, kind, position), update (phone, kind, position)
      on lead_phones to service_role;
    grant delete on lists, leads, lead_phones, dnc_entries to service_role;
  end if;
end $$;
comment on function dialer_grant_leads() is
  'Rights on lists, leads, their further numbers and do-not-call entries.';

select dialer_revoke_all('function', 'dialer_prepare_lead()', 'dialer_date_disposition()', 'dialer_date_due()',
  'dialer_check_list()', 'dialer_take_lead()', 'dialer_read_lead_phone()', 'dialer_revive_by_numbers(uuid[])',
  'dialer_revive_by_new_numbers()', 'dialer_revive_by_corrected_number()', 'dialer_read_entry()',
  'dialer_release_from_dnc()', 'dialer_stop_calls_of_entry()', 'dialer_grant_leads()');
select dialer_revoke_all('table', 'lists', 'leads', 'lead_phones', 'dnc_entries');
