-- How far each campaign is, kept instead of counted: counting the leads of fifty campaigns took seconds for every screen
-- that asked.
--
-- Each statement that changes leads or answered calls appends, in its own transaction, one row per campaign and list of what
-- it added and took away; the count is the sum of the rows. Nobody updates a row, so nobody waits for one; what is rolled
-- back leaves nothing; whoever reads the change reads its row, by the same snapshot. dialer_fold_counts() replaces many rows
-- by their sum, in one statement, passing over what somebody else folds.

create function dialer_refuse_counts() returns trigger
language plpgsql set search_path from current as $$
begin
  return null;
end $$;
comment on function dialer_refuse_counts() is
  'Passes over a row that no trigger of ours writes: where a dump of the data is loaded, the leads in it are counted as they come, and the counts in it would be counted twice.';

create table campaign_counts (
  account_id uuid not null,
  campaign_id uuid not null,
  id bigint generated always as identity,
  list_id uuid,
  leads_new bigint not null default 0,
  leads_in_progress bigint not null default 0,
  leads_retry bigint not null default 0,
  leads_done bigint not null default 0,
  leads_failed bigint not null default 0,
  leads_dnc bigint not null default 0,
  leads_invalid bigint not null default 0,
  attempts bigint not null default 0,
  dials bigint not null default 0,
  answered bigint not null default 0,
  primary key (account_id, campaign_id, id)
) with (autovacuum_vacuum_scale_factor = 0.2, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_insert_threshold = 10000);
comment on table campaign_counts is
  'What campaign_progress sums: rows of changes and of their sums, written by triggers of leads and call_attempts. No foreign key to campaigns: it would lock the campaign last, against the lock order.';
comment on column campaign_counts.account_id is 'Account of the campaign.';
comment on column campaign_counts.campaign_id is 'The campaign.';
comment on column campaign_counts.id is 'Key, with the campaign.';
comment on column campaign_counts.list_id is 'List of the leads; null: leads without list, and calls.';
comment on column campaign_counts.leads_new is 'Leads that became NEW, less those that no longer are.';
comment on column campaign_counts.leads_in_progress is 'The same for IN_PROGRESS.';
comment on column campaign_counts.leads_retry is 'The same for RETRY.';
comment on column campaign_counts.leads_done is 'The same for DONE.';
comment on column campaign_counts.leads_failed is 'The same for FAILED.';
comment on column campaign_counts.leads_dnc is 'The same for DNC.';
comment on column campaign_counts.leads_invalid is 'The same for INVALID.';
comment on column campaign_counts.attempts is 'Change of the sum of leads.attempts.';
comment on column campaign_counts.dials is 'Change of the sum of leads.dials.';
comment on column campaign_counts.answered is 'Calls that were answered, less those that were deleted.';
alter table campaign_counts enable row level security;
create policy own_account on campaign_counts for select using (account_id = (select current_account_id()));
create trigger refuse before insert on campaign_counts for each row
  when (pg_trigger_depth() = 0 and current_setting('dialer.counting', true) is distinct from 'on')
  execute function dialer_refuse_counts();

