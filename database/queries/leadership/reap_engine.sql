-- Takes a dead engine off the list and says under which ids it locked jobs. Nothing when it has come back.
-- $1 engine id, $2 heartbeat stale ms
delete from engines
where id = $1 and heartbeat_at < clock_timestamp() - $2::int * interval '1 ms'
returning worker_pool_ids
