-- Gives a test call up: what is queued is dropped, what rings is hung up. $1 campaign
update campaigns set status = 'CANCELLED' where id = $1 and status not in ('CANCELLED', 'COMPLETED')
