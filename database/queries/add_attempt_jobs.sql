-- The Originate of each attempt at its slot, and the one timer that watches it from then on. The timers' keys are new, so
-- no keyed add can be lost here. $1 rows {id, trunk_id, voice_node, slot_at, deadline_at}
select count(*)::int from add_jobs(array(
  select row(
    'originate_call:' || given.voice_node, json_build_object('attemptId', given.id, 'trunkId', given.trunk_id),
    null, given.slot_at, null, null, null, null)::job_spec
  from jsonb_to_recordset($1::jsonb) as given (id uuid, trunk_id uuid, voice_node text, slot_at timestamptz)
  union all
  select row(
    'fire_call_timer:' || given.voice_node, json_build_object('attemptId', given.id),
    null, given.deadline_at, null, 'timer:' || given.id, null, null)::job_spec
  from jsonb_to_recordset($1::jsonb) as given (id uuid, voice_node text, deadline_at timestamptz)
))