create function dialer_count_leads() returns trigger
language plpgsql security definer set search_path from current as $$
begin
  if tg_op = 'UPDATE' then
    insert into campaign_counts (account_id, campaign_id, list_id, leads_new, leads_in_progress, leads_retry, leads_done,
      leads_failed, leads_dnc, leads_invalid, attempts, dials)
    select * from (
      select account_id, campaign_id, list_id,
        coalesce(sum(sign) filter (where status = 'NEW'), 0) as leads_new,
        coalesce(sum(sign) filter (where status = 'IN_PROGRESS'), 0) as leads_in_progress,
        coalesce(sum(sign) filter (where status = 'RETRY'), 0) as leads_retry,
        coalesce(sum(sign) filter (where status = 'DONE'), 0) as leads_done,
        coalesce(sum(sign) filter (where status = 'FAILED'), 0) as leads_failed,
        coalesce(sum(sign) filter (where status = 'DNC'), 0) as leads_dnc,
        coalesce(sum(sign) filter (where status = 'INVALID'), 0) as leads_invalid,
        sum(sign * attempts) as attempts, sum(sign * dials) as dials
      from (
        select account_id, campaign_id, list_id, status, attempts, dials, 1 as sign from new_rows
        union all
        select account_id, campaign_id, list_id, status, attempts, dials, -1 from old_rows) as changed
      group by account_id, campaign_id, list_id) as sums
    where (leads_new, leads_in_progress, leads_retry, leads_done, leads_failed, leads_dnc, leads_invalid, attempts, dials)
      <> (0, 0, 0, 0, 0, 0, 0, 0, 0);
  elsif tg_op = 'INSERT' then
    insert into campaign_counts (account_id, campaign_id, list_id, leads_new, leads_in_progress, leads_retry, leads_done,
      leads_failed, leads_dnc, leads_invalid, attempts, dials)
    select account_id, campaign_id, list_id,
      count(*) filter (where status = 'NEW'), count(*) filter (where status = 'IN_PROGRESS'),
      count(*) filter (where status = 'RETRY'), count(*) filter (where status = 'DONE'),
      count(*) filter (where status = 'FAILED'), count(*) filter (where status = 'DNC'),
      count(*) filter (where status = 'INVALID'), sum(attempts), sum(dials)
    from new_rows group by account_id, campaign_id, list_id;
  else
    insert into campaign_counts (account_id, campaign_id, list_id, leads_new, leads_in_progress, leads_retry, leads_done,
      leads_failed, leads_dnc, leads_invalid, attempts, dials)
    select account_id, campaign_id, list_id,
      -count(*) filter (where status = 'NEW'), -count(*) filter (where status = 'IN_PROGRESS'),
      -count(*) filter (where status = 'RETRY'), -count(*) filter (where status = 'DONE'),
      -count(*) filter (where status = 'FAILED'), -count(*) filter (where status = 'DNC'),
      -count(*) filter (where status = 'INVALID'), -sum(attempts), -sum(dials)
    from old_rows group by account_id, campaign_id, list_id;
  end if;
  return null;
end $$;
comment on function dialer_count_leads() is 'Appends to campaign_counts what a statement changed of the leads.';
-- By name before limit_leads, which reads the counts.
create trigger count_on_insert after insert on leads referencing new table as new_rows
  for each statement execute function dialer_count_leads();
create trigger count_on_update after update on leads referencing old table as old_rows new table as new_rows
  for each statement execute function dialer_count_leads();
create trigger count_on_delete after delete on leads referencing old table as old_rows
  for each statement execute function dialer_count_leads();

create function dialer_count_answered() returns trigger
language plpgsql security definer set search_path from current as $$
begin
  if tg_op = 'UPDATE' then
    -- A row trigger: one call in some is answered, and all are updated many times.
    if new.campaign_id = old.campaign_id then
      insert into campaign_counts (account_id, campaign_id, answered)
      values (new.account_id, new.campaign_id, (new.answer_at is not null)::int - (old.answer_at is not null)::int);
      return null;
    end if;
    insert into campaign_counts (account_id, campaign_id, answered)
    values (old.account_id, old.campaign_id, -(old.answer_at is not null)::int),
      (new.account_id, new.campaign_id, (new.answer_at is not null)::int);
  elsif tg_op = 'INSERT' then
    insert into campaign_counts (account_id, campaign_id, answered)
    select account_id, campaign_id, count(*) from changed_rows where answer_at is not null group by account_id, campaign_id;
  else
    insert into campaign_counts (account_id, campaign_id, answered)
    select account_id, campaign_id, -count(*) from changed_rows where answer_at is not null group by account_id, campaign_id;
  end if;
  return null;
end $$;
comment on function dialer_count_answered() is 'Appends to campaign_counts which calls became answered, or are no more.';
create trigger count_on_insert after insert on call_attempts referencing new table as changed_rows
  for each statement execute function dialer_count_answered();
create trigger count_on_update after update of answer_at, campaign_id on call_attempts for each row
  when ((old.answer_at is null) <> (new.answer_at is null) or new.campaign_id <> old.campaign_id)
  execute function dialer_count_answered();
