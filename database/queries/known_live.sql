-- Of the given channels, those whose attempt is live. $1 attempt ids
select id from call_attempts where id = any($1::uuid[]) and end_at is null
