-- Gives the node up; the engine stays on the list, because its jobs are still its own. $1 engine id, $2 node, $3 epoch
update voice_nodes
set lease_holder = null, lease_expires_at = null, pbx_connected = false, pbx_changed_at = clock_timestamp()
where name = $2 and lease_holder = $1 and lease_epoch = $3
