-- What the PBX said about each attempt, by month.

create table call_attempt_events (
  attempt_id uuid not null,
  account_id uuid not null,
  at timestamptz not null,
  kind text not null check (kind ~ '^[A-Z0-9_]{1,60}$'),
  dedup_key text not null check (length(dedup_key) between 1 and 500),
  detail jsonb not null default '{}' check (jsonb_typeof(detail) = 'object'),
  recorded_at timestamptz not null default clock_timestamp(),
  primary key (attempt_id, dedup_key, at)
) partition by range (at);
create table call_attempt_events_default partition of call_attempt_events default;
comment on table call_attempt_events is 'Every event of every attempt, append-only, kept even when it changed nothing.';
comment on column call_attempt_events.attempt_id is 'The attempt; not a foreign key, so that an event outlives it or comes before it is known.';
comment on column call_attempt_events.account_id is 'Account of the attempt.';
comment on column call_attempt_events.at is 'The PBX''s time.';
comment on column call_attempt_events.kind is 'What happened, of the call event vocabulary; TIMER_FIRED for a deadline of ours.';
comment on column call_attempt_events.dedup_key is 'The same for every copy of one event.';
comment on column call_attempt_events.detail is 'Particulars, without names or numbers of persons.';
comment on column call_attempt_events.recorded_at is 'When it was written here.';
comment on table call_attempt_events_default is 'Events dated outside every month that has a partition.';

create function ensure_event_partitions(months_ahead integer) returns integer
language plpgsql set search_path from current as $$
declare
  month_start timestamptz := date_trunc('month', clock_timestamp(), 'UTC');
  lower_bound timestamptz;
  upper_bound timestamptz;
  partition_name text;
  made integer := 0;
begin
  if months_ahead not between 0 and 120 then
    raise exception 'months_ahead must be between 0 and 120, got %', months_ahead using errcode = '22023';
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
comment on function ensure_event_partitions(integer) is
  'Makes the partitions of this month and of the given number of months after it (UTC), taking over what the default partition holds of them. Returns how many it made. May be called at any time, by several at once.';

create function drop_event_partitions(before timestamptz) returns integer
language plpgsql set search_path from current as $$
declare
  partition record;
  dropped integer := 0;
begin
  perform pg_advisory_xact_lock(hashtextextended(current_schema() || '.call_attempt_events', 0));
  for partition in
    select child.relname
    from pg_inherits
    join pg_class as child on child.oid = pg_inherits.inhrelid
    where pg_inherits.inhparent = 'call_attempt_events'::regclass
      and child.relname ~ '^call_attempt_events_[0-9]{6}$'
      and ((to_date(right(child.relname, 6), 'YYYYMM') + interval '1 month') at time zone 'UTC') <= before
    order by child.relname
  loop
    execute format('drop table %I', partition.relname);
    dropped := dropped + 1;
  end loop;
  delete from call_attempt_events_default where at < before;
  return dropped;
end $$;
comment on function drop_event_partitions(timestamptz) is
  'Drops the months that lie wholly before the given time, and what the default partition holds from before it. Returns how many months it dropped.';

alter table call_attempt_events enable row level security;
alter table call_attempt_events_default enable row level security;
select dialer_close('function', 'ensure_event_partitions(integer)', 'drop_event_partitions(timestamptz)');
select dialer_close('table', 'call_attempt_events', 'call_attempt_events_default');
select ensure_event_partitions(2);
