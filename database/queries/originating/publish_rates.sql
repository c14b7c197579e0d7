-- The mirror of what was really sent. $1 rows {trunk_id, sent, worst, recent}
update rate_limit_buckets
set tokens = greatest(0, max_tokens - given.sent), last_refill_at = clock_timestamp(), sent_last_second = given.sent,
  worst_second = greatest(worst_second, given.worst), recent_seconds = given.recent
from jsonb_to_recordset($1::jsonb) as given (trunk_id uuid, sent int, worst int, recent int[])
where rate_limit_buckets.trunk_id = given.trunk_id
