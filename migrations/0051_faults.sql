-- Refusals that a person can read: every fault of a row at once, each with a code, its parameters, what is right, in the caller's
-- language. The checks of the tables stay and have the last word; what is here speaks before them.


update dialer_messages set message = '{column} of {table} cannot be {value} in a new row: the engine or an administrator sets it'
where code = 'COLUMN_IS_SET' and locale = 'en';
update dialer_messages set message = '{column} de {table} não pode ser {value} em uma linha nova: quem define é o discador ou um administrador'
where code = 'COLUMN_IS_SET' and locale = 'pt-BR';

-- Trigger functions run as the client, and may refuse.
alter function dialer_refuse(jsonb, text, text) security definer;

create or replace function dialer_fault(code text, variadic params text[] default '{}') returns jsonb
language sql immutable set search_path from current as $$
  select jsonb_build_object('code', code, 'params', jsonb_object(params))
$$;

create or replace function dialer_fill_in(template text, params jsonb) returns text
language plpgsql immutable set search_path from current as $$
declare
  filled text := '';
  rest text := template;
  placeholder text;
begin
  -- Left to right, so that a value that looks like a placeholder stays what it is. {{number}} is {number} itself.
  loop
    placeholder := substring(rest from '\{\{[a-z0-9_]+\}\}|\{[a-z_]+\}');
    exit when placeholder is null;
    filled := filled || left(rest, strpos(rest, placeholder) - 1) || case when placeholder like '{{%'
      then substr(placeholder, 2, length(placeholder) - 2) else coalesce(params ->> btrim(placeholder, '{}'), '?') end;
    rest := substr(rest, strpos(rest, placeholder) + length(placeholder));
  end loop;
  return filled || rest;
end $$;

create function dialer_is_timezone(name text) returns boolean
language plpgsql stable set search_path from current as $$
begin
  -- Of the names with digits those of the IANA database only: Postgres reads any other as a POSIX rule, programs refuse it. A
  -- name without digits cannot be such a rule, so Postgres takes it only if pg_timezone_names has it.
  if name !~ '^(UTC|GMT|Etc/GMT(-([0-9]|1[0-4])|\+([0-9]|1[0-2]))|[A-Z][A-Za-z_]+(/[A-Za-z_-]+){1,2})$' then
    return false;
  end if;
  perform clock_timestamp() at time zone name;
  return true;
exception when invalid_parameter_value then
  return false;
end $$;
comment on function dialer_is_timezone(text) is 'Whether a text is the name of a time zone, for Postgres and for the programs that read it later.';

create function dialer_is_country(code text) returns boolean
language sql stable security definer set search_path from current as $$
  select exists (select from phone_plans where country = code)
$$;
comment on function dialer_is_country(text) is 'Whether a code is that of a country whose numbers can be read.';

create function dialer_is_outcome(code text) returns boolean
language sql stable security definer set search_path from current as $$
  select exists (select from outcomes where outcomes.code = dialer_is_outcome.code)
$$;
comment on function dialer_is_outcome(text) is 'Whether there is such an outcome.';

create function dialer_variables_fault(variables jsonb) returns jsonb
language plpgsql immutable set search_path from current as $$
declare
  place bigint;
  name text;
  value jsonb;
  content text;
  bytes bigint := 0;
begin
  if jsonb_typeof(variables) is distinct from 'object' then
    return dialer_fault('VARIABLES_ARE_NOT_AN_OBJECT');
  end if;
  for place, name, value in
    select entry.place, entry.name, entry.value
    from jsonb_each(variables) with ordinality as entry (name, value, place) order by entry.place
  loop
    if place > 64 then
      return dialer_fault('VARIABLES_ARE_TOO_MANY');
    elsif name !~ '^[A-Za-z][A-Za-z0-9_]{0,62}$' then
      return dialer_fault('VARIABLE_NAME', 'name', left(name, 100), 'place', place::text);
    elsif jsonb_typeof(value) not in ('string', 'number', 'boolean') then
      return dialer_fault(
        case jsonb_typeof(value) when 'array' then 'VARIABLE_IS_LIST' when 'object' then 'VARIABLE_IS_OBJECT' else 'VARIABLE_IS_NULL' end,
        'name', name);
    end if;
    content := value #>> '{}';
    bytes := bytes + octet_length(name) + octet_length(content);
    if jsonb_typeof(value) = 'number' then
      if abs(content::numeric) > 1.7976931348623157e308 then
        return dialer_fault('VARIABLE_NUMBER', 'name', name);
      end if;
      continue;
    end if;
    -- Characters beyond the first plane count as two, as in the programs that check them later.
    if length(content) + length(regexp_replace(content, '[^\U00010000-\U0010FFFF]', '', 'g')) > 255 then
      return dialer_fault('VARIABLE_LENGTH', 'name', name);
    elsif content ~ '[\u0001-\u001f\u007f-\u009f\u2028\u2029,{}"\\]' then
      return dialer_fault(
        case when content ~ '[\u0001-\u001f\u007f-\u009f]' then 'VARIABLE_CONTROL'
          when content ~ '[\u2028\u2029]' then 'VARIABLE_SEPARATOR' else 'VARIABLE_CHARACTER' end,
        'name', name, 'value', substring(content from '[,{}"\\]'),
        'place', (length(substring(content from '^(.*?)[\u0001-\u001f\u007f-\u009f\u2028\u2029,{}"\\]')) + 1)::text);
    end if;
  end loop;
  return case when bytes > 16384 then dialer_fault('VARIABLES_ARE_TOO_LONG') end;
