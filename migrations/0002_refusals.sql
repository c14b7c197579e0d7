-- What a refusal says: the tables of texts, and the functions that raise a refusal and explain any error afterwards.
--
-- No function refuses in words of its own. Each refusal has a code, parameters, a message and a hint in the caller's
-- language (docs/errors.md). The texts themselves are in 0015.

create table dialer_messages (
  code text not null check (code ~ '^[A-Za-z0-9_.]{1,120}$'),
  locale text not null check (locale in ('en', 'pt-BR')),
  message text not null check (length(message) between 1 and 500),
  hint text check (length(hint) between 1 and 500),
  primary key (code, locale)
);
comment on table dialer_messages is
  'Texts of refusals. An error''s details are {"faults": [{"code", "params"}]}: code joins here, {name} in a text stands for a parameter.';
comment on column dialer_messages.code is
  'What was refused, the same for ever: a word such as COLUMN_OF_ENGINE, or the name of a constraint. CODE.table.column, CODE.constraint and CODE.kind take precedence over CODE.';
comment on column dialer_messages.locale is 'en or pt-BR.';
comment on column dialer_messages.message is 'What was wrong, where. {table}, {column}, {value} and others stand for parameters.';
comment on column dialer_messages.hint is 'What is right, or what to do.';
alter table dialer_messages enable row level security;
create policy read_by_all on dialer_messages for select using (true);

create table dialer_labels (
  kind text not null check (kind ~ '^[a-z_]{1,60}$'),
  value text not null check (value ~ '^[A-Z0-9_]{1,60}$'),
  locale text not null check (locale in ('en', 'pt-BR')),
  label text not null check (length(label) between 1 and 120),
  primary key (kind, value, locale)
);
comment on table dialer_labels is 'The words for outcomes, states and reasons. A disposition is the account''s own word and has none.';
comment on column dialer_labels.kind is
  'What has that value: campaign_status, lead_status, lead_status_reason (beside outcome), phone_state, call_state, outcome, hangup_source, hangup_requested, amd_result, trunk_health, next_number, blocker_reason.';
comment on column dialer_labels.value is 'As it stands in the tables.';
comment on column dialer_labels.locale is 'en or pt-BR.';
comment on column dialer_labels.label is 'The word, in small letters: it may stand in a sentence.';
alter table dialer_labels enable row level security;
create policy read_by_all on dialer_labels for select using (true);

create function dialer_locale() returns text
language plpgsql stable set search_path from current as $$
declare
  asked text := nullif(current_setting('dialer.locale', true), '');
  tag text;
begin
  asked := coalesce(asked, nullif(current_setting('request.headers', true), '')::json ->> 'accept-language');
  for tag in select lower(btrim(item)) from regexp_split_to_table(coalesce(asked, 'en'), ',') as item loop
    if tag ~ '^pt' then
      return 'pt-BR';
    elsif tag ~ '^en' then
      return 'en';
    end if;
  end loop;
  return 'en';
exception when others then
  return 'en'; -- Headers that are no JSON are no reason to hide the refusal.
end $$;
comment on function dialer_locale() is
  'The language of refusals: the setting dialer.locale, else the first of Accept-Language that there are texts in, else en.';

create function dialer_fill_in(template text, params jsonb) returns text
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
comment on function dialer_fill_in(text, jsonb) is 'A text with its parameters.';

create function dialer_message(code text, params jsonb default '{}', locale text default null)
  returns table (message text, hint text)
language sql stable security definer set search_path from current as $$
  select dialer_fill_in(texts.message, coalesce(dialer_message.params, '{}')),
    dialer_fill_in(texts.hint, coalesce(dialer_message.params, '{}'))
  from dialer_messages as texts
  where texts.code in (dialer_message.code,
      concat_ws('.', dialer_message.code, dialer_message.params ->> 'table', dialer_message.params ->> 'column'),
      concat_ws('.', dialer_message.code, dialer_message.params ->> 'constraint'),
      concat_ws('.', dialer_message.code, dialer_message.params ->> 'kind'))
    and texts.locale in ('en', case when coalesce(dialer_message.locale, dialer_locale()) ilike 'pt%' then 'pt-BR' else 'en' end)
  order by texts.locale = 'en', length(texts.code) desc
  limit 1
