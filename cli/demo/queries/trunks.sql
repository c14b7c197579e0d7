-- The demo's trunks. $1 account, $2 voice node, $3 rows as jsonb {name, cps, channels, priority}
insert into trunk_config (account_id, voice_node, name, dial_string, cps_limit, max_channels, priority)
select $1, $2, name, 'mock/' || name || '/{number}', cps, channels, priority
from jsonb_to_recordset($3::jsonb) as given (name text, cps numeric, channels integer, priority integer)
order by priority
returning id, name
