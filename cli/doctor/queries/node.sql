-- The engines that serve a PBX; $1 text: its voice node. No row: the node is not known yet.
select node.adapter, node.refused_adapter as "refusedAdapter", node.pbx_connected as "pbxConnected",
  coalesce(node.lease_holder is not null and node.lease_expires_at > clock_timestamp(), false) as "leaseHeld",
  (select count(*)::int from engines
    where engines.voice_node = node.name and heartbeat_at > clock_timestamp() - interval '10 s') as engines
from voice_nodes as node
where node.name = $1
