-- Second half of a take-over, in a statement of its own so that it sees what the lock waited for. A node takes another
-- adapter only when no attempt of it is live. $1 engine id, $2 node, $3 adapter, $4 lease ms
update voice_nodes as node
set lease_holder = $1,
  lease_epoch = lease_epoch + 1,
  lease_expires_at = clock_timestamp() + $4::int * interval '1 ms',
  adapter = $3,
  refused_adapter = null,
  refused_at = null
where name = $2
  and (lease_holder is null or lease_holder = $1 or lease_expires_at <= clock_timestamp())
  and (adapter is null or adapter = $3 or not exists (
    select from call_attempts where voice_node = node.name and end_at is null))
returning lease_epoch as epoch