end $$;
comment on function dialer_variables_fault(jsonb) is
  'Why a jsonb may not travel to a PBX as variables, as a fault that names the place; null when it may. As adapters/calls/request-check.ts.';

create or replace function dialer_variables_are_safe(variables jsonb) returns boolean
language sql immutable security definer set search_path from current as $$
  select dialer_variables_fault(variables) is null
$$;
drop trigger check_texts on campaigns;
drop function dialer_check_campaign_texts();
drop function dialer_variables_flaw(jsonb);
drop trigger check_timezone on campaigns;
drop trigger check_timezone on leads;
drop trigger check_timezone on account_settings;
drop function dialer_check_timezone();
drop trigger check_country on account_settings;
drop function dialer_check_country();

create table dialer_rules (
  code text primary key,
  relation text not null,
  column_name text not null,
  expression text not null,
  state text not null default '23514'
);
comment on table dialer_rules is 'Rules for rows that no check constraint can hold, because they ask other tables or Postgres itself. Asked when the column changes.';
comment on column dialer_rules.code is 'Of the fault, in dialer_messages.';
comment on column dialer_rules.relation is 'The table.';
comment on column dialer_rules.column_name is 'The column.';
comment on column dialer_rules.expression is 'False where the rule is broken, as in a check constraint.';
comment on column dialer_rules.state is 'SQLSTATE of the refusal.';
alter table dialer_rules enable row level security;
insert into dialer_rules (code, relation, column_name, expression, state) values
  ('account_settings_default_country_is_known', 'account_settings', 'default_country', 'dialer_is_country(default_country)', '22023'),
  ('account_settings_timezone_is_known', 'account_settings', 'timezone', 'dialer_is_timezone(timezone)', '22023'),
  ('campaigns_timezone_is_known', 'campaigns', 'timezone', 'dialer_is_timezone(timezone)', '22023'),
  ('leads_timezone_is_known', 'leads', 'timezone', 'timezone is null or dialer_is_timezone(timezone)', '22023'),
  ('campaigns_dialplan_context_is_a_name', 'campaigns', 'dialplan_context', 'dialplan_context ~ ''^[A-Za-z0-9][A-Za-z0-9_.-]{0,78}$''', '23514'),
  ('campaigns_dialplan_extension_is_a_name', 'campaigns', 'dialplan_extension', 'dialplan_extension ~ ''^[A-Za-z0-9][A-Za-z0-9_.-]{0,78}$''', '23514'),
  ('retry_rules_outcome_fkey', 'retry_rules', 'outcome', 'outcome is null or dialer_is_outcome(outcome)', '23503');

create function dialer_rules_of(relation regclass)
  returns table (code text, column_name text, expression text, state text, is_check boolean)
language sql stable set search_path from current as $$
  select conname::text, (select attname::text from pg_attribute where attrelid = conrelid and attnum = min_key),
    pg_get_expr(conbin, conrelid), '23514', true
  from pg_constraint cross join lateral (select min(key) as min_key from unnest(conkey) as key) as keys
  where conrelid = relation and contype = 'c' and exists (select from dialer_messages where dialer_messages.code = conname)
  union all
  select rule.code, rule.column_name, rule.expression, rule.state, false from dialer_rules as rule where rule.relation = dialer_rules_of.relation::text
  order by 2, 1
$$;
comment on function dialer_rules_of(regclass) is 'What a row of a table must keep to: its checks that have a text, and its rules beyond checks.';

create function dialer_check_row() returns trigger
language plpgsql security definer set search_path from current as $$
declare
  given jsonb := to_jsonb(new);
  faults jsonb := '[]';
  fault jsonb;
  broken boolean;
  rule record;
  state text;
