-- Adds jobs without keys. $1 rows {task, payload, in_ms (null: now)}
select count(*)::int from add_jobs(array(
  select row(given.task, given.payload, null, clock_timestamp() + given.in_ms * interval '1 ms', null, null, null, null)::job_spec
  from jsonb_to_recordset($1::jsonb) as given (task text, payload json, in_ms float8)
))
