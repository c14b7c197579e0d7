-- A campaign for one test call, before all others, at any hour, dialled once. $1 account, $2 name, $3 caller id or null,
-- $4 ringing seconds, $5 extension, $6 zone, $7 destination or null
insert into campaigns (account_id, name, status, is_test_call, purpose, priority, max_concurrent_calls, caller_id,
  ring_timeout_seconds, dialplan_extension, max_attempts, max_dials, timezone, start_time, end_time, work_days, destination_id)
values ($1, $2, 'ACTIVE', true, 'Test call', -1000000, 1, $3, $4, $5, 1, 1, $6, '00:00', '24:00', '{1,2,3,4,5,6,7}', $7::uuid)
returning id, extract(epoch from created_at) * 1000 as "startedMs"