begin
  for rule in
    select 'COLUMN_IS_MISSING' as code, attname::text as column_name, '23502' as state from pg_attribute
    where attrelid = tg_relid and attnum > 0 and not attisdropped and attnotnull and given ->> attname is null
    order by attnum
  loop
    -- A jsonb may hold a null that is none of SQL's.
    execute format('select ($1).%I is null', rule.column_name) into broken using new;
    if broken then
      faults := faults || dialer_fault(rule.code, 'table', tg_relid::regclass::text, 'column', rule.column_name, 'value', 'null');
      state := coalesce(state, rule.state);
    end if;
  end loop;
  for rule in select * from dialer_rules_of(tg_relid) loop
    continue when tg_op = 'UPDATE' and not rule.is_check and given -> rule.column_name is not distinct from to_jsonb(old) -> rule.column_name;
    execute format('select not (%s) from (select ($1).*) as given', rule.expression) into broken using new;
    if broken then
      fault := dialer_fault(rule.code, 'value', left(given ->> rule.column_name, 100));
      if rule.code = 'campaigns_variables_are_named_scalars' then
        fault := dialer_variables_fault(given -> 'variables');
      end if;
      faults := faults || jsonb_set(fault, '{params}', fault -> 'params' || jsonb_build_object(
        'table', tg_relid::regclass::text, 'column', rule.column_name, 'constraint', rule.code));
      state := coalesce(state, rule.state);
    end if;
  end loop;
  if faults <> '[]' then
    perform dialer_refuse(faults, state, tg_relid::regclass::text);
  end if;
  return new;
end $$;
comment on function dialer_check_row() is
  'Refuses a row with all its faults at once. Called only where something is wrong: its triggers, made by dialer_watch_table, ask first.';

create function dialer_watch_table(relation regclass) returns void
language plpgsql set search_path from current as $$
declare
  nulls text := (select string_agg(format('new.%I is null', attname), ' or ' order by attnum) from pg_attribute
    where attrelid = relation and attnum > 0 and not attisdropped and attnotnull);
  checks text;
  rules_at_insert text;
  rules_at_update text;
begin
  select string_agg(format('not (%s)', qualified), ' or ') filter (where is_check),
    string_agg(format('not (%s)', qualified), ' or ') filter (where not is_check),
    string_agg(format('new.%I is distinct from old.%1$I and not (%s)', column_name, qualified), ' or ') filter (where not is_check)
  into checks, rules_at_insert, rules_at_update
  from (
    select rule.*, dialer_qualified(relation, rule.expression) as qualified from dialer_rules_of(relation) as rule) as rules;
  perform dialer_make_trigger('validate_insert', relation, format(
    'before insert on %s for each row when (%s) execute function dialer_check_row()',
    relation, concat_ws(' or ', nulls, checks, rules_at_insert)));
  -- The engine's own updates touch none of these columns, and are the most by far.
  perform dialer_make_trigger('validate_update', relation, format(
    'before update on %s for each row when (current_setting(''dialer.engine'', true) is distinct from ''on'' and (%s)) execute function dialer_check_row()',
    relation, concat_ws(' or ', nulls, checks, rules_at_update)));
end $$;
comment on function dialer_watch_table(regclass) is 'Makes the triggers that tell all faults of a row, from the checks, rules and not-null columns of a table.';

create function dialer_qualified(relation regclass, expression text) returns text
language plpgsql stable set search_path from current as $$
declare
  result text := expression;
  name text;
begin
  for name in
    select attname from pg_attribute where attrelid = relation and attnum > 0 and not attisdropped order by length(attname) desc
  loop
    -- Not within a text, a longer name, or the name of a function.
    result := regexp_replace(result, '(?<![A-Za-z0-9_.''"])"?' || name || '"?(?![A-Za-z0-9_''("])', format('new.%I', name), 'g');
  end loop;
  return result;
end $$;
comment on function dialer_qualified(regclass, text) is 'An expression of a check as a trigger''s condition: with new. before its columns.';

create function dialer_watch_tables() returns void
language plpgsql set search_path from current as $$
declare
  relation regclass;
begin
  for relation in
    select class.oid from pg_class as class
    where relnamespace = current_schema()::regnamespace and relkind = 'r'
      and exists (select from pg_constraint join dialer_messages on code = conname where conrelid = class.oid and contype = 'c')
    order by relname
  loop
    perform dialer_watch_table(relation);
  end loop;
end $$;
comment on function dialer_watch_tables() is 'Watches all tables whose checks have texts, at every migrate.';

-- What is written as people write it is taken as it is meant.
create function dialer_tidy_caller_id() returns trigger
language plpgsql security definer set search_path from current as $$
begin
  new.caller_id := coalesce(dialer_read_phone(new.caller_id, dialer_home_of(new.account_id)), new.caller_id);
  return new;
