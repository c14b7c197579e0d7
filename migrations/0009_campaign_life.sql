-- What follows from a change of a campaign's status, and the hanging up of single calls.

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
  raise exception 'job % with key % was not added in 50 tries', identifier, job_key using errcode = '55P03';
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
      -- With a count of 0 nobody looks for a job, but alarm clocks look at the time.
      perform pg_notify('jobs:insert', case when run_at > clock_timestamp() then '{"count":0}' else '{"count":1}' end);
      return;
    end if;
    exit when try = 2;
    perform add_keyed_job(identifier, payload, run_at, job_key, 'preserve_run_at');
  end loop;
end $$;
comment on function run_job_by(text, json, timestamptz, text) is
  'Sees to it that the job with this key runs at the given time or earlier: a waiting one is moved only forward. Somebody may add the key in between, so it looks again after adding.';

create function dialer_cancel_queued(attempt_ids uuid[]) returns integer
language plpgsql security definer set search_path from current as $$
declare
  cancelled_ids uuid[];
  freed_leads uuid[];
begin
  select array_agg(locked.id), array_agg(locked.lead_id) into cancelled_ids, freed_leads
  from (
    select id, lead_id from call_attempts
    where id = any (attempt_ids) and end_at is null and state = 'QUEUED'
    order by id for update) as locked;
  if cancelled_ids is null then
    return 0;
  end if;
  update call_attempts
  set state = 'CANCELLED', outcome = 'CANCELLED', end_at = clock_timestamp(), hangup_source = 'SYSTEM',
    deadline_at = null, deadline_type = null
  where id = any (cancelled_ids);
  perform from leads where id = any (freed_leads) order by id for no key update;
  update leads set status = case when dials > 0 then 'RETRY' else 'NEW' end
  where id = any (freed_leads) and status = 'IN_PROGRESS';
  return cardinality(cancelled_ids);
end $$;
comment on function dialer_cancel_queued(uuid[]) is
  'Ends those of the given attempts that are still queued and gives their leads back. Locks attempts, then leads, each by id. Returns how many.';

create function drop_queued_attempts(campaign_id uuid) returns integer
language plpgsql security definer set search_path from current as $$
begin
  return dialer_cancel_queued(array(
    select attempt.id from call_attempts as attempt
    where attempt.campaign_id = drop_queued_attempts.campaign_id
      and attempt.end_at is null and attempt.state = 'QUEUED'));
end $$;
comment on function drop_queued_attempts(uuid) is
  'Cancels the queued attempts of a campaign. Call it with the campaign locked, so that no pass adds more. Returns how many.';

create function dialer_prepare_campaign() returns trigger
language plpgsql set search_path from current as $$
declare
  old_status text := case when tg_op = 'UPDATE' then old.status else 'DRAFT' end;
begin
  if new.start_time = new.end_time then
    raise exception 'start_time and end_time of campaign "%" are both %', new.name, new.start_time
      using errcode = '23514', hint = 'For the whole day use 00:00 and 24:00; for several ranges use campaign_windows.';
  end if;
  if tg_op = 'UPDATE' then
    new.updated_at := clock_timestamp();
  end if;
  if new.status = old_status then
    return new;
  end if;
  if old_status = 'CANCELLED' or (new.status = 'DRAFT' and tg_op = 'UPDATE') then
    raise exception 'campaign % cannot go from % to %', new.id, old_status, new.status
      using errcode = '23514', hint = 'A cancelled campaign stays so, and none goes back to DRAFT: make a new one.';
  end if;
  if new.status = 'ACTIVE' then
    new.started_at := coalesce(new.started_at, clock_timestamp());
    new.activated_at := clock_timestamp();
    new.pause_reason := null;
  end if;
  new.completed_at := case when new.status in ('COMPLETED', 'CANCELLED') then clock_timestamp() end;
  if new.status <> 'COMPLETED' then
    new.completed_by := null;
  else
    -- The engine names itself in the same update; whoever does not is a person.
    new.completed_by := coalesce(new.completed_by, 'USER');
  end if;
  return new;
end $$;
comment on function dialer_prepare_campaign() is 'Checks the change of status and sets the columns that follow from it.';
create trigger prepare before insert or update on campaigns for each row execute function dialer_prepare_campaign();

create function dialer_follow_campaign_status() returns trigger
language plpgsql security definer set search_path from current as $$
begin
  if new.status <> 'ACTIVE' then
    perform drop_queued_attempts(new.id);
  end if;
  if new.status = 'CANCELLED' then
    perform add_job('hangup_call:' || voice_node, json_build_object('attemptId', id, 'reason', 'CAMPAIGN'))
    from call_attempts
    where campaign_id = new.id and end_at is null and state in ('ORIGINATING', 'RINGING', 'EARLY_MEDIA')
    order by id;
  end if;
  perform pg_notify('dialer_campaign',
    json_build_object('schema', tg_table_schema, 'campaignId', new.id, 'status', new.status)::text);
  return null;
end $$;
comment on function dialer_follow_campaign_status() is
  'In the transaction of the change: drops what is queued, asks to hang up what is not answered when cancelled, and tells the engines on channel dialer_campaign.';
create trigger follow_status after update of status on campaigns
  for each row when (new.status is distinct from old.status) execute function dialer_follow_campaign_status();

create function dialer_caller_is_privileged() returns boolean
language plpgsql stable security definer set search_path from current as $$
declare
  -- Inside a definer function current_user is the owner; the setting "role" still names who asked.
  caller name := coalesce(nullif(current_setting('role'), 'none'), session_user);
begin
  return pg_has_role(caller, current_user, 'USAGE')
    or exists (select from pg_roles where rolname = caller and (rolsuper or rolbypassrls));
end $$;
comment on function dialer_caller_is_privileged() is
  'For use inside definer functions: whether who called is the owner or a role that row level security does not bind.';

create function hangup_attempt(attempt_id uuid) returns boolean
language plpgsql security definer set search_path from current as $$
declare
  attempt call_attempts;
begin
  select * into attempt from call_attempts
  where id = attempt_id and (account_id = current_account_id() or dialer_caller_is_privileged())
  for update;
  if not found then
    raise exception 'there is no attempt %', attempt_id using errcode = 'P0002';
  end if;
  if attempt.end_at is not null then
    return false;
  end if;
  if attempt.state = 'QUEUED' then
    return dialer_cancel_queued(array[attempt_id]) = 1;
  end if;
  perform add_job('hangup_call:' || attempt.voice_node,
    json_build_object('attemptId', attempt_id, 'reason', 'OPERATOR'));
  return true;
end $$;
comment on function hangup_attempt(uuid) is
  'Ends one call: cancels it if queued, else asks the engine to hang it up. False if it has ended already; an error if the caller''s account has no such attempt.';

select dialer_close('function', 'add_keyed_job(text, json, timestamptz, text, text)',
  'run_job_by(text, json, timestamptz, text)', 'dialer_cancel_queued(uuid[])',
  'drop_queued_attempts(uuid)', 'dialer_prepare_campaign()', 'dialer_follow_campaign_status()',
  'dialer_caller_is_privileged()', 'hangup_attempt(uuid)');
