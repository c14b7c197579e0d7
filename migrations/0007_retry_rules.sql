-- When a lead is dialled again, by outcome or disposition.

create table retry_rules (
  id uuid primary key default gen_random_uuid(),
  account_id uuid default current_account_id(),
  campaign_id uuid,
  outcome text references outcomes (code),
  disposition text check (disposition ~ '^[^[:cntrl:]]{1,80}$'),
  delay_seconds integer not null check (delay_seconds between 0 and 31536000),
  max_tries integer not null check (max_tries between 0 and 50),
  created_at timestamptz not null default clock_timestamp(),
  unique nulls not distinct (account_id, campaign_id, outcome, disposition),
  foreign key (campaign_id, account_id) references campaigns (id, account_id) on delete cascade,
  constraint retry_rules_name_one_result check (num_nonnulls(outcome, disposition) = 1),
  constraint retry_rules_of_a_campaign_have_its_account check (campaign_id is null or account_id is not null)
);
create index retry_rules_by_campaign on retry_rules (campaign_id) where campaign_id is not null;
comment on table retry_rules is 'How long to wait and how often to try again. The campaign''s rule goes before the account''s, and that before the installation''s.';
comment on column retry_rules.id is 'Key.';
comment on column retry_rules.account_id is 'The account; null: default of the installation.';
comment on column retry_rules.campaign_id is 'The campaign; null: all of the account.';
comment on column retry_rules.outcome is 'Applies after this outcome.';
comment on column retry_rules.disposition is 'Applies after this disposition; exactly one of the two is given.';
comment on column retry_rules.delay_seconds is 'Least time until the next attempt.';
comment on column retry_rules.max_tries is 'How many times a lead may be retried after it; 0: never.';
comment on column retry_rules.created_at is 'When the row was made.';
insert into retry_rules (account_id, outcome, delay_seconds, max_tries) values
  (null, 'ANSWERED', 0, 0),
  (null, 'ABANDONED', 259200, 2),
  (null, 'MACHINE', 10800, 3),
  (null, 'FAX', 0, 0),
  (null, 'NO_ANSWER', 3600, 4),
  (null, 'DECLINED', 86400, 1),
  (null, 'BUSY', 900, 3),
  (null, 'INVALID_NUMBER', 0, 0),
  (null, 'UNREACHABLE', 14400, 3),
  (null, 'REJECTED', 86400, 2),
  (null, 'NETWORK_CONGESTION', 300, 5),
  (null, 'TRUNK_FAULT', 300, 5),
  (null, 'SWITCH_REFUSED', 60, 10),
  (null, 'CANCELLED', 0, 50),
  (null, 'ORPHANED', 3600, 3),
  (null, 'SYSTEM_ERROR', 300, 5);

alter table retry_rules enable row level security;
select dialer_close('table', 'retry_rules');
