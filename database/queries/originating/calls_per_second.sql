-- Calls per second of each trunk of a node; $1 text: the node.
select trunk.name, rate.calls_per_second as calls
from trunk_config as trunk
join trunk_calls_per_second as rate on rate.trunk_id = trunk.id
where trunk.voice_node = $1 and trunk.is_active
order by trunk.name
limit 200