create trigger count_on_delete after delete on call_attempts referencing old table as changed_rows
  for each statement execute function dialer_count_answered();

create function dialer_uncount() returns trigger
language plpgsql security definer set search_path from current as $$
begin
  if tg_table_name = 'leads' then
    -- Calls have leads, so there are none of these either. Nobody writes either table until this commits.
    truncate campaign_counts;
  else
    if current_setting('transaction_isolation') <> 'read committed' then
      perform dialer_refuse_call('0A000', 'TRUNCATE_ISOLATION', 'value', current_setting('transaction_isolation'));
    end if;
    -- Nobody folds meanwhile: a sum that was not there yet would keep what it had.
    lock table campaign_counts in share row exclusive mode;
    update campaign_counts set answered = 0 where answered <> 0;
  end if;
  return null;
end $$;
comment on function dialer_uncount() is 'A table was truncated: nothing of it is counted any longer.';
create trigger uncount after truncate on leads for each statement execute function dialer_uncount();
create trigger uncount after truncate on call_attempts for each statement execute function dialer_uncount();

-- Also while session_replication_role is replica, as when a dump is loaded or a person means to keep triggers away.
alter table leads
  enable always trigger count_on_insert,
  enable always trigger count_on_update,
  enable always trigger count_on_delete,
  enable always trigger uncount;
alter table call_attempts
  enable always trigger count_on_insert,
  enable always trigger count_on_update,
  enable always trigger count_on_delete,
  enable always trigger uncount;
alter table campaign_counts enable always trigger refuse;

create function dialer_fold_counts() returns integer
language plpgsql security definer set search_path from current as $$
declare
  folded integer;
