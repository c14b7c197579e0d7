-- Jobs: adding them by key, and the triggers that wake a campaign's scheduling pass in the transaction of every change that
-- may let it dial.
--
-- The triggers add one job per statement, without a job key: a keyed job would be held by the client's open transaction, and
-- workers would skip it. The engine's own connections set dialer.engine = on and wake themselves.

create function add_keyed_job(identifier text, payload json, run_at timestamptz, job_key text, job_key_mode text)
returns bigint
language plpgsql set search_path from current as $$
declare
  job_id bigint;
begin
  for try in 1..50 loop
    select job.id into job_id
    from add_job(identifier, payload, run_at => run_at, job_key => job_key, job_key_mode => job_key_mode) as job;
    if job_id is not null then
      return job_id;
    end if;
    perform pg_sleep(0.001 * least(try, 20));
  end loop;
  perform dialer_refuse_call('55P03', 'JOB_WAS_NOT_ADDED', 'task', identifier, 'key', job_key);
  return null;
end $$;
comment on function add_keyed_job(text, json, timestamptz, text, text) is
  'The one place for jobs with a key. add_job answers NULL and adds nothing when a worker locks the job of that key in between, so it is repeated. Mode: replace for a wake-up, preserve_run_at for a task that re-adds itself.';

create function run_job_by(identifier text, payload json, run_at timestamptz, job_key text) returns void
language plpgsql set search_path from current as $$
begin
  for try in 1..2 loop
    -- An update, because neither mode of add_job means "or earlier": replace may push a job back, preserve keeps it late.
    update _private_jobs as job
    set run_at = least(job.run_at, run_job_by.run_at), payload = run_job_by.payload
    where job.key = run_job_by.job_key and job.is_available;
    if found then
      -- With a count of 0 no worker looks for a job, but due-job notifiers read when the next one is due.
      perform pg_notify('jobs:insert', case when run_at > clock_timestamp() then '{"count":0}' else '{"count":1}' end);
      return;
    end if;
    exit when try = 2;
    perform add_keyed_job(identifier, payload, run_at, job_key, 'preserve_run_at');
  end loop;
end $$;
comment on function run_job_by(text, json, timestamptz, text) is
  'Sees to it that the job with this key runs at the given time or earlier: a waiting one is moved only to an earlier time. Somebody may add the key in between, so it looks again after adding.';

-- Otherwise the first job of all would insert it, and hold up every other client until its transaction ends.
insert into _private_tasks (identifier) values ('schedule_campaign') on conflict do nothing;

-- One statement, one job, however many campaigns it concerns: thousands of jobs of one account stood before everybody's.
create function dialer_wake(campaign_ids uuid[]) returns void
language plpgsql security definer set search_path from current as $$
declare
  active uuid[];
begin
  if current_setting('dialer.engine', true) = 'on' then
    return;
  end if;
  active := array(select id from campaigns where id = any (campaign_ids) and status = 'ACTIVE');
  if cardinality(active) = 1 then
    perform add_job('schedule_campaign', json_build_object('campaignId', active[1]));
  elsif cardinality(active) > 1 then
    perform add_job('schedule_campaign', json_build_object('campaignIds', active));
  end if;
end $$;
comment on function dialer_wake(uuid[]) is 'Asks, with one job, for a pass of those of the given campaigns that are ACTIVE.';

create function dialer_reopen(campaign_ids uuid[]) returns void
language plpgsql security definer set search_path from current as $$
begin
  update campaigns set status = 'ACTIVE'
  where id = any (campaign_ids) and status = 'COMPLETED' and completed_by = 'ENGINE' and not is_archived
    and (valid_until is null or valid_until > clock_timestamp());
end $$;
comment on function dialer_reopen(uuid[]) is
  'Makes those of the given campaigns ACTIVE again that the engine completed and that are still valid; what a person completed or archived stays so.';

create function dialer_wake_on_campaigns() returns trigger
language plpgsql security definer set search_path from current as $$
begin
  if tg_op = 'INSERT' then
    perform dialer_wake(array(select id from new_rows where status = 'ACTIVE'));
    return null;
  end if;
  perform dialer_wake(array(
    select new_row.id from new_rows as new_row join old_rows as old_row on old_row.id = new_row.id
    where new_row.status = 'ACTIVE'
      and (new_row.status, new_row.priority, new_row.max_concurrent_calls, new_row.dial_mode, new_row.dial_ratio,
          new_row.max_attempts, new_row.max_dials, new_row.timezone, new_row.start_time, new_row.end_time,
          new_row.work_days, new_row.valid_until, new_row.auto_complete, new_row.caller_id)
        is distinct from
          (old_row.status, old_row.priority, old_row.max_concurrent_calls, old_row.dial_mode, old_row.dial_ratio,
          old_row.max_attempts, old_row.max_dials, old_row.timezone, old_row.start_time, old_row.end_time,
          old_row.work_days, old_row.valid_until, old_row.auto_complete, old_row.caller_id)));
  return null;