end $$;
comment on function dialer_tidy_caller_id() is 'A caller id may be written as a lead''s number may; digits that a carrier knows stay as they are.';
create trigger tidy_caller_id before insert or update of caller_id on campaigns
  for each row when (new.caller_id !~ '^\+?[0-9]{3,15}$') execute function dialer_tidy_caller_id();
create trigger tidy_caller_id before insert or update of caller_id on trunk_config
  for each row when (new.caller_id !~ '^\+?[0-9]{3,15}$') execute function dialer_tidy_caller_id();

create function dialer_end_of_minute(at time) returns time
language sql immutable set search_path from current as $$
  select case when at >= '23:59' then time '24:00' else make_time(extract(hour from at)::integer, extract(minute from at)::integer, 0) + interval '1 minute' end
$$;
comment on function dialer_end_of_minute(time) is 'The end of the minute that a time such as 23:59:59 closes.';

create function dialer_tidy_end() returns trigger
language plpgsql set search_path from current as $$
begin
  if tg_table_name = 'campaigns' then
    new.end_time := dialer_end_of_minute(new.end_time);
  else
    new.closes := dialer_end_of_minute(new.closes);
  end if;
  return new;
end $$;
comment on function dialer_tidy_end() is 'An end of 23:59:59 means that the whole minute is in it.';
create trigger tidy_end before insert or update of end_time on campaigns
  for each row when (extract(second from new.end_time) >= 59) execute function dialer_tidy_end();
create trigger tidy_end before insert or update of closes on campaign_windows
  for each row when (extract(second from new.closes) >= 59) execute function dialer_tidy_end();

create function dialer_phone_fault(relation text, column_name text, written text, home text) returns jsonb
language plpgsql stable security definer set search_path from current as $$
declare
  tidy text := dialer_tidy_phone(written);
  guess text := coalesce(
    dialer_read_phone(substring(tidy from '^(.*[0-9]{2})\D+[0-9]{1,3}\D*$'), home),
    dialer_read_phone(substring(tidy from '^[^0-9+]*(\+?[0-9][0-9 ().-]*[0-9])(?:[^0-9]|$)'), home),
    dialer_read_digits(regexp_replace(tidy, '[^0-9]', '', 'g'), tidy ~ '^\D*\+', home),
    dialer_number_abroad(regexp_replace(tidy, '[^0-9]', '', 'g')));
begin
  return dialer_fault(case when guess is null then 'PHONE_CANNOT_BE_READ' else 'PHONE_MAY_BE_MEANT' end,
    'table', relation, 'column', column_name, 'value', left(written, 64), 'country', home, 'guess', guess);
end $$;
comment on function dialer_phone_fault(text, text, text, text) is 'The fault of a text that is not one telephone, with the number that may be meant.';

create or replace function dialer_read_entry() returns trigger
language plpgsql security definer set search_path from current as $$
declare
  home text := dialer_home_of(coalesce(new.account_id, current_account_id()));
  e164 text := dialer_read_phone(new.phone_e164, home);
begin
  if e164 is null then
    perform dialer_refuse(jsonb_build_array(dialer_phone_fault('dnc_entries', 'phone_e164', new.phone_e164, home)), '23514', 'dnc_entries');
  end if;
  new.phone_e164 := e164;
  return new;
end $$;
-- Before all others, so that the same number written in another way is no change of it.
drop trigger read_phone on dnc_entries;
create trigger a_read_phone before insert or update of phone_e164 on dnc_entries
  for each row when (new.phone_e164 is not null) execute function dialer_read_entry();

create function dialer_refuse_one(relation regclass, state text, fault jsonb) returns void
language plpgsql set search_path from current as $$
begin
  perform dialer_refuse(jsonb_build_array(jsonb_set(fault, '{params}', jsonb_build_object('table', relation::text) || (fault -> 'params'))),
    state, relation::text);
end $$;
comment on function dialer_refuse_one(regclass, text, jsonb) is 'Refuses a row of a table for one fault.';

create or replace function dialer_prepare_campaign() returns trigger
language plpgsql set search_path from current as $$
declare
  old_status text := case when tg_op = 'UPDATE' then old.status else 'DRAFT' end;
  claims jsonb := nullif(current_setting('request.jwt.claims', true), '')::jsonb;
