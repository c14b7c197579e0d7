-- What one account writes can neither stop a pass nor another account's calls: zones and countries that are none are refused,
-- and a lead that nobody has looked at is fresh whatever its zone.

create or replace function dialer_check_timezone() returns trigger
language plpgsql set search_path from current as $$
begin
  -- Of the names with digits those of the IANA database only: Postgres reads any other as a POSIX rule, programs refuse it. A
  -- name without digits cannot be such a rule, so Postgres takes it only if pg_timezone_names has it.
  if new.timezone !~ '^(UTC|GMT|Etc/GMT(-([0-9]|1[0-4])|\+([0-9]|1[0-2]))|[A-Z][A-Za-z_]+(/[A-Za-z_-]+){1,2})$' then
    raise exception 'timezone "%" of % is not the name of a time zone', new.timezone, tg_table_name
      using errcode = '22023', hint = 'Use an IANA name such as America/Sao_Paulo.';
  end if;
  perform clock_timestamp() at time zone new.timezone;
  return new;
end $$;

create function dialer_check_country() returns trigger
language plpgsql set search_path from current as $$
begin
  if new.default_country <> all (string_to_array(translate('
    AC AD AE AF AG AI AL AM AO AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BW BY
    BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ
    FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GT GU GW GY HK HN HR HT HU ID IE IL IM IN IO IQ IR
    IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH
    MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK
    PL PM PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TA
    TC TD TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW
    ', E'\n', ' '), ' ')) then
    raise exception 'default_country "%" is not a country with phone numbers', new.default_country
      using errcode = '22023', hint = 'Use an ISO 3166 code such as BR.';
  end if;
  return new;
end $$;
comment on function dialer_check_country() is 'Refuses a country in which no phone number can be read.';
create trigger check_country before insert or update of default_country on account_settings
  for each row execute function dialer_check_country();

update campaigns set work_days = array(select distinct day from unnest(work_days) as day order by day)
where array_ndims(work_days) > 1;
alter table campaigns add constraint campaigns_work_days_is_a_plain_list check (array_ndims(work_days) = 1);

create or replace function dialer_prepare_lead() returns trigger
language plpgsql set search_path from current as $$
begin
  if tg_op = 'INSERT' then
    new.next_attempt_at := coalesce(new.next_attempt_at, new.callback_at);
    if new.phone_e164 is null then
      new.dial_timezone := null;
    end if;
    return new;
  end if;
  new.updated_at := clock_timestamp();
  if new.phone is distinct from old.phone and new.phone_e164 is not distinct from old.phone_e164 then
    new.phone_e164 := null;
    if new.status = 'INVALID' then
      new.status := 'NEW';
      new.status_reason := null;
    end if;
  elsif new.timezone is distinct from old.timezone and new.dial_timezone is not distinct from old.dial_timezone then
    new.dial_timezone := new.timezone;
    if new.timezone is null then
      new.phone_e164 := null;
    end if;
  end if;
  if new.callback_at is distinct from old.callback_at and new.callback_at is not null
    and new.status in ('NEW', 'RETRY', 'DONE', 'FAILED') then
    new.status := 'RETRY';
    new.status_reason := 'CALLBACK';
    new.next_attempt_at := new.callback_at;
  end if;
  -- Zone and number are found together, by the pass that first looks at the lead.
  if new.phone_e164 is null and new.status <> 'INVALID' then
    new.dial_timezone := null;
  end if;
  return new;
end $$;

update leads set dial_timezone = null
where phone_e164 is null and dial_timezone is not null and status in ('NEW', 'RETRY');

select dialer_close('function', 'dialer_check_country()');
