-- What in a database prevents running the demo on it. No parameters.
select
  (select count(*)::int from engines where heartbeat_at > clock_timestamp() - interval '10 seconds') as "liveEngines",
  (select count(*)::int from voice_nodes
    where lease_holder is not null and lease_expires_at > clock_timestamp()) as "heldLeases",
  (select count(*)::int from trunk_config where dial_string not like 'mock/%') as "realTrunks",
  (select min(name) from trunk_config where dial_string not like 'mock/%') as "realTrunk",
  (select count(*)::int from campaigns where status = 'ACTIVE') as "activeCampaigns"
