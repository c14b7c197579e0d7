-- dialer_explain tells every error that a front end can meet: those of Postgres and of PostgREST too, each by what kind of thing
-- was refused, in both languages.

create or replace function dialer_message(code text, params jsonb default '{}', locale text default null)
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
comment on column dialer_messages.code is
  'What was refused, the same for ever: a word such as COLUMN_OF_ENGINE, or the name of a constraint. CODE.table.column, CODE.constraint and CODE.kind go before CODE.';

-- By the words of Postgres 15 to 18 and PostgREST 12 to 14.
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

create or replace function dialer_faults_of_error(error jsonb) returns jsonb
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

drop function dialer_explain(jsonb, text);
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

update dialer_messages as held set message = new.message, hint = new.hint from (values
  ('ROW_EXISTS', 'en', '{table} has a row with this {column} already: {value}', 'Update that row, or upsert; or give another value.'),
  ('ROW_EXISTS', 'pt-BR', '{table} já tem uma linha com este {column}: {value}', 'Altere essa linha, ou use upsert; ou dê outro valor.'),
  ('ROW_IS_REFERRED_TO', 'en', '{table} {value} cannot be deleted: rows of {by} refer to it', 'Delete those first, or let them refer to another.'),
  ('ROW_IS_REFERRED_TO', 'pt-BR', '{table} {value} não pode ser apagado: linhas de {by} se referem a ele', 'Apague essas antes, ou faça com que se refiram a outro.'),
  ('NOT_PERMITTED', 'en', 'this is not permitted with your key', 'Sign in; or it is another account''s, or the engine''s or the administrator''s to do.'),
  ('NOT_PERMITTED', 'pt-BR', 'isto não é permitido com a sua chave', 'Entre com seu usuário; ou é de outra conta, ou cabe ao discador ou ao administrador.')
) as new (code, locale, message, hint) where held.code = new.code and held.locale = new.locale;

