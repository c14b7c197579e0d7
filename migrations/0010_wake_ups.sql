-- Every change that may let a campaign dial wakes its scheduling pass, in the same transaction.
--
-- One job per statement and campaign, without a job key: a keyed job would be held by the client's open transaction,
-- and workers would skip it. The engine's own connections set dialer.engine = on and wake themselves.

create function dialer_wake(campaign_ids uuid[]) returns void
language plpgsql security definer set search_path from current as $$
begin
  if current_setting('dialer.engine', true) = 'on' then
    return;
  end if;
  perform add_job('schedule_campaign', json_build_object('campaignId', id))
  from campaigns where id = any (campaign_ids) and status = 'ACTIVE';
end $$;
comment on function dialer_wake(uuid[]) is 'Adds a pass for those of the given campaigns that are ACTIVE.';

-- Otherwise the first job of all would insert it, and hold up every other client until its transaction ends.
insert into _private_tasks (identifier) values ('schedule_campaign') on conflict do nothing;

create function dialer_reopen(campaign_ids uuid[]) returns void
language plpgsql security definer set search_path from current as $$
begin
  update campaigns set status = 'ACTIVE'
  where id = any (campaign_ids) and status = 'COMPLETED' and completed_by = 'ENGINE'
    and (valid_until is null or valid_until > clock_timestamp());
end $$;
comment on function dialer_reopen(uuid[]) is
  'Makes those of the given campaigns ACTIVE again that the engine completed and that are still valid; what a person completed stays so.';

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
  perform dialer_wake(array(
    select distinct new_row.campaign_id from new_rows as new_row join old_rows as old_row on old_row.id = new_row.id
    where new_row.status in ('NEW', 'RETRY')
      and (new_row.status, new_row.phone, new_row.phone_e164, new_row.dial_timezone, new_row.priority,
          new_row.list_id, new_row.next_attempt_at)
        is distinct from
          (old_row.status, old_row.phone, old_row.phone_e164, old_row.dial_timezone, old_row.priority,
          old_row.list_id, old_row.next_attempt_at)));
  perform dialer_reopen(array(
    select distinct new_row.campaign_id from new_rows as new_row join old_rows as old_row on old_row.id = new_row.id
    where new_row.status in ('NEW', 'RETRY') and old_row.status in ('DONE', 'FAILED', 'DNC', 'INVALID')));
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

create function dialer_touch() returns trigger
language plpgsql set search_path from current as $$
begin
  new.updated_at := clock_timestamp();
  return new;
end $$;
comment on function dialer_touch() is 'Keeps updated_at.';
create trigger touch before update on account_settings for each row execute function dialer_touch();
create trigger touch before update on trunk_config for each row execute function dialer_touch();

select dialer_close('function', 'dialer_wake(uuid[])', 'dialer_reopen(uuid[])', 'dialer_wake_on_campaigns()',
  'dialer_wake_on_leads()', 'dialer_wake_by_campaign()', 'dialer_wake_by_account()', 'dialer_touch()');
