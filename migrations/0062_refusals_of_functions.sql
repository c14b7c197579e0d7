-- No function refuses in words of its own: each refusal has a code, its parameters, message and hint in the caller's language, as
-- those of tables have (docs/errors.md). States and English words are as they were.

create function dialer_refuse_call(state text, code text, variadic params text[] default '{}') returns void
language plpgsql set search_path from current as $$
begin
  perform dialer_refuse(jsonb_build_array(dialer_fault(code, variadic array_replace(params, null, 'null'))), state, '');
end $$;
comment on function dialer_refuse_call(text, text, text[]) is
  'Refuses the call of a function: SQLSTATE, code in dialer_messages, and its parameters as name, value, name, value.';

create or replace function add_keyed_job(identifier text, payload json, run_at timestamptz, job_key text, job_key_mode text)
returns bigint
language plpgsql set search_path from current as $$
declare
  job_id bigint;
begin
  for try in 1..50 loop
    select job.id into job_id
    from add_job(identifier, payload, run_at => run_at, job_key => job_key, job_key_mode => job_key_mode) as job;
    if job_id is not null then
      return job_id;
    end if;
    perform pg_sleep(0.001 * least(try, 20));
  end loop;
  perform dialer_refuse_call('55P03', 'JOB_WAS_NOT_ADDED', 'task', identifier, 'key', job_key);
  return null;
end $$;

create or replace function ensure_event_partitions(months_ahead integer) returns integer
language plpgsql set search_path from current as $$
declare
  month_start timestamptz := date_trunc('month', clock_timestamp(), 'UTC');
  lower_bound timestamptz;
  upper_bound timestamptz;
  partition_name text;
  made integer := 0;
