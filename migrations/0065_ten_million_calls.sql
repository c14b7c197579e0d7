-- What support and clients ask, at ten million calls: a client's own question by time, the list of the last calls, and the progress
-- of 200 campaigns were read from whole tables or whole accounts.
--
-- Row level security asks for the account, and n_distinct (0020) makes every account look small. So an index that begins with the
-- account must be the best one for the rest of the question too: one that is only of the campaign loses against the account's
-- 500,000 leads, which look like 1,500.

drop index leads_next_due;
create index leads_next_due on leads (account_id, campaign_id, due_at) where status in ('NEW', 'RETRY');
-- People who were not erased are counted from it alone, as from its forerunner, which had only those.
drop index leads_not_erased;
create index leads_by_campaign on leads (account_id, campaign_id, erased_at);

-- With the calls that were not sent: "the last ones first" begins with them.
drop index call_attempts_by_account;
create index call_attempts_by_account on call_attempts (account_id, originate_at);
create index call_attempts_by_queue on call_attempts (account_id, queued_at);
-- For administrators, who ask for no account. What was sent in an hour is found by blocks, at next to no cost.
create index call_attempts_by_time on call_attempts (queued_at);
create index call_attempts_sent on call_attempts using brin (originate_at timestamptz_minmax_multi_ops);

-- Made anew, so that they are the youngest. A session that planned while the table was empty takes the youngest of indexes that
-- seem equally good, and would read all calls of the account for each lead that is deleted (test/integration/schema/deletes.test.ts)
-- and for each number that is compared.
drop index call_attempts_one_live_per_phone;
create unique index call_attempts_one_live_per_phone on call_attempts (account_id, dialer_phone_key(phone_e164)) where end_at is null;
drop index call_attempts_by_phone;
create index call_attempts_by_phone on call_attempts (account_id, dialer_phone_key(phone_e164), originate_at desc);
drop index call_attempts_by_lead;
create index call_attempts_by_lead on call_attempts (lead_id, campaign_id, queued_at);

-- Names are looked up one by one, for the rows that are told, after order and limit. A join is planned by how many rows Postgres
-- believes an account to have, and was read from all leads of the account, or of the campaign for each call.
create or replace view call_details with (security_invoker = true) as
select attempt.id as attempt_id, attempt.account_id, attempt.campaign_id,
  (select campaign.name from campaigns as campaign where campaign.id = attempt.campaign_id) as campaign, attempt.lead_id,
  (select lead.external_id from leads as lead where lead.id = attempt.lead_id) as external_id,
  (select lead.first_name from leads as lead where lead.id = attempt.lead_id) as first_name,
  (select lead.last_name from leads as lead where lead.id = attempt.lead_id) as last_name,
  attempt.phone_e164, attempt.attempt_number, attempt.trunk_id,
  (select trunk.name from trunk_config as trunk where trunk.id = attempt.trunk_id) as trunk,
  attempt.voice_node, attempt.caller_id_used, attempt.state, attempt.outcome, attempt.queued_at,
  attempt.originate_at, attempt.ring_at, attempt.answer_at, attempt.bridge_at, attempt.end_at, attempt.ring_duration_ms,
  attempt.answered_duration_ms, attempt.talk_duration_ms, attempt.hangup_cause, attempt.hangup_source,
  attempt.sip_final_code, attempt.amd_result, attempt.agent_id, attempt.disposition
from call_attempts as attempt;
comment on view call_details is
  'Every call with the names of its campaign, person and trunk, for people and exports. Quick by queued_at, originate_at, lead_id or attempt_id; ask for other columns beside one of these, and for a person by lead_id.';

create or replace view campaign_progress with (security_invoker = true) as
select campaign.id as campaign_id, campaign.account_id, campaign.name, campaign.status,
  kept.total as leads, kept.fresh as leads_new, kept.in_progress as leads_in_progress,
  kept.retry as leads_retry, kept.done as leads_done, kept.failed as leads_failed,
  kept.dnc as leads_dnc, kept.invalid as leads_invalid,
  kept.attempts, kept.dials, kept.answered,
  live.queued as live_queued, live.dialling as live_dialling, live.answered as live_answered, live.agent as live_agent,
  (select lead.due_at from leads as lead
    where lead.account_id = campaign.account_id and lead.campaign_id = campaign.id and lead.status in ('NEW', 'RETRY')
    order by lead.due_at limit 1) as next_due_at,
  case when kept.total = 0 then 0
    else round(100.0 * (kept.done + kept.failed + kept.dnc + kept.invalid) / kept.total, 1) end as percent_done,
  campaign.is_archived
from campaigns as campaign
cross join lateral (
  select coalesce(sum(leads_new + leads_in_progress + leads_retry + leads_done + leads_failed + leads_dnc + leads_invalid), 0)::bigint
      as total,
    coalesce(sum(leads_new), 0)::bigint as fresh, coalesce(sum(leads_in_progress), 0)::bigint as in_progress,
    coalesce(sum(leads_retry), 0)::bigint as retry, coalesce(sum(leads_done), 0)::bigint as done,
    coalesce(sum(leads_failed), 0)::bigint as failed, coalesce(sum(leads_dnc), 0)::bigint as dnc,
    coalesce(sum(leads_invalid), 0)::bigint as invalid, coalesce(sum(counts.attempts), 0)::bigint as attempts,
    coalesce(sum(counts.dials), 0)::bigint as dials, coalesce(sum(counts.answered), 0)::bigint as answered
  from campaign_counts as counts
  where counts.account_id = campaign.account_id and counts.campaign_id = campaign.id) as kept
cross join lateral (
  select count(*) filter (where state = 'QUEUED') as queued,
    count(*) filter (where state in ('ORIGINATING', 'RINGING', 'EARLY_MEDIA')) as dialling,
    count(*) filter (where state in ('ANSWERED', 'AMD_PROCESSING')) as answered,
    count(*) filter (where state in ('WAITING_AGENT', 'AGENT_RINGING', 'BRIDGED')) as agent
  from call_attempts where call_attempts.campaign_id = campaign.id and end_at is null) as live;
