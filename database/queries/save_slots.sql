-- The first slot of each trunk that is not yet given away. $1 rows {trunk_id, next_slot_at}
update rate_limit_buckets
set next_slot_at = given.next_slot_at
from jsonb_to_recordset($1::jsonb) as given (trunk_id uuid, next_slot_at timestamptz)
where rate_limit_buckets.trunk_id = given.trunk_id