begin
  if tg_op = 'UPDATE' then
    new.updated_at := clock_timestamp();
  end if;
  if tg_op = 'UPDATE' and new.status = old_status then
    new.status_by := old.status_by;
    new.status_at := old.status_at;
    return new;
  end if;
  new.status_at := clock_timestamp();
  new.status_by := left(case when current_setting('dialer.engine', true) = 'on' then 'ENGINE'
    else coalesce(nullif(claims ->> 'email', ''), claims ->> 'sub', claims ->> 'role',
      nullif(current_setting('role'), 'none'), session_user) end, 320);
  if tg_op = 'UPDATE' and new.status = 'PAUSED' then
    -- Only the engine gives a reason; what is left of an earlier pause is not that of a person.
    if new.pause_reason is not distinct from old.pause_reason then
      new.pause_reason := null;
    elsif new.pause_reason is not null then
      new.status_by := 'ENGINE';
    end if;
  end if;
  if new.status = old_status then
    return new;
  end if;
  if old_status = 'CANCELLED' or (new.status = 'DRAFT' and tg_op = 'UPDATE') then
    perform dialer_refuse_one(tg_relid, '23514', dialer_fault('CAMPAIGN_STATUS_CHANGE', 'column', 'status', 'id', new.id::text, 'old', old_status, 'value', new.status));
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

create or replace function dialer_erase_lead() returns trigger
language plpgsql set search_path from current as $$
begin
  if old.erased_at is not null then
    if (new.phone, new.first_name, new.last_name, new.external_id, new.metadata, new.timezone, new.callback_at)
      is distinct from
      (old.phone, old.first_name, old.last_name, old.external_id, old.metadata, old.timezone, old.callback_at) then
      perform dialer_refuse_one(tg_relid, '23514', dialer_fault('LEAD_WAS_ERASED', 'id', old.id::text));
    end if;
    new.erased_at := old.erased_at;
    new.status := old.status;
    new.status_reason := old.status_reason;
    new.next_attempt_at := null;
    return new;
  end if;
  new.status := case when old.status in ('NEW', 'RETRY', 'IN_PROGRESS') then 'FAILED' else old.status end;
  new.status_reason := case
    when old.status in ('NEW', 'RETRY', 'IN_PROGRESS') then 'ERASED'
    when old.status_reason !~ '[0-9]{4}' then old.status_reason end;
  new.phone := 'erased';
  new.phone_e164 := null;
  new.dial_timezone := null;
  new.timezone := null;
  new.first_name := null;
  new.last_name := null;
  new.external_id := null;
  new.metadata := '{}';
  new.callback_at := null;
  new.next_attempt_at := null;
  new.moving_from_attempt_id := null;
  new.disposition := case when old.disposition !~ '[0-9]{4}' then old.disposition end;
  return new;
end $$;

create or replace function dialer_take_account() returns trigger
language plpgsql set search_path from current as $$
declare
  parent record;
begin
  select account_id, is_archived into parent from campaigns where id = new.campaign_id;
  if row_security_active(tg_relid) then
    -- Row level security shows the caller its own campaigns only, so another's is not found either. A caller without
    -- account is told so by the trigger that follows.
    if parent.account_id is null and new.campaign_id is not null and new.account_id is not null then
      perform dialer_refuse_one(tg_relid, '23503', dialer_fault('CAMPAIGN_IS_UNKNOWN', 'column', 'campaign_id', 'value', new.campaign_id::text, 'constraint',
        (select conname::text from pg_constraint where conrelid = tg_relid and contype = 'f' and confrelid = 'campaigns'::regclass)));
    end if;
  elsif parent.account_id is not null then
    new.account_id := parent.account_id;
  end if;
  if parent.is_archived and tg_table_name = 'leads' then
    perform dialer_refuse_one(tg_relid, '23514', dialer_fault('CAMPAIGN_IS_ARCHIVED', 'column', 'campaign_id', 'value', new.campaign_id::text, 'constraint', 'campaigns_archived_have_ended'));
  end if;
  return new;
end $$;

create or replace function dialer_take_lead() returns trigger
language plpgsql set search_path from current as $$
declare
  parent record;
begin
  select leads.account_id, leads.campaign_id, leads.erased_at, campaigns.is_archived into parent
  from leads join campaigns on campaigns.id = leads.campaign_id where leads.id = new.lead_id;
  if not found then
    if new.lead_id is null then
      return new;
    end if;
    perform dialer_refuse_one(tg_relid, '23503', dialer_fault('LEAD_IS_UNKNOWN', 'column', 'lead_id', 'value', new.lead_id::text));
  elsif parent.erased_at is not null then
    perform dialer_refuse_one(tg_relid, '23514', dialer_fault('LEAD_WAS_ERASED', 'id', new.lead_id::text));
  elsif parent.is_archived then
    perform dialer_refuse_one(tg_relid, '23514', dialer_fault('CAMPAIGN_IS_ARCHIVED', 'column', 'campaign_id', 'value', parent.campaign_id::text, 'constraint', 'campaigns_archived_have_ended'));
  end if;
  new.account_id := parent.account_id;
  new.campaign_id := parent.campaign_id;
  return new;
