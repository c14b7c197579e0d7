-- After a restart of its PBX a trunk may not have found its carrier yet: one call at a time until one reaches a phone.
-- $1 voice node
update trunk_config
set health = 'DEGRADED', disabled_reason = 'PBX_RESTARTED', consecutive_faults = 0
where voice_node = $1 and is_active and health <> 'OUT' and disabled_reason is null