$$;
comment on function dialer_message(text, jsonb, text) is
  'Message and hint of a fault, as error.details of a refusal names it, in en or pt-BR; without locale in the caller''s language.';

create function dialer_fault(code text, variadic params text[] default '{}') returns jsonb
language sql immutable set search_path from current as $$
  select jsonb_build_object('code', code, 'params', jsonb_object(params))
$$;
comment on function dialer_fault(text, text[]) is 'A fault, with its parameters as name, value, name, value.';

create function dialer_refuse(faults jsonb, state text, relation text) returns void
language plpgsql security definer set search_path from current as $$
declare
  messages text;
  hints text;
begin
  -- What is right is said once, where several faults have the same answer.
  select string_agg(told.message, '; ' order by told.place),
    string_agg(told.hint, ' ' order by told.place) filter (where told.nth = 1)
  into messages, hints
  from (
    select fault.place, text.message, text.hint, row_number() over (partition by text.hint order by fault.place) as nth
    from jsonb_array_elements(faults) with ordinality as fault (item, place)
    cross join lateral dialer_message(fault.item ->> 'code', fault.item -> 'params') as text) as told;
  raise exception '%', coalesce(messages, faults::text)
    using errcode = state, detail = jsonb_build_object('faults', faults)::text, hint = coalesce(hints, ''),
      table = relation, schema = current_schema(), column = coalesce(faults #>> '{0,params,column}', ''),
      constraint = coalesce(faults #>> '{0,params,constraint}', '');
end $$;
comment on function dialer_refuse(jsonb, text, text) is
  'Raises one error for all faults, [{"code", "params"}], of a row of a table: texts for people, the faults as details.';

create function dialer_refuse_one(relation regclass, state text, fault jsonb) returns void
language plpgsql set search_path from current as $$
begin
  perform dialer_refuse(jsonb_build_array(jsonb_set(fault, '{params}', jsonb_build_object('table', relation::text) || (fault -> 'params'))),
    state, relation::text);
end $$;
comment on function dialer_refuse_one(regclass, text, jsonb) is 'Refuses a row of a table for one fault.';

create function dialer_refuse_call(state text, code text, variadic params text[] default '{}') returns void
language plpgsql set search_path from current as $$
begin
  perform dialer_refuse(jsonb_build_array(dialer_fault(code, variadic array_replace(params, null, 'null'))), state, '');
end $$;
comment on function dialer_refuse_call(text, text, text[]) is
  'Refuses the call of a function: SQLSTATE, code in dialer_messages, and its parameters as name, value, name, value.';

-- An error that Postgres or PostgREST raised in words of its own gets a code too. The patterns cover Postgres 15 to 18 and
-- PostgREST 12 to 14.

create function dialer_fault_of_key(message text, details text) returns jsonb
language plpgsql stable security definer set search_path from current as $$
declare
  named text := substring(message from 'constraint "([^"]+)"');
  keys text[] := regexp_match(details, '^Key \((.*)\)=\((.*)\)');
  columns text[];
  given text[] := string_to_array(keys[2], ', ');
  relation regclass;
  fault jsonb;
begin
  select indrelid, (select array_agg(attname::text order by place) from unnest(indkey::smallint[]) with ordinality as part (number, place)
      join pg_attribute on attrelid = indrelid and attnum = part.number)
  into relation, columns from pg_index where indexrelid = to_regclass(quote_ident(named));
  fault := dialer_fault('ROW_EXISTS', 'table', coalesce(relation::text, ''), 'constraint', named,
    'column', coalesce(keys[1], array_to_string(columns, ', '), named), 'value', coalesce(keys[2], ''));
  if given is null then
    -- Where row level security holds, Postgres keeps the values to itself, and a text that shows them cannot be used.
    return case when exists (select from dialer_messages where code = 'ROW_EXISTS.' || named and dialer_messages.message !~ '\{')
      then fault else jsonb_set(fault #- '{params,constraint}', '{params,kind}', '"unseen"') end;
  end if;
  if cardinality(given) >= cardinality(columns) then
    for place in 1..cardinality(columns) loop
      -- A text, which may hold the separator, stands last in our keys.
      fault := jsonb_set(fault, array['params', columns[place]], to_jsonb(
        case when place = cardinality(columns) then array_to_string(given[place:], ', ') else given[place] end));
    end loop;
  end if;
  return fault;
end $$;
comment on function dialer_fault_of_key(text, text) is 'The fault of a unique key, from what Postgres says.';

create function dialer_fault_of_reference(message text, details text) returns jsonb
language plpgsql stable security definer set search_path from current as $$
declare
  named text := substring(message from 'constraint "([^"]+)"');
  keys text[] := regexp_match(details, '^Key \((.*)\)=\((.*)\)');
  reference record;
begin
  select conrelid::regclass::text as child, confrelid::regclass::text as parent, (
      select string_agg(attname, ', ' order by place) from unnest(conkey) with ordinality as part (number, place)
      join pg_attribute on attrelid = conrelid and attnum = part.number) as columns
  into reference from pg_constraint where conname = named and contype = 'f' and connamespace = current_schema()::regnamespace
  order by conparentid limit 1;
  if message ~ '^update or delete' then
    return dialer_fault('ROW_IS_REFERRED_TO', 'table', coalesce(reference.parent, substring(message from 'table "([^"]+)"'), ''),
      'by', coalesce(reference.child, substring(message from 'on table "([^"]+)"$'), ''), 'column', coalesce(keys[1], 'id'),
      'value', coalesce(keys[2], ''), 'constraint', named);
  end if;
  return dialer_fault('REFERENCE_IS_UNKNOWN', 'table', coalesce(reference.child, substring(message from 'table "([^"]+)"'), ''),
    'to', coalesce(reference.parent, substring(details from 'table "([^"]+)"'), ''),
    'column', coalesce(keys[1], reference.columns, ''), 'value', coalesce(keys[2], ''), 'constraint', named);
end $$;
comment on function dialer_fault_of_reference(text, text) is 'The fault of a foreign key, from what Postgres says: either end of it.';

create function dialer_fault_of_value(code text, message text, details text) returns jsonb
language plpgsql stable set search_path from current as $$
declare
  value text := coalesce(substring(message from '"(.*)"'), substring(details from 'Token "(.*)" is'), '');
  type text := coalesce(substring(message from 'for type ([a-z ]+)'),
    case when message ~ 'array' then 'array' when message ~ 'date/time|interval' then 'timestamp' when message ~ 'time zone' then 'time zone'
      when message ~ 'json' then 'json' when message ~ 'Unicode|encoding|byte' then 'text' when message ~ '(integer|bigint|smallint) out of range' then 'integer' end);
  kind text := case
    when type ~ '^(integer|bigint|smallint)' then 'integer'
    when type ~ '^(numeric|double|real)' then 'numeric'
    when type ~ '^timestamp' then 'timestamp'
    when type = 'time zone' then 'zone'
    when type ~ '^time' then 'time'
    when type ~ '^json' then 'json'
    when type in ('uuid', 'boolean', 'date', 'interval', 'array', 'text') then type end;
begin
  if kind is null then
    return dialer_fault('VALUE_CANNOT_BE', 'value', value, 'detail', message);
  end if;
  return dialer_fault(case when code = '22003' then 'VALUE_IS_OUT_OF_RANGE' else 'VALUE_IS_NO_TYPE' end,
    'value', left(value, 100), 'type', type, 'kind', kind);
end $$;
comment on function dialer_fault_of_value(text, text, text) is
  'The fault of a value that is not of its type, from what Postgres says. It names no column: dialer_explain finds it in the row that was sent.';

create function dialer_fault_of_right(message text) returns jsonb
language plpgsql stable set search_path from current as $$
declare
  named text[] := coalesce(
    regexp_match(message, '^permission denied for (table|view|relation|function|schema|sequence|column) (?:"?)([^" ]+)'),
    regexp_match(message, '^new row violates (row-level) security policy.* for table "([^"]+)"'),
    regexp_match(message, '^new row violates (row-level) security policy.* "([^"]+)"'));
  kind text := case named[1] when 'view' then 'table' when 'relation' then 'table' when 'column' then 'table'
    when 'row-level' then 'row' else named[1] end;
begin
  if named is null then
    return dialer_fault('NOT_PERMITTED', 'detail', message);
  end if;
  return dialer_fault('NOT_PERMITTED', 'table', case when kind in ('table', 'row') then named[2] else '' end, 'name', named[2],
    'kind', case when named[2] = 'trunk_config' and kind = 'table' then 'trunk_config' else kind end);
end $$;
comment on function dialer_fault_of_right(text) is 'The fault of a right that is missing, from what Postgres says.';

create function dialer_faults_of_error(error jsonb) returns jsonb
language plpgsql stable security definer set search_path from current as $$
declare
  message text := coalesce(error ->> 'message', '');
  details text := coalesce(error ->> 'details', error ->> 'detail');
  code text := coalesce(error ->> 'code', '');
  relation text := coalesce(substring(message from '(?:table|relation) "([^"]+)"'), '');
begin
  if details like '{"faults"%' then
    return details::jsonb -> 'faults';
  end if;
  return jsonb_build_array(case
    when code = '23505' then dialer_fault_of_key(message, details)
    when code in ('23503', '23001') then dialer_fault_of_reference(message, details)
    when code = '23502' then dialer_fault('COLUMN_IS_MISSING', 'table', relation, 'column', substring(message from 'column "([^"]+)"'))
    when code = '23514' then dialer_fault('CHECK_IS_BROKEN', 'table', relation, 'kind', 'unseen',
      'constraint', coalesce(substring(message from 'constraint "([^"]+)"'), ''))
    when code in ('428C9') or message ~ '^(column "[^"]+" can only be updated to DEFAULT|cannot insert a non-DEFAULT)'
      then dialer_fault('COLUMN_IS_MADE', 'column', substring(message from 'column "([^"]+)"'))
    when code like '22%' then dialer_fault_of_value(code, message, details)
    when code = '42501' then dialer_fault_of_right(message)
    when code in ('42P01', '42703', '42883', 'PGRST200', 'PGRST202', 'PGRST204', 'PGRST205')
      then dialer_fault('NAME_IS_UNKNOWN', 'name', coalesce(substring(message from '''([^'']+)'''), substring(message from '"([^"]+)"'),
        substring(message from 'function ([^ ]+)'), ''))
    when code = 'PGRST116' then dialer_fault('NOT_ONE_ROW')
    when code ~ '^PGRST30[0-3]$' then dialer_fault('SIGN_IN_AGAIN')
    when code ~ '^PGRST' then dialer_fault('REQUEST_IS_WRONG', 'code', code, 'detail', message)
    when code = '57014' then dialer_fault('TOOK_TOO_LONG')
    when code in ('40001', '40P01', '55P03') then dialer_fault('TRY_AGAIN')
    when code ~ '^(53|08|57P0)' then dialer_fault('DATABASE_IS_AWAY')
    when code = '' and message ~* 'fetch|network|load failed|timeout|abort' then dialer_fault('NO_ANSWER_CAME')
    else dialer_fault('UNKNOWN', 'detail', coalesce(nullif(message, ''), nullif(code, ''), error::text)) end);
end $$;
comment on function dialer_faults_of_error(jsonb) is 'The faults of an error as PostgREST hands it on; those that Postgres itself found too.';

create function dialer_explain(error jsonb, locale text default null, given jsonb default null)
  returns table (code text, table_name text, column_name text, value text, message text, hint text)
language sql stable security definer set search_path from current as $$
  select fault.item ->> 'code', fault.params ->> 'table', coalesce(fault.params ->> 'column', sent.columns),
    fault.params ->> 'value',
    concat_ws(': ', case when fault.params ->> 'column' is null then sent.columns end, told.message), told.hint
  from (
    select found.item, found.place, found.item -> 'params' as params
    from jsonb_array_elements(dialer_faults_of_error(dialer_explain.error)) with ordinality as found (item, place)) as fault
  -- Postgres does not say which column a value was for; the row that was sent does.
  cross join lateral (
    select string_agg(distinct field.name, ', ') as columns
    from jsonb_array_elements(case jsonb_typeof(dialer_explain.given) when 'array' then dialer_explain.given
        when 'object' then jsonb_build_array(dialer_explain.given) else '[]' end) as row_sent (content)
    cross join lateral jsonb_each_text(case jsonb_typeof(row_sent.content) when 'object' then row_sent.content else '{}' end) as field (name, content)
    where fault.item ->> 'code' in ('VALUE_IS_NO_TYPE', 'VALUE_IS_OUT_OF_RANGE') and field.content = fault.params ->> 'value') as sent
  cross join lateral dialer_message(fault.item ->> 'code', fault.params, dialer_explain.locale) as told
  order by fault.place
$$;
comment on function dialer_explain(jsonb, text, jsonb) is
  'What an error says, for people: one row for each fault of {code, message, details, hint} as supabase-js has it, in en or pt-BR. given: the row or rows that were sent, so that a value of the wrong type is told with its column.';

create function dialer_grant_refusals() returns void
language plpgsql set search_path from current as $$
begin
  if to_regrole('authenticated') is not null then
    grant select on dialer_messages, dialer_labels to authenticated;
    grant execute on function dialer_message(text, jsonb, text), dialer_explain(jsonb, text, jsonb), dialer_fault(text, text[]),
      dialer_refuse(jsonb, text, text), dialer_refuse_one(regclass, text, jsonb), dialer_refuse_call(text, text, text[])
      to authenticated;
  end if;
  if to_regrole('service_role') is not null then
    grant select on dialer_messages, dialer_labels to service_role;
    grant execute on function dialer_message(text, jsonb, text), dialer_explain(jsonb, text, jsonb), dialer_fault(text, text[]),
      dialer_refuse(jsonb, text, text), dialer_refuse_one(regclass, text, jsonb), dialer_refuse_call(text, text, text[])
      to service_role;
  end if;
end $$;
comment on function dialer_grant_refusals() is
  'Rights to read the texts of refusals and the words for values, and to be refused: functions and triggers that run as the client refuse too.';

select dialer_revoke_all('function', 'dialer_locale()', 'dialer_fill_in(text, jsonb)',
  'dialer_message(text, jsonb, text)', 'dialer_fault(text, text[])', 'dialer_refuse(jsonb, text, text)',
  'dialer_refuse_one(regclass, text, jsonb)', 'dialer_refuse_call(text, text, text[])',
  'dialer_fault_of_key(text, text)', 'dialer_fault_of_reference(text, text)', 'dialer_fault_of_value(text, text, text)',
  'dialer_fault_of_right(text)', 'dialer_faults_of_error(jsonb)', 'dialer_explain(jsonb, text, jsonb)',
  'dialer_grant_refusals()');
select dialer_revoke_all('table', 'dialer_messages', 'dialer_labels');
