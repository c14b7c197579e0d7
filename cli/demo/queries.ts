/**
 * The demo's queries: whether it may run on the database, its own campaign, the progress and the results. It writes as
 * an administrator and a front end do; the engine does the rest.
 */
import { z } from "zod";
import { inTransaction } from "../../database/pools.ts";
import type { Database, Transaction } from "../../database/pools.ts";
import { statementsIn } from "../../database/sql.ts";

const own = statementsIn(new URL("queries/", import.meta.url));

const obstaclesRow = z.object({
  liveEngines: z.number(),
  heldLeases: z.number(),
  realTrunks: z.number(),
  realTrunk: z.string().nullable(),
  activeCampaigns: z.number(),
});
export type DemoObstacles = z.infer<typeof obstaclesRow>;

/** Reads only. @returns null when the dialer's tables do not exist yet: then nothing prevents the demo */
export async function readDemoObstacles(
  database: Database,
): Promise<DemoObstacles | null> {
  const installed = await database.query<{ isInstalled: boolean }>(
    own.statement("installed"),
  );
  if (installed.rows[0]?.isInstalled !== true) return null;
  const { rows } = await database.query(own.statement("obstacles"));
  return obstaclesRow.parse(rows[0]);
}

/** Column names of the `recordset` in the queries, because the rows travel to Postgres as JSON. */
export interface DemoTrunk {
  readonly name: string;
  readonly cps: number;
  readonly channels: number;
  readonly priority: number;
}

export interface DemoRetryRule {
  readonly outcome: string;
  readonly seconds: number;
  readonly tries: number;
}

export interface DemoLead {
  readonly external_id: string;
  readonly phone: string;
  readonly first_name: string;
  /** Why this one must never be dialled; null: it is dialled. */
  readonly never: "DNC" | "DUPLICATE" | "INVALID" | null;
  readonly e164: string | null;
}

export interface DemoPlan {
  readonly accountId: string;
  readonly voiceNode: string;
  readonly campaignName: string;
  readonly minGapSeconds: number;
  readonly maxConcurrentCalls: number;
  readonly maxAttempts: number;
  readonly setupTimeoutSeconds: number;
  readonly maxCallDurationSeconds: number;
  readonly trunks: readonly DemoTrunk[];
  readonly retryRules: readonly DemoRetryRule[];
  readonly leads: readonly DemoLead[];
}

const idRow = z.object({ id: z.string() });

/** Inserts all of the demo, its campaign in DRAFT. @returns the campaign's id */
export function insertDemo(
  database: Database,
  plan: DemoPlan,
): Promise<string> {
  return inTransaction(database, async (transaction) => {
    const { accountId } = plan;
    const ask = (name: string, values: unknown[]) =>
      transaction.query(own.statement(name, values));
    await ask("account", [accountId, plan.minGapSeconds]);
    const campaignId = await insertCampaign(transaction, plan);
    const trunks = await ask("trunks", [
      accountId,
      plan.voiceNode,
      JSON.stringify(plan.trunks),
    ]);
    const trunkIds = z
      .array(idRow)
      .parse(trunks.rows)
      .map(({ id }) => id);
    await ask("campaign_trunks", [accountId, campaignId, trunkIds]);
    const rules = JSON.stringify(plan.retryRules);
    await ask("retry_rules", [accountId, campaignId, rules]);
    const leads = JSON.stringify(plan.leads);
    await ask("leads", [accountId, campaignId, leads]);
    return campaignId;
  });
}

async function insertCampaign(
  transaction: Transaction,
  plan: DemoPlan,
): Promise<string> {
  const { rows } = await transaction.query(
    own.statement("campaign", [
      plan.accountId,
      plan.campaignName,
      plan.maxConcurrentCalls,
      plan.maxAttempts,
      plan.setupTimeoutSeconds,
      plan.maxCallDurationSeconds,
    ]),
  );
  return idRow.parse(rows[0]).id;
}

export async function startDemo(
  database: Database,
  campaignId: string,
): Promise<void> {
  await database.query(own.statement("start", [campaignId]));
}

const outcomeRow = z.object({
  outcome: z.string(),
  count: z.number(),
  /** Those of them that an Originate was sent for. */
  sent: z.number(),
});
export type DemoOutcome = z.infer<typeof outcomeRow>;

const progressRow = z.object({
  status: z.string(),
  pauseReason: z.string().nullable(),
  leads: z.number(),
  leadsFinal: z.number(),
  leadsNew: z.number(),
  leadsRetry: z.number(),
  queued: z.number(),
  dialling: z.number(),
  talking: z.number(),
});

export type DemoProgress = z.infer<typeof progressRow> & {
  readonly outcomes: readonly DemoOutcome[];
};

