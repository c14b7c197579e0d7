-- Voice nodes and their leases, judged by the database's clock; no parameters.
select name, adapter, lease_holder as "leaseHolder", lease_epoch::float8 as "leaseEpoch",
  lease_expires_at as "leaseExpiresAt",
  coalesce(lease_holder is not null and lease_expires_at > clock_timestamp(), false) as "leaseHeld",
  pbx_connected as "pbxConnected", pbx_pause as "pbxPause", pbx_changed_at as "pbxChangedAt",
  max_concurrent_originates as "maxConcurrentOriginates", refused_adapter as "refusedAdapter",
  refused_at as "refusedAt"
from voice_nodes
order by name
limit 100
