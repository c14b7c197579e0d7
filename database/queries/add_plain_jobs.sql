-- Adds jobs without keys. $1 rows {task, payload, run_at (null: now)}
select count(*)::int from add_jobs(array(
  select row(given.task, given.payload, null, given.run_at, null, null, null, null)::job_spec
  from jsonb_to_recordset($1::jsonb) as given (task text, payload json, run_at timestamptz)
))
