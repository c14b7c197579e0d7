-- Events of a test call's attempts, in the order in which they were saved. $1 lead
select event.attempt_id || '/' || event.dedup_key as key, event.kind, event.detail,
  extract(epoch from event.recorded_at) * 1000 as "learnedMs"
from call_attempts as attempt
join call_attempt_events as event on event.attempt_id = attempt.id
where attempt.lead_id = $1
order by event.recorded_at, event.at
