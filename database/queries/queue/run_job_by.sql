-- Makes a keyed job run at a time or earlier. $1 task, $2 payload, $3 run at, $4 key
select run_job_by($1::text, $2::json, $3::timestamptz, $4::text)