end $$;

create or replace function dialer_read_lead_phone() returns trigger
language plpgsql security definer set search_path from current as $$
declare
  home text := dialer_home_of(new.account_id);
  others record;
begin
  new.state := coalesce(new.state, 'NEW');
  new.updated_at := clock_timestamp();
  if tg_op = 'UPDATE' and new.phone is distinct from old.phone and new.phone_e164 is not distinct from old.phone_e164 then
    new.phone_e164 := null;
  end if;
  if new.phone_e164 is null then
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
  else
    select count(*) as count, coalesce(max(other.position), 0) as last into others
    from lead_phones as other where other.lead_id = new.lead_id and other.id <> new.id;
    new.position := coalesce(new.position, others.last + 1);
    if others.count >= 20 then
      perform dialer_refuse_one(tg_relid, '23514', dialer_fault('LEAD_PHONES', 'id', new.lead_id::text));
    end if;
  end if;
  new.state := case when dialer_number_is_taken(new) then 'DUPLICATE' else 'NEW' end;
  return new;
end $$;

create or replace function dialer_require_account() returns trigger
language plpgsql set search_path from current as $$
declare
  sub text := nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub';
begin
  if not row_security_active(tg_relid) then
    return new;
  end if;
  perform dialer_refuse_one(tg_relid, '42501', dialer_fault('ACCOUNT_IS_MISSING', 'user', coalesce(sub, 'without sub')));
  return null;
end $$;

create or replace function dialer_check_active_campaigns(account_ids uuid[]) returns void
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
      perform dialer_refuse_one('campaigns', '23514', dialer_fault('ACCOUNT_ACTIVE_CAMPAIGNS', 'column', 'status', 'account', account::text, 'most', most::text));
    end if;
  end loop;
end $$;

create or replace function dialer_limit_leads() returns trigger
language plpgsql security definer set search_path from current as $$
declare
  account record;
  counted bigint;
begin
  for account in
    select accounts.id, accounts.max_leads, added.leads from accounts
    join (select account_id, count(*) as leads from new_rows group by account_id) as added on added.account_id = accounts.id
    where accounts.max_leads is not null order by accounts.id
  loop
    -- Two at once would both find the last place.
    perform pg_advisory_xact_lock(hashtextextended(current_schema() || '.leads.' || account.id, 0));
    update lead_counts set at_most = at_most + account.leads
    where account_id = account.id and at_most + account.leads <= account.max_leads
      and counted_at > clock_timestamp() - interval '1 hour';
    continue when found;
    counted := (select count(*) from (
      select from leads where account_id = account.id and erased_at is null limit account.max_leads + 1) as people);
    if counted > account.max_leads then
      perform dialer_refuse_one('leads', '23514', dialer_fault('ACCOUNT_LEADS', 'account', account.id::text, 'most', account.max_leads::text));
    end if;
    insert into lead_counts (account_id, at_most) values (account.id, counted)
    on conflict (account_id) do update set at_most = excluded.at_most, counted_at = clock_timestamp();
  end loop;
  return null;
end $$;

create or replace function dialer_limit_windows() returns trigger
language plpgsql security definer set search_path from current as $$
declare
  crowded uuid;
begin
  select campaign_id into crowded from campaign_windows
  where campaign_id in (select campaign_id from new_rows)
  group by campaign_id having count(*) > 50 limit 1;
  if crowded is not null then
    perform dialer_refuse_one(tg_relid, '23514', dialer_fault('CAMPAIGN_WINDOWS', 'id', crowded::text));
  end if;
  return null;
end $$;

create or replace function dialer_refuse_copy() returns trigger
language plpgsql security definer set search_path from current as $$
begin
  if new.status = 'ACTIVE' and (tg_op = 'INSERT' or old.status <> 'ACTIVE')
    and exists (select from installation where copied_at is not null) then
    perform dialer_refuse_one(tg_relid, '55000', dialer_fault('DATABASE_IS_A_COPY', 'column', 'status'));
  end if;
  return new;
end $$;

create or replace function dialer_check_dial_string() returns trigger
language plpgsql set search_path from current as $$
declare
  -- sip:{number}@host is a user, not a password; 5061/ is a port.
  bare text := regexp_replace(regexp_replace(new.dial_string, '\m(sips?|tel):', '', 'gi'), ':[0-9]{1,5}/', '/', 'g');
begin
  if bare ~ ':[^/@:{}]*@'
    or new.dial_string ~* '(passw|pwd|secret|token|credential|auth)[a-z0-9_-]*(=|:|%3[ad])' then
    perform dialer_refuse_one(tg_relid, '23514', dialer_fault('TRUNK_PASSWORD', 'column', 'dial_string', 'name', new.name, 'constraint', 'trunk_config_dial_string_holds_no_password'));
  end if;
  return new;
