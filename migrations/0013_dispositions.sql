-- A business result that is given after the call decides about the lead by its own retry rule.

create function dialer_follow_disposition() returns trigger
language plpgsql security definer set search_path from current as $$
declare
  rule retry_rules;
  ceilings record;
  earlier_tries integer;
begin
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
  select greatest(count(*) - 1, 0) into earlier_tries
  from call_attempts where lead_id = new.id and disposition = new.disposition;
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
  'A disposition given to a lead without a live call is followed at once by its retry rule; one without a rule changes nothing.';
create trigger follow_disposition before update of disposition on leads
  for each row when (
    new.disposition is not null and new.disposition is distinct from old.disposition
    and old.status in ('DONE', 'RETRY', 'FAILED') and new.status = old.status
    and new.callback_at is not distinct from old.callback_at)
  execute function dialer_follow_disposition();

create function dialer_pass_on_disposition() returns trigger
language plpgsql security definer set search_path from current as $$
begin
  update leads set disposition = new.disposition
  where id = new.lead_id and disposition is distinct from new.disposition
    and not exists (
      select from call_attempts as later where later.lead_id = new.lead_id and later.queued_at > new.queued_at);
  return null;
end $$;
comment on function dialer_pass_on_disposition() is 'The disposition of a lead''s last attempt is the lead''s.';
create trigger pass_on_disposition after update of disposition on call_attempts
  for each row when (
    new.disposition is not null and new.disposition is distinct from old.disposition and old.end_at is not null)
  execute function dialer_pass_on_disposition();

select dialer_close('function', 'dialer_follow_disposition()', 'dialer_pass_on_disposition()');
