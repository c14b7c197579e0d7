-- Engines with a sign of life in the last day; no parameters.
select engine.id, engine.voice_node as "voiceNode", engine.adapter, engine.version, engine.host,
  engine.is_standby as "isStandby", engine.pbx_connected as "pbxConnected",
  engine.can_take_over as "canTakeOver", engine.started_at as "startedAt",
  engine.heartbeat_at as "heartbeatAt",
  floor(extract(epoch from clock_timestamp() - engine.heartbeat_at) * 1000)::float8 as "heartbeatAgeMs"
from engines as engine
where engine.heartbeat_at > clock_timestamp() - interval '1 day'
order by engine.voice_node, engine.is_standby, engine.started_at
limit 100
