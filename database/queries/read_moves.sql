-- The attempts that leads are to be moved away from: their trunk, and whether they were a move themselves. $1 attempt ids
select id, trunk_id as "trunkId", previous_attempt_id is not null as "wasMove" from call_attempts where id = any($1::uuid[])
