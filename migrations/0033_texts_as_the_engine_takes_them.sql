-- Texts that an adapter would refuse at the call are refused by the tables, in words that say which and why. The rules are those
-- of adapters/calls/request-check.ts; a test gives the same texts to both.

create function dialer_variables_flaw(variables jsonb) returns text
language plpgsql immutable set search_path from current as $$
declare
  place bigint;
  name text;
  value jsonb;
  content text;
  bytes bigint := 0;
begin
  if jsonb_typeof(variables) is distinct from 'object' then
    return 'variables must be an object of names and values, such as {"CONTRACT": "4711"}';
  end if;
  for place, name, value in
    select entry.place, entry.name, entry.value
    from jsonb_each(variables) with ordinality as entry (name, value, place) order by entry.place
  loop
    if place > 64 then
      return 'variables has more than 64 names; at most 64 travel with a call';
    end if;
    if name !~ '^[A-Za-z][A-Za-z0-9_]{0,62}$' then
      return format('variables, name %s: a name is a letter, then letters, digits and _, at most 63 characters', place);
    end if;
    if jsonb_typeof(value) not in ('string', 'number', 'boolean') then
      return format('variables.%s is %s; it must be a text, a number, true or false', name,
        case jsonb_typeof(value) when 'null' then 'null' when 'array' then 'a list' else 'an object' end);
    end if;
    content := value #>> '{}';
    bytes := bytes + octet_length(name) + octet_length(content);
    if jsonb_typeof(value) = 'number' then
      if abs(content::numeric) > 1.7976931348623157e308 then
        return format('variables.%s is a number beyond 1.8e308; write it as a text', name);
      end if;
      continue;
    end if;
    -- Characters beyond the first plane count as two, as in the programs that check them later.
    if length(content) + length(regexp_replace(content, '[^\U00010000-\U0010FFFF]', '', 'g')) > 255 then
      return format('variables.%s has more than 255 characters', name);
    end if;
    if content ~ '[\u0001-\u001f\u007f-\u009f\u2028\u2029,{}"\\]' then
      return format('variables.%s holds %s at character %s; a value has no control characters, line separators, commas, braces, double quotes or backslashes, because a PBX takes them for its own',
        name,
        case
          when content ~ '[\u0001-\u001f\u007f-\u009f]' then 'a control character'
          when content ~ '[\u2028\u2029]' then 'a line or paragraph separator'
          else format('"%s"', substring(content from '[,{}"\\]')) end,
        length(substring(content from '^(.*?)[\u0001-\u001f\u007f-\u009f\u2028\u2029,{}"\\]')) + 1);
    end if;
  end loop;
  if bytes > 16384 then
    return 'variables has more than 16384 bytes of names and values together';
  end if;
  return null;
end $$;
comment on function dialer_variables_flaw(jsonb) is
  'Why a jsonb may not travel to a PBX as variables, naming the place; null when it may. As adapters/calls/request-check.ts.';

create or replace function dialer_variables_are_safe(variables jsonb) returns boolean
language sql immutable security definer set search_path from current as $$
  select dialer_variables_flaw(variables) is null
$$;

create function dialer_check_campaign_texts() returns trigger
language plpgsql security definer set search_path from current as $$
declare
  flaw text := dialer_variables_flaw(new.variables);
begin
  if flaw is not null then
    raise exception '%', flaw using errcode = '23514', column = 'variables', table = tg_table_name,
      schema = tg_table_schema, constraint = 'campaigns_variables_are_named_scalars',
      hint = 'Names such as CONTRACT_2; values are texts of at most 255 characters, numbers, true or false; at most 64.';
  end if;
  if new.dialplan_context !~ '^[A-Za-z0-9][A-Za-z0-9_.-]{0,78}$' then
    raise exception 'dialplan_context "%" is not the name of a context', left(new.dialplan_context, 80)
      using errcode = '23514', column = 'dialplan_context', table = tg_table_name, schema = tg_table_schema,
        hint = 'It begins with a letter or digit; then letters, digits, _ . - up to 79 characters.';
  end if;
  if new.dialplan_extension !~ '^[A-Za-z0-9][A-Za-z0-9_.-]{0,78}$' then
    raise exception 'dialplan_extension "%" is not an extension', left(new.dialplan_extension, 80)
      using errcode = '23514', column = 'dialplan_extension', table = tg_table_name, schema = tg_table_schema,
        hint = 'It begins with a letter or digit; then letters, digits, _ . - up to 79 characters.';
  end if;
  return new;
end $$;
comment on function dialer_check_campaign_texts() is
  'Refuses what an adapter would refuse at the first call, and says which value is wrong and what is right.';
create trigger check_texts before insert or update of variables, dialplan_context, dialplan_extension on campaigns
  for each row execute function dialer_check_campaign_texts();

create function dialer_check_trunk_texts() returns trigger
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
    raise exception 'dial_string "%" of trunk "%" cannot be dialled', left(new.dial_string, 200), new.name
      using errcode = '23514', column = 'dial_string', table = tg_table_name, schema = tg_table_schema,
        hint = 'Write technology/destination of letters, digits and _ . + @ / : # * -, with {number}, {e164} or {national}, at most 200 characters with the number in it; such as PJSIP/{number}@carrier.';
  end if;
  return new;
end $$;
comment on function dialer_check_trunk_texts() is 'Refuses a dial string that an adapter would refuse once the number is in it.';
create trigger check_texts before insert or update of dial_string on trunk_config
  for each row execute function dialer_check_trunk_texts();

select dialer_close('function', 'dialer_variables_flaw(jsonb)', 'dialer_check_campaign_texts()', 'dialer_check_trunk_texts()');
