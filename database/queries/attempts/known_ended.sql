-- Of the given channels, those whose attempt is over. $1 attempt ids
select id from call_attempts where id = any($1::uuid[]) and end_at is not null
