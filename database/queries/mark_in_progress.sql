-- The leads whose attempts were queued. $1 lead ids
update leads set status = 'IN_PROGRESS', status_reason = null, moving_from_attempt_id = null where id = any($1::uuid[])
