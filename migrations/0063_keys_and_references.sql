-- What is there already, and what others refer to, is said before Postgres says it in its own words: by triggers for API roles.
--
-- A key is looked up in rows of the writer's own account only, so that it tells nothing of another's. Who inserts is asked only
-- where an insert is PostgREST's own without ON CONFLICT: what any other statement does with a row that exists is not known here.
-- Of two who insert the same at once one is refused by Postgres, in its words, which dialer_explain tells.
--
-- Not leads, their further numbers and do-not-call entries, which come by the ten thousand: before a new table is analysed the
-- planner may look a key up by another index of the same columns, and 10,000 leads took 44 s instead of 11 so (two busy cores).

create function dialer_refuse_key(relation regclass, operation text, key_name text, columns text[], given jsonb) returns void
language plpgsql set search_path from current as $$
declare
  fault jsonb;
  name text;
begin
  if operation = 'INSERT'
    and (cardinality(dialer_named_columns(relation)) = 0 or strpos(current_query(), ' ON CONFLICT(') > 0) then
    return;
  end if;
  fault := dialer_fault('ROW_EXISTS', 'table', relation::text, 'column', array_to_string(columns, ', '), 'constraint', key_name,
    'value', (select string_agg(coalesce(left(given ->> item, 100), 'null'), ', ' order by place)
      from unnest(columns) with ordinality as part (item, place)));
  foreach name in array columns loop
    fault := jsonb_set(fault, array['params', name], to_jsonb(coalesce(left(given ->> name, 100), 'null')));
  end loop;
  perform dialer_refuse(jsonb_build_array(fault), '23505', relation::text);
end $$;
comment on function dialer_refuse_key(regclass, text, text, text[], jsonb) is
  'Refuses a row whose key another row has. An insert that may be an upsert is left to Postgres.';

create function dialer_keys_of(relation regclass)
  returns table (key_name text, columns text[], condition text, is_primary boolean)
language sql stable set search_path from current as $$
  select index_class.relname::text, keys.columns, keys.condition, found.indisprimary
  from pg_index as found
  join pg_class as index_class on index_class.oid = found.indexrelid
  cross join lateral (
    select array_agg(attname::text order by place) as columns,
      string_agg(case when found.indnullsnotdistinct and not attnotnull
        then format('(held.%1$I = new.%1$I or held.%1$I is null and new.%1$I is null)', attname)
        else format('held.%1$I = new.%1$I', attname) end, ' and ' order by place) as condition
    from unnest(found.indkey::smallint[]) with ordinality as part (number, place)
    join pg_attribute on attrelid = found.indrelid and attnum = part.number) as keys
  where found.indrelid = relation and found.indisunique and found.indpred is null and found.indexprs is null
    -- Keys for composite references hold the primary key, which is looked up by itself.
    and (found.indisprimary or not exists (
      select from pg_index as main where main.indrelid = relation and main.indisprimary
        and found.indkey::smallint[] @> main.indkey::smallint[]))
  order by found.indisprimary desc, index_class.relname
$$;
comment on function dialer_keys_of(regclass) is
  'Keys of a table that a row may meet another by: columns, and the condition that held is that other of new.';

create function dialer_watch_keys(relation regclass) returns void
language plpgsql set search_path from current as $$
declare
  checker text := 'dialer_meet_' || relation;
  has_account boolean := exists (select from pg_attribute where attrelid = relation and attname = 'account_id' and not attisdropped);
  itself text := (select format('(%s) is distinct from (%s)', string_agg(format('held.%I', name), ', '), string_agg(format('old.%I', name), ', '))
    from dialer_keys_of(relation) as key, unnest(key.columns) as name where key.is_primary);
  lookups text;
  changed text;
  bound text := format('row_security_active(%L::regclass) or current_user = ''service_role''', relation);
begin
  select string_agg(format(
      E'  if %sexists (select from %s as held where %s%s and (tg_op = ''INSERT'' or %s)) then\n    perform dialer_refuse_key(tg_relid, tg_op, %L, %L, to_jsonb(new));\n  end if;\n',
      case when key.is_primary then 'tg_op = ''INSERT'' and ' else '' end, relation, key.condition,
      case when has_account and not 'account_id' = any (key.columns) then ' and held.account_id is not distinct from new.account_id' else '' end,
      itself, key.key_name, key.columns), ''),
    (select string_agg(distinct format('new.%1$I is distinct from old.%1$I', name), ' or ')
      from dialer_keys_of(relation) as other, unnest(other.columns) as name where not other.is_primary)
  into lookups, changed
  from dialer_keys_of(relation) as key;
  -- As the owner: the account is named in each lookup, and row level security would ask for it anew for every row.
  execute format(E'create or replace function %I() returns trigger\nlanguage plpgsql security definer set search_path from current as $meet$\nbegin\n%s  return new;\nend $meet$', checker, lookups);
  execute format('comment on function %I() is %L', checker, 'Refuses a row of ' || relation || ' that is there already. Made by dialer_watch_keys.');
  perform dialer_close('function', format('%I()', checker));
  -- After all triggers that make a row what it becomes.
  perform dialer_make_trigger('z_meet_insert', relation, format(
    'before insert on %s for each row when (%s) execute function %I()', relation, bound, checker));
  if changed is not null then
    perform dialer_make_trigger('z_meet_update', relation, format(
      'before update on %s for each row when ((%s) and (%s)) execute function %I()', relation, changed, bound, checker));
  end if;
