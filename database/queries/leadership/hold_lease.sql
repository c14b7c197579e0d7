-- Whether this engine is the node's leader; keeps a take-over out until the transaction ends. $1 node, $2 engine, $3 epoch
select coalesce(lease_holder = $2 and lease_epoch = $3 and lease_expires_at > clock_timestamp(), false) as held
from voice_nodes where name = $1
for key share
