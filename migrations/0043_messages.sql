-- What a refusal says, in the languages of those who read it: rows that a front end can show, and the functions that fill them in.

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
  'What was refused, the same for ever: a word such as COLUMN_OF_ENGINE, or the name of a constraint. CODE.table.column goes before CODE.';
comment on column dialer_messages.locale is 'en or pt-BR.';
comment on column dialer_messages.message is 'What was wrong, where. {table}, {column}, {value} and others stand for parameters.';
comment on column dialer_messages.hint is 'What is right, or what to do.';
alter table dialer_messages enable row level security;
create policy read_by_all on dialer_messages for select using (true);

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
  value text;
begin
  -- Left to right, so that a value that looks like a placeholder stays what it is.
  loop
    placeholder := substring(rest from '\{[a-z_]+\}');
    exit when placeholder is null;
    value := params ->> btrim(placeholder, '{}');
    filled := filled || left(rest, strpos(rest, placeholder) - 1) || coalesce(value, '?');
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
      concat_ws('.', dialer_message.code, dialer_message.params ->> 'table', dialer_message.params ->> 'column'))
    and texts.locale in ('en', case when coalesce(dialer_message.locale, dialer_locale()) ilike 'pt%' then 'pt-BR' else 'en' end)
  order by texts.locale = 'en', length(texts.code) desc
  limit 1
$$;
comment on function dialer_message(text, jsonb, text) is
  'Message and hint of a fault, as error.details of a refusal names it, in en or pt-BR; without locale in the caller''s language.';

create function dialer_refuse(faults jsonb, state text, relation text) returns void
language plpgsql set search_path from current as $$
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

create function dialer_fault(code text, variadic params text[]) returns jsonb
language sql immutable set search_path from current as $$
  select jsonb_build_object('code', code, 'params', jsonb_object(params))
$$;
comment on function dialer_fault(text, text[]) is 'A fault, with its parameters as name, value, name, value.';

insert into dialer_messages (code, locale, message, hint) values
  ('COLUMN_OF_ENGINE', 'en', '{column} of {table} cannot be changed from {old} to {value}: it is kept by the engine',
    'Leave {column} out, or send it as it was read. If it has changed since, read the row again.'),
  ('COLUMN_OF_ENGINE', 'pt-BR', '{column} de {table} não pode mudar de {old} para {value}: quem mantém é o discador',
    'Não envie {column}, ou envie como foi lida. Se mudou desde então, leia a linha de novo.'),
  ('COLUMN_OF_ADMINISTRATOR', 'en', '{column} of {table} cannot be changed from {old} to {value}: only an administrator sets it',
    'Leave {column} out, or send it as it was read. With the service key, or in SQL, it can be changed.'),
  ('COLUMN_OF_ADMINISTRATOR', 'pt-BR', '{column} de {table} não pode mudar de {old} para {value}: só um administrador define',
    'Não envie {column}, ou envie como foi lida. Com a chave de serviço, ou em SQL, ela pode mudar.'),
  ('COLUMN_IS_FIXED', 'en', '{column} of {table} cannot be changed from {old} to {value}: it is set once, when the row is inserted',
    'Send {column} as it was read. For another one, delete the row and insert a new one.'),
  ('COLUMN_IS_FIXED', 'pt-BR', '{column} de {table} não pode mudar de {old} para {value}: é definida uma vez, quando a linha é inserida',
    'Envie {column} como foi lida. Para outra, apague a linha e insira uma nova.'),
  ('COLUMN_IS_SET', 'en', '{column} of {table} cannot be {value} in a new row: {owner} sets it',
    'Leave {column} out, or null.'),
  ('COLUMN_IS_SET', 'pt-BR', '{column} de {table} não pode ser {value} em uma linha nova: quem define é {owner}',
    'Não envie {column}, ou envie null.'),
  ('COLUMN_OF_ENGINE.leads.status', 'en', 'status of leads cannot be changed from {old} to {value}: it is kept by the engine',
    'To call a person again set callback_at or disposition; to call no more, insert into dnc_entries or delete the lead. Else leave status out, or send it as it was read.'),
  ('COLUMN_OF_ENGINE.leads.status', 'pt-BR', 'status de leads não pode mudar de {old} para {value}: quem mantém é o discador',
    'Para ligar de novo, defina callback_at ou disposition; para não ligar mais, insira em dnc_entries ou apague o lead. Senão, não envie status, ou envie como foi lido.'),
  ('COLUMN_OF_ENGINE.leads.next_attempt_at', 'en', 'next_attempt_at of leads cannot be changed from {old} to {value}: it is kept by the engine',
    'To say when a person is called, set callback_at. Else leave next_attempt_at out, or send it as it was read.'),
  ('COLUMN_OF_ENGINE.leads.next_attempt_at', 'pt-BR', 'next_attempt_at de leads não pode mudar de {old} para {value}: quem mantém é o discador',
    'Para dizer quando ligar, defina callback_at. Senão, não envie next_attempt_at, ou envie como foi lido.'),
  ('COLUMN_OF_ADMINISTRATOR.leads.phone_e164', 'en', 'phone_e164 of leads cannot be changed from {old} to {value}: the engine makes it from phone',
    'Change phone. Else leave phone_e164 out, or send it as it was read.'),
  ('COLUMN_OF_ADMINISTRATOR.leads.phone_e164', 'pt-BR', 'phone_e164 de leads não pode mudar de {old} para {value}: o discador faz a partir de phone',
    'Altere phone. Senão, não envie phone_e164, ou envie como foi lido.'),
  ('ACCOUNT_OF_ANOTHER', 'en', 'account_id {value} of {table} is not your account', 'Leave account_id out: it is taken from your token.'),
  ('ACCOUNT_OF_ANOTHER', 'pt-BR', 'account_id {value} de {table} não é a sua conta', 'Não envie account_id: ele vem do seu token.'),
  ('ATTEMPT_IS_MADE_BY_ENGINE', 'en', 'there is no attempt {id} in your account, and only the engine makes attempts',
    'Update the disposition of an attempt that exists. To have somebody called, insert a lead into an ACTIVE campaign.'),
  ('ATTEMPT_IS_MADE_BY_ENGINE', 'pt-BR', 'não existe a tentativa {id} na sua conta, e só o discador cria tentativas',
    'Altere a disposition de uma tentativa que existe. Para ligar para alguém, insira um lead em uma campanha ACTIVE.'),
  ('ROW_WENT_MEANWHILE', 'en', 'the row {id} of {table} was deleted while it was written', 'Send the request again.'),
  ('ROW_WENT_MEANWHILE', 'pt-BR', 'a linha {id} de {table} foi apagada enquanto era gravada', 'Envie o pedido de novo.');

create function dialer_grant_messages() returns void
language plpgsql set search_path from current as $$
declare
  api_role text;
begin
  foreach api_role in array array['authenticated', 'service_role'] loop
    continue when to_regrole(api_role) is null;
    execute format('grant select on dialer_messages to %I', api_role);
    execute format('grant execute on function dialer_message(text, jsonb, text) to %I', api_role);
  end loop;
end $$;
comment on function dialer_grant_messages() is 'Signed-in clients and service keys read the texts of refusals.';

select dialer_close('table', 'dialer_messages');
select dialer_close('function', 'dialer_locale()', 'dialer_fill_in(text, jsonb)', 'dialer_message(text, jsonb, text)',
  'dialer_refuse(jsonb, text, text)', 'dialer_fault(text, text[])', 'dialer_grant_messages()');
