-- Lists, leads and the numbers that must not be called.

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
  due_at timestamptz generated always as (coalesce(next_attempt_at, created_at)) stored,
  unique (campaign_id, phone_e164),
  unique (campaign_id, external_id),
  unique (id, campaign_id, account_id),
  foreign key (campaign_id, account_id) references campaigns (id, account_id) on delete cascade,
  foreign key (list_id, campaign_id) references lists (id, campaign_id) on delete cascade
) with (fillfactor = 70);
create index leads_to_dial on leads (
  campaign_id, coalesce(dial_timezone, ''), coalesce(list_id, '00000000-0000-0000-0000-000000000000'), priority, due_at, id
) where status in ('NEW', 'RETRY');
create index leads_by_list on leads (list_id) where list_id is not null;
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
comment on column leads.dials is 'Originates of any kind.';
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
create trigger check_timezone before insert or update of timezone on leads
  for each row when (new.timezone is not null) execute function dialer_check_timezone();

create function dialer_prepare_lead() returns trigger
language plpgsql set search_path from current as $$
begin
  if tg_op = 'INSERT' then
    new.next_attempt_at := coalesce(new.next_attempt_at, new.callback_at);
    return new;
  end if;
  new.updated_at := clock_timestamp();
  if new.phone is distinct from old.phone and new.phone_e164 is not distinct from old.phone_e164 then
    new.phone_e164 := null;
    new.dial_timezone := null;
    if new.status = 'INVALID' then
      new.status := 'NEW';
      new.status_reason := null;
    end if;
  elsif new.timezone is distinct from old.timezone and new.dial_timezone is not distinct from old.dial_timezone then
    new.dial_timezone := new.timezone;
    if new.timezone is null then
      new.phone_e164 := null;
    end if;
  end if;
  if new.callback_at is distinct from old.callback_at and new.callback_at is not null
    and new.status in ('NEW', 'RETRY', 'DONE', 'FAILED') then
    new.status := 'RETRY';
    new.status_reason := 'CALLBACK';
    new.next_attempt_at := new.callback_at;
  end if;
  return new;
end $$;
comment on function dialer_prepare_lead() is
  'Keeps what is derived in step with what a client writes: a new phone is looked at again, a new zone is obeyed, a callback puts the lead back on the list.';
create trigger prepare before insert or update on leads for each row execute function dialer_prepare_lead();

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
comment on table dnc_entries is 'Numbers that must not be called.';
comment on column dnc_entries.id is 'Key.';
comment on column dnc_entries.account_id is 'The account.';
comment on column dnc_entries.phone_e164 is 'The number, with + and country code.';
comment on column dnc_entries.campaign_id is 'In this campaign; null: in all of the account.';
comment on column dnc_entries.reason is 'Why.';
comment on column dnc_entries.source is 'Who said so.';
comment on column dnc_entries.expires_at is 'Until when; null: for good.';
comment on column dnc_entries.created_at is 'When the row was made.';

alter table lists enable row level security;
alter table leads enable row level security;
alter table dnc_entries enable row level security;
select dialer_close('function', 'dialer_prepare_lead()');
select dialer_close('table', 'lists', 'leads', 'dnc_entries');
