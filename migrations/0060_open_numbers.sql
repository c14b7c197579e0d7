-- A lead with further numbers whose next number may not be called for the hour of its zone goes on with one that may: such leads
-- are found by an index of their own, which holds nobody else.

alter table leads add column has_more boolean not null default false;
comment on column leads.has_more is
  'It was given further numbers (lead_phones), which is known once its zone is; stays when they are deleted.';
select set_config('dialer.engine', 'on', true);
update leads set has_more = true
where id in (select lead_id from lead_phones);
select set_config('dialer.engine', '', true);
create index leads_with_more on leads (campaign_id, coalesce(dial_timezone, ''), due_at, id)
  where status in ('NEW', 'RETRY') and has_more and status_reason is distinct from 'CALLBACK';
create index lead_phones_by_zone on lead_phones (campaign_id, coalesce(dial_timezone, ''));

-- As it was, in statements whose plans are kept: a function in SQL that is nobody's part is planned again for every row, which was
-- three quarters of a number's cost. That a lead has too many is found once for all that a statement adds.
create or replace function dialer_read_lead_phone() returns trigger
language plpgsql security definer set search_path from current as $$
declare
  home text;
  key text;
  last integer;
begin
  new.state := coalesce(new.state, 'NEW');
  new.updated_at := clock_timestamp();
  if tg_op = 'UPDATE' and new.phone is distinct from old.phone and new.phone_e164 is not distinct from old.phone_e164 then
    new.phone_e164 := null;
  end if;
  if new.phone_e164 is null then
    home := dialer_home_of(new.account_id);
    new.phone_e164 := dialer_read_phone(new.phone, home);
    if new.phone_e164 is null then
      perform dialer_refuse(jsonb_build_array(dialer_phone_fault('lead_phones', 'phone', new.phone, home)), '23514', 'lead_phones');
    end if;
  end if;
  if tg_op = 'UPDATE' and new.phone_e164 = old.phone_e164 then
    return new;
  end if;
  if tg_op = 'UPDATE' then
    new.dial_timezone := null;
    new.next_attempt_at := null;
  elsif new.position is null then
    select max(other.position) into last from lead_phones as other where other.lead_id = new.lead_id;
    new.position := coalesce(last, 0) + 1;
  end if;
  key := dialer_phone_key(new.phone_e164);
  new.state := case when exists (
      select from leads where leads.campaign_id = new.campaign_id and dialer_phone_key(leads.phone_e164) = key)
    or exists (
      select from lead_phones as other
      where other.campaign_id = new.campaign_id and dialer_phone_key(other.phone_e164) = key
        and other.id <> new.id and other.state <> 'DUPLICATE')
    or exists (
      select from leads where leads.id = new.lead_id and leads.phone_e164 is null
        and dialer_phone_key(dialer_read_phone(leads.phone, dialer_home_of(new.account_id))) = key)
    then 'DUPLICATE' else 'NEW' end;
  return new;
end $$;

drop function dialer_number_is_taken(lead_phones);

create or replace function dialer_home_of(account uuid) returns text
language plpgsql stable security definer set search_path from current as $$
begin
  return coalesce((select default_country from account_settings where account_id = account), 'BR');
end $$;

create or replace function dialer_revive_by_new_numbers() returns trigger
language plpgsql security definer set search_path from current as $$
declare
  -- As an array: a plan that was made for many rows would be kept for one.
  touched uuid[] := array(select distinct lead_id from new_rows);
  crowded uuid;
begin
  select further.lead_id into crowded from lead_phones as further
  where further.lead_id = any (touched) group by further.lead_id having count(*) > 20 limit 1;
  if crowded is not null then
    perform dialer_refuse_one(tg_relid, '23514', dialer_fault('LEAD_PHONES', 'id', crowded::text));
  end if;
  perform dialer_revive_by_numbers(array(select id from new_rows where state = 'NEW'));
  -- Of a lead whose zone is not known yet, the pass that finds it writes it down: an update of each would double the cost of a list.
  update leads set has_more = true
  where id = any (touched) and not has_more and dial_timezone is not null;
  perform dialer_wake(array(select distinct campaign_id from new_rows where state = 'NEW'));
  return null;
end $$;
comment on function dialer_revive_by_new_numbers() is
  'Numbers that were added: twenty at most, and their leads have more than one, and may come back, or be called at once.';

