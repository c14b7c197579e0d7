-- Gives the node up and takes the engine off the list. $1 engine id, $2 node
with released as (
  update voice_nodes
  set lease_holder = null, lease_expires_at = null, pbx_connected = false, pbx_changed_at = clock_timestamp()
  where name = $2 and lease_holder = $1
)
delete from engines where id = $1
