/** Reads what the tables say at the end of a round. Times become epoch milliseconds. */
import type pg from "pg";

import { readCounts } from "../../test/support/kept-counts.ts";
import type {
  AttemptRow,
  CampaignRow,
  JobRow,
  LeadRow,
  RetryRow,
  Rows,
  TrunkRow,
} from "./evidence.ts";

const ms = (column: string): string =>
  `(extract(epoch from ${column}) * 1000)::float8`;

export async function readRows(client: pg.Client): Promise<Rows> {
  const read = async <T extends pg.QueryResultRow>(
    sql: string,
  ): Promise<readonly T[]> => (await client.query<T>(sql)).rows;
  const [settings] = await read<{ gap: number }>(
    "select min_gap_seconds as gap from account_settings",
  );
  return {
    attempts: await read<AttemptRow>(
      `select call_attempts.id, lead_id as "leadId", campaign_id as "campaignId", trunk_id as "trunkId",
         previous_attempt_id as "previousAttemptId", phone_e164 as phone, state, outcome,
         coalesce(counts_as_attempt, false) as counts,
         coalesce(ring_at, early_media_at, answer_at) is not null as "hasRung", ${ms("queued_at")} as "queuedAt",
         ${ms("originate_at")} as "originateAt", ${ms("end_at")} as "endAt"
       from call_attempts left join outcomes on outcomes.code = outcome order by queued_at`,
    ),
    leads: await read<LeadRow>(
      `select id, campaign_id as "campaignId", phone_e164 as phone, status, attempts, dials,
         array(select number.phone_e164 from lead_phones as number where number.lead_id = leads.id) as "furtherPhones"
       from leads order by id`,
    ),
    campaigns: await read<CampaignRow>(
      `select id, name, status, max_concurrent_calls as "maxConcurrentCalls", max_attempts as "maxAttempts" from campaigns order by name`,
    ),
    trunks: await read<TrunkRow>(
      'select id, name, cps_limit::float8 as "cpsLimit", max_channels as "maxChannels" from trunk_config order by name',
    ),
    retryRules: await read<RetryRow>(
      `select outcome, delay_seconds as "delaySeconds", max_tries as "maxTries" from retry_rules
       where outcome is not null and account_id is null`,
    ),
    jobs: [],
    counts: await readCounts(client),
    minGapSeconds: settings?.gap ?? 0,
  };
}

/** Read when no engine runs any more, so that every lock is a leftover. */
export async function readJobs(client: pg.Client): Promise<readonly JobRow[]> {
  const { rows } = await client.query<JobRow>(
    `select task, attempts, max_attempts as "maxAttempts", locked_by as "lockedBy", ${ms("run_at")} as "runAt",
       left(last_error, 300) as error from dialer_jobs`,
  );
  return rows;
}

/** What is still open, as text for people; null when everything is dialled and both campaigns are over. */
export async function readOpen(client: pg.Client): Promise<string | null> {
  const { rows } = await client.query<Record<string, unknown>>(
    `select (select jsonb_object_agg(status, n) from (
         select leads.status, count(*) as n from leads join campaigns on campaigns.id = campaign_id
         where leads.status = 'IN_PROGRESS' or leads.status in ('NEW', 'RETRY') and campaigns.status <> 'CANCELLED'
         group by leads.status) as s) as leads,
       (select jsonb_object_agg(state, n) from (
         select state, count(*) as n from call_attempts where end_at is null group by state) as a) as attempts,
       (select jsonb_object_agg(name, status) from campaigns where status not in ('COMPLETED', 'CANCELLED')) as campaigns,
       (select jsonb_agg(distinct task) from dialer_jobs
         where attempts < max_attempts and run_at < clock_timestamp() - interval '2 seconds') as overdue`,
  );
  const row = rows[0] ?? {};
  const isOpen = Object.values(row).some((value) => value !== null);
  if (!isOpen) return null;
  const blockers = await client.query<{ reason: string }>(
    "select distinct reason from dialing_blockers",
  );
  const reasons = blockers.rows.map(({ reason }) => reason);
  return JSON.stringify({ ...row, blockers: reasons });
}

/** The events of all calls, for a person who looks into a finding. */
export async function readEvents(client: pg.Client): Promise<unknown[]> {
  const { rows } = await client.query<Record<string, unknown>>(
    "select attempt_id, at, kind, detail from call_attempt_events order by at",
  );
  return rows;
}

/** Every column of every attempt, for the same person. */
export async function readAttempts(client: pg.Client): Promise<unknown[]> {
  const { rows } = await client.query<Record<string, unknown>>(
    "select * from call_attempts order by queued_at",
  );
  return rows;
}
