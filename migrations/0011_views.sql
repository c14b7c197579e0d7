-- What people ask: how far is it, what is it waiting for, what is due.

create view call_attempt_timers with (security_invoker = true) as
select id as attempt_id, account_id, deadline_type as timer_type, deadline_at as fires_at,
  false as fired, false as cancelled
from call_attempts
where end_at is null and deadline_at is not null
union all
select attempt_id, account_id, detail ->> 'timerType', at, true, false
from call_attempt_events
where kind = 'TIMER_FIRED';
comment on view call_attempt_timers is 'Deadlines of live attempts, and those that fired.';
comment on column call_attempt_timers.attempt_id is 'The attempt.';
comment on column call_attempt_timers.account_id is 'Its account.';
comment on column call_attempt_timers.timer_type is 'QUEUE, ORIGINATE, RING, AMD, AGENT_ASSIGN, AGENT_RING, MAX_DURATION or SETTLE.';
comment on column call_attempt_timers.fires_at is 'When it fires or fired.';
comment on column call_attempt_timers.fired is 'Whether it has.';
comment on column call_attempt_timers.cancelled is 'Always false: a deadline that was overtaken is no longer kept.';

create view campaign_progress with (security_invoker = true) as
select campaign.id as campaign_id, campaign.account_id, campaign.name, campaign.status,
  lead_counts.total as leads, lead_counts.fresh as leads_new, lead_counts.in_progress as leads_in_progress,
  lead_counts.retry as leads_retry, lead_counts.done as leads_done, lead_counts.failed as leads_failed,
  lead_counts.dnc as leads_dnc, lead_counts.invalid as leads_invalid,
  lead_counts.attempts, lead_counts.dials, answers.answered,
  live.queued as live_queued, live.dialling as live_dialling, live.answered as live_answered, live.agent as live_agent,
  lead_counts.next_due_at,
  case when lead_counts.total = 0 then 0
    else round(100.0 * (lead_counts.done + lead_counts.failed + lead_counts.dnc + lead_counts.invalid)
      / lead_counts.total, 1) end as percent_done
from campaigns as campaign
cross join lateral (
  select count(*) as total,
    count(*) filter (where status = 'NEW') as fresh,
    count(*) filter (where status = 'IN_PROGRESS') as in_progress,
    count(*) filter (where status = 'RETRY') as retry,
    count(*) filter (where status = 'DONE') as done,
    count(*) filter (where status = 'FAILED') as failed,
    count(*) filter (where status = 'DNC') as dnc,
    count(*) filter (where status = 'INVALID') as invalid,
    coalesce(sum(leads.attempts), 0) as attempts,
    coalesce(sum(leads.dials), 0) as dials,
    min(due_at) filter (where status in ('NEW', 'RETRY')) as next_due_at
  from leads where leads.campaign_id = campaign.id) as lead_counts
cross join lateral (
  select count(*) as answered from call_attempts
  where call_attempts.campaign_id = campaign.id and answer_at is not null) as answers
cross join lateral (
  select count(*) filter (where state = 'QUEUED') as queued,
    count(*) filter (where state in ('ORIGINATING', 'RINGING', 'EARLY_MEDIA')) as dialling,
    count(*) filter (where state in ('ANSWERED', 'AMD_PROCESSING')) as answered,
    count(*) filter (where state in ('WAITING_AGENT', 'AGENT_RINGING', 'BRIDGED')) as agent
  from call_attempts where call_attempts.campaign_id = campaign.id and end_at is null) as live;
