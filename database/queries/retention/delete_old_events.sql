-- A portion of the events that are older than their retention but share a month with younger ones, from a moment on, so that no
-- portion reads again what others have passed. Events of one moment go together. $1 before, $2 how many, $3 from when on; returns
-- how many were deleted, and the moment up to which, null when none is left
with bite as (
  select (
    select at from call_attempt_events where at >= $3::timestamptz and at < $1::timestamptz
    order by at offset $2::int - 1 limit 1
  ) as until
), gone as (
  delete from call_attempt_events
  where at >= $3::timestamptz and at < $1::timestamptz and at <= coalesce((select until from bite), $1::timestamptz)
  returning at
)
select (select count(*)::int from gone) as deleted, until::text as until from bite