end $$;
comment on function dialer_watch_keys(regclass) is 'Makes the triggers that say of a row of a table that it is there already.';

create or replace function dialer_watch_tables() returns void
language plpgsql set search_path from current as $$
declare
  relation regclass;
  api_role text;
begin
  for relation in
    select class.oid from pg_class as class
    where relnamespace = current_schema()::regnamespace and relkind = 'r'
      and exists (select from pg_constraint join dialer_messages on code = conname where conrelid = class.oid and contype = 'c')
    order by relname
  loop
    perform dialer_watch_table(relation);
  end loop;
  foreach api_role in array array['authenticated', 'service_role'] loop
    continue when to_regrole(api_role) is null;
    for relation in
      select class.oid from pg_class as class
      where relnamespace = current_schema()::regnamespace and relkind = 'r'
        and relname not in ('leads', 'lead_phones', 'dnc_entries', 'call_attempts')
        and has_any_column_privilege(api_role, class.oid, 'insert')
      order by relname
    loop
      perform dialer_watch_keys(relation);
    end loop;
  end loop;
end $$;
comment on function dialer_watch_tables() is
  'Watches all tables whose checks have texts, and the keys of those that API roles insert into, at every migrate.';

-- References.

create or replace function dialer_take_account() returns trigger
language plpgsql set search_path from current as $$
declare
  parent record;
begin
  select account_id, is_archived into parent from campaigns where id = new.campaign_id;
  if row_security_active(tg_relid) or current_user = 'service_role' then
    -- Row level security shows the caller its own campaigns only, so another's is not found either. A caller without
    -- account is told so by the trigger that follows.
    if parent.account_id is null and new.campaign_id is not null and new.account_id is not null then
      perform dialer_refuse_one(tg_relid, '23503', dialer_fault('CAMPAIGN_IS_UNKNOWN', 'column', 'campaign_id', 'value', new.campaign_id::text, 'constraint',
        (select conname::text from pg_constraint where conrelid = tg_relid and contype = 'f' and confrelid = 'campaigns'::regclass)));
    end if;
  end if;
  if parent.account_id is not null and not row_security_active(tg_relid) then
    new.account_id := parent.account_id;
  end if;
  if parent.is_archived and tg_table_name = 'leads' then
    perform dialer_refuse_one(tg_relid, '23514', dialer_fault('CAMPAIGN_IS_ARCHIVED', 'column', 'campaign_id', 'value', new.campaign_id::text, 'constraint', 'campaigns_archived_have_ended'));
  end if;
  return new;
end $$;

create or replace function dialer_check_trunk_account() returns trigger
language plpgsql security definer set search_path from current as $$
declare
  trunk record;
begin
  select id, account_id into trunk from trunk_config where id = new.trunk_id;
  if trunk.id is null and new.trunk_id is not null then
    perform dialer_refuse_one(tg_relid, '23503', dialer_fault('TRUNK_IS_UNKNOWN', 'column', 'trunk_id', 'value', new.trunk_id::text,
      'constraint', 'campaign_trunks_trunk_id_fkey'));
  elsif trunk.account_id <> new.account_id then
    perform dialer_refuse_one(tg_relid, '23503', dialer_fault('TRUNK_OF_ANOTHER', 'column', 'trunk_id', 'value', new.trunk_id::text, 'campaign', new.campaign_id::text));
  end if;
  return new;
end $$;

create or replace function dialer_check_calls() returns trigger
language plpgsql security definer set search_path from current as $$
declare
  called boolean;
begin
  called := case tg_table_name
    when 'leads' then exists (select from call_attempts where lead_id = old.id)
    when 'campaigns' then exists (
      select from leads where campaign_id = old.id and exists (select from call_attempts where lead_id = leads.id))
    when 'lists' then exists (
      select from leads where list_id = old.id and exists (select from call_attempts where lead_id = leads.id))
    else exists (select from call_attempts where trunk_id = old.id) end;
  if called then
    perform dialer_refuse_one(tg_relid, '23503', dialer_fault('ROW_HAS_CALLS', 'id', old.id::text, 'constraint',
      case tg_table_name when 'trunk_config' then 'call_attempts_trunk_id_fkey'
        else 'call_attempts_lead_id_campaign_id_account_id_fkey' end));
  end if;
  return old;
end $$;
create trigger check_calls before delete on lists
  for each row when (current_user = 'service_role' or row_security_active('lists'::regclass)) execute function dialer_check_calls();