comment on view campaign_progress is 'How far each campaign is. Counts its leads: ask for the campaigns you mean.';
comment on column campaign_progress.campaign_id is 'The campaign.';
comment on column campaign_progress.account_id is 'Its account.';
comment on column campaign_progress.name is 'Its name.';
comment on column campaign_progress.status is 'Its status.';
comment on column campaign_progress.leads is 'All its leads.';
comment on column campaign_progress.leads_new is 'Never dialled.';
comment on column campaign_progress.leads_in_progress is 'With a live attempt.';
comment on column campaign_progress.leads_retry is 'To be dialled again.';
comment on column campaign_progress.leads_done is 'Reached.';
comment on column campaign_progress.leads_failed is 'Given up.';
comment on column campaign_progress.leads_dnc is 'Not to be called.';
comment on column campaign_progress.leads_invalid is 'Without a number that can be dialled.';
comment on column campaign_progress.attempts is 'Attempts that counted.';
comment on column campaign_progress.dials is 'Originates of any kind.';
comment on column campaign_progress.answered is 'Attempts that were answered.';
comment on column campaign_progress.live_queued is 'Live attempts not sent yet.';
comment on column campaign_progress.live_dialling is 'Live attempts from Originate to the answer.';
comment on column campaign_progress.live_answered is 'Live attempts answered, without agent.';
comment on column campaign_progress.live_agent is 'Live attempts waiting for an agent or with one.';
comment on column campaign_progress.next_due_at is 'When the next lead is or was due.';
comment on column campaign_progress.percent_done is 'Share of leads with a final status, in percent.';

create function dialer_node_facts()
returns table (voice_node text, has_engine boolean, has_lease boolean, pbx_connected boolean, adapter_refused boolean)
language sql stable security definer set search_path from current as $$
  select node.name,
    exists (select from engines
      where engines.voice_node = node.name and heartbeat_at > clock_timestamp() - interval '10 seconds'),
    node.lease_holder is not null and node.lease_expires_at > clock_timestamp(),
    node.pbx_connected,
    node.refused_adapter is not null
  from voice_nodes as node
$$;
comment on function dialer_node_facts() is 'What anyone may know of the voice nodes: whether each is served.';

create function dialer_engine_is_alive() returns boolean
language sql stable security definer set search_path from current as $$
  select exists (select from engines where heartbeat_at > clock_timestamp() - interval '10 seconds')
$$;
comment on function dialer_engine_is_alive() is 'Whether any engine is running.';

create function dialer_trunk_has_bucket(trunk uuid) returns boolean
language sql stable security definer set search_path from current as $$
  select exists (select from rate_limit_buckets where trunk_id = trunk)
$$;
comment on function dialer_trunk_has_bucket(uuid) is 'Whether a trunk has its rate limit bucket, without which it is not used.';

create view dialing_blockers with (security_invoker = true) as
with active as (
  select id, account_id from campaigns where status = 'ACTIVE'
), usable_trunks as (
  select active.id as campaign_id, trunk.*
  from active
  join trunk_config as trunk on trunk.account_id is null or trunk.account_id = active.account_id
  where not exists (select from campaign_trunks where campaign_trunks.campaign_id = active.id)
    or exists (select from campaign_trunks
      where campaign_trunks.campaign_id = active.id and campaign_trunks.trunk_id = trunk.id)
), nodes as (
  select distinct usable_trunks.campaign_id, fact.*
  from usable_trunks join dialer_node_facts() as fact on fact.voice_node = usable_trunks.voice_node
  where usable_trunks.is_active
)
select found.campaign_id, found.reason, max(found.count) as count, min(found.next_at) as next_at
from (
-- What a pass said of trunks and PBXs is superseded by what is true of them now.
select pass.campaign_id, item ->> 'reason' as reason, coalesce((item ->> 'count')::bigint, 1) as count,
  (item ->> 'next_at')::timestamptz as next_at
from active join campaign_passes as pass on pass.campaign_id = active.id,
  jsonb_array_elements(pass.verdict) as item
where item ->> 'reason' not in (
  'NO_TRUNK', 'TRUNK_INACTIVE', 'TRUNK_DISABLED', 'MISSING_BUCKET', 'NO_LEASE', 'PBX_DISCONNECTED')
union all
select active.id, 'NO_PASS_YET', 1, null
from active
where not exists (select from campaign_passes as pass where pass.campaign_id = active.id and pass.pass_at is not null)
union all
select active.id, 'NO_TRUNK', 1, null
from active where not exists (select from usable_trunks where usable_trunks.campaign_id = active.id)
union all
select campaign_id, 'TRUNK_INACTIVE', count(*), null
from usable_trunks where not is_active group by campaign_id
union all
select campaign_id, 'TRUNK_DISABLED', count(*), min(disabled_until)
from usable_trunks where is_active and disabled_until > clock_timestamp() group by campaign_id
union all
select campaign_id, 'TRUNK_OUT', count(*), null
from usable_trunks where is_active and health = 'OUT' and (disabled_until is null or disabled_until <= clock_timestamp())
group by campaign_id
union all
select campaign_id, 'MISSING_BUCKET', count(*), null
from usable_trunks where is_active and not dialer_trunk_has_bucket(id) group by campaign_id
union all
select active.id, 'NO_ACTIVE_ENGINE', greatest(count(nodes.voice_node), 1), null
from active left join nodes on nodes.campaign_id = active.id
where nodes.has_engine is false or (nodes.voice_node is null and not dialer_engine_is_alive())
group by active.id
union all
select campaign_id, 'ADAPTER_MISMATCH', count(*), null
from nodes where has_engine and not has_lease and adapter_refused group by campaign_id
union all
select campaign_id, 'NO_LEASE', count(*), null
from nodes where has_engine and not has_lease and not adapter_refused group by campaign_id
union all
select campaign_id, 'PBX_DISCONNECTED', count(*), null
from nodes where has_lease and not pbx_connected group by campaign_id
union all
select id, pause_reason, 1, null
from campaigns where status = 'PAUSED' and pause_reason is not null
) as found
group by found.campaign_id, found.reason;
comment on view dialing_blockers is
  'Why a campaign does not dial at full rate: the verdict of its last pass and what is true now of engines, PBXs and trunks; and why the engine paused it.';