end $$;

create or replace function dialer_check_local_route() returns trigger
language plpgsql set search_path from current as $$
begin
  if new.dial_string ~* '^local/' and new.dial_string !~ '/[A-Za-z]*n[A-Za-z]*$' then
    perform dialer_refuse_one(tg_relid, '23514', dialer_fault('TRUNK_LOCAL', 'column', 'dial_string', 'name', new.name, 'value', new.dial_string, 'constraint', 'trunk_config_local_keeps_its_channel'));
  end if;
  return new;
end $$;

create or replace function dialer_check_trunk_texts() returns trigger
language plpgsql set search_path from current as $$
declare
  filled text := replace(replace(replace(new.dial_string,
    '{e164}', '+123456789012345'), '{number}', '123456789012345'), '{national}', '123456789012345');
begin
  -- What is no placeholder is refused by the checks of the table.
  if filled ~ '[{}]' or filled ~ '[[:cntrl:][:space:];&|,]' then
    return new;
  end if;
  if filled !~ '^[A-Za-z0-9][A-Za-z0-9_.+@:#*-]*/[A-Za-z0-9_.+@/:#*-]+$' or length(filled) > 200 then
    perform dialer_refuse_one(tg_relid, '23514', dialer_fault('TRUNK_DIAL_STRING', 'column', 'dial_string', 'name', new.name, 'value', left(new.dial_string, 200)));
  end if;
  return new;
end $$;

create or replace function dialer_check_trunk_account() returns trigger
language plpgsql security definer set search_path from current as $$
begin
  if exists (select from trunk_config where id = new.trunk_id and account_id <> new.account_id) then
    perform dialer_refuse_one(tg_relid, '23503', dialer_fault('TRUNK_OF_ANOTHER', 'column', 'trunk_id', 'value', new.trunk_id::text, 'campaign', new.campaign_id::text));
  end if;
  return new;
end $$;

drop trigger check_archive on campaigns;
drop function dialer_check_archive();

create function dialer_check_list() returns trigger
language plpgsql security definer set search_path from current as $$
begin
  if not exists (select from lists where lists.id = new.list_id and lists.campaign_id = new.campaign_id) then
    perform dialer_refuse_one(tg_relid, '23503', dialer_fault('LIST_IS_UNKNOWN', 'column', 'list_id', 'value', new.list_id::text,
      'campaign', new.campaign_id::text, 'constraint', 'leads_list_id_campaign_id_fkey'));
  end if;
  return new;
end $$;
comment on function dialer_check_list() is 'Says that a list is not of the lead''s campaign, before the foreign key does. For clients: an import knows its list.';
create trigger check_list before insert or update of list_id on leads
  for each row when (new.list_id is not null and (current_user = 'service_role' or row_security_active('leads'::regclass)))
  execute function dialer_check_list();

create function dialer_check_calls() returns trigger
language plpgsql security definer set search_path from current as $$
begin
  if tg_table_name = 'leads' and exists (select from call_attempts where lead_id = old.id)
    or tg_table_name = 'campaigns' and exists (
      select from leads where campaign_id = old.id and exists (select from call_attempts where lead_id = leads.id)) then
    perform dialer_refuse_one(tg_relid, '23503', dialer_fault('ROW_HAS_CALLS', 'id', old.id::text,
      'constraint', 'call_attempts_lead_id_campaign_id_account_id_fkey'));
  end if;
  return old;
end $$;
comment on function dialer_check_calls() is 'Says why what was called cannot be deleted, before the foreign key does.';
create trigger check_calls before delete on leads
  for each row when (current_user = 'service_role' or row_security_active('leads'::regclass)) execute function dialer_check_calls();
create trigger check_calls before delete on campaigns
  for each row when (current_user = 'service_role' or row_security_active('campaigns'::regclass)) execute function dialer_check_calls();

create function dialer_faults_of_error(error jsonb) returns jsonb
language plpgsql stable security definer set search_path from current as $$
declare
  message text := error ->> 'message';
  details text := coalesce(error ->> 'details', error ->> 'detail');
  code text := error ->> 'code';
  named text := substring(message from 'constraint "([^"]+)"');
  relation text := coalesce(substring(message from '(?:table|relation) "([^"]+)"'), '');
  keys text[] := regexp_match(details, '^Key \((.*)\)=\((.*)\)');
