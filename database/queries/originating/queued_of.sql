-- Which of these attempts are still QUEUED: those that a claim could not lock. $1 attempt ids
select id from call_attempts where id = any($1::uuid[]) and state = 'QUEUED'
