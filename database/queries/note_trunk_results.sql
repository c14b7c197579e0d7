-- What the calls of the last moments say about their trunks. A success clears; TRUNK_FAULT puts out at once, congestion
-- after five in a row, rejections after ten. Out means for a minute, doubled with each probe that fails, up to half an hour.
-- $1 rows {trunk_id, reached, faults, hard_faults, rejections, last_fault}
with given as (
  select * from jsonb_to_recordset($1::jsonb) as given (
    trunk_id uuid, reached int, answered int, faults int, hard_faults int, rejections int, last_fault text)
), counted as (
  select trunk.id, given.*,
    case when given.reached > 0 then 0 else trunk.consecutive_faults + given.faults end as faults_now,
    case when given.reached > 0 then 0 else trunk.consecutive_rejections + given.rejections end as rejections_now
  from trunk_config as trunk join given on given.trunk_id = trunk.id
), judged as (
  select counted.*,
    counted.reached = 0 and (
      counted.hard_faults > 0 or counted.faults_now >= 5 or counted.rejections_now >= 10) as is_out
  from counted
)
update trunk_config as trunk
set consecutive_faults = judged.faults_now,
  consecutive_rejections = judged.rejections_now,
  last_answer_at = case when judged.answered > 0 then clock_timestamp() else trunk.last_answer_at end,
  last_fault_at = case when judged.faults + judged.rejections > 0 then clock_timestamp() else trunk.last_fault_at end,
  last_fault = coalesce(judged.last_fault, trunk.last_fault),
  health = case when judged.is_out then 'OUT' when judged.faults_now > 0 then 'DEGRADED' else 'HEALTHY' end,
  disabled_until = case
    when judged.is_out then clock_timestamp() + least(30, power(2, greatest(0, least(judged.faults_now, 9) - 5))) * interval '1 min'
    when judged.reached > 0 then null
    else trunk.disabled_until end,
  disabled_reason = case when judged.is_out then judged.last_fault when judged.reached > 0 then null else trunk.disabled_reason end
from judged
where trunk.id = judged.id
  and (judged.faults + judged.rejections > 0 or trunk.consecutive_faults > 0 or trunk.consecutive_rejections > 0
    or trunk.health <> 'HEALTHY' or trunk.last_answer_at is null or trunk.last_answer_at < clock_timestamp() - interval '1 min')
returning trunk.id, trunk.name, trunk.health, trunk.disabled_reason as "reason"
