-- Marks the baseline as the only server of the node, as the engine does with its lease. $1 node
insert into voice_nodes (name, adapter, lease_holder, lease_epoch, lease_expires_at, pbx_connected)
values ($1, 'mock', gen_random_uuid(), 1, clock_timestamp() + interval '1 day', true)
on conflict (name) do update
set adapter = 'mock', lease_holder = excluded.lease_holder, lease_expires_at = excluded.lease_expires_at, pbx_connected = true
