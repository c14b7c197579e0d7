-- Whether events of the PBX wait to be applied: of the attempt $1 (null: of none) at all, or any for more than a second. After an
-- outage they go before the fact that the PBX no longer knows a call, and before deadlines that passed meanwhile. A job that was
-- taken up and cannot be applied delays others for half a minute at most: its events are read in the queue. The same while a
-- standby of the node $2 has not yet enqueued what it received until the leader had its present connection to the PBX: one
-- heartbeat and a second as a rule, and 15 s at most.
select exists (
  select from _private_jobs as job
  join _private_tasks as task on task.id = job.task_id
  where task.identifier = 'apply_call_events' and job.attempts < job.max_attempts
    and job.created_at > clock_timestamp() - case when job.attempts = 0 then interval '10 min' else interval '30 s' end
    and (job.created_at < clock_timestamp() - interval '1 s' or position($1::text in job.payload::text) > 0)
) or exists (
  select from voice_nodes as node
  join engines as standby on standby.voice_node = node.name
  where node.name = $2::text and node.pbx_connection_at > clock_timestamp() - interval '15 s'
    and standby.is_standby and standby.heartbeat_at > clock_timestamp() - interval '10 s'
    and standby.id is distinct from node.lease_holder
    and standby.heard_connection_id is distinct from node.pbx_connection_id
) as waiting
