-- Whether events of the PBX wait to be applied: of the attempt $1 (null: of none) at all, or any for more than a second. After
-- an outage, what they say goes before what the PBX no longer knows, and before deadlines that passed meanwhile. A job that
-- was taken up and cannot be applied holds nobody up for longer than half a minute: its events are read where they lie.
-- The same while a standby of the node $2 has not handed in yet what it heard until the holder had its present connection
-- to the PBX: a beat and a second as a rule, and never longer than a quarter of a minute.
select exists (
  select from _private_jobs as job
  join _private_tasks as task on task.id = job.task_id
  where task.identifier = 'apply_call_events' and job.attempts < job.max_attempts
    and job.created_at > clock_timestamp() - case when job.attempts = 0 then interval '10 min' else interval '30 s' end
    and (job.created_at < clock_timestamp() - interval '1 s' or position($1::text in job.payload::text) > 0)
) or exists (
  select from voice_nodes as node
  join engines as standby on standby.voice_node = node.name
  where node.name = $2::text and node.pbx_line_at > clock_timestamp() - interval '15 s'
    and standby.is_standby and standby.heartbeat_at > clock_timestamp() - interval '10 s'
    and standby.id is distinct from node.lease_holder
    and standby.heard_line is distinct from node.pbx_line
) as waiting
