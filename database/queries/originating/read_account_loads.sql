-- What accounts use of their limits, without the calls that are still queued. Of each: $1 account id, $2 seconds in which its
-- calls per second are counted or null for no such limit, $3 start of its day or null for no limit
select account.id,
  (select count(*)::int from call_attempts
    where account_id = account.id and end_at is null and state <> 'QUEUED') as "live",
  case when account.seconds is null then 0 else (select count(*)::int from call_attempts
    where account_id = account.id and originate_at > statement_timestamp() - account.seconds * interval '1 s') end as "sentLately",
  case when account.day_start is null then 0 else (select count(*)::int from call_attempts
    where account_id = account.id and originate_at >= account.day_start) end as "dialsToday"
from unnest($1::uuid[], $2::float8[], $3::timestamptz[]) as account (id, seconds, day_start)
