-- Accounts do not meet. Clients: policies and composite foreign keys. Roles that row level security does not bind
-- (the owner, service keys, SQL users): the account comes from the parent row.

create function dialer_take_account() returns trigger
language plpgsql set search_path from current as $$
declare
  parent_account uuid;
begin
  if row_security_active(tg_relid) then
    return new;
  end if;
  select account_id into parent_account from campaigns where id = new.campaign_id;
  if found then
    new.account_id := parent_account;
  end if;
  return new;
end $$;
comment on function dialer_take_account() is
  'Before insert: a child takes the account of its campaign, unless row level security binds the writer, whose row must already be right.';

create trigger account before insert on campaign_windows for each row execute function dialer_take_account();
create trigger account before insert on campaign_passes for each row execute function dialer_take_account();
create trigger account before insert on campaign_trunks for each row execute function dialer_take_account();
create trigger account before insert on lists for each row execute function dialer_take_account();
create trigger account before insert on leads for each row execute function dialer_take_account();
create trigger account before insert on call_attempts for each row execute function dialer_take_account();
create trigger account before insert on dnc_entries
  for each row when (new.campaign_id is not null) execute function dialer_take_account();
create trigger account before insert on retry_rules
  for each row when (new.campaign_id is not null) execute function dialer_take_account();

create function dialer_check_trunk_account() returns trigger
language plpgsql security definer set search_path from current as $$
begin
  if exists (select from trunk_config where id = new.trunk_id and account_id <> new.account_id) then
    raise exception 'trunk % belongs to another account than campaign %', new.trunk_id, new.campaign_id
      using errcode = '23503';
  end if;
  return new;
end $$;
comment on function dialer_check_trunk_account() is 'A campaign uses shared trunks and those of its own account.';
create trigger check_trunk_account before insert or update on campaign_trunks
  for each row execute function dialer_check_trunk_account();

create policy own_account on account_settings
  using (account_id = (select current_account_id())) with check (account_id = (select current_account_id()));
create policy own_account on campaigns
  using (account_id = (select current_account_id())) with check (account_id = (select current_account_id()));
create policy own_account on campaign_windows
  using (account_id = (select current_account_id())) with check (account_id = (select current_account_id()));
create policy own_account on campaign_passes for select using (account_id = (select current_account_id()));
create policy own_account on campaign_trunks for select using (account_id = (select current_account_id()));
create policy own_account on lists
  using (account_id = (select current_account_id())) with check (account_id = (select current_account_id()));
create policy own_account on leads
  using (account_id = (select current_account_id())) with check (account_id = (select current_account_id()));
create policy own_account on dnc_entries
  using (account_id = (select current_account_id())) with check (account_id = (select current_account_id()));
create policy own_account on call_attempts
  using (account_id = (select current_account_id())) with check (account_id = (select current_account_id()));
create policy own_account on call_attempt_events for select using (account_id = (select current_account_id()));
create policy own_account on retry_rules
  using (account_id = (select current_account_id())) with check (account_id = (select current_account_id()));
create policy defaults_are_read_by_all on retry_rules for select using (account_id is null);
create policy own_account_or_shared on trunk_config for select
  using (account_id is null or account_id = (select current_account_id()));
create policy read_by_all on outcomes for select using (true);

select dialer_close('function', 'dialer_take_account()', 'dialer_check_trunk_account()');