end $$;
comment on function dialer_wake_on_campaigns() is 'A campaign became ACTIVE, or something that scheduling reads changed while it was.';
create trigger wake_on_insert after insert on campaigns referencing new table as new_rows
  for each statement execute function dialer_wake_on_campaigns();
create trigger wake_on_update after update on campaigns referencing old table as old_rows new table as new_rows
  for each statement execute function dialer_wake_on_campaigns();

create function dialer_wake_on_leads() returns trigger
language plpgsql security definer set search_path from current as $$
declare
  touched uuid[];
begin
  if tg_op = 'INSERT' then
    touched := array(select distinct campaign_id from new_rows where status in ('NEW', 'RETRY'));
    perform dialer_wake(touched);
    perform dialer_reopen(touched);
    return null;
  end if;
  touched := array(
    select distinct new_row.campaign_id from new_rows as new_row join old_rows as old_row on old_row.id = new_row.id
    where new_row.status in ('NEW', 'RETRY') and old_row.status in ('DONE', 'FAILED', 'DNC', 'INVALID'));
  -- An inserted lead holds its campaign by its foreign key, an updated one does not: the engine would not see it and complete.
  perform from campaigns where id = any (touched) order by id for key share;
  perform dialer_wake(array(
    select distinct new_row.campaign_id from new_rows as new_row join old_rows as old_row on old_row.id = new_row.id
    where new_row.status in ('NEW', 'RETRY')
      and (new_row.status, new_row.phone, new_row.phone_e164, new_row.dial_timezone, new_row.priority,
          new_row.list_id, new_row.next_attempt_at)
        is distinct from
          (old_row.status, old_row.phone, old_row.phone_e164, old_row.dial_timezone, old_row.priority,
          old_row.list_id, old_row.next_attempt_at)));
  perform dialer_reopen(touched);
  return null;
end $$;
comment on function dialer_wake_on_leads() is
  'Leads came or can be dialled again (a callback, a corrected number): their campaigns are woken, or reopened.';
create trigger wake_on_insert after insert on leads referencing new table as new_rows
  for each statement execute function dialer_wake_on_leads();
create trigger wake_on_update after update on leads referencing old table as old_rows new table as new_rows
  for each statement when (current_setting('dialer.engine', true) is distinct from 'on')
  execute function dialer_wake_on_leads();

create function dialer_wake_by_campaign() returns trigger
language plpgsql security definer set search_path from current as $$
begin
  perform dialer_wake(array(select distinct campaign_id from changed_rows));
  return null;
end $$;
comment on function dialer_wake_by_campaign() is 'Rows of a table that names its campaign changed.';
create trigger wake_on_delete after delete on leads referencing old table as changed_rows
  for each statement execute function dialer_wake_by_campaign();
create trigger wake_on_insert after insert on lists referencing new table as changed_rows
  for each statement execute function dialer_wake_by_campaign();
create trigger wake_on_update after update on lists referencing new table as changed_rows
  for each statement execute function dialer_wake_by_campaign();
create trigger wake_on_delete after delete on lists referencing old table as changed_rows
  for each statement execute function dialer_wake_by_campaign();
create trigger wake_on_insert after insert on campaign_windows referencing new table as changed_rows
  for each statement execute function dialer_wake_by_campaign();
create trigger wake_on_update after update on campaign_windows referencing new table as changed_rows
  for each statement execute function dialer_wake_by_campaign();
create trigger wake_on_delete after delete on campaign_windows referencing old table as changed_rows
  for each statement execute function dialer_wake_by_campaign();
create trigger wake_on_insert after insert on campaign_trunks referencing new table as changed_rows
  for each statement execute function dialer_wake_by_campaign();
create trigger wake_on_update after update on campaign_trunks referencing new table as changed_rows
  for each statement execute function dialer_wake_by_campaign();
create trigger wake_on_delete after delete on campaign_trunks referencing old table as changed_rows
  for each statement execute function dialer_wake_by_campaign();

create function dialer_wake_by_account() returns trigger
language plpgsql security definer set search_path from current as $$
begin
  perform dialer_wake(array(
    select campaign.id from campaigns as campaign
    where campaign.status = 'ACTIVE' and exists (
      select from changed_rows where coalesce(changed_rows.account_id, campaign.account_id) = campaign.account_id)));
  return null;
end $$;
comment on function dialer_wake_by_account() is 'Rows that concern a whole account changed, or, without account, all of them.';
create trigger wake_on_insert after insert on trunk_config referencing new table as changed_rows
  for each statement execute function dialer_wake_by_account();
create trigger wake_on_update after update on trunk_config referencing new table as changed_rows
  for each statement when (current_setting('dialer.engine', true) is distinct from 'on')
  execute function dialer_wake_by_account();
