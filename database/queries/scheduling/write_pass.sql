-- Writes all that a pass decided. $1 the pass (closed_zones: by name, the second since 1970 in which each opens), $2 attempts to queue,
-- $3 leads set aside for good (DNC, FAILED) or until later, or, with tries_next, only their number, $4 the slots that trunks gave away;
-- returns the ids that were queued: a lead or a number that is live already gets no attempt
-- Attempts are inserted in the order of their numbers, each with its Originate at its slot and the one timer that watches it from
-- then on. The timers' keys are new, so no keyed add can be lost here. The job of the next pass comes at its time or earlier.
with pass as materialized (
  select * from jsonb_to_record($1::jsonb) as pass (
    campaign_id uuid, account_id uuid, next_pass_at timestamptz, has_next boolean, waiting_for_trunks uuid[],
    waiting_for_nodes text[], verdict jsonb, closed_zones jsonb)
), given as materialized (
  select * from jsonb_to_recordset($2::jsonb) as given (
    id uuid, lead_id uuid, attempt_number int, previous_attempt_id uuid, phone_e164 text, lead_phone_id uuid, dial_timezone text,
    trunk_id uuid, voice_node text, caller_id text, slot_at timestamptz, deadline_at timestamptz)
), queued as (
  insert into call_attempts (
    id, account_id, campaign_id, lead_id, attempt_number, previous_attempt_id, phone_e164, lead_phone_id, state, trunk_id,
    voice_node, caller_id_used, slot_at, deadline_at, deadline_type)
  select given.id, pass.account_id, pass.campaign_id, given.lead_id, given.attempt_number, given.previous_attempt_id,
    given.phone_e164, given.lead_phone_id, 'QUEUED', given.trunk_id, given.voice_node, given.caller_id, given.slot_at, given.deadline_at, 'QUEUE'
  from given cross join pass
  order by given.phone_e164
  on conflict do nothing
  returning id, lead_id, trunk_id, voice_node, slot_at, deadline_at
), marked as (
  update leads set status = 'IN_PROGRESS', status_reason = null, moving_from_attempt_id = null,
    -- Another number than its next, where that one's trunks were full.
    dial_phone_id = given.lead_phone_id, dial_timezone = given.dial_timezone
  from queued join given on given.id = queued.id where leads.id = queued.lead_id
), aside as materialized (
  select * from jsonb_to_recordset($3::jsonb) as aside (
    id uuid, status text, reason text, next_attempt_at timestamptz, keeps_move boolean, tries_next boolean, phone_id uuid)
), put_aside as (
  update leads
  set status = coalesce(aside.status, leads.status),
    status_reason = aside.reason,
    next_attempt_at = coalesce(aside.next_attempt_at, leads.next_attempt_at),
    moving_from_attempt_id = case when aside.keeps_move then leads.moving_from_attempt_id end
  from aside
  where leads.id = aside.id and not aside.tries_next
), other as materialized (
  -- The number alone is set aside, and the lead goes on with another as soon as one may be dialled.
  select aside.*, next.is_there, next.phone_id as next_phone_id, next.next_at
  from aside cross join pass cross join lateral dialer_next_number(
    aside.id, aside.phone_id, aside.status, aside.next_attempt_at, clock_timestamp(), pass.closed_zones) as next
  where aside.tries_next
), gone_on as (
  update leads
  set status = case when other.is_there then leads.status else other.status end,
    status_reason = case when other.is_there and coalesce(other.next_at, '-infinity') <= clock_timestamp() then null else other.reason end,
    next_attempt_at = case when other.is_there then other.next_at end,
    dial_phone_id = other.next_phone_id,
    dial_timezone = case
      when other.next_phone_id is not distinct from other.phone_id then leads.dial_timezone
      else coalesce(leads.timezone, (select number.dial_timezone from lead_phones as number where number.id = other.next_phone_id)) end,
    phone_state = case when other.phone_id is null and other.reason = 'DNC' then 'DNC' else leads.phone_state end,
    phone_next_attempt_at = case when other.phone_id is null then other.next_attempt_at else leads.phone_next_attempt_at end,
    moving_from_attempt_id = null
  from other
  where leads.id = other.id and (other.phone_id is null or dialer_write_number(
    other.phone_id, case when other.reason = 'DNC' then 'DNC' end, other.next_attempt_at, null))
), given_away as (
  update rate_limit_buckets set next_slot_at = slot.next_slot_at, given = slot.given
  from jsonb_to_recordset($4::jsonb) as slot (trunk_id uuid, next_slot_at timestamptz, given jsonb)
  where rate_limit_buckets.trunk_id = slot.trunk_id
), saved as (
  insert into campaign_passes (campaign_id, account_id, pass_at, next_pass_at, is_starved, waiting_for_trunks, waiting_for_nodes, verdict)
  select campaign_id, account_id, clock_timestamp(), next_pass_at,
    cardinality(waiting_for_trunks) + cardinality(waiting_for_nodes) > 0, waiting_for_trunks, waiting_for_nodes, verdict
  from pass
  on conflict (campaign_id) do update
  set pass_at = excluded.pass_at, next_pass_at = excluded.next_pass_at, is_starved = excluded.is_starved,
    waiting_for_trunks = excluded.waiting_for_trunks, waiting_for_nodes = excluded.waiting_for_nodes, verdict = excluded.verdict
)
select array(select queued.id from queued) as ids, (
  select count(*) from add_jobs(array(
    select row(
      'originate_call:' || queued.voice_node,
      json_build_object('attemptId', queued.id, 'trunkId', queued.trunk_id, 'accountId', pass.account_id),
      null, queued.slot_at, null, null, null, null)::job_spec
    from queued cross join pass
    union all
    select row(
      'fire_call_timer:' || queued.voice_node, json_build_object('attemptId', queued.id),
      null, queued.deadline_at, null, 'timer:' || queued.id, null, null)::job_spec
    from queued
  ))
) as jobs, (
  select run_job_by(
    'schedule_campaign', json_build_object('campaignId', pass.campaign_id), pass.next_pass_at,
    'schedule_campaign:' || pass.campaign_id)::text
  from pass where pass.has_next
) as next
