-- Limits of accounts that a statement can break are refused with it; and what one statement may ask of everybody's engine has
-- an end where nobody needs more.

-- Dials of the day and of the last second are counted by account.
create index call_attempts_by_account on call_attempts (account_id, originate_at) where originate_at is not null;

create function dialer_check_active_campaigns(account_ids uuid[]) returns void
language plpgsql security definer set search_path from current as $$
declare
  account uuid;
  most integer;
begin
  foreach account in array account_ids loop
    -- Two at once would both find one place left.
    perform pg_advisory_xact_lock(hashtextextended(current_schema() || '.campaigns.' || account, 0));
    most := least(1000, coalesce((select max_active_campaigns from accounts where id = account), 1000));
    if (select count(*) from (
        select from campaigns where account_id = account and status = 'ACTIVE' limit most + 1) as active) > most then
      raise exception 'account % may have % ACTIVE campaigns', account, most
        using errcode = '23514', hint = 'Pause or complete others first.';
    end if;
  end loop;
end $$;
comment on function dialer_check_active_campaigns(uuid[]) is
  'Refuses more ACTIVE campaigns than accounts.max_active_campaigns, and than a thousand: each is looked at every minute.';
create function dialer_limit_active_campaigns() returns trigger
language plpgsql security definer set search_path from current as $$
begin
  perform dialer_check_active_campaigns(array(select distinct account_id from new_rows where status = 'ACTIVE' order by 1));
  return null;
end $$;
comment on function dialer_limit_active_campaigns() is 'Campaigns that are ACTIVE from the start count too.';
create trigger limit_active_on_insert after insert on campaigns referencing new table as new_rows
  for each statement execute function dialer_limit_active_campaigns();

create function dialer_limit_activated_campaigns() returns trigger
language plpgsql security definer set search_path from current as $$
begin
  -- Once there, a campaign may be changed although the limit has been lowered since.
  if exists (select from new_rows join old_rows using (id) where new_rows.status = 'ACTIVE' and old_rows.status <> 'ACTIVE') then
    perform dialer_check_active_campaigns(array(
      select distinct new_rows.account_id from new_rows join old_rows using (id)
      where new_rows.status = 'ACTIVE' and old_rows.status <> 'ACTIVE'));
  end if;
  return null;
end $$;
comment on function dialer_limit_activated_campaigns() is 'The same for campaigns that become ACTIVE.';

create trigger limit_active_on_update after update on campaigns referencing old table as old_rows new table as new_rows
  for each statement execute function dialer_limit_activated_campaigns();

create function dialer_limit_leads() returns trigger
language plpgsql security definer set search_path from current as $$
declare
  account record;
begin
  for account in
    select accounts.id, accounts.max_leads from accounts
    where accounts.max_leads is not null and accounts.id in (select account_id from new_rows) order by accounts.id
  loop
    perform pg_advisory_xact_lock(hashtextextended(current_schema() || '.leads.' || account.id, 0));
    if (select count(*) from (
        select from leads where account_id = account.id limit account.max_leads + 1) as counted) > account.max_leads then
      raise exception 'account % may have % leads in all its campaigns', account.id, account.max_leads
        using errcode = '23514', hint = 'Delete leads of campaigns that are over, or ask the administrator for more.';
    end if;
  end loop;
  return null;
end $$;
comment on function dialer_limit_leads() is 'Refuses more leads than accounts.max_leads.';
create trigger limit_leads after insert on leads referencing new table as new_rows
  for each statement execute function dialer_limit_leads();

create function dialer_limit_windows() returns trigger
language plpgsql security definer set search_path from current as $$
declare
  crowded uuid;
begin
  select campaign_id into crowded from campaign_windows
  where campaign_id in (select campaign_id from new_rows)
  group by campaign_id having count(*) > 50 limit 1;
  if crowded is not null then
    raise exception 'campaign % has more than 50 windows', crowded
      using errcode = '23514', hint = 'Windows that touch or overlap are one: seven a day are the most.';
  end if;
  return null;
end $$;
comment on function dialer_limit_windows() is 'Refuses more windows than a week can need: every pass and every call reads all of them.';
create trigger limit_windows after insert on campaign_windows referencing new table as new_rows
  for each statement execute function dialer_limit_windows();

-- Leads of a country that was forbidden come back when it is permitted.
create function dialer_follow_countries() returns trigger
language plpgsql security definer set search_path from current as $$
begin
  update leads set next_attempt_at = null, status_reason = null
  where account_id = new.id and status in ('NEW', 'RETRY') and status_reason = 'ACCOUNT_COUNTRY';
  return null;
end $$;
comment on function dialer_follow_countries() is 'Leads of forbidden countries are looked at again when the permitted ones change.';
create trigger follow_countries after update on accounts
  for each row when (new.allowed_countries is distinct from old.allowed_countries) execute function dialer_follow_countries();

select dialer_close('function', 'dialer_limit_active_campaigns()', 'dialer_limit_activated_campaigns()',
  'dialer_check_active_campaigns(uuid[])', 'dialer_limit_leads()', 'dialer_limit_windows()', 'dialer_follow_countries()');
