-- A do-not-call number and a further number are read as the engine reads a lead's: the ornaments of exports and
-- messengers, old national writing. And no sign that only looks like a digit becomes one.

create function dialer_unquoted(written text) returns text
language sql immutable as $$
  select btrim(case
    when written ~ '^=?["''`\u00b4\u2019\u2018\u201c]' then btrim(ltrim(written, '='), U&'"''`\00B4\2019\2018\201C\201D ')
    else regexp_replace(written, '^=\s*(?=\+?[0-9][0-9 ]*$)', '') end)
$$;
comment on function dialer_unquoted(text) is 'Text without the quotes and the = by which spreadsheets say that digits are text.';

create or replace function dialer_tidy_phone(written text) returns text
language plpgsql immutable set search_path from current as $$
declare
  label constant text := '^([pmtcwh]|tel|telefone|telefono|tel\u00e9fono|telephone|phone|mobile|cell|cel|celular|movil|m\u00f3vil|fone|whats\s?app|callto|sip|sms)(\s*[:.])+\s*(?=[^\s:.])';
  tidy text := btrim(regexp_replace(
    translate(normalize(written, nfc),
      U&'\FF0B\FF0D\FF08\FF09\FF0E\FF10\FF11\FF12\FF13\FF14\FF15\FF16\FF17\FF18\FF19\2010\2011\2012\2013\2014\2212\00A0\2007\202F\3000',
      '+-().0123456789------    '),
    '[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]', '', 'g'));
  messenger text;
begin
  tidy := regexp_replace(tidy, '^[\u260e\u260f\u2706\U0001F4DE\U0001F4F1]\ufe0f?\s*', '');
  tidy := dialer_unquoted(regexp_replace(regexp_replace(dialer_unquoted(tidy), label, '', 'i'), label, '', 'i'));
  messenger := coalesce(
    substring(tidy from '^\+?([0-9]{7,15})(?::[0-9]{1,3})?@(?:[sS]\.[wW][hH][aA][tT][sS][aA][pP][pP]\.[nN][eE][tT]|[cC]\.[uU][sS])$'),
    substring(tidy from '^(?:https?://)?(?:wa\.me/|(?:api|web)\.whatsapp\.com/send/?\?phone=)(?:%2B|\+)?([0-9]{7,15})(?:[/?&].*)?$'));
  if messenger is not null then
    return '+' || messenger;
  end if;
  tidy := regexp_replace(regexp_replace(tidy, '^%2B', '+', 'i'), '[\s;,.]+$', '');
  -- (0xx11), (0xx)11, 0**11, xx11: any carrier.
  tidy := regexp_replace(tidy, '^((?:\+?55[ .-]*)?)\(\s*0?\s*(?:xx|\*\*)\s*\)\s*', '\1 0 ', 'i');
  tidy := regexp_replace(tidy, '^((?:\+?55[ .-]*)?\(?\s*0?)\s*\(?\s*(?:xx|\*\*)[ .-]*(?=\(?[0-9])', '\1', 'i');
  return regexp_replace(btrim(tidy), '^([^.,]*[0-9])[.,]0{1,2}$', '\1');
end $$;

create or replace function dialer_brazilian_number(digits text) returns text
language plpgsql stable set search_path from current as $$
declare
  domestic text := case when left(digits, 1) = '0' then substr(digits, 2) else digits end;
begin
  -- A carrier's code can only stand after a 0, and is known by the two digits too many; none has 10 or 11.
  if left(digits, 1) = '0' and length(domestic) in (12, 13) and domestic !~ '^1[01]' then
    domestic := substr(domestic, 3);
  end if;
  return case when length(domestic) in (10, 11) and domestic ~ '^[1-9][1-9]'
    then dialer_existing_number('55', substr(dialer_phone_key('+55' || domestic), 4)) end;
end $$;

create function dialer_without_old_prefix(digits text) returns text
language sql immutable as $$
  select case
    when left(digits, 2) = '52' then '52' || regexp_replace(regexp_replace(
      substr(digits, 3), '^(?:044|045|01)(?=[0-9]{10}$)', ''), '^1(?=[0-9]{10}$)', '')
    when digits ~ '^549[0-9]{12}$' and digits ~ '^549[0-9]{2,4}15[0-9]{6,8}$' then '54' || substr(digits, 4)
    else digits end
$$;
comment on function dialer_without_old_prefix(text) is
  'Digits with country code, without what Mexico wrote until 2019 (044, 045, 01, 1) and without Argentina''s 9 where its 15 stands too.';

create or replace function dialer_number_abroad(digits text) returns text
language plpgsql stable security definer set search_path from current as $$
declare
  plan phone_plans;
begin
  if left(digits, 2) = '55' then
    return dialer_brazilian_number(substr(digits, 3));
  end if;
  digits := dialer_without_old_prefix(digits);
  select * into plan from phone_plans
  where phone_plans.calling_code in (left(digits, 1), left(digits, 2), left(digits, 3)) and phone_plans.is_main;
  if not found then
    return null;
  end if;
  return dialer_existing_number(
    plan.calling_code, dialer_without_prefix(substr(digits, length(plan.calling_code) + 1), plan));
end $$;

create function dialer_old_number_at_home(digits text, home text) returns text
language sql immutable as $$
  select case
    when home = 'MX' and digits ~ '^521[0-9]{10}$' then '+' || digits
    when home = 'MX' then regexp_replace(digits, '^(?:044|045|01)(?=[0-9]{10}$)', '')
    when home = 'AR' and digits ~ '^549[0-9]{12}$' then '+' || digits
    when home = 'AR' and digits ~ '^15[0-9]{6,8}$' then null
    else digits end
$$;
comment on function dialer_old_number_at_home(text, text) is
  'Digits without prefixes that their country abolished, with + where they begin with its code; null where the area code is missing.';

create or replace function dialer_read_digits(digits text, has_plus boolean, home text) returns text
language sql stable set search_path from current as $$
  select case
    when has_plus then dialer_number_abroad(digits)
    when left(known, 1) = '+' then dialer_number_abroad(substr(known, 2))
    else dialer_number_at_home(known, home) end
  from dialer_old_number_at_home(digits, home) as known
$$;
select dialer_close('function', 'dialer_unquoted(text)', 'dialer_without_old_prefix(text)', 'dialer_old_number_at_home(text, text)');