begin
  perform set_config('dialer.counting', 'on', true);
  with heavy as materialized (
    select account_id, campaign_id, list_id from campaign_counts
    group by account_id, campaign_id, list_id
    -- Of a campaign that was deleted nothing is left but rows that add up to nothing.
    having count(*) > 10 or (sum(leads_new), sum(leads_in_progress), sum(leads_retry), sum(leads_done), sum(leads_failed),
      sum(leads_dnc), sum(leads_invalid), sum(attempts), sum(dials), sum(answered)) = (0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
  ), picked as materialized (
    select kept.account_id, kept.campaign_id, kept.id
    from heavy join campaign_counts as kept
      on kept.account_id = heavy.account_id and kept.campaign_id = heavy.campaign_id
        and kept.list_id is not distinct from heavy.list_id
    limit 50000
    for update of kept skip locked
  ), gone as (
    delete from campaign_counts as kept using picked
    where kept.account_id = picked.account_id and kept.campaign_id = picked.campaign_id and kept.id = picked.id
    returning kept.*
  ), sums as (
    insert into campaign_counts (account_id, campaign_id, list_id, leads_new, leads_in_progress, leads_retry, leads_done,
      leads_failed, leads_dnc, leads_invalid, attempts, dials, answered)
    select * from (
      select account_id, campaign_id, list_id, sum(leads_new) as leads_new, sum(leads_in_progress) as leads_in_progress,
        sum(leads_retry) as leads_retry, sum(leads_done) as leads_done, sum(leads_failed) as leads_failed,
        sum(leads_dnc) as leads_dnc, sum(leads_invalid) as leads_invalid, sum(attempts) as attempts, sum(dials) as dials,
        sum(answered) as answered
      from gone group by account_id, campaign_id, list_id) as sums
    where (leads_new, leads_in_progress, leads_retry, leads_done, leads_failed, leads_dnc, leads_invalid, attempts, dials,
      answered) <> (0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
  )
  select count(*) into folded from gone;
  perform set_config('dialer.counting', '', true);
  return folded;
end $$;
comment on function dialer_fold_counts() is
  'Replaces the rows of campaign_counts by their sums where there are many of a campaign and list. Changes no count in any snapshot, waits for nobody, and may run any number of times at once. Returns how many rows it took away.';

create function rebuild_campaign_counts() returns table (campaign_id uuid, counts_changed bigint)
language plpgsql security definer set search_path from current as $$
#variable_conflict use_column
begin
  if current_setting('transaction_isolation') <> 'read committed' then
    perform dialer_refuse_call('0A000', 'COUNTS_ISOLATION', 'value', current_setting('transaction_isolation'));
  end if;
  perform pg_advisory_xact_lock(hashtextextended(current_schema() || '.campaign_counts', 0));
  perform set_config('dialer.counting', 'on', true);
  -- Rows and counts are of one snapshot: what others change meanwhile is in both or in neither.
  return query with real as (
    select account_id, campaign_id, list_id, count(*) filter (where status = 'NEW') as leads_new,
      count(*) filter (where status = 'IN_PROGRESS') as leads_in_progress, count(*) filter (where status = 'RETRY') as leads_retry,
      count(*) filter (where status = 'DONE') as leads_done, count(*) filter (where status = 'FAILED') as leads_failed,
      count(*) filter (where status = 'DNC') as leads_dnc, count(*) filter (where status = 'INVALID') as leads_invalid,
      sum(attempts) as attempts, sum(dials) as dials, 0 as answered
    from leads group by account_id, campaign_id, list_id
    union all
    select account_id, campaign_id, null, 0, 0, 0, 0, 0, 0, 0, 0, 0, count(*)
    from call_attempts where answer_at is not null group by account_id, campaign_id
    union all
    select account_id, campaign_id, list_id, -leads_new, -leads_in_progress, -leads_retry, -leads_done, -leads_failed,
      -leads_dnc, -leads_invalid, -attempts, -dials, -answered
    from campaign_counts
  ), missing as (
    select account_id, campaign_id, list_id, sum(leads_new) as leads_new, sum(leads_in_progress) as leads_in_progress,
      sum(leads_retry) as leads_retry, sum(leads_done) as leads_done, sum(leads_failed) as leads_failed,
      sum(leads_dnc) as leads_dnc, sum(leads_invalid) as leads_invalid, sum(attempts) as attempts, sum(dials) as dials,
      sum(answered) as answered
    from real group by account_id, campaign_id, list_id
  ), added as (
    insert into campaign_counts (account_id, campaign_id, list_id, leads_new, leads_in_progress, leads_retry, leads_done,
      leads_failed, leads_dnc, leads_invalid, attempts, dials, answered)
    select * from missing
    where (leads_new, leads_in_progress, leads_retry, leads_done, leads_failed, leads_dnc, leads_invalid, attempts, dials,
      answered) <> (0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
    returning *
  )
  select added.campaign_id, sum(abs(added.leads_new) + abs(added.leads_in_progress) + abs(added.leads_retry)
    + abs(added.leads_done) + abs(added.leads_failed) + abs(added.leads_dnc) + abs(added.leads_invalid)
    + abs(added.attempts) + abs(added.dials) + abs(added.answered))::bigint
  from added group by added.campaign_id;
  perform set_config('dialer.counting', '', true);
end $$;
comment on function rebuild_campaign_counts() is
  'For administrators: counts all leads and answered calls and puts campaign_counts right, while the engine dials. Returns the campaigns that were wrong, and by how much. The engine does it each night: only what goes round the triggers makes a difference.';

create view campaign_progress with (security_invoker = true) as
select campaign.id as campaign_id, campaign.account_id, campaign.name, campaign.status,
  kept.total as leads, kept.fresh as leads_new, kept.in_progress as leads_in_progress,
  kept.retry as leads_retry, kept.done as leads_done, kept.failed as leads_failed,
  kept.dnc as leads_dnc, kept.invalid as leads_invalid,
  kept.attempts, kept.dials, kept.answered,
  live.queued as live_queued, live.dialling as live_dialling, live.answered as live_answered, live.agent as live_agent,
  (select lead.due_at from leads as lead
    where lead.account_id = campaign.account_id and lead.campaign_id = campaign.id and lead.status in ('NEW', 'RETRY')
    order by lead.due_at limit 1) as next_due_at,
  case when kept.total = 0 then 0
    else round(100.0 * (kept.done + kept.failed + kept.dnc + kept.invalid) / kept.total, 1) end as percent_done,
  campaign.is_archived
from campaigns as campaign
cross join lateral (
  select coalesce(sum(leads_new + leads_in_progress + leads_retry + leads_done + leads_failed + leads_dnc + leads_invalid), 0)::bigint
      as total,
    coalesce(sum(leads_new), 0)::bigint as fresh, coalesce(sum(leads_in_progress), 0)::bigint as in_progress,
    coalesce(sum(leads_retry), 0)::bigint as retry, coalesce(sum(leads_done), 0)::bigint as done,
    coalesce(sum(leads_failed), 0)::bigint as failed, coalesce(sum(leads_dnc), 0)::bigint as dnc,
    coalesce(sum(leads_invalid), 0)::bigint as invalid, coalesce(sum(counts.attempts), 0)::bigint as attempts,
    coalesce(sum(counts.dials), 0)::bigint as dials, coalesce(sum(counts.answered), 0)::bigint as answered
  from campaign_counts as counts
  where counts.account_id = campaign.account_id and counts.campaign_id = campaign.id) as kept
cross join lateral (
  select count(*) filter (where state = 'QUEUED') as queued,
    count(*) filter (where state in ('ORIGINATING', 'RINGING', 'EARLY_MEDIA')) as dialling,
    count(*) filter (where state in ('ANSWERED', 'AMD_PROCESSING')) as answered,
    count(*) filter (where state in ('WAITING_AGENT', 'AGENT_RINGING', 'BRIDGED')) as agent
  from call_attempts where call_attempts.campaign_id = campaign.id and end_at is null) as live;
comment on view campaign_progress is 'How far each campaign is. Costs a millisecond, however many leads there are: the counts are kept.';
comment on column campaign_progress.campaign_id is 'The campaign.';
comment on column campaign_progress.account_id is 'Its account.';
comment on column campaign_progress.name is 'Its name.';
comment on column campaign_progress.status is 'Its status.';
comment on column campaign_progress.leads is 'All its leads.';
comment on column campaign_progress.leads_new is 'Never dialled.';
comment on column campaign_progress.leads_in_progress is 'With a live attempt.';
comment on column campaign_progress.leads_retry is 'To be dialled again.';
comment on column campaign_progress.leads_done is 'Reached.';
comment on column campaign_progress.leads_failed is 'Given up.';
comment on column campaign_progress.leads_dnc is 'Not to be called.';
comment on column campaign_progress.leads_invalid is 'Without a number that can be dialled.';
comment on column campaign_progress.attempts is 'Attempts that counted.';
comment on column campaign_progress.dials is 'Originates of any kind.';
comment on column campaign_progress.answered is 'Attempts that were answered.';
comment on column campaign_progress.live_queued is 'Live attempts not sent yet.';
comment on column campaign_progress.live_dialling is 'Live attempts from Originate to the answer.';
comment on column campaign_progress.live_answered is 'Live attempts answered, without agent.';
comment on column campaign_progress.live_agent is 'Live attempts waiting for an agent or with one.';
comment on column campaign_progress.next_due_at is 'When the next lead is or was due.';
comment on column campaign_progress.percent_done is 'Share of leads with a final status, in percent.';
comment on column campaign_progress.is_archived is 'Whether it was put away.';

create function dialer_grant_counts() returns void
language plpgsql set search_path from current as $$
begin
  if to_regrole('authenticated') is not null then
    grant select on campaign_counts, campaign_progress to authenticated;
  end if;
  if to_regrole('service_role') is not null then
    grant select on campaign_counts, campaign_progress to service_role;
    grant execute on function rebuild_campaign_counts() to service_role;
  end if;
end $$;
comment on function dialer_grant_counts() is
  'Rights on the counts: campaign_progress reads them as whoever asks.';

select dialer_revoke_all('function', 'dialer_refuse_counts()', 'dialer_count_leads()', 'dialer_count_answered()',
  'dialer_uncount()', 'dialer_fold_counts()', 'rebuild_campaign_counts()', 'dialer_grant_counts()');
select dialer_revoke_all('table', 'campaign_counts', 'campaign_progress');