begin
  if details like '{"faults"%' then
    return details::jsonb -> 'faults';
  elsif code = '23505' then
    return jsonb_build_array(dialer_fault('ROW_EXISTS', 'table', coalesce((select conrelid::regclass::text from pg_constraint where conname = named limit 1), ''),
      'column', coalesce(keys[1], named), 'value', coalesce(keys[2], ''), 'constraint', named));
  elsif code = '23503' then
    return jsonb_build_array(dialer_fault('ROW_IS_REFERRED_TO', 'table', relation, 'column', coalesce(keys[1], ''), 'value', coalesce(keys[2], ''), 'constraint', named));
  elsif code = '23502' then
    return jsonb_build_array(dialer_fault('COLUMN_IS_MISSING', 'table', relation, 'column', substring(message from 'column "([^"]+)"')));
  elsif code like '22%' then
    return jsonb_build_array(dialer_fault('VALUE_IS_NO_TYPE', 'value', substring(message from ': "(.*)"$'),
      'type', substring(message from 'type ([a-z ]+)')));
  elsif code = '42501' then
    return jsonb_build_array(dialer_fault('NOT_PERMITTED', 'detail', message));
  end if;
  return jsonb_build_array(dialer_fault('UNKNOWN', 'detail', message));
end $$;
comment on function dialer_faults_of_error(jsonb) is 'The faults of an error as PostgREST hands it on; those that Postgres itself found too.';

create function dialer_explain(error jsonb, locale text default null)
  returns table (code text, table_name text, column_name text, value text, message text, hint text)
language sql stable security definer set search_path from current as $$
  select fault.item ->> 'code', fault.item #>> '{params,table}', fault.item #>> '{params,column}', fault.item #>> '{params,value}',
    told.message, told.hint
  from jsonb_array_elements(dialer_faults_of_error(dialer_explain.error)) with ordinality as fault (item, place)
  cross join lateral dialer_message(fault.item ->> 'code', fault.item -> 'params', dialer_explain.locale) as told
  order by fault.place
$$;
comment on function dialer_explain(jsonb, text) is
  'What an error says, for people: one row for each fault of {code, message, details, hint} as supabase-js has it, in en or pt-BR.';

create function dialer_grant_faults() returns void
language plpgsql set search_path from current as $$
declare
  api_role text;
begin
  foreach api_role in array array['authenticated', 'service_role'] loop
    continue when to_regrole(api_role) is null;
    -- The conditions of triggers, and triggers that run as the client, ask these; they tell nothing.
    execute format('grant execute on function dialer_is_timezone(text), dialer_is_country(text), dialer_is_outcome(text),
      dialer_fault(text, text[]), dialer_refuse(jsonb, text, text), dialer_refuse_one(regclass, text, jsonb),
      dialer_phone_fault(text, text, text, text), dialer_explain(jsonb, text), dialer_end_of_minute(time) to %I', api_role);
  end loop;
end $$;
comment on function dialer_grant_faults() is 'What API roles may call so that they are told what was wrong.';

create or replace function grant_api_roles() returns void
language plpgsql set search_path from current as $$
declare
  api_role text;
begin
  foreach api_role in array array['authenticated', 'service_role'] loop
    continue when to_regrole(api_role) is null;
    if not has_schema_privilege(api_role, current_schema(), 'usage') then
      execute format('grant usage on schema %I to %I', current_schema(), api_role);
    end if;
    -- It stands in indexes of tables that clients write.
    execute format('grant execute on function dialer_phone_key(text) to %I', api_role);
  end loop;
  if to_regrole('authenticated') is not null then
    perform dialer_grant_authenticated();
  end if;
  if to_regrole('service_role') is not null then
    perform dialer_grant_service_role();
  end if;
  perform dialer_grant_accounts();
  perform dialer_grant_erasure();
  perform dialer_grant_lead_phones();
  perform dialer_grant_counts();
  perform dialer_grant_messages();
  perform dialer_grant_destinations();
  perform dialer_grant_faults();
  perform dialer_guard_tables();
  perform dialer_watch_tables();
end $$;

select dialer_close('table', 'dialer_rules');
select dialer_close('function', 'dialer_is_timezone(text)', 'dialer_is_country(text)', 'dialer_is_outcome(text)',
  'dialer_variables_fault(jsonb)', 'dialer_rules_of(regclass)', 'dialer_check_row()', 'dialer_watch_table(regclass)',
  'dialer_qualified(regclass, text)', 'dialer_watch_tables()', 'dialer_tidy_caller_id()', 'dialer_end_of_minute(time)', 'dialer_tidy_end()',
  'dialer_phone_fault(text, text, text, text)', 'dialer_refuse_one(regclass, text, jsonb)', 'dialer_check_list()', 'dialer_check_calls()',
  'dialer_faults_of_error(jsonb)', 'dialer_explain(jsonb, text)', 'dialer_grant_faults()');
select grant_api_roles();
