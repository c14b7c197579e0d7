-- Deadlines that have passed: each is noted and put off by the grace after a hang-up. $1 how many at most
with due as (
  select id, account_id, deadline_at, deadline_type from call_attempts
  where end_at is null and deadline_at <= clock_timestamp()
  order by deadline_at
  limit $1
  for update skip locked
), moved as (
  update call_attempts
  set deadline_at = case when due.deadline_type <> 'QUEUE' then clock_timestamp() + interval '5 s' end,
    deadline_type = case when due.deadline_type <> 'QUEUE' then due.deadline_type end,
    state = case when due.deadline_type = 'QUEUE' then 'CANCELLED' else call_attempts.state end,
    outcome = case when due.deadline_type = 'QUEUE' then 'CANCELLED' end,
    end_at = case when due.deadline_type = 'QUEUE' then clock_timestamp() end
  from due where call_attempts.id = due.id
  returning call_attempts.lead_id, call_attempts.state
), freed as (
  update leads set status = 'RETRY' from moved where leads.id = moved.lead_id and moved.state = 'CANCELLED'
), noted as (
  insert into call_attempt_events (attempt_id, account_id, at, kind, dedup_key, detail)
  select id, account_id, clock_timestamp(), 'TIMER_FIRED', 'TIMER:' || deadline_type || ':' || deadline_at,
    jsonb_build_object('timerType', deadline_type, 'firesAt', deadline_at)
  from due
)
select id from due where deadline_type <> 'QUEUE'
