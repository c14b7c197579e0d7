-- Trunks that a test call could go through, with the account it would be made for. $1 account or null for any
select trunk.id, trunk.name, coalesce($1::uuid, trunk.account_id, current_account_id()) as "accountId",
  trunk.account_id as "ownerId", trunk.voice_node as "voiceNode", trunk.is_active as "isActive",
  coalesce(node.has_engine, false) as "hasEngine"
from trunk_config as trunk
left join dialer_node_facts() as node on node.voice_node = trunk.voice_node
where $1::uuid is null or trunk.account_id is null or trunk.account_id = $1
order by trunk.name, trunk.account_id