create trigger wake_on_delete after delete on trunk_config referencing old table as changed_rows
  for each statement execute function dialer_wake_by_account();
create trigger wake_on_insert after insert on account_settings referencing new table as changed_rows
  for each statement execute function dialer_wake_by_account();
create trigger wake_on_update after update on account_settings referencing new table as changed_rows
  for each statement execute function dialer_wake_by_account();
create trigger wake_on_delete after delete on account_settings referencing old table as changed_rows
  for each statement execute function dialer_wake_by_account();
create trigger wake_on_update after update on dnc_entries referencing new table as changed_rows
  for each statement execute function dialer_wake_by_account();
create trigger wake_on_delete after delete on dnc_entries referencing old table as changed_rows
  for each statement execute function dialer_wake_by_account();

create function dialer_wake_by_destination() returns trigger
language plpgsql security definer set search_path from current as $$
begin
  if tg_table_name = 'campaigns' then
    perform dialer_wake(array[new.id]);
  else
    perform dialer_wake(array(select id from campaigns where destination_id = new.id and status = 'ACTIVE'));
  end if;
  return null;
end $$;
comment on function dialer_wake_by_destination() is 'A campaign has another destination, or its destination changed: it may dial now.';
create trigger wake_by_destination after update of destination_id on campaigns
  for each row when (new.destination_id is distinct from old.destination_id and new.status = 'ACTIVE')
  execute function dialer_wake_by_destination();
create trigger wake_by_destination after update on destinations
  for each row execute function dialer_wake_by_destination();

create function dialer_list_jobs()
returns table (id bigint, task text, campaign_id uuid, lead_id uuid, attempt_id uuid, run_at timestamptz,
  attempts integer, max_attempts integer, last_error text, locked_by text, locked_at timestamptz, key text)
language plpgsql stable security definer set search_path from current as $$
#variable_conflict use_column
begin
  return query
    select job.id, task.identifier, coalesce(named.campaign, attempt.campaign_id), attempt.lead_id, named.attempt,
      job.run_at, job.attempts::integer, job.max_attempts::integer, job.last_error, job.locked_by, job.locked_at, job.key
    from _private_jobs as job
    join _private_tasks as task on task.id = job.task_id
    cross join lateral (
      select
        case when job.payload ->> 'campaignId' ~ '^[0-9a-f-]{36}$' then (job.payload ->> 'campaignId')::uuid end as campaign,
        case when job.payload ->> 'attemptId' ~ '^[0-9a-f-]{36}$' then (job.payload ->> 'attemptId')::uuid end as attempt
    ) as named
    left join call_attempts as attempt on attempt.id = named.attempt;
end $$;
comment on function dialer_list_jobs() is
  'Every waiting, running or failed job. A function, not a view on the worker''s tables, so that the worker''s own migrations may change them.';

create view dialer_jobs with (security_invoker = true) as
select id, task, campaign_id, lead_id, attempt_id, run_at, attempts, max_attempts, last_error, locked_by, locked_at, key
from dialer_list_jobs();
comment on view dialer_jobs is 'For administrators: every job with what it is about.';
comment on column dialer_jobs.id is 'Graphile Worker''s id.';
comment on column dialer_jobs.task is 'Task identifier.';
comment on column dialer_jobs.campaign_id is 'Campaign it is about.';
comment on column dialer_jobs.lead_id is 'Lead it is about.';
comment on column dialer_jobs.attempt_id is 'Attempt it is about.';
comment on column dialer_jobs.run_at is 'Not before this.';
comment on column dialer_jobs.attempts is 'How often it was tried.';
comment on column dialer_jobs.max_attempts is 'After so many tries it failed for good, and nobody runs it again.';
comment on column dialer_jobs.last_error is 'What went wrong last.';
comment on column dialer_jobs.locked_by is 'Worker that runs it now.';
comment on column dialer_jobs.locked_at is 'Since when.';
comment on column dialer_jobs.key is 'Job key, if any.';

create function dialer_grant_jobs() returns void
language plpgsql set search_path from current as $$
begin
  if to_regrole('service_role') is not null then
    grant execute on function dialer_list_jobs() to service_role;
    grant select on dialer_jobs to service_role;
  end if;
end $$;
comment on function dialer_grant_jobs() is
  'Administrators read the jobs.';

select dialer_revoke_all('function', 'add_keyed_job(text, json, timestamptz, text, text)',
  'run_job_by(text, json, timestamptz, text)', 'dialer_wake(uuid[])', 'dialer_reopen(uuid[])',
  'dialer_wake_on_campaigns()', 'dialer_wake_on_leads()', 'dialer_wake_by_campaign()', 'dialer_wake_by_account()',
  'dialer_wake_by_destination()', 'dialer_list_jobs()', 'dialer_grant_jobs()');
select dialer_revoke_all('table', 'dialer_jobs');
