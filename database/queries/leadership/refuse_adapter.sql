-- Says on the node that an engine with another adapter asked for it. $1 node, $2 adapter
update voice_nodes set refused_adapter = $2, refused_at = clock_timestamp()
where name = $1 and adapter <> $2
