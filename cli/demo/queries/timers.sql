-- Timers that fired for the demo's calls: from the deadline to the action on it, in ms. $1 campaign
select count(*)::int as "fired",
  percentile_cont(0.5) within group (order by late_ms) as "p50Ms",
  percentile_cont(0.99) within group (order by late_ms) as "p99Ms"
from (
  select greatest(0, extract(epoch from event.at - (event.detail ->> 'firesAt')::timestamptz) * 1000)::float8 as late_ms
  from call_attempts as attempt
  join call_attempt_events as event on event.attempt_id = attempt.id and event.kind = 'TIMER_FIRED'
  where attempt.campaign_id = $1) as timer
