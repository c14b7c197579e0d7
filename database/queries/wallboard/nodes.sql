-- The PBXs of the trunks that the reader may see, and whether each is served; no parameters.
select fact.voice_node as name, fact.has_engine as "hasEngine", fact.has_lease as "hasLease",
  fact.pbx_connected as "pbxConnected"
from dialer_node_facts() as fact
where fact.voice_node in (select voice_node from trunk_config where is_active)
order by fact.voice_node
limit 100
