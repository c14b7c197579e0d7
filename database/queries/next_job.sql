-- How many jobs are due, up to 100, and in how many ms the next one will be. Jobs of other priorities than 0 are not ours.
select
  (
    select count(*)::int from (
      select from _private_jobs where is_available and priority = 0 and run_at <= clock_timestamp() limit 100
    ) as due
  ) as due,
  (
    select extract(epoch from run_at - clock_timestamp()) * 1000 from _private_jobs
    where is_available and priority = 0 and run_at > clock_timestamp()
    order by run_at limit 1
  ) as "nextInMs"
