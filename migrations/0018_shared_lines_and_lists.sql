-- Which lines a campaign waits for, by trunk; leads that come back just as their campaign completes; and numbers that leave
-- the do-not-call list.

alter table campaign_passes add column hungry_for uuid[] not null default '{}';
comment on column campaign_passes.hungry_for is
  'Trunks that were full when a lead that is due could have used them, and those that share their limits.';
comment on column campaign_passes.is_hungry is
  'A shared line, not its own limit, kept it from dialling more: campaigns of a later priority leave the trunks of hungry_for to it.';

create or replace function dialer_wake_on_leads() returns trigger
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

create function dialer_release_from_dnc() returns trigger
language plpgsql security definer set search_path from current as $$
begin
  update leads
  set status = case when leads.status <> 'DNC' then leads.status when leads.dials > 0 then 'RETRY' else 'NEW' end,
    status_reason = null, next_attempt_at = null
  from changed_rows as changed
  join campaigns as campaign on campaign.account_id = changed.account_id
    and (changed.campaign_id is null or campaign.id = changed.campaign_id)
    and campaign.status in ('DRAFT', 'ACTIVE', 'PAUSED')
  where leads.campaign_id = campaign.id and leads.phone_e164 = changed.phone_e164 and leads.status_reason = 'DNC'
    and (leads.status in ('NEW', 'RETRY')
      or (leads.status = 'DNC' and (leads.last_outcome is null
        or leads.last_outcome in (select outcomes.code from outcomes where outcomes.retryable))))
    and (tg_op = 'DELETE' or changed.expires_at is not null);
  return null;
end $$;
comment on function dialer_release_from_dnc() is
  'An entry was deleted, or got another end: leads that it kept from being called wait again, and the next pass judges them. Not those that were reached before, nor those of a campaign that is over.';
create trigger release_on_update after update on dnc_entries referencing new table as changed_rows
  for each statement execute function dialer_release_from_dnc();
create trigger release_on_delete after delete on dnc_entries referencing old table as changed_rows
  for each statement execute function dialer_release_from_dnc();

select dialer_close('function', 'dialer_release_from_dnc()');
