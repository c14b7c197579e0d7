-- What stands between a client's row and a table: checks that name every fault at once, keys and references that are refused
-- in words of ours, columns that a role may name but not change, and the rights of the API roles. The triggers are made from
-- the tables' checks, keys and grants at every migrate.

-- Every fault of a row at once, each with a code, its parameters and what is right. The checks of the tables stay and have
-- the last word; what is here speaks before them.

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

-- What is there already is refused before Postgres refuses it in its own words.
--
-- A key is looked up in rows of the writer's own account only, so that it tells nothing of another's. Who inserts is asked only
-- where an insert is PostgREST's own without ON CONFLICT: what any other statement does with a row that exists is not known here.
-- Of two who insert the same at once one is refused by Postgres, in its words, which dialer_explain explains.
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
  perform dialer_revoke_all('function', format('%I()', checker));
  -- After all triggers that make a row what it becomes.
  perform dialer_make_trigger('z_meet_insert', relation, format(
    'before insert on %s for each row when (%s) execute function %I()', relation, bound, checker));
  if changed is not null then
    perform dialer_make_trigger('z_meet_update', relation, format(
      'before update on %s for each row when ((%s) and (%s)) execute function %I()', relation, changed, bound, checker));
  end if;
end $$;
comment on function dialer_watch_keys(regclass) is 'Makes the triggers that say of a row of a table that it is there already.';

create function dialer_watch_tables() returns void
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

-- What PostgREST sends for an upsert, for the update of a row as it was read, and for a bulk insert of rows with different keys
-- names every column. So API roles may name all columns, and triggers decide: which columns a role may change stays written out
-- as its column grants, any other one passes unchanged, and a null means the default.
--
-- These triggers stand first among those before a row. Their conditions ask for the role before anything else: what the engine
-- writes does not reach their function.

create function dialer_default_of(relation regclass, column_name text) returns jsonb
language plpgsql volatile set search_path from current as $$
declare
  expression text;
  value jsonb;
begin
  select pg_get_expr(adbin, adrelid) into expression
  from pg_attrdef join pg_attribute on attrelid = adrelid and attnum = adnum
  where adrelid = relation and attname = column_name;
  if expression is null then
    return null;
  end if;
  execute 'select to_jsonb(' || expression || ')' into value;
  return value;
end $$;
comment on function dialer_default_of(regclass, text) is 'The default of a column, made now; null where it has none.';

create function dialer_constant_defaults(relation regclass) returns jsonb
language sql volatile set search_path from current as $$
  select coalesce(jsonb_object_agg(attname, dialer_default_of(relation, attname)), '{}')
  from pg_attribute join pg_attrdef on adrelid = attrelid and adnum = attnum
  where attrelid = relation and pg_get_expr(adbin, adrelid) !~ '\('
$$;
comment on function dialer_constant_defaults(regclass) is 'Defaults that are the same for every row, so that rows need not ask the catalogue.';

