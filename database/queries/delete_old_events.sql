-- A bite of the events that are older than their retention but share a month with younger ones. $1 before, $2 how many
delete from call_attempt_events
where (attempt_id, dedup_key, at) in (
  select attempt_id, dedup_key, at from call_attempt_events where at < $1 order by at limit $2)