begin
  if months_ahead not between 0 and 120 then
    perform dialer_refuse_call('22023', 'EVENT_MONTHS', 'value', months_ahead::text);
  end if;
  perform pg_advisory_xact_lock(hashtextextended(current_schema() || '.call_attempt_events', 0));
  for step in 0..months_ahead loop
    lower_bound := ((month_start at time zone 'UTC') + make_interval(months => step)) at time zone 'UTC';
    upper_bound := ((month_start at time zone 'UTC') + make_interval(months => step + 1)) at time zone 'UTC';
    partition_name := 'call_attempt_events_' || to_char(lower_bound at time zone 'UTC', 'YYYYMM');
    continue when to_regclass(partition_name) is not null;
    -- Attaching, unlike creating as a partition, leaves the other months open to writers meanwhile.
    execute format('create table %I (like call_attempt_events including all)', partition_name);
    perform dialer_close('table', partition_name);
    execute format('alter table %I enable row level security', partition_name);
    execute format('alter table %I alter column account_id set (n_distinct = 1000)', partition_name);
    execute format('comment on table %I is %L', partition_name,
      'Events of ' || to_char(lower_bound at time zone 'UTC', 'YYYY-MM') || ' (UTC).');
    lock table call_attempt_events_default in access exclusive mode;
    execute format('with moved as (delete from call_attempt_events_default where at >= %L and at < %L returning *)
      insert into %I select * from moved', lower_bound, upper_bound, partition_name);
    execute format('alter table call_attempt_events attach partition %I for values from (%L) to (%L)',
      partition_name, lower_bound, upper_bound);
    made := made + 1;
  end loop;
  return made;
end $$;

create or replace function hangup_attempt(attempt_id uuid) returns boolean
language plpgsql security definer set search_path from current as $$
declare
  attempt call_attempts;
begin
  select * into attempt from call_attempts
  where id = attempt_id and (account_id = current_account_id() or dialer_caller_is_privileged())
  for update;
  if not found then
    perform dialer_refuse_call('P0002', 'ATTEMPT_IS_UNKNOWN', 'id', attempt_id::text);
  end if;
  if attempt.end_at is not null then
    return false;
  end if;
  if attempt.state = 'QUEUED' then
    return dialer_cancel_queued(array[attempt_id]) = 1;
  end if;
  perform add_job('hangup_call:' || attempt.voice_node,
    json_build_object('attemptId', attempt_id, 'reason', 'OPERATOR'));
  return true;
end $$;

create or replace function dialer_erasing_account(wanted uuid) returns uuid
language plpgsql stable security definer set search_path from current as $$
declare
  claims jsonb := nullif(current_setting('request.jwt.claims', true), '')::jsonb;
  role text := claims #>> '{app_metadata,dialer_role}';
  own uuid := current_account_id();
begin
  if dialer_caller_is_privileged() then
    return coalesce(wanted, own);
  end if;
  if coalesce(role, 'admin') <> 'admin' then
    perform dialer_refuse_call('42501', 'ERASURE_BY_ADMINISTRATOR', 'role', role);
  end if;
  if own is null or wanted <> own then
    perform dialer_refuse_call('42501', 'ERASURE_IN_ANOTHER_ACCOUNT');
  end if;
  return own;
end $$;

create or replace function dialer_read_person(phone text, country text) returns text
language plpgsql stable set search_path from current as $$
declare
  -- A number of a plan that has changed since may stand in old rows: written plainly it is taken as it is.
  found text := coalesce(dialer_read_phone(phone, country), substring(phone from '^\s*(\+[1-9][0-9]{6,14})\s*$'));
begin
  if found is null then
    -- Without what was written: it is personal data, and errors are logged.
    perform dialer_refuse_call('22023', 'PHONE_TO_ERASE');
  end if;
  return dialer_phone_key(found);
end $$;

create or replace function dialer_erase_person(account uuid, number text, lead uuid, stays_uncalled boolean,
  out leads_erased integer, out attempts_erased integer, out events_erased integer, out jobs_erased integer,
  out texts_erased integer, out calls_cancelled integer, out do_not_call_kept integer)
language plpgsql security definer set search_path from current as $$
#variable_conflict use_column
declare
  country text := coalesce((select default_country from account_settings where account_id = account), 'BR');
  pattern text := dialer_possible_mentions(number);
  in_order text := dialer_digits_in_order(number);
  written_so uuid[];
  mentioned uuid[];
  lead_ids uuid[];
  attempt_ids uuid[];
  live uuid;
begin
  -- Of every lead of the account its text is made once, and the expression is tried on few of them.
  with possible as materialized (
    select id, phone, texts from (
      select id, phone,
        concat_ws('|', phone, first_name, last_name, external_id, disposition, status_reason, metadata) as texts
      from leads where account_id = account and erased_at is null
      offset 0) as written
    where texts like in_order
  )
  select coalesce(array_agg(id) filter (where dialer_is_spelling(phone, number, country)), '{}'),
    coalesce(array_agg(id), '{}')
  into written_so, mentioned
  from possible where texts ~ pattern;
  -- A pass of a locked campaign queues nothing. What it has queued is seen after the lock.
  perform from campaigns where account_id = account and (
      id in (select campaign_id from leads where id = lead or id = any (written_so))
      or exists (select from leads
        where leads.campaign_id = campaigns.id and dialer_phone_key(leads.phone_e164) = number)
      or id in (select campaign_id from lead_phones
        where account_id = account and dialer_phone_key(phone_e164) = number)
      or id in (select campaign_id from call_attempts
        where account_id = account and dialer_phone_key(phone_e164) = number))
    order by id for no key update;
  select coalesce(array_agg(id), '{}') into lead_ids from leads
  where account_id = account and erased_at is null and id in (
    select lead
    union select unnest(written_so)
    union select known.id from campaigns as campaign
    join leads as known on known.campaign_id = campaign.id and dialer_phone_key(known.phone_e164) = number
    where campaign.account_id = account
    -- A further number of theirs: with the person go all numbers.
    union select further.lead_id from lead_phones as further
    where further.account_id = account and dialer_phone_key(further.phone_e164) = number);
  select coalesce(array_agg(id), '{}') into attempt_ids from call_attempts
  where account_id = account and erased_at is null and id in (
    select called.id from call_attempts as called where called.lead_id = any (lead_ids)
    union select called.id from call_attempts as called
    where called.account_id = account and dialer_phone_key(called.phone_e164) = number);
  calls_cancelled := dialer_cancel_queued(attempt_ids);
  select id into live from (
    select id, end_at from call_attempts where id = any (attempt_ids) order by id for update) as locked
  where end_at is null limit 1;
  if found then
    perform dialer_refuse_call('55006', 'PERSON_IS_IN_A_CALL', 'id', live::text);
  end if;
  -- Before the leads lose their number, what forbids to call them; the entries go after it, because a lead whose entry goes
  -- waits again.
  do_not_call_kept := 0;
  if number is not null then
    insert into erasure_secrets (account_id) values (account) on conflict do nothing;
    with forbidden as (
      select distinct campaign_id from leads
      where id = any (lead_ids) and status = 'DNC' and not exists (
        select from dnc_entries as entry
        where entry.account_id = account and dialer_phone_key(entry.phone_e164) = number
          and (entry.campaign_id is null or entry.campaign_id = leads.campaign_id))
      union select null where stays_uncalled
    )
    insert into erased_do_not_call (account_id, campaign_id, phone_hash)
    select account, campaign_id, dialer_phone_hash(account, number) from forbidden
    on conflict (account_id, phone_hash, campaign_id) do update set expires_at = null;
    get diagnostics do_not_call_kept = row_count;
  end if;
  select erased.* into leads_erased, attempts_erased, events_erased, jobs_erased
  from dialer_erase_rows(attempt_ids, lead_ids) as erased;
  if number is not null then
    do_not_call_kept := do_not_call_kept + dialer_hash_dnc(account, number, null);
  end if;
  texts_erased := case when number is null then 0 else dialer_take_out_mentions(account, number, mentioned) end;
  perform dialer_note_erasure(account, 'PERSON', null, array[leads_erased, attempts_erased, events_erased, jobs_erased,
    texts_erased, calls_cancelled, do_not_call_kept]);
end $$;

create or replace function erase_person(phone text, account_id uuid default null, do_not_call boolean default false)
returns table (leads_erased integer, attempts_erased integer, events_erased integer, jobs_erased integer,
  texts_erased integer, calls_cancelled integer, do_not_call_kept integer)
language plpgsql security definer set search_path from current as $$
#variable_conflict use_column
declare
  account uuid := dialer_erasing_account(erase_person.account_id);
  country text := coalesce(
    (select default_country from account_settings where account_settings.account_id = account), 'BR');
begin
  if erase_person.account_id is null and dialer_caller_is_privileged()
    and exists (select from campaigns where campaigns.account_id <> account) then
    perform dialer_refuse_call('22023', 'ACCOUNT_TO_ERASE_IN');
  end if;
  return query select erased.*
  from dialer_erase_all_numbers(account, dialer_read_person(erase_person.phone, country), null, erase_person.do_not_call) as erased;
end $$;

create or replace function erase_person_of_lead(lead_id uuid, do_not_call boolean default false)
returns table (leads_erased integer, attempts_erased integer, events_erased integer, jobs_erased integer,
  texts_erased integer, calls_cancelled integer, do_not_call_kept integer)
language plpgsql security definer set search_path from current as $$
#variable_conflict use_column
declare
  account uuid := dialer_erasing_account(null);
  wanted record;
  number text;
begin
  select lead.phone, lead.phone_e164, lead.account_id, coalesce(settings.default_country, 'BR') as country into wanted
  from leads as lead left join account_settings as settings on settings.account_id = lead.account_id
  where lead.id = erase_person_of_lead.lead_id and (lead.account_id = account or dialer_caller_is_privileged());
  if not found then
    perform dialer_refuse_call('P0002', 'LEAD_TO_ERASE_IS_UNKNOWN', 'id', erase_person_of_lead.lead_id::text);
  end if;
  number := wanted.phone_e164;
  if number is null then
    begin
      number := dialer_read_person(wanted.phone, wanted.country);
    exception when invalid_parameter_value then
      null; -- No number that can be read: there is this lead only, and its further numbers.
    end;
  end if;
  return query select erased.*
  from dialer_erase_all_numbers(wanted.account_id, number, erase_person_of_lead.lead_id, erase_person_of_lead.do_not_call) as erased;
end $$;

create or replace function empty_campaign(campaign_id uuid)
returns table (leads_erased integer, attempts_erased integer, events_erased integer, jobs_erased integer,
  do_not_call_kept integer, leads_left bigint)
language plpgsql security definer set search_path from current as $$
#variable_conflict use_column
declare
  account uuid := dialer_erasing_account(null);
  wanted record;
  left_over bigint;
  erased record;
begin
  select id, status, name into wanted from campaigns
  where id = empty_campaign.campaign_id and (account_id = account or dialer_caller_is_privileged())
  for no key update;
  if not found then
    perform dialer_refuse_call('P0002', 'CAMPAIGN_TO_EMPTY_IS_UNKNOWN', 'id', empty_campaign.campaign_id::text);
  end if;
  if wanted.status not in ('COMPLETED', 'CANCELLED') then
    perform dialer_refuse_call('55000', 'CAMPAIGN_HAS_NOT_ENDED', 'name', wanted.name, 'value', wanted.status);
  end if;
  select bite.* into erased from dialer_empty_bite(wanted.id, 'CAMPAIGN', 1000) as bite;
  select count(*) into left_over from leads where campaign_id = wanted.id and erased_at is null;
  if left_over > 0 then
    perform add_job('purge_history', '{}');
  end if;
  return query select erased.leads_erased, erased.attempts_erased, erased.events_erased, erased.jobs_erased,
    erased.do_not_call_kept, left_over;
end $$;

create or replace function calls_at(moment timestamptz, minutes integer default 1) returns setof call_details
language plpgsql stable set search_path from current as $$
begin
  if minutes is null or minutes not between 1 and 1440 then
    perform dialer_refuse_call('22023', 'MINUTES_OF_CALLS', 'value', coalesce(minutes::text, 'null'));
  end if;
  return query select details.* from call_details as details
    where details.account_id = any (dialer_accounts_shown())
      and details.originate_at >= moment and details.originate_at < moment + minutes * interval '1 minute'
    order by details.originate_at, details.attempt_id;
end $$;

create or replace function dialer_key_of_number(phone text) returns text
language plpgsql stable security definer set search_path from current as $$
declare
  home text := coalesce((select default_country from account_settings where account_id = current_account_id()), 'BR');
  e164 text := dialer_read_phone(phone, home);
begin
  if e164 is null then
    perform dialer_refuse_call('22023', 'PHONE_ASKED_FOR', 'value', left(phone, 64), 'country', home);
  end if;
  return dialer_phone_key(e164);
end $$;

create or replace function calls_by_hour(day date, zone text default null)
returns table (hour timestamptz, campaign_id uuid, campaign text, trunk_id uuid, trunk text, calls bigint, rang bigint,
  answered bigint, people bigint, abandoned bigint, busy bigint, no_answer bigint, failed bigint, answered_seconds bigint)
language plpgsql stable set search_path from current as $$
#variable_conflict use_column
declare
  clock text := coalesce(zone,
    (select timezone from account_settings where account_settings.account_id = current_account_id()), 'America/Sao_Paulo');
begin
  if not dialer_is_timezone(clock) then
    perform dialer_refuse_call('22023', 'ZONE_ASKED_FOR', 'value', left(clock, 64));
  end if;
  return query
    select counted.hour, counted.campaign_id, campaign.name, counted.trunk_id, trunk.name, counted.calls, counted.rang,
      counted.answered, counted.people, counted.abandoned, counted.busy, counted.no_answer, counted.failed,
      counted.answered_seconds
    from (
      select date_trunc('hour', attempt.originate_at, clock) as hour, attempt.campaign_id, attempt.trunk_id, count(*) as calls,
        count(coalesce(attempt.ring_at, attempt.early_media_at, attempt.answer_at)) as rang,
        count(attempt.answer_at) as answered, count(*) filter (where outcome.human_reached) as people,
        count(*) filter (where attempt.state = 'ABANDONED') as abandoned, count(*) filter (where attempt.state = 'BUSY') as busy,
        count(*) filter (where attempt.state = 'NO_ANSWER') as no_answer,
        count(*) filter (where attempt.state = 'FAILED') as failed,
        coalesce(round(sum(attempt.answered_duration_ms) / 1000.0), 0)::bigint as answered_seconds
      from call_attempts as attempt left join outcomes as outcome on outcome.code = attempt.outcome
      where attempt.account_id = any (dialer_accounts_shown())
        and attempt.originate_at >= day::timestamp at time zone clock
        and attempt.originate_at < (day + 1)::timestamp at time zone clock
      group by 1, 2, 3) as counted
    join campaigns as campaign on campaign.id = counted.campaign_id
    left join trunk_config as trunk on trunk.id = counted.trunk_id
    order by counted.hour, campaign.name, trunk.name;
end $$;

create or replace function create_wallboard_display(name text, account_id uuid default null, valid_for interval default interval '1 year')
returns table (display_id uuid, token text, expires_at timestamptz)
language plpgsql security definer set search_path from current as $$
#variable_conflict use_variable
declare
  until timestamptz := clock_timestamp() + valid_for;
begin
  if name is null or name !~ '[^[:space:]]' then
    perform dialer_refuse_call('22023', 'DISPLAY_NAME');
  end if;
  if valid_for is null or until <= clock_timestamp() or until > clock_timestamp() + interval '5 years 1 day' then
    perform dialer_refuse_call('22023', 'DISPLAY_VALID_FOR', 'value', coalesce(valid_for::text, 'null'));
  end if;
  -- Two version 4 UUIDs hold 244 bits of chance, from the same source as gen_random_bytes, which needs an extension.
  token := 'display_' || replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', '');
  insert into wallboard_displays as made (name, account_id, token_hash, expires_at)
  values (name, account_id, encode(sha256(convert_to(token, 'UTF8')), 'hex'), until)
  returning made.id, made.expires_at into display_id, expires_at;
  return next;
end $$;

create or replace function revoke_wallboard_display(display_id uuid) returns timestamptz
language plpgsql security definer set search_path from current as $$
declare
  since timestamptz;
begin
  update wallboard_displays set revoked_at = coalesce(revoked_at, clock_timestamp()) where id = display_id
  returning revoked_at into since;
  if since is null then
    perform dialer_refuse_call('P0002', 'DISPLAY_IS_UNKNOWN', 'id', display_id::text);
  end if;
  return since;
end $$;

create or replace function dialer_uncount() returns trigger
language plpgsql security definer set search_path from current as $$
begin
  if tg_table_name = 'leads' then
    -- Calls have leads, so there are none of these either. Nobody writes either table until this commits.
    truncate campaign_counts;
  else
    if current_setting('transaction_isolation') <> 'read committed' then
      perform dialer_refuse_call('0A000', 'TRUNCATE_ISOLATION', 'value', current_setting('transaction_isolation'));
    end if;
    -- Nobody folds meanwhile: a sum that was not there yet would keep what it had.
    lock table campaign_counts in share row exclusive mode;
    update campaign_counts set answered = 0 where answered <> 0;
  end if;
  return null;
end $$;

create or replace function rebuild_campaign_counts() returns table (campaign_id uuid, counts_changed bigint)
language plpgsql security definer set search_path from current as $$
#variable_conflict use_column
begin
  if current_setting('transaction_isolation') <> 'read committed' then
    perform dialer_refuse_call('0A000', 'COUNTS_ISOLATION', 'value', current_setting('transaction_isolation'));
  end if;
  perform pg_advisory_xact_lock(hashtextextended(current_schema() || '.campaign_counts', 0));
  perform set_config('dialer.counting', 'on', true);
  -- Rows and counts are of one snapshot: what others change meanwhile is in both or in neither.
  return query with real as (
    select account_id, campaign_id, list_id, count(*) filter (where status = 'NEW') as leads_new,
      count(*) filter (where status = 'IN_PROGRESS') as leads_in_progress, count(*) filter (where status = 'RETRY') as leads_retry,
      count(*) filter (where status = 'DONE') as leads_done, count(*) filter (where status = 'FAILED') as leads_failed,
      count(*) filter (where status = 'DNC') as leads_dnc, count(*) filter (where status = 'INVALID') as leads_invalid,
      sum(attempts) as attempts, sum(dials) as dials, 0 as answered
    from leads group by account_id, campaign_id, list_id
    union all
    select account_id, campaign_id, null, 0, 0, 0, 0, 0, 0, 0, 0, 0, count(*)
    from call_attempts where answer_at is not null group by account_id, campaign_id
    union all
    select account_id, campaign_id, list_id, -leads_new, -leads_in_progress, -leads_retry, -leads_done, -leads_failed,
      -leads_dnc, -leads_invalid, -attempts, -dials, -answered
    from campaign_counts
  ), missing as (
    select account_id, campaign_id, list_id, sum(leads_new) as leads_new, sum(leads_in_progress) as leads_in_progress,
      sum(leads_retry) as leads_retry, sum(leads_done) as leads_done, sum(leads_failed) as leads_failed,
      sum(leads_dnc) as leads_dnc, sum(leads_invalid) as leads_invalid, sum(attempts) as attempts, sum(dials) as dials,
      sum(answered) as answered
    from real group by account_id, campaign_id, list_id
  ), added as (
    insert into campaign_counts (account_id, campaign_id, list_id, leads_new, leads_in_progress, leads_retry, leads_done,
      leads_failed, leads_dnc, leads_invalid, attempts, dials, answered)
    select * from missing
    where (leads_new, leads_in_progress, leads_retry, leads_done, leads_failed, leads_dnc, leads_invalid, attempts, dials,
      answered) <> (0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
    returning *
  )
  select added.campaign_id, sum(abs(added.leads_new) + abs(added.leads_in_progress) + abs(added.leads_retry)
    + abs(added.leads_done) + abs(added.leads_failed) + abs(added.leads_dnc) + abs(added.leads_invalid)
    + abs(added.attempts) + abs(added.dials) + abs(added.answered))::bigint
  from added group by added.campaign_id;
  perform set_config('dialer.counting', '', true);
end $$;

insert into dialer_messages (code, locale, message, hint) values
  ('JOB_WAS_NOT_ADDED', 'en', 'job {task} with key {key} was not added in 50 tries',
    'Try again: a worker held the job of that key all the while.'),
  ('JOB_WAS_NOT_ADDED', 'pt-BR', 'o job {task} com a chave {key} não entrou em 50 tentativas',
    'Tente de novo: um worker segurou o job dessa chave o tempo todo.'),
  ('EVENT_MONTHS', 'en', 'months_ahead must be between 0 and 120, got {value}',
    'From 0 to 120.'),
  ('EVENT_MONTHS', 'pt-BR', 'months_ahead tem de ficar entre 0 e 120, veio {value}',
    'De 0 a 120.'),
  ('ATTEMPT_IS_UNKNOWN', 'en', 'there is no attempt {id}',
    'Read its id from call_attempts: those of your account are there.'),
  ('ATTEMPT_IS_UNKNOWN', 'pt-BR', 'não existe a tentativa {id}',
    'Leia o id em call_attempts: as da sua conta estão lá.'),
  ('ERASURE_BY_ADMINISTRATOR', 'en', 'only an administrator of the account may erase data; your dialer_role is "{role}"',
    'Ask an administrator of the account.'),
  ('ERASURE_BY_ADMINISTRATOR', 'pt-BR', 'só um administrador da conta pode apagar dados; seu dialer_role é "{role}"',
    'Peça a um administrador da conta.'),
  ('ERASURE_IN_ANOTHER_ACCOUNT', 'en', 'data can be erased in your own account only',
    'Leave account_id out.'),
  ('ERASURE_IN_ANOTHER_ACCOUNT', 'pt-BR', 'só é possível apagar dados na sua própria conta',
    'Não envie account_id.'),
  ('PHONE_TO_ERASE', 'en', 'the phone number to erase cannot be read',
    'Write one number with + and country code, such as +5511955550142.'),
  ('PHONE_TO_ERASE', 'pt-BR', 'o telefone a apagar não pode ser lido',
    'Escreva um número com + e código do país, como +5511955550142.'),
  ('PERSON_IS_IN_A_CALL', 'en', 'call {id} to this person is under way',
    'Wait until it has ended, or end it with select hangup_attempt(''{id}''), and ask again.'),
  ('PERSON_IS_IN_A_CALL', 'pt-BR', 'a ligação {id} para essa pessoa está em andamento',
    'Espere que termine, ou encerre com select hangup_attempt(''{id}''), e peça de novo.'),
  ('ACCOUNT_TO_ERASE_IN', 'en', 'in which account? This installation has several',
    'Name it: erase_person(phone, account_id => ...); one after the other for several.'),
  ('ACCOUNT_TO_ERASE_IN', 'pt-BR', 'em que conta? Esta instalação tem várias',
    'Diga qual: erase_person(phone, account_id => ...); uma depois da outra, se forem várias.'),
  ('LEAD_TO_ERASE_IS_UNKNOWN', 'en', 'there is no lead {id}',
    'Read its id from leads, or erase by the number: erase_person(phone).'),
  ('LEAD_TO_ERASE_IS_UNKNOWN', 'pt-BR', 'não existe o lead {id}',
    'Leia o id em leads, ou apague pelo número: erase_person(phone).'),
  ('CAMPAIGN_TO_EMPTY_IS_UNKNOWN', 'en', 'there is no campaign {id}',
    'Read its id from campaigns.'),
  ('CAMPAIGN_TO_EMPTY_IS_UNKNOWN', 'pt-BR', 'não existe a campanha {id}',
    'Leia o id em campaigns.'),
  ('CAMPAIGN_HAS_NOT_ENDED', 'en', 'campaign "{name}" is {value}, and only one that has ended can be emptied',
    'Set its status to COMPLETED or CANCELLED first.'),
  ('CAMPAIGN_HAS_NOT_ENDED', 'pt-BR', 'a campanha "{name}" está em {value}, e só uma encerrada pode ser esvaziada',
    'Defina antes o status como COMPLETED ou CANCELLED.'),
  ('MINUTES_OF_CALLS', 'en', 'minutes is {value}',
    'Ask for 1 to 1440 minutes; longer exports read call_details by day.'),
  ('MINUTES_OF_CALLS', 'pt-BR', 'minutes é {value}',
    'Peça de 1 a 1440 minutos; exportações mais longas leem call_details dia a dia.'),
  ('PHONE_ASKED_FOR', 'en', 'phone "{value}" cannot be read as one telephone of country {country}',
    'Write it with area code, or with + and country code, such as +5511987654321.'),
  ('PHONE_ASKED_FOR', 'pt-BR', 'phone "{value}" não pode ser lido como um telefone do país {country}',
    'Escreva com DDD, ou com + e código do país, como +5511987654321.'),
  ('ZONE_ASKED_FOR', 'en', 'zone "{value}" is not the name of a time zone',
    'The IANA name of a time zone, such as America/Sao_Paulo; left out: that of the account.'),
  ('ZONE_ASKED_FOR', 'pt-BR', 'zone "{value}" não é o nome de um fuso horário',
    'O nome IANA de um fuso horário, como America/Sao_Paulo; sem ele, o da conta.'),
  ('DISPLAY_NAME', 'en', 'the display needs a name',
    'Name the screen, so that it can be told from others later: create_wallboard_display(''TV on the second floor'').'),
  ('DISPLAY_NAME', 'pt-BR', 'a tela precisa de um nome',
    'Dê um nome à tela, para distinguir das outras depois: create_wallboard_display(''TV do segundo andar'').'),
  ('DISPLAY_VALID_FOR', 'en', 'valid_for is {value}: more than nothing and at most five years is right',
    'An interval such as 1 year.'),
  ('DISPLAY_VALID_FOR', 'pt-BR', 'valid_for é {value}: o certo é mais que nada e no máximo cinco anos',
    'Um intervalo como 1 year.'),
  ('DISPLAY_IS_UNKNOWN', 'en', 'there is no display {id}',
    'select id, name from wallboard_displays;'),
  ('DISPLAY_IS_UNKNOWN', 'pt-BR', 'não existe a tela {id}',
    'select id, name from wallboard_displays;'),
  ('wallboard_displays_name_check', 'en', '{column} of {table} cannot be {value}',
    '1 to 200 characters, no line ends.'),
  ('wallboard_displays_name_check', 'pt-BR', '{column} de {table} não pode ser {value}',
    'De 1 a 200 caracteres, sem quebras de linha.'),
  ('TRUNCATE_ISOLATION', 'en', 'call_attempts is truncated in a {value} transaction, which does not see all that was counted',
    'Truncate it in a transaction of isolation level read committed.'),
  ('TRUNCATE_ISOLATION', 'pt-BR', 'call_attempts é truncada em uma transação {value}, que não vê tudo o que foi contado',
    'Trunque em uma transação de nível read committed.'),
  ('COUNTS_ISOLATION', 'en', 'the counts are rebuilt in a {value} transaction, which does not see what another rebuilding did',
    'Call it in a transaction of isolation level read committed.'),
  ('COUNTS_ISOLATION', 'pt-BR', 'as contagens são refeitas em uma transação {value}, que não vê o que outra recontagem fez',
    'Chame em uma transação de nível read committed.');

create function dialer_grant_refusals() returns void
language plpgsql set search_path from current as $$
declare
  api_role text;
begin
  foreach api_role in array array['authenticated', 'service_role'] loop
    continue when to_regrole(api_role) is null;
    execute format('grant execute on function dialer_refuse_call(text, text, text[]) to %I', api_role);
  end loop;
end $$;
comment on function dialer_grant_refusals() is 'Functions that run as the client refuse too.';
select dialer_close('function', 'dialer_refuse_call(text, text, text[])', 'dialer_grant_refusals()');
select grant_api_roles();
