-- Engines without a sign of life. $1 heartbeat stale ms
select id from engines where heartbeat_at < clock_timestamp() - $1::int * interval '1 ms'