-- In plpgsql for the same reason: they are asked for each lead of a pass and of a batch of calls that ended.
create or replace function dialer_is_barred(account uuid, campaign uuid, number text) returns boolean
language plpgsql stable security definer set search_path from current as $$
declare
  key text := dialer_phone_key(number);
begin
  if exists (
    select from dnc_entries as dnc
    where dnc.account_id = account and dialer_phone_key(dnc.phone_e164) = key
      and (dnc.campaign_id is null or dnc.campaign_id = campaign)
      and coalesce(dnc.expires_at, 'infinity') > clock_timestamp() + interval '50 years') then
    return true;
  end if;
  return exists (select from erased_do_not_call where account_id = account)
    and coalesce(dialer_erased_until(account, campaign, number) > clock_timestamp() + interval '50 years', false);
end $$;

create or replace function dialer_rule_of(account uuid, campaign uuid, for_outcome text, for_disposition text) returns retry_rules
language plpgsql stable security definer set search_path from current as $$
declare
  found_rule retry_rules;
begin
  select rule.* into found_rule from retry_rules as rule
  where (rule.outcome = for_outcome or rule.disposition = for_disposition)
    and (rule.account_id = account or rule.account_id is null)
    and (rule.campaign_id = campaign or rule.campaign_id is null)
  order by rule.campaign_id nulls last, rule.account_id nulls last
  limit 1;
  return found_rule;
end $$;

create or replace function dialer_number_of_call(call call_attempts) returns uuid
language plpgsql stable security definer set search_path from current as $$
declare
  key text := dialer_phone_key(call.phone_e164);
begin
  if call.lead_phone_id is not null then
    return call.lead_phone_id;
  elsif exists (
    select from leads where leads.id = call.lead_id and dialer_phone_key(leads.phone_e164) = key) then
    return null;
  end if;
  return '00000000-0000-0000-0000-000000000000';
end $$;

drop function dialer_next_number(uuid, uuid, text, timestamptz, timestamptz);
create function dialer_next_number(lead_id uuid, called uuid, called_state text, called_next_at timestamptz, since timestamptz,
  opens jsonb default '{}', out is_there boolean, out phone_id uuid, out next_at timestamptz)
language plpgsql stable security definer set search_path from current as $$
#variable_conflict use_column
begin
  with number as (
    select lead.account_id, lead.campaign_id, null::uuid as id, 0 as position, lead.created_at, lead.phone_e164,
      lead.phone_state as state, lead.phone_next_attempt_at as next_at,
      coalesce(lead.timezone, case when lead.dial_phone_id is null then lead.dial_timezone end) as zone
    from leads as lead where lead.id = dialer_next_number.lead_id
    union all
    select lead.account_id, lead.campaign_id, further.id, further.position, further.created_at, further.phone_e164,
      further.state, further.next_attempt_at, coalesce(lead.timezone, further.dial_timezone)
    from lead_phones as further join leads as lead on lead.id = further.lead_id
    where further.lead_id = dialer_next_number.lead_id
  ), known as (
    select account_id, campaign_id, id, phone_e164, row_number() over (order by position, created_at, id) as turn,
      id is not distinct from called as is_called,
      case when id is not distinct from called then coalesce(called_state, state) else state end as state,
      greatest(case when id is not distinct from called then called_next_at else next_at end,
        to_timestamp((opens ->> zone)::float8)) as next_at
    from number
  )
  select true, known.id, known.next_at into is_there, phone_id, next_at
  from known
  where known.state not in ('SPENT', 'INVALID', 'DUPLICATE') and not (known.is_called and known.state = 'DNC')
    and (known.phone_e164 is null or not dialer_is_barred(known.account_id, known.campaign_id, known.phone_e164))
  order by greatest(known.next_at, since),
    known.turn <= coalesce((select place.turn from known as place where place.is_called), 0), known.turn
  limit 1;
end $$;
comment on function dialer_next_number(uuid, uuid, text, timestamptz, timestamptz, jsonb) is
  'The number of a lead that is to be dialled after another (null: leads.phone), which from now on has the given state and is not dialled before the given time: the one that may be dialled first, and of several the next in turn. opens: zones that are closed now, with the second since 1970 in which each opens. phone_id null: leads.phone. No number left: is_there is null.';
select dialer_close('function', 'dialer_next_number(uuid, uuid, text, timestamptz, timestamptz, jsonb)');
