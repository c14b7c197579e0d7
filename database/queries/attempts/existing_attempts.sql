-- Which of these attempts there are. $1 attempt ids
select id from call_attempts where id = any($1::uuid[])
