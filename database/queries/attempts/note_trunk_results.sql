-- Writes what the last calls say about their trunks. A success clears a trunk's faults. TRUNK_FAULT takes it out of service at
-- once, congestion after five in a row, rejections after ten. Out of service means for a minute, doubled with each probe that
-- fails, up to half an hour. After a restart of the PBX the first faults take it out for ten seconds only: its carrier may not
-- have answered yet. Calls that were under way when a trunk went out of service say nothing new. $1 rows {trunk_id, reached,
-- answered, faults, hard_faults, rejections, last_fault, fault_words}
with given as (
  select * from jsonb_to_recordset($1::jsonb) as given (
    trunk_id uuid, reached int, answered int, faults int, hard_faults int, rejections int, last_fault text,
    fault_words text)
), counted as (
  select trunk.id, given.*,
    case when given.reached > 0 then 0 else trunk.consecutive_faults + given.faults end as faults_now,
    case when given.reached > 0 then 0 else trunk.consecutive_rejections + given.rejections end as rejections_now
  from trunk_config as trunk join given on given.trunk_id = trunk.id
), judged as (
  select counted.*,
    counted.reached = 0 and (
      counted.hard_faults > 0 or counted.faults_now >= 5 or counted.rejections_now >= 10) as is_out,
    trunk.disabled_reason is not distinct from 'PBX_RESTARTED' and counted.faults_now < 5 as is_starting
  from counted join trunk_config as trunk on trunk.id = counted.id
), weighed as (
  -- Five and one more for each probe that failed: the length of the time out.
  select judged.*,
    case
      when not judged.is_out or judged.is_starting then judged.faults_now
      when trunk.disabled_reason is null or trunk.disabled_reason = 'PBX_RESTARTED' then 5
      else greatest(trunk.consecutive_faults, 5) + 1 end as weight
  from judged join trunk_config as trunk on trunk.id = judged.id
)
update trunk_config as trunk
set consecutive_faults = judged.weight,
  consecutive_rejections = judged.rejections_now,
  last_answer_at = case when judged.answered > 0 then clock_timestamp() else trunk.last_answer_at end,
  last_fault_at = case when judged.faults + judged.rejections > 0 then clock_timestamp() else trunk.last_fault_at end,
  last_fault = coalesce(judged.fault_words, judged.last_fault, trunk.last_fault),
  health = case when judged.is_out then 'OUT' when judged.weight > 0 then 'DEGRADED' else 'HEALTHY' end,
  disabled_until = case
    when judged.is_out and judged.is_starting then clock_timestamp() + interval '10 s'
    when judged.is_out then clock_timestamp() + least(30, power(2, least(judged.weight, 10) - 5)) * interval '1 min'
    when judged.reached > 0 then null
    else trunk.disabled_until end,
  disabled_reason = case
    when judged.is_out and judged.is_starting then trunk.disabled_reason
    when judged.is_out then judged.last_fault when judged.reached > 0 then null else trunk.disabled_reason end
from weighed as judged
where trunk.id = judged.id
  and (trunk.health <> 'OUT' or judged.reached > 0)
  and (judged.faults + judged.rejections > 0 or trunk.consecutive_faults > 0 or trunk.consecutive_rejections > 0
    or trunk.health <> 'HEALTHY' or trunk.last_answer_at is null or trunk.last_answer_at < clock_timestamp() - interval '1 min')
returning trunk.id, trunk.name, trunk.health, trunk.disabled_reason as "reason",
  trunk.last_fault as "fault"
