-- Makes a keyed job run within this many ms of the database's clock. $1 task, $2 payload, $3 ms, $4 key
select run_job_by($1::text, $2::json, clock_timestamp() + $3::float8 * interval '1 ms', $4::text)
