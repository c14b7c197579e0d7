-- Trunks whose time out of service is over: they are DEGRADED until one of their calls reaches a phone, so one call at a time
-- probes them.
update trunk_config
set health = 'DEGRADED', disabled_until = null
where health = 'OUT' and (disabled_until is null or disabled_until <= clock_timestamp())
returning id, name
