-- Frees our jobs that were locked long ago by a pool that no engine on the list has: it died before it could publish the
-- pool. A living engine publishes within a second. $1 how long ago, ms; $2 names of our tasks
with orphaned as (
  select array_agg(distinct job.locked_by) as pools
  from _private_jobs as job
  join _private_tasks as task on task.id = job.task_id
  where job.locked_at < clock_timestamp() - $1::int * interval '1 ms'
    and split_part(task.identifier, ':', 1) = any($2::text[])
    and not exists (select from engines where job.locked_by = any(engines.worker_pool_ids))
)
select cardinality(pools) as n, force_unlock_workers(pools) from orphaned where pools is not null
