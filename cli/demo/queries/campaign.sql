-- The demo's campaign, not started yet: any hour of any day. $1 account, $2 name, $3 lines, $4 attempts per lead,
-- $5 set-up time-out, $6 longest talk, both in seconds
insert into campaigns (account_id, name, purpose, max_concurrent_calls, max_attempts, max_dials, setup_timeout_seconds,
  ring_timeout_seconds, max_call_duration_seconds, start_time, end_time, work_days)
values ($1, $2, 'Demonstration on a mock PBX', $3, $4, 15, $5, 15, $6, '00:00', '24:00', '{1,2,3,4,5,6,7}')
returning id