create trigger check_calls before delete on trunk_config
  for each row when (current_user = 'service_role') execute function dialer_check_calls();

create function dialer_keep_voice_node() returns trigger
language plpgsql security definer set search_path from current as $$
declare
  trunk record;
begin
  select count(*) as trunks, min(name) as example into trunk from trunk_config where voice_node = old.name;
  if trunk.trunks > 0 then
    perform dialer_refuse_one(tg_relid, '23503', dialer_fault('VOICE_NODE_IN_USE', 'name', old.name, 'count', trunk.trunks::text,
      'example', trunk.example, 'constraint', 'trunk_config_voice_node_fkey'));
  end if;
  return old;
end $$;
comment on function dialer_keep_voice_node() is 'Says which trunks lead out of a PBX, before the foreign key does.';
create trigger keep before delete on voice_nodes
  for each row when (current_user = 'service_role') execute function dialer_keep_voice_node();

insert into dialer_messages (code, locale, message, hint) values
  ('TRUNK_IS_UNKNOWN', 'en', 'there is no trunk {value}', 'Insert the trunk first, or read its id from trunk_config.'),
  ('TRUNK_IS_UNKNOWN', 'pt-BR', 'não existe o tronco {value}', 'Insira o tronco antes, ou leia o id dele em trunk_config.'),
  ('ROW_HAS_CALLS.trunk_config', 'en', 'trunk {id} has calls on record and cannot be deleted', 'Switch it off instead: is_active = false.'),
  ('ROW_HAS_CALLS.trunk_config', 'pt-BR', 'o tronco {id} tem ligações registradas e não pode ser apagado', 'Desligue-o: is_active = false.'),
  ('ROW_HAS_CALLS.lists', 'en', 'list {id} has leads with calls on record and cannot be deleted',
    'Leave it out instead: is_active = false. To remove personal data, erase_person or empty_campaign.'),
  ('ROW_HAS_CALLS.lists', 'pt-BR', 'a lista {id} tem leads com ligações registradas e não pode ser apagada',
    'Deixe-a de fora: is_active = false. Para remover dados pessoais, erase_person ou empty_campaign.'),
  ('VOICE_NODE_IN_USE', 'en', 'PBX "{name}" cannot be deleted: {count} trunks lead out of it, such as "{example}"',
    'Give those trunks another voice_node first.'),
  ('VOICE_NODE_IN_USE', 'pt-BR', 'o PABX "{name}" não pode ser apagado: {count} troncos saem dele, como "{example}"',
    'Dê antes outro voice_node a esses troncos.'),
  ('destinations_name_check', 'en', '{column} of {table} cannot be {value}', '1 to 200 characters, no line ends.'),
  ('destinations_name_check', 'pt-BR', '{column} de {table} não pode ser {value}', 'De 1 a 200 caracteres, sem quebras de linha.'),
  ('destinations_context_check', 'en', '{column} of {table} cannot be {value}',
    'It begins with a letter or digit; then letters, digits, _ . - up to 79 characters. Null: the engine''s own.'),
  ('destinations_context_check', 'pt-BR', '{column} de {table} não pode ser {value}',
    'Começa com letra ou dígito; depois letras, dígitos, _ . - até 79 caracteres. Null: o do próprio discador.'),
  ('destinations_extension_check', 'en', '{column} of {table} cannot be {value}',
    'It begins with a letter or digit; then letters, digits, _ . - up to 79 characters.'),
  ('destinations_extension_check', 'pt-BR', '{column} de {table} não pode ser {value}',
    'Começa com letra ou dígito; depois letras, dígitos, _ . - até 79 caracteres.'),
  ('destinations_amd_action_check', 'en', '{column} of {table} cannot be {value}',
    'Capital letters and _, at most 40. Null: machines are not detected.'),
  ('destinations_amd_action_check', 'pt-BR', '{column} de {table} não pode ser {value}',
    'Letras maiúsculas e _, no máximo 40. Null: secretárias não são detectadas.'),
  ('destinations_account_ids_check', 'en', '{column} of {table} cannot be {value}', 'Ids of accounts, at least one; null for all accounts.'),
  ('destinations_account_ids_check', 'pt-BR', '{column} de {table} não pode ser {value}', 'Ids de contas, pelo menos um; null para todas as contas.'),
  ('voice_nodes_name_check', 'en', '{column} of {table} cannot be {value}', 'Letters, digits, _ . - up to 60 characters.'),
  ('voice_nodes_name_check', 'pt-BR', '{column} de {table} não pode ser {value}', 'Letras, dígitos, _ . - até 60 caracteres.');

select dialer_close('function', 'dialer_refuse_key(regclass, text, text, text[], jsonb)', 'dialer_keys_of(regclass)',
  'dialer_watch_keys(regclass)', 'dialer_keep_voice_node()');
select grant_api_roles();
