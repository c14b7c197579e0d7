-- A Local channel without /n takes itself out of the call when it is bridged, and the channel by which we know the call
-- is gone: every call of such a trunk failed as our own defect, in silence.

alter table trunk_config disable trigger check_dial_string;
update trunk_config
set dial_string = case
    when dial_string ~ '@.*/[A-Za-z]*$' then dial_string || 'n'
    else dial_string || '/n' end
where dial_string ~* '^local/' and dial_string !~ '/[A-Za-z]*n[A-Za-z]*$';
alter table trunk_config enable trigger check_dial_string;

create function dialer_check_local_route() returns trigger
  language plpgsql set search_path from current as $$
begin
  if new.dial_string ~* '^local/' and new.dial_string !~ '/[A-Za-z]*n[A-Za-z]*$' then
    raise exception 'dial_string of trunk "%" is a Local channel without /n: %', new.name, new.dial_string
      using errcode = '23514', table = tg_table_name, schema = tg_table_schema, constraint = 'trunk_config_local_keeps_its_channel',
        hint = 'Write Local/{number}@context/n. Without /n Asterisk takes the channel out of the call that it is known by.';
  end if;
  return new;
end $$;
comment on function dialer_check_local_route() is
  'Refuses a Local channel that Asterisk would optimise away: it must end in /n.';
create trigger check_local_route before insert or update of dial_string on trunk_config
  for each row execute function dialer_check_local_route();
select dialer_close('function', 'dialer_check_local_route()');

comment on column trunk_config.last_fault is 'What it was: the outcome, and what carrier or PBX said.';
