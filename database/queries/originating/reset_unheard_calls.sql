-- The PBX has sent an event about a call: dialling goes on if it had stopped. $1 node
update voice_nodes set unheard_calls = 0, unheard_until = null where name = $1 and unheard_calls > 0 returning name