export async function readDemoProgress(
  database: Database,
  campaignId: string,
): Promise<DemoProgress> {
  const { rows } = await database.query(
    own.statement("progress", [campaignId]),
  );
  const outcomes = await readOutcomes(database, campaignId);
  return { ...progressRow.parse(rows[0]), outcomes };
}

async function readOutcomes(
  database: Database,
  campaignId: string,
): Promise<DemoOutcome[]> {
  const { rows } = await database.query(
    own.statement("outcomes", [campaignId]),
  );
  return z.array(outcomeRow).parse(rows);
}

const totalsRow = z.object({
  status: z.string(),
  completedBy: z.string().nullable(),
  attempts: z.number(),
  live: z.number(),
  moved: z.number(),
  retries: z.number(),
  leadsDialled: z.number(),
  leadsOpen: z.number(),
  /** Sum of `leads.dials`: Originates that were committed. */
  dials: z.number(),
  /** Dials of leads that must never be dialled. */
  forbiddenDials: z.number(),
  forbiddenNotSetAside: z.number(),
});
const timersRow = z.object({
  fired: z.number(),
  p50Ms: z.number().nullable(),
  p99Ms: z.number().nullable(),
});
const trunkRow = z.object({
  name: z.string(),
  cpsLimit: z.number(),
  maxChannels: z.number(),
  mostLive: z.number(),
  attempts: z.number(),
});
const leadResultRow = z.object({
  status: z.string(),
  reason: z.string(),
  count: z.number(),
});

export interface DemoResults {
  readonly totals: z.infer<typeof totalsRow>;
  readonly timers: z.infer<typeof timersRow>;
  readonly trunks: readonly z.infer<typeof trunkRow>[];
  readonly outcomes: readonly DemoOutcome[];
  readonly leads: readonly z.infer<typeof leadResultRow>[];
  /** Reasons in `dialing_blockers`, for a run that did not finish. */
  readonly blockers: readonly string[];
}

/** The results of the demo, from the database. */
export async function readDemoResults(
  database: Database,
  campaignId: string,
): Promise<DemoResults> {
  const rowsOf = async (name: string): Promise<unknown[]> =>
    (await database.query(own.statement(name, [campaignId]))).rows as unknown[];
  return {
    totals: totalsRow.parse((await rowsOf("totals"))[0]),
    timers: timersRow.parse((await rowsOf("timers"))[0]),
    trunks: z.array(trunkRow).parse(await rowsOf("trunk_results")),
    outcomes: await readOutcomes(database, campaignId),
    leads: z.array(leadResultRow).parse(await rowsOf("lead_results")),
    blockers: z
      .array(z.object({ reason: z.string() }))
      .parse(await rowsOf("blockers"))
      .map(({ reason }) => reason),
  };
}

/** Questions of somebody who has seen the demo and wants to look into its tables; the printing code has their texts. */
export type DemoQuestion =
  "progress" | "blockers" | "most-dialled" | "attempts" | "events";

export interface DemoAnswer {
  readonly question: DemoQuestion;
  /** The query, as it may be pasted into any client. */
  readonly sql: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
}

const questions = (
  id: string,
): readonly (readonly [DemoQuestion, string])[] => [
  [
    "progress",
    `select status, percent_done, leads, leads_done, leads_failed, attempts, answered from campaign_progress where campaign_id = '${id}'`,
  ],
  [
    "blockers",
    `select reason, count, next_at from dialing_blockers where campaign_id = '${id}'`,
  ],
  [
    "most-dialled",
    `select phone, status, attempts, dials, last_outcome from leads where campaign_id = '${id}' order by dials desc, phone limit 5`,
  ],
  [
    "attempts",
    `select attempt_number, state, outcome, hangup_cause, sip_final_code from call_attempts where lead_id = (select lead_id from call_attempts where campaign_id = '${id}' order by attempt_number desc, lead_id limit 1) order by attempt_number`,
  ],
  [
    "events",
    `select at, kind from call_attempt_events where attempt_id = (select id from call_attempts where campaign_id = '${id}' order by attempt_number desc, lead_id limit 1) order by at limit 8`,
  ],
];

/** Asks all of them. */
export async function askDemoQuestions(
  database: Database,
  campaignId: string,
): Promise<readonly DemoAnswer[]> {
  const answers: DemoAnswer[] = [];
  for (const [question, sql] of questions(campaignId)) {
    const { fields, rows } = await database.query<unknown[]>({
      text: sql,
      rowMode: "array",
    });
    const columns = fields.map(({ name }) => name);
    answers.push({ question, sql: `${sql};`, columns, rows });
  }
  return answers;
}
