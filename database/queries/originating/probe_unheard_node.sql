-- How many calls of a node ended without an event; on a new connection to its PBX the next probe is due at once. $1 node
update voice_nodes
set unheard_until = case when unheard_calls >= 3 then least(unheard_until, clock_timestamp()) else unheard_until end
where name = $1
returning unheard_calls as "calls"
