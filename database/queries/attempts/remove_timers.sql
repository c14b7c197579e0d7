-- Takes away the timers of attempts that have ended. $1 attempt ids
select remove_job('timer:' || attempt_id) from unnest($1::uuid[]) as attempt_id
