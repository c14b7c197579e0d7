-- Our jobs that nobody will run again, failed for good or replaced while they ran, longer ago than $1. $2 how many,
-- $3 names of our tasks
select id from complete_jobs(array(
  select job.id from _private_jobs as job
  join _private_tasks as task on task.id = job.task_id
  where job.attempts >= job.max_attempts and job.locked_at is null and job.updated_at < $1
    and split_part(task.identifier, ':', 1) = any($3::text[])
  limit $2))
