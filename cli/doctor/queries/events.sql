-- The PBX's events of the last calls of an hour; no parameters. Timers and the engine's own entries are not events of
-- the PBX. At most 50 calls, read from the end of the index.
select count(*)::int as ended,
  (count(*) filter (where exists (
    select from call_attempt_events as event
    where event.attempt_id = last.id and event.kind not in ('TIMER_FIRED', 'LOST', 'NOT_SENT'))))::int as received,
  (count(*) filter (where last.outcome = 'ORPHANED'))::int as orphaned,
  (count(*) filter (where last.answer_at is not null and last.wants_amd))::int as "answeredForAmd",
  (count(*) filter (where last.answer_at is not null and last.wants_amd and last.amd_result is not null))::int as "amdResults"
from (
  select attempt.id, attempt.outcome, attempt.answer_at, attempt.amd_result,
    case when destination.id is null
      then campaign.amd_action is not null or campaign.dialplan_extension in ('amd', 'amd_queue')
      else destination.amd_action is not null or destination.extension in ('amd', 'amd_queue') end as wants_amd
  from call_attempts as attempt
  join campaigns as campaign on campaign.id = attempt.campaign_id
  left join destinations as destination on destination.id = campaign.destination_id
  where attempt.end_at > clock_timestamp() - interval '1 hour' and attempt.originate_at is not null
  order by attempt.end_at desc
  limit 50) as last