comment on column dialing_blockers.campaign_id is 'The campaign.';
comment on column dialing_blockers.reason is 'The reason, as a code.';
comment on column dialing_blockers.count is 'How many leads, trunks or PBXs it concerns.';
comment on column dialing_blockers.next_at is 'When it can change by itself, if known.';

create function dialer_list_jobs()
returns table (id bigint, task text, campaign_id uuid, lead_id uuid, attempt_id uuid, run_at timestamptz,
  attempts integer, max_attempts integer, last_error text, locked_by text, locked_at timestamptz, key text)
language plpgsql stable security definer set search_path from current as $$
#variable_conflict use_column
begin
  return query
    select job.id, task.identifier, coalesce(named.campaign, attempt.campaign_id), attempt.lead_id, named.attempt,
      job.run_at, job.attempts::integer, job.max_attempts::integer, job.last_error, job.locked_by, job.locked_at, job.key
    from _private_jobs as job
    join _private_tasks as task on task.id = job.task_id
    cross join lateral (
      select
        case when job.payload ->> 'campaignId' ~ '^[0-9a-f-]{36}$' then (job.payload ->> 'campaignId')::uuid end as campaign,
        case when job.payload ->> 'attemptId' ~ '^[0-9a-f-]{36}$' then (job.payload ->> 'attemptId')::uuid end as attempt
    ) as named
    left join call_attempts as attempt on attempt.id = named.attempt;
end $$;
comment on function dialer_list_jobs() is
  'Every waiting, running or failed job. A function, not a view on the worker''s tables, so that the worker''s own migrations may change them.';

create view dialer_jobs with (security_invoker = true) as
select id, task, campaign_id, lead_id, attempt_id, run_at, attempts, max_attempts, last_error, locked_by, locked_at, key
from dialer_list_jobs();
comment on view dialer_jobs is 'For administrators: every job with what it is about.';
comment on column dialer_jobs.id is 'Graphile Worker''s id.';
comment on column dialer_jobs.task is 'Task identifier.';
comment on column dialer_jobs.campaign_id is 'Campaign it is about.';
comment on column dialer_jobs.lead_id is 'Lead it is about.';
comment on column dialer_jobs.attempt_id is 'Attempt it is about.';
comment on column dialer_jobs.run_at is 'Not before this.';
comment on column dialer_jobs.attempts is 'How often it was tried.';
comment on column dialer_jobs.max_attempts is 'After so many tries it failed for good, and nobody runs it again.';
comment on column dialer_jobs.last_error is 'What went wrong last.';
comment on column dialer_jobs.locked_by is 'Worker that runs it now.';
comment on column dialer_jobs.locked_at is 'Since when.';
comment on column dialer_jobs.key is 'Job key, if any.';

select dialer_close('function', 'dialer_node_facts()', 'dialer_engine_is_alive()', 'dialer_trunk_has_bucket(uuid)',
  'dialer_list_jobs()');
select dialer_close('table', 'call_attempt_timers', 'campaign_progress', 'dialing_blockers', 'dialer_jobs');