insert into dialer_messages (code, locale, message, hint) values
  ('REFERENCE_IS_UNKNOWN', 'en', '{column} {value} of {table} names a row of {to} that does not exist', 'Insert that row first, or read its id again.'),
  ('REFERENCE_IS_UNKNOWN', 'pt-BR', '{column} {value} de {table} cita uma linha de {to} que não existe', 'Insira essa linha antes, ou leia o id dela de novo.'),
  ('ROW_EXISTS.unseen', 'en', '{table} has a row with this {column} already', 'Update that row, or upsert; or give another value.'),
  ('ROW_EXISTS.unseen', 'pt-BR', '{table} já tem uma linha com este {column}', 'Altere essa linha, ou use upsert; ou dê outro valor.'),
  ('ROW_EXISTS.leads_campaign_id_external_id_key', 'en', 'the campaign has a lead with this external_id already',
    'Update that lead, or upsert with onConflict: ''campaign_id,external_id''.'),
  ('ROW_EXISTS.leads_campaign_id_external_id_key', 'pt-BR', 'a campanha já tem um lead com este external_id',
    'Altere esse lead, ou use upsert com onConflict: ''campaign_id,external_id''.'),
  ('ROW_EXISTS.leads_campaign_id_telephone_key', 'en', 'the campaign has a lead with this telephone already',
    'Update that lead; a person is one lead of a campaign, with further numbers in lead_phones.'),
  ('ROW_EXISTS.leads_campaign_id_telephone_key', 'pt-BR', 'a campanha já tem um lead com este telefone',
    'Altere esse lead; uma pessoa é um lead da campanha, com outros números em lead_phones.'),
  ('ROW_EXISTS.lead_phones_lead_id_phone_e164_key', 'en', 'the lead has this number already',
    'Update that row, or upsert with onConflict: ''lead_id,phone_e164''.'),
  ('ROW_EXISTS.lead_phones_lead_id_phone_e164_key', 'pt-BR', 'o lead já tem este número',
    'Altere essa linha, ou use upsert com onConflict: ''lead_id,phone_e164''.'),
  ('ROW_EXISTS.dnc_entries_account_id_phone_e164_campaign_id_key', 'en', 'this number is on the do-not-call list already',
    'Nothing is to be done; to change reason or expires_at, update that entry, or upsert with onConflict: ''account_id,phone_e164,campaign_id''.'),
  ('ROW_EXISTS.dnc_entries_account_id_phone_e164_campaign_id_key', 'pt-BR', 'este número já está na lista de não ligar',
    'Nada a fazer; para mudar reason ou expires_at, altere essa linha, ou use upsert com onConflict: ''account_id,phone_e164,campaign_id''.'),
  ('ROW_EXISTS.campaign_windows_campaign_id_weekday_opens_key', 'en', 'the campaign has hours on weekday {weekday} that open at {opens} already',
    'Update that row, or upsert with onConflict: ''campaign_id,weekday,opens''.'),
  ('ROW_EXISTS.campaign_windows_campaign_id_weekday_opens_key', 'pt-BR', 'a campanha já tem um horário no dia {weekday} que abre às {opens}',
    'Altere essa linha, ou use upsert com onConflict: ''campaign_id,weekday,opens''.'),
  ('ROW_EXISTS.retry_rules_account_id_campaign_id_outcome_disposition_key', 'en', 'there is a retry rule for this outcome or disposition already',
    'Update that rule, or upsert with onConflict: ''account_id,campaign_id,outcome,disposition''.'),
  ('ROW_EXISTS.retry_rules_account_id_campaign_id_outcome_disposition_key', 'pt-BR', 'já existe uma regra de retentativa para este outcome ou disposition',
    'Altere essa regra, ou use upsert com onConflict: ''account_id,campaign_id,outcome,disposition''.'),
  ('ROW_EXISTS.account_settings_pkey', 'en', 'the account has settings already', 'Update them, or upsert.'),
  ('ROW_EXISTS.account_settings_pkey', 'pt-BR', 'a conta já tem configurações', 'Altere, ou use upsert.'),
  ('ROW_EXISTS.campaign_trunks_pkey', 'en', 'the campaign is bound to this trunk already', 'Nothing is to be done.'),
  ('ROW_EXISTS.campaign_trunks_pkey', 'pt-BR', 'a campanha já está ligada a este tronco', 'Nada a fazer.'),
  ('ROW_EXISTS.trunk_config_account_id_name_key', 'en', 'there is a trunk named {name} already', 'Give it another name.'),
  ('ROW_EXISTS.trunk_config_account_id_name_key', 'pt-BR', 'já existe um tronco com o nome {name}', 'Dê outro nome.'),
  ('ROW_EXISTS.destinations_name_key', 'en', 'there is a destination named {name} already', 'Give it another name.'),
  ('ROW_EXISTS.destinations_name_key', 'pt-BR', 'já existe um destino com o nome {name}', 'Dê outro nome.'),
  ('ROW_EXISTS.voice_nodes_pkey', 'en', 'there is a PBX named {name} already', 'Give it another name.'),
  ('ROW_EXISTS.voice_nodes_pkey', 'pt-BR', 'já existe um PABX com o nome {name}', 'Dê outro nome.'),
  ('CHECK_IS_BROKEN.unseen', 'en', 'a row of {table} cannot be so ({constraint})', 'See the comments of the table''s columns.'),
  ('CHECK_IS_BROKEN.unseen', 'pt-BR', 'uma linha de {table} não pode ser assim ({constraint})', 'Veja os comentários das colunas da tabela.'),
  ('COLUMN_IS_MADE', 'en', '{column} cannot be given a value: the database makes it', 'Leave {column} out.'),
  ('COLUMN_IS_MADE', 'pt-BR', '{column} não pode receber valor: quem faz é o banco', 'Não envie {column}.'),
  ('VALUE_IS_NO_TYPE.uuid', 'en', '"{value}" is not an id', 'An id as it was read, such as 5b0e7c1e-4d0a-4a57-9d57-0d5b8f1f0001.'),
  ('VALUE_IS_NO_TYPE.uuid', 'pt-BR', '"{value}" não é um id', 'Um id como foi lido, por exemplo 5b0e7c1e-4d0a-4a57-9d57-0d5b8f1f0001.'),
  ('VALUE_IS_NO_TYPE.integer', 'en', '"{value}" is not a whole number', 'A number such as 10, without a point or a unit.'),
  ('VALUE_IS_NO_TYPE.integer', 'pt-BR', '"{value}" não é um número inteiro', 'Um número como 10, sem ponto, vírgula nem unidade.'),
  ('VALUE_IS_NO_TYPE.numeric', 'en', '"{value}" is not a number', 'A number such as 1.5, with a point.'),
  ('VALUE_IS_NO_TYPE.numeric', 'pt-BR', '"{value}" não é um número', 'Um número como 1.5, com ponto.'),
  ('VALUE_IS_NO_TYPE.boolean', 'en', '"{value}" is neither true nor false', 'true or false.'),
  ('VALUE_IS_NO_TYPE.boolean', 'pt-BR', '"{value}" não é true nem false', 'true ou false.'),
  ('VALUE_IS_NO_TYPE.timestamp', 'en', '"{value}" is not a moment that exists', 'Date, time and zone, such as 2026-05-06T10:03:00-03:00.'),
  ('VALUE_IS_NO_TYPE.timestamp', 'pt-BR', '"{value}" não é um momento que existe', 'Data, hora e fuso, como 2026-05-06T10:03:00-03:00.'),
  ('VALUE_IS_NO_TYPE.date', 'en', '"{value}" is not a date', 'Year, month, day, such as 2026-05-06.'),
  ('VALUE_IS_NO_TYPE.date', 'pt-BR', '"{value}" não é uma data', 'Ano, mês, dia, como 2026-05-06.'),
  ('VALUE_IS_NO_TYPE.time', 'en', '"{value}" is not a time of day', 'A time such as 09:00.'),
  ('VALUE_IS_NO_TYPE.time', 'pt-BR', '"{value}" não é um horário', 'Um horário como 09:00.'),
  ('VALUE_IS_NO_TYPE.zone', 'en', '"{value}" is not the name of a time zone', 'The IANA name of a time zone, such as America/Sao_Paulo.'),
  ('VALUE_IS_NO_TYPE.zone', 'pt-BR', '"{value}" não é o nome de um fuso horário', 'O nome IANA de um fuso horário, como America/Sao_Paulo.'),
  ('VALUE_IS_NO_TYPE.interval', 'en', '"{value}" is not a span of time', 'A span such as 2 hours or 30 days.'),
  ('VALUE_IS_NO_TYPE.interval', 'pt-BR', '"{value}" não é um intervalo de tempo', 'Um intervalo como 2 hours ou 30 days.'),
  ('VALUE_IS_NO_TYPE.array', 'en', '"{value}" is not a list', 'A list, such as [1, 2, 3] in JSON or {1,2,3} in SQL.'),
  ('VALUE_IS_NO_TYPE.array', 'pt-BR', '"{value}" não é uma lista', 'Uma lista, como [1, 2, 3] em JSON ou {1,2,3} em SQL.'),
  ('VALUE_IS_NO_TYPE.json', 'en', '"{value}" is not JSON', 'An object of names and values, such as {"contract": "4711"}.'),
  ('VALUE_IS_NO_TYPE.json', 'pt-BR', '"{value}" não é JSON', 'Um objeto de nomes e valores, como {"contract": "4711"}.'),
  ('VALUE_IS_NO_TYPE.text', 'en', 'a text holds a character that Postgres does not take', 'No character with the code 0; all others, in UTF-8.'),
  ('VALUE_IS_NO_TYPE.text', 'pt-BR', 'um texto tem um caractere que o Postgres não aceita', 'Nenhum caractere de código 0; todos os outros, em UTF-8.'),
  ('VALUE_IS_OUT_OF_RANGE', 'en', '{value} is too large or too small', 'Whole numbers go from -2147483648 to 2147483647.'),
  ('VALUE_IS_OUT_OF_RANGE', 'pt-BR', '{value} é grande ou pequeno demais', 'Números inteiros vão de -2147483648 a 2147483647.'),
  ('VALUE_CANNOT_BE', 'en', 'a value cannot be taken: {detail}', 'See the comment of the column or function.'),
  ('VALUE_CANNOT_BE', 'pt-BR', 'um valor não pode ser aceito: {detail}', 'Veja o comentário da coluna ou da função.'),
  ('NOT_PERMITTED.table', 'en', '{table} cannot be read or changed so with your key',
    'Sign in. What a signed-in user may do with each table is in docs/sql.md; the rest is the engine''s or the administrator''s.'),
  ('NOT_PERMITTED.table', 'pt-BR', '{table} não pode ser lida ou alterada assim com a sua chave',
    'Entre com seu usuário. O que ele pode fazer com cada tabela está em docs/sql.md; o resto cabe ao discador ou ao administrador.'),
  ('NOT_PERMITTED.trunk_config', 'en', 'trunk_config cannot be read or changed so with your key',
    'Sign in and name the columns: id, account_id, name, voice_node, is_active, health, disabled_until, cps_limit, max_channels, priority, weight, number_pattern, created_at. Only the administrator changes trunks.'),
  ('NOT_PERMITTED.trunk_config', 'pt-BR', 'trunk_config não pode ser lida ou alterada assim com a sua chave',
    'Entre com seu usuário e cite as colunas: id, account_id, name, voice_node, is_active, health, disabled_until, cps_limit, max_channels, priority, weight, number_pattern, created_at. Só o administrador altera troncos.'),
  ('NOT_PERMITTED.function', 'en', 'the function {name} cannot be called with your key', 'Sign in; or it is the administrator''s, with the service key, or the engine''s.'),
  ('NOT_PERMITTED.function', 'pt-BR', 'a função {name} não pode ser usada com a sua chave', 'Entre com seu usuário; ou ela cabe ao administrador, com a chave de serviço, ou ao discador.'),
  ('NOT_PERMITTED.schema', 'en', 'the schema {name} is not open to your key', 'Sign in; the administrator gives the rights with npm run migrate.'),
  ('NOT_PERMITTED.schema', 'pt-BR', 'o schema {name} não está aberto para a sua chave', 'Entre com seu usuário; o administrador dá os direitos com npm run migrate.'),
  ('NOT_PERMITTED.sequence', 'en', '{name} is not open to your key', 'It is the engine''s.'),
  ('NOT_PERMITTED.sequence', 'pt-BR', '{name} não está aberta para a sua chave', 'Cabe ao discador.'),
  ('NOT_PERMITTED.row', 'en', 'a row of {table} would not be your account''s', 'Leave account_id out, and name only rows of your own account.'),
  ('NOT_PERMITTED.row', 'pt-BR', 'uma linha de {table} não seria da sua conta', 'Não envie account_id, e cite só linhas da sua conta.'),
  ('NAME_IS_UNKNOWN', 'en', 'the database has no {name}', 'Compare the name with docs/database.types.ts. After an update of the dialer PostgREST may need: notify pgrst, ''reload schema''.'),
  ('NAME_IS_UNKNOWN', 'pt-BR', 'o banco não tem {name}', 'Compare o nome com docs/database.types.ts. Depois de atualizar o discador o PostgREST pode precisar de: notify pgrst, ''reload schema''.'),
  ('NOT_ONE_ROW', 'en', 'there is no such row, or more than one', 'It was deleted, or is another account''s; read the list again.'),
  ('NOT_ONE_ROW', 'pt-BR', 'não existe essa linha, ou há mais de uma', 'Foi apagada, ou é de outra conta; leia a lista de novo.'),
  ('SIGN_IN_AGAIN', 'en', 'the session is over', 'Sign in again.'),
  ('SIGN_IN_AGAIN', 'pt-BR', 'a sessão acabou', 'Entre de novo.'),
  ('REQUEST_IS_WRONG', 'en', 'the request cannot be understood ({code}: {detail})', 'A defect of the front end.'),
  ('REQUEST_IS_WRONG', 'pt-BR', 'o pedido não pode ser entendido ({code}: {detail})', 'Um defeito do front-end.'),
  ('TOOK_TOO_LONG', 'en', 'the answer took too long', 'Ask for less: a shorter time, fewer rows.'),
  ('TOOK_TOO_LONG', 'pt-BR', 'a resposta demorou demais', 'Peça menos: um período menor, menos linhas.'),
  ('TRY_AGAIN', 'en', 'somebody else changed the same rows at the same moment', 'Send the request again.'),
  ('TRY_AGAIN', 'pt-BR', 'outra pessoa alterou as mesmas linhas no mesmo momento', 'Envie o pedido de novo.'),
  ('DATABASE_IS_AWAY', 'en', 'the database takes no requests at the moment', 'Send the request again in a moment.'),
  ('DATABASE_IS_AWAY', 'pt-BR', 'o banco não aceita pedidos no momento', 'Envie o pedido de novo daqui a pouco.'),
  ('NO_ANSWER_CAME', 'en', 'no answer came: whether it was done is unknown', 'Send the request again, with the same ids.'),
  ('NO_ANSWER_CAME', 'pt-BR', 'não veio resposta: não se sabe se foi feito', 'Envie o pedido de novo, com os mesmos ids.');

create or replace function dialer_grant_faults() returns void
language plpgsql set search_path from current as $$
declare
  api_role text;
begin
  foreach api_role in array array['authenticated', 'service_role'] loop
    continue when to_regrole(api_role) is null;
    -- The conditions of triggers, and triggers that run as the client, ask these; they tell nothing.
    execute format('grant execute on function dialer_is_timezone(text), dialer_is_country(text), dialer_is_outcome(text),
      dialer_fault(text, text[]), dialer_refuse(jsonb, text, text), dialer_refuse_one(regclass, text, jsonb),
      dialer_phone_fault(text, text, text, text), dialer_explain(jsonb, text, jsonb), dialer_end_of_minute(time) to %I', api_role);
  end loop;
end $$;

select dialer_close('function', 'dialer_fault_of_key(text, text)', 'dialer_fault_of_reference(text, text)',
  'dialer_fault_of_value(text, text, text)', 'dialer_fault_of_right(text)', 'dialer_explain(jsonb, text, jsonb)');
select grant_api_roles();
