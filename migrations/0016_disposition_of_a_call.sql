-- A disposition decides about the call that it was given for, and about no later one; it does not take a callback away;
-- and it reopens a campaign whoever told it.

alter table leads add column disposition_at timestamptz;
comment on column leads.disposition_at is
  'When disposition was set: it is the result of the call that was the last one then, and says nothing of later ones.';

create function dialer_date_disposition() returns trigger
language plpgsql set search_path from current as $$
begin
  new.disposition_at := case when new.disposition is not null then clock_timestamp() end;
  return new;
end $$;
comment on function dialer_date_disposition() is 'Keeps leads.disposition_at.';
create trigger date_disposition before update of disposition on leads
  for each row when (
    new.disposition is distinct from old.disposition and new.disposition_at is not distinct from old.disposition_at)
  execute function dialer_date_disposition();
create trigger date_first_disposition before insert on leads
  for each row when (new.disposition is not null) execute function dialer_date_disposition();

create or replace function dialer_follow_disposition() returns trigger
language plpgsql security definer set search_path from current as $$
declare
  rule retry_rules;
  ceilings record;
  earlier_tries integer;
begin
  if new.callback_at > clock_timestamp() then
    return new;
  end if;
  select retry_rules.* into rule from retry_rules
  where retry_rules.disposition = new.disposition
    and (retry_rules.account_id = new.account_id or retry_rules.account_id is null)
    and (retry_rules.campaign_id = new.campaign_id or retry_rules.campaign_id is null)
  order by retry_rules.campaign_id nulls last, retry_rules.account_id nulls last
  limit 1;
  if not found then
    return new;
  end if;
  select max_attempts, max_dials into ceilings from campaigns where id = new.campaign_id;
  -- The last call is the one that this disposition is of; those before it were the tries.
  select count(*) into earlier_tries
  from call_attempts as earlier
  where earlier.lead_id = new.id and earlier.disposition = new.disposition
    and exists (
      select from call_attempts as later where later.lead_id = new.id and later.queued_at > earlier.queued_at);
  new.next_attempt_at := null;
  if rule.max_tries = 0 then
    new.status := 'DONE';
    new.status_reason := new.disposition;
  elsif new.attempts >= ceilings.max_attempts or new.dials >= ceilings.max_dials or earlier_tries >= rule.max_tries then
    new.status := 'FAILED';
    new.status_reason := case
      when new.attempts >= ceilings.max_attempts then 'MAX_ATTEMPTS'
      when new.dials >= ceilings.max_dials then 'MAX_DIALS'
      else 'MAX_TRIES' end;
  else
    new.status := 'RETRY';
    new.status_reason := new.disposition;
    new.next_attempt_at := clock_timestamp() + rule.delay_seconds * interval '1 s';
  end if;
  return new;
end $$;
comment on function dialer_follow_disposition() is
  'A disposition given to a lead without a live call is followed at once by its retry rule. One without a rule changes nothing, nor does any while a callback is to come.';
drop trigger follow_disposition on leads;
create trigger follow_disposition before update of disposition on leads
  for each row when (
    new.disposition is not null and new.disposition_at is distinct from old.disposition_at
    and old.status in ('DONE', 'RETRY', 'FAILED') and new.status = old.status
    and new.callback_at is not distinct from old.callback_at)
  execute function dialer_follow_disposition();

create or replace function dialer_pass_on_disposition() returns trigger
language plpgsql security definer set search_path from current as $$
declare
  waits boolean;
begin
  -- The same word as after an earlier call is a result of this one all the same.
  update leads set disposition = new.disposition, disposition_at = clock_timestamp()
  where id = new.lead_id
    and (disposition is distinct from new.disposition or disposition_at is null or disposition_at < new.queued_at)
    and not exists (
      select from call_attempts as later where later.lead_id = new.lead_id and later.queued_at > new.queued_at)
  returning status in ('NEW', 'RETRY') into waits;
  -- For clients the triggers on leads do this; the engine, which writes what the PBX told, wakes only for ends of calls.
  if waits and current_setting('dialer.engine', true) = 'on' then
    perform from campaigns where id = new.campaign_id for key share;
    perform dialer_reopen(array[new.campaign_id]);
    perform add_job('schedule_campaign', json_build_object('campaignId', id))
    from campaigns where id = new.campaign_id and status = 'ACTIVE';
  end if;
  return null;
end $$;
comment on function dialer_pass_on_disposition() is
  'The disposition of a lead''s last attempt is the lead''s. If it puts the lead back on the list, the campaign is woken or reopened.';

select dialer_close('function', 'dialer_date_disposition()');
