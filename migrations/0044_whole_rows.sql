-- What PostgREST sends for an upsert, the update of a row as it was read, and a bulk insert of rows with different keys. Such
-- statements name every column. So API roles may name all, and triggers decide: which columns a role may change stays written
-- out as its column grants, any other one passes unchanged, and a null means the default.
--
-- The triggers are made from the grants, at every migrate, and stand first among those before a row. Their conditions ask
-- for the role before anything else: what the engine writes does not reach their function.

-- A generated column cannot be named in an update at all, so a trigger keeps this one.
alter table leads alter column due_at drop expression;
create function dialer_date_due() returns trigger
language plpgsql set search_path from current as $$
begin
  new.due_at := coalesce(new.next_attempt_at, new.created_at);
  return new;
end $$;
comment on function dialer_date_due() is 'Keeps leads.due_at, whoever writes.';
-- Its name comes after those of the triggers that set next_attempt_at.
create trigger take_due_at before insert or update on leads
  for each row when (new.due_at is distinct from coalesce(new.next_attempt_at, new.created_at))
  execute function dialer_date_due();

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
  perform dialer_close('function', format('%I(jsonb, jsonb)', name));
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
        and (relname = 'accounts' or exists (select from pg_attribute where attrelid = class.oid and attname = 'account_id'))
        and has_any_column_privilege(api_role, class.oid, 'insert, update')
      order by relname
    loop
      perform dialer_guard_table(relation, api_role);
    end loop;
  end loop;
end $$;
comment on function dialer_guard_tables() is 'Guards all tables of accounts that API roles write. After the grants, at every migrate.';

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
  perform dialer_guard_tables();
end $$;

select dialer_close('function', 'dialer_date_due()', 'dialer_default_of(regclass, text)', 'dialer_constant_defaults(regclass)', 'dialer_make_finder(regclass)',
  'dialer_held_row(regclass, jsonb, jsonb)', 'dialer_own_account(regclass, jsonb)',
  'dialer_new_row(regclass, jsonb, text[], jsonb, text[])', 'dialer_row_to_meet(regclass, jsonb, jsonb, text[], text[], text[])',
  'dialer_is_unchanged(text, jsonb, jsonb)', 'dialer_is_now(jsonb)', 'dialer_named_columns(regclass)', 'dialer_may_administrator(regclass, text)',
  'dialer_kept_fault(regclass, text, jsonb, jsonb, boolean)', 'dialer_key_of(regclass, jsonb)',
  'dialer_accept_insert(regclass, jsonb, text[])', 'dialer_accept_update(regclass, jsonb, jsonb, text[])',
  'dialer_accept_row()', 'dialer_refuse_new_row()', 'dialer_granted_columns(regclass, text, text)',
  'dialer_kept_columns(regclass, text, text)', 'dialer_default_test(regclass, text)', 'dialer_make_trigger(text, regclass, text)',
  'dialer_guard_table(regclass, text)', 'dialer_guard_tables()');
select grant_api_roles();