create function dialer_is_unchanged(column_name text, held jsonb, given jsonb) returns boolean
language plpgsql stable set search_path from current as $$
begin
  if held is not distinct from given then
    return true;
  end if;
  -- JavaScript's Date knows milliseconds.
  return column_name ~ '_at$' and date_trunc('milliseconds', (held #>> '{}')::timestamptz)
    is not distinct from date_trunc('milliseconds', (given #>> '{}')::timestamptz);
end $$;
comment on function dialer_is_unchanged(text, jsonb, jsonb) is 'Whether a column comes back as it was read.';

create function dialer_is_now(value jsonb) returns boolean
language sql stable set search_path from current as $$
  select coalesce(abs(extract(epoch from (value #>> '{}')::timestamptz - clock_timestamp())) <= 3600, false)
$$;
comment on function dialer_is_now(jsonb) is 'Whether a client says "now": its clock may differ by an hour.';

create function dialer_granted_columns(relation regclass, api_role text, privilege text) returns text[]
language sql stable set search_path from current as $$
  select array(
    select attname::text from pg_attribute, aclexplode(attacl) as item
    where attrelid = relation and attnum > 0 and not attisdropped and item.grantee = to_regrole(api_role)
      and item.privilege_type = privilege
    order by attnum)
$$;
comment on function dialer_granted_columns(regclass, text, text) is 'The columns that a role may set, by name: those that it may really change.';

create function dialer_kept_columns(relation regclass, api_role text, privilege text) returns text[]
language sql stable set search_path from current as $$
  select case when cardinality(granted) = 0 then '{}' else array(
    select attname::text from pg_attribute
    where attrelid = relation and attnum > 0 and not attisdropped and attname <> all (granted) order by attnum) end
  from (select dialer_granted_columns(relation, api_role, privilege) as granted) as rights
$$;
comment on function dialer_kept_columns(regclass, text, text) is
  'The columns that a role may name, but not set: all others of a table that it has column grants on.';

create function dialer_may_administrator(relation regclass, column_name text) returns boolean
language sql stable set search_path from current as $$
  select exists (
    select from pg_attribute, aclexplode(attacl) as item
    where attrelid = relation and attname = column_name and item.grantee::regrole::text = 'service_role')
$$;
comment on function dialer_may_administrator(regclass, text) is 'Whether a column, which clients may not write, is set by administrators.';

create function dialer_kept_fault(relation regclass, column_name text, held jsonb, given jsonb, is_key boolean) returns jsonb
language sql stable set search_path from current as $$
  select dialer_fault(
    case
      when is_key then 'COLUMN_IS_FIXED'
      when dialer_may_administrator(relation, column_name) then 'COLUMN_OF_ADMINISTRATOR'
      else 'COLUMN_OF_ENGINE' end,
    'table', relation::text, 'column', column_name, 'old', coalesce(left(held #>> '{}', 100), 'null'),
    'value', coalesce(left(given #>> '{}', 100), 'null'))
$$;
comment on function dialer_kept_fault(regclass, text, jsonb, jsonb, boolean) is 'The fault of a change of a column that its writer may not change.';

create function dialer_named_columns(relation regclass) returns text[]
language plpgsql stable set search_path from current as $$
declare
  statement text := current_query();
  into_table text := format('"%s"."%s"(', current_schema(), relation::text);
  place integer := strpos(statement, into_table);
begin
  return case when place = 0 then '{}'
    else string_to_array(replace(split_part(substr(statement, place + length(into_table)), ')', 1), '"', ''), ', ') end;
end $$;
comment on function dialer_named_columns(regclass) is
  'The columns that the insert of PostgREST under way names; none if it is another''s. The others of a row are nobody''s wish.';

create function dialer_key_of(relation regclass, given jsonb) returns text
language sql stable set search_path from current as $$
  select relation::text || ':' || coalesce(given ->> 'id', given ->> 'account_id')
$$;
comment on function dialer_key_of(regclass, jsonb) is 'Names a row within a transaction.';

-- An upsert meets its row only after the triggers of the insert, which may have changed what was given. What they found out is
-- handed on in settings of the transaction. Whoever forges them is refused, or changes nothing.
create function dialer_held_row(relation regclass, given jsonb, own_account jsonb) returns jsonb
language plpgsql stable set search_path from current as $$
declare
  held jsonb;
begin
  execute format('select dialer_held_%s($1, $2)', relation) into held using given, own_account;
  return held;
end $$;
comment on function dialer_held_row(regclass, jsonb, jsonb) is
  'The row that an insert of the given one would meet, by any unique key; of one account only, where that is given.';

create function dialer_own_account(relation regclass, given jsonb) returns jsonb
language plpgsql stable set search_path from current as $$
declare
  -- JSON's null of a user without account, so that it is not taken for "any".
  own jsonb := coalesce(to_jsonb(current_account_id()), 'null');
begin
  if given ->> 'account_id' is not null and given -> 'account_id' <> own then
    perform dialer_refuse(jsonb_build_array(dialer_fault('ACCOUNT_OF_ANOTHER', 'table', relation::text,
      'column', 'account_id', 'value', given ->> 'account_id')), '42501', relation::text);
  end if;
  return own;
end $$;
comment on function dialer_own_account(regclass, jsonb) is 'The caller''s account. A row of another one is refused.';

create function dialer_new_row(relation regclass, given jsonb, kept text[], constants jsonb, nulls text[]) returns jsonb
language plpgsql set search_path from current as $$
declare
  filled jsonb := '{}';
  faults jsonb := '[]';
  name text;
begin
  foreach name in array nulls loop
    filled := filled || jsonb_build_object(name,
      case when constants ? name then constants -> name else dialer_default_of(relation, name) end);
  end loop;
  foreach name in array kept loop
    continue when given ->> name is null or name = 'account_id' or given -> name = constants -> name;
    if name in ('created_at', 'updated_at') and dialer_is_now(given -> name) then
      filled := filled || jsonb_build_object(name, clock_timestamp());
    else
      faults := faults || dialer_fault('COLUMN_IS_SET', 'table', relation::text, 'column', name,
        'value', left(given ->> name, 100),
        'owner', case when dialer_may_administrator(relation, name) then 'an administrator' else 'the engine' end);
    end if;
  end loop;
  if relation = 'call_attempts'::regclass then
    faults := jsonb_build_array(dialer_fault('ATTEMPT_IS_MADE_BY_ENGINE', 'table', relation::text, 'id', given ->> 'id'));
  end if;
  if faults <> '[]' then
    perform dialer_refuse(faults, '42501', relation::text);
  end if;
  return filled;
end $$;
comment on function dialer_new_row(regclass, jsonb, text[], jsonb, text[]) is
  'What a new row of an API role gets where it gave nothing. Refuses what is not the role''s to set.';

create function dialer_row_to_meet(relation regclass, given jsonb, held jsonb, kept text[], nulls text[], named text[]) returns jsonb
language plpgsql set search_path from current as $$
declare
  filled jsonb := '{}';
  changed jsonb := '{}';
  name text;
begin
  foreach name in array kept loop
    continue when given -> name is not distinct from held -> name;
    if given ->> name is not null and (cardinality(named) = 0 or name = any (named))
      and not dialer_is_unchanged(name, held -> name, given -> name) then
      changed := changed || jsonb_build_object(name, given -> name);
    end if;
    -- Not the key, which says in the error what is there twice.
    if name <> 'id' or given ->> name is null then
      filled := filled || jsonb_build_object(name, held -> name);
    end if;
  end loop;
  foreach name in array nulls loop
    filled := filled || jsonb_build_object(name, held -> name);
  end loop;
  if cardinality(named) > 0 then
    -- What nobody named is as it was, so that checks of the whole row judge it as it will be.
    filled := filled || (select coalesce(jsonb_object_agg(key, value), '{}') from jsonb_each(held)
      where key <> all (named) and key <> 'id');
  end if;
  perform set_config('dialer.upsert', jsonb_build_object('at', statement_timestamp(), 'new', dialer_key_of(relation, given || filled),
    'held', dialer_key_of(relation, held), 'changed', changed)::text, true);
  return filled;
end $$;
comment on function dialer_row_to_meet(regclass, jsonb, jsonb, text[], text[], text[]) is
  'What an inserted row that exists gets where it gave nothing, or what is not its to give: the row as it is. The update that follows decides.';

create function dialer_accept_insert(relation regclass, given jsonb, arguments text[]) returns jsonb
language plpgsql set search_path from current as $$
declare
  own_account jsonb := case when arguments[1] = 'client' then dialer_own_account(relation, given) end;
  kept text[] := string_to_array(arguments[2], ' ');
  constants jsonb := arguments[5]::jsonb;
  nulls text[] := array(select name from unnest(string_to_array(arguments[4], ' ')) as name where given ->> name is null);
  named text[] := dialer_named_columns(relation);
  filled jsonb := '{}';
  held jsonb;
begin
  if own_account is not null and given ? 'account_id' then
    filled := jsonb_build_object('account_id', own_account);
    nulls := array_remove(nulls, 'account_id');
  end if;
  -- Where PostgREST only inserts, nothing is met.
  if cardinality(named) = 0 or strpos(current_query(), ' ON CONFLICT(') > 0 then
    held := dialer_held_row(relation, given || filled, own_account);
  end if;
  if held is null then
    perform set_config('dialer.upsert', '', true);
    return filled || dialer_new_row(relation, given, kept, constants, nulls);
  end if;
  return filled || dialer_row_to_meet(relation, given || filled, held, string_to_array(arguments[3], ' '), nulls, named);
end $$;
comment on function dialer_accept_insert(regclass, jsonb, text[]) is
  'What is to be set in a row that an API role inserts: its account, defaults for nulls. Refuses what is not its to set, unless the row exists: then the update that follows decides.';

create function dialer_accept_update(relation regclass, held jsonb, given jsonb, arguments text[]) returns jsonb
language plpgsql set search_path from current as $$
declare
  upsert jsonb := nullif(current_setting('dialer.upsert', true), '')::jsonb;
  is_upsert boolean := coalesce(upsert ->> 'held' = dialer_key_of(relation, held)
    and (upsert ->> 'at')::timestamptz = statement_timestamp(), false);
  settable text[] := string_to_array(arguments[2], ' ');
  filled jsonb := '{}';
  faults jsonb := '[]';
  name text;
  value jsonb;
begin
  foreach name in array string_to_array(arguments[3], ' ') loop
    value := case when is_upsert then coalesce(upsert -> 'changed' -> name, held -> name) else given -> name end;
    if given -> name is distinct from held -> name then
      filled := filled || jsonb_build_object(name, held -> name);
    end if;
    continue when value is not distinct from held -> name or dialer_is_unchanged(name, held -> name, value);
    -- The time of this very write, or of an earlier one: the database sets it, whatever is sent.
    continue when name = 'updated_at' and (value #>> '{}')::timestamptz
      between (held ->> 'created_at')::timestamptz - interval '1 ms' and clock_timestamp() + interval '1 hour';
    faults := faults || dialer_kept_fault(relation, name, held -> name, value, name <> all (settable));
  end loop;
  if faults <> '[]' then
    perform dialer_refuse(faults, '42501', relation::text);
  end if;
  for name in select item from unnest(string_to_array(arguments[4], ' ')) as item where (given || filled) ->> item is null loop
    filled := filled || jsonb_build_object(name, dialer_default_of(relation, name));
  end loop;
  return filled;
end $$;
comment on function dialer_accept_update(regclass, jsonb, jsonb, text[]) is
  'What is to be set in a row that an API role leaves: defaults for nulls, and the columns that are not its to change as they were. Refuses a real change of those.';

create function dialer_accept_row() returns trigger
language plpgsql security definer set search_path from current as $$
declare
  -- From 1: client or service; columns that it may not set at insert, and at update; columns that may not be null; defaults.
  arguments text[] := array[tg_argv[0], tg_argv[1], tg_argv[2], tg_argv[3], tg_argv[4]];
  filled jsonb;
begin
  if tg_op = 'INSERT' then
    filled := dialer_accept_insert(tg_relid, to_jsonb(new), arguments);
  else
    filled := dialer_accept_update(tg_relid, to_jsonb(old), to_jsonb(new), arguments);
  end if;
  if filled <> '{}' then
    new := jsonb_populate_record(new, filled);
  end if;
  return new;
end $$;
comment on function dialer_accept_row() is 'Before a row of an API role. The triggers that call it are made by dialer_guard_table.';

create function dialer_refuse_new_row() returns trigger
language plpgsql security definer set search_path from current as $$
begin
  perform dialer_refuse(jsonb_build_array(dialer_fault('ROW_WENT_MEANWHILE', 'table', tg_relid::regclass::text,
    'id', coalesce(to_jsonb(new) ->> 'id', to_jsonb(new) ->> 'account_id'))), '40001', tg_relid::regclass::text);
  return null;
end $$;
comment on function dialer_refuse_new_row() is
  'An upsert found its row, whose columns may be named as they are, and then inserted it all the same: it was deleted in between.';

create function dialer_default_test(relation regclass, column_name text) returns text
language sql stable set search_path from current as $$
  select case
    when column_name = 'account_id' then 'new.account_id is distinct from current_account_id()'
    when adbin is null then format('new.%I is not null', column_name)
    when pg_get_expr(adbin, adrelid) = 'clock_timestamp()'
      then format('not (new.%I between statement_timestamp() and clock_timestamp())', column_name)
    when pg_get_expr(adbin, adrelid) ~ '\(' then 'true'
    else format('new.%I is distinct from %s', column_name, pg_get_expr(adbin, adrelid)) end
  from pg_attribute left join pg_attrdef on adrelid = attrelid and adnum = attnum
  where attrelid = relation and attname = column_name
$$;
comment on function dialer_default_test(regclass, text) is 'A condition that is true where a new row has something else than the default.';

create function dialer_make_trigger(name text, relation regclass, definition text) returns void
language plpgsql set search_path from current as $$
begin
  -- Made again only when it must be: it locks the table against writers.
  if (select obj_description(oid, 'pg_trigger') from pg_trigger where tgrelid = relation and tgname = name)
    is distinct from md5(definition) then
    execute format('create or replace trigger %I %s', name, definition);
    execute format('comment on trigger %I on %s is %L', name, relation, md5(definition));
  end if;
end $$;
comment on function dialer_make_trigger(text, regclass, text) is 'Makes a trigger, or leaves it as it is. Its comment is the sum of its definition.';

create function dialer_make_finder(relation regclass) returns void
language plpgsql set search_path from current as $$
declare
  name text := 'dialer_held_' || relation;
  keys text;
begin
  select string_agg(format(E'  select to_jsonb(held) into found from %s as held where %s and (own is null or to_jsonb(held) -> ''account_id'' = own);\n  if found is not null then return found; end if;\n',
      relation, condition), '' order by indisprimary desc, indexrelid)
  into keys
  from (
    select indexrelid, indisprimary, string_agg(case when indnullsnotdistinct and not attnotnull
        then format('(held.%1$I = wanted.%1$I or held.%1$I is null and wanted.%1$I is null)', attname)
        else format('held.%1$I = wanted.%1$I', attname) end, ' and ' order by place) as condition
    from pg_index
    cross join lateral unnest(indkey::smallint[]) with ordinality as part (number, place)
    join pg_attribute on attrelid = indrelid and attnum = part.number
    where indrelid = relation and indisunique and indpred is null and indexprs is null
    group by indexrelid, indisprimary) as unique_index;
  execute format(E'create or replace function %I(given jsonb, own jsonb) returns jsonb\nlanguage plpgsql stable set search_path from current as $finder$\ndeclare\n  wanted %s := jsonb_populate_record(null::%2$s, given);\n  found jsonb;\nbegin\n%3$s  return null;\nend $finder$',
    name, relation, keys);
  execute format('comment on function %I(jsonb, jsonb) is %L', name, format(
    'The row of %s that an insert of the given one would meet, by any unique key; of one account only, where that is given.', relation));
  perform dialer_revoke_all('function', format('%I(jsonb, jsonb)', name));
end $$;
comment on function dialer_make_finder(regclass) is 'Makes the function that dialer_held_row asks of a table, so that its plans are kept.';

create function dialer_guard_table(relation regclass, api_role text) returns void
language plpgsql set search_path from current as $$
declare
  kept_at_insert text[] := dialer_kept_columns(relation, api_role, 'INSERT');
  kept_at_update text[] := dialer_kept_columns(relation, api_role, 'UPDATE');
  kind text := case api_role when 'authenticated' then 'client' else 'service' end;
  bound text := case api_role when 'authenticated' then format('row_security_active(%L::regclass)', relation)
    else format('current_user = %L', api_role) end;
  nulls text := (select string_agg(format('new.%I is null', attname), ' or ' order by attnum) from pg_attribute
    where attrelid = relation and attnum > 0 and not attisdropped and attnotnull);
  set_at_insert text := (select string_agg(dialer_default_test(relation, name), ' or ') from unnest(kept_at_insert) as name);
  changed text := (select string_agg(format('new.%I is distinct from old.%1$I', name), ' or ') from unnest(kept_at_update) as name);
  arguments text := format('%L, %L, %L, %L, %L', kind, array_to_string(kept_at_insert, ' '), array_to_string(kept_at_update, ' '),
    (select string_agg(attname, ' ' order by attnum) from pg_attribute
      where attrelid = relation and attnum > 0 and not attisdropped and attnotnull), dialer_constant_defaults(relation));
begin
  perform dialer_make_finder(relation);
  perform dialer_make_trigger('accept_a_' || kind || '_insert', relation, format(
    'before insert on %s for each row when (%s and (%s)) execute function dialer_accept_row(%s)',
    relation, bound, concat_ws(' or ', nulls, set_at_insert), arguments));
  perform dialer_make_trigger('accept_a_' || kind || '_update', relation, format(
    'before update on %s for each row when (%s and (%s)) execute function dialer_accept_row(%s)',
    relation, bound, concat_ws(' or ', nulls, changed, 'current_setting(''dialer.upsert'', true) like ''{%'''), arguments));
  perform dialer_make_trigger('refuse_a_' || kind || '_insert', relation, format(
    'after insert on %s for each row when (%s and current_setting(''dialer.upsert'', true) like ''{%%'' and current_setting(''dialer.upsert'', true)::jsonb ->> ''new'' = %L || coalesce(to_jsonb(new) ->> ''id'', to_jsonb(new) ->> ''account_id'')) execute function dialer_refuse_new_row()',
    relation, bound, relation::text || ':'));
  if cardinality(kept_at_insert) > 0 then
    execute format('grant insert on %s to %I', relation, api_role);
  end if;
  if cardinality(kept_at_update) > 0 then
    execute format('grant update on %s to %I', relation, api_role);
  end if;
end $$;
comment on function dialer_guard_table(regclass, text) is
  'Lets a role name every column of a table, and makes the triggers that refuse a change of those that it has no column grant on.';

create function dialer_guard_tables() returns void
language plpgsql set search_path from current as $$
declare
  relation regclass;
  api_role text;
begin
  foreach api_role in array array['authenticated', 'service_role'] loop
    continue when to_regrole(api_role) is null;
    -- Naming the key of an attempt is all that an upsert needs: new ones are refused.
    execute format('grant insert (id) on call_attempts to %I', api_role);
    for relation in
      select class.oid from pg_class as class
      where relnamespace = current_schema()::regnamespace and relkind = 'r'
        and (relname in ('accounts', 'destinations') or exists (select from pg_attribute where attrelid = class.oid and attname = 'account_id'))
        and has_any_column_privilege(api_role, class.oid, 'insert, update')
      order by relname
    loop
      perform dialer_guard_table(relation, api_role);
    end loop;
  end loop;
end $$;
comment on function dialer_guard_tables() is 'Guards all tables that API roles write. After the grants, at every migrate.';

create function dialer_grant_client_rows() returns void
language plpgsql set search_path from current as $$
begin
  if to_regrole('authenticated') is not null then
    grant execute on function dialer_is_timezone(text) to authenticated;
  end if;
  if to_regrole('service_role') is not null then
    grant execute on function dialer_is_timezone(text) to service_role;
  end if;
end $$;
comment on function dialer_grant_client_rows() is
  'Rights on what the triggers of client rows ask as the client; it tells nothing.';

-- What the API roles may do is written out in the functions dialer_grant_…(). Roles that do not exist (a plain Postgres) are
-- passed over; the migrate command calls grant_api_roles at every run, so that a role made later gets its rights then. It calls
-- every function of that name: a list in its text would be written anew by each migration that has rights to give.
create function grant_api_roles() returns void
language plpgsql set search_path from current as $$
declare
  api_role text;
  granting regproc;
begin
  foreach api_role in array array['authenticated', 'service_role'] loop
    continue when to_regrole(api_role) is null;
    if not has_schema_privilege(api_role, current_schema(), 'usage') then
      execute format('grant usage on schema %I to %I', current_schema(), api_role);
    end if;
  end loop;
  for granting in
    select oid from pg_proc
    where pronamespace = current_schema()::regnamespace and proname ~ '^dialer_grant_' and pronargs = 0
    order by proname
  loop
    execute format('select %s()', granting::oid::regproc);
  end loop;
  perform dialer_guard_tables();
  perform dialer_watch_tables();
end $$;
comment on function grant_api_roles() is
  'Gives the API roles their rights, where the roles exist: calls every dialer_grant_…(). anon gets none.';

select dialer_revoke_all('function', 'dialer_is_timezone(text)', 'dialer_rules_of(regclass)', 'dialer_check_row()',
  'dialer_qualified(regclass, text)', 'dialer_watch_table(regclass)',
  'dialer_refuse_key(regclass, text, text, text[], jsonb)', 'dialer_keys_of(regclass)', 'dialer_watch_keys(regclass)',
  'dialer_watch_tables()', 'dialer_default_of(regclass, text)', 'dialer_constant_defaults(regclass)',
  'dialer_is_unchanged(text, jsonb, jsonb)', 'dialer_is_now(jsonb)', 'dialer_granted_columns(regclass, text, text)',
  'dialer_kept_columns(regclass, text, text)', 'dialer_may_administrator(regclass, text)',
  'dialer_kept_fault(regclass, text, jsonb, jsonb, boolean)', 'dialer_named_columns(regclass)',
  'dialer_key_of(regclass, jsonb)', 'dialer_held_row(regclass, jsonb, jsonb)', 'dialer_own_account(regclass, jsonb)',
  'dialer_new_row(regclass, jsonb, text[], jsonb, text[])',
  'dialer_row_to_meet(regclass, jsonb, jsonb, text[], text[], text[])', 'dialer_accept_insert(regclass, jsonb, text[])',
  'dialer_accept_update(regclass, jsonb, jsonb, text[])', 'dialer_accept_row()', 'dialer_refuse_new_row()',
  'dialer_default_test(regclass, text)', 'dialer_make_trigger(text, regclass, text)', 'dialer_make_finder(regclass)',
  'dialer_guard_table(regclass, text)', 'dialer_guard_tables()', 'dialer_grant_client_rows()', 'grant_api_roles()');
select dialer_revoke_all('table', 'dialer_rules');
