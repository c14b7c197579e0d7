/**
 * The wallboard's queries, for one viewer. Cheap enough for every second on a million attempts: live calls by their
 * partial indexes, ended ones by the index on their end, leads by the counts that are kept of them.
 */
import { z } from "zod";

import type { Database, Transaction } from "../database/pools.ts";
import { loadSql, statement } from "../database/sql.ts";

/**
 * Whose rows are read. An account's are read as role `authenticated` with the claims of its user's token, so that row
 * level security decides, as it does for the front end.
 */
export type ReadAs =
  | { readonly kind: "operator" }
  | {
      readonly kind: "account";
      readonly claims: Readonly<Record<string, unknown>>;
    };

/** The time from which calls are read again; the reader has cached earlier ones. */
export interface Since {
  readonly ended: Date;
  /** Since then in slices of ten seconds, before in slices of a minute. */
  readonly fine: Date;
  readonly started: Date;
}

const counts = z.record(z.string(), z.number());
const campaignRow = z.object({
  id: z.string(),
  name: z.string(),
  status: z.string(),
  pauseReason: z.string().nullable(),
  dialMode: z.string(),
  maxConcurrentCalls: z.number(),
  liveCalls: counts,
});
const blockerRow = z.object({
  campaignId: z.string(),
  reason: z.string(),
  count: z.number(),
  nextAt: z.date().nullable(),
});
const trunkRow = z.object({
  id: z.string(),
  name: z.string(),
  voiceNode: z.string(),
  isActive: z.boolean(),
  health: z.string(),
  disabledUntil: z.date().nullable(),
  disabledReason: z.string().nullable(),
  cpsLimit: z.number(),
  limitGroup: z.string().nullable(),
  callsPerSecond: z.number(),
  recentSeconds: z.array(z.number()),
  liveChannels: z.number(),
  maxChannels: z.number(),
});
const nodeRow = z.object({
  name: z.string(),
  hasEngine: z.boolean(),
  hasLease: z.boolean(),
  pbxConnected: z.boolean(),
});
const stateRow = z.object({ state: z.string(), attempts: z.number() });
const endedRow = z.object({
  campaignId: z.string(),
  at: z.date(),
  dialled: z.number(),
  answered: z.number(),
  people: z.number(),
  abandoned: z.number(),
});
const historyRow = z.object({
  campaignId: z.string(),
  at: z.date(),
  outcome: z.string(),
  isPerson: z.boolean(),
  calls: z.number(),
  answered: z.number(),
});
const startedRow = z.object({ at: z.date(), calls: z.number() });
const progressRow = z.object({
  campaignId: z.string(),
  leads: z.number(),
  leadsNew: z.number(),
  leadsInProgress: z.number(),
  leadsRetry: z.number(),
  leadsDone: z.number(),
  leadsFailed: z.number(),
  leadsDnc: z.number(),
  leadsInvalid: z.number(),
  percentDone: z.number(),
});

export type EndedSlice = z.output<typeof endedRow>;
/** Calls of one campaign, a quarter of an hour (`at`: its begin) and an outcome. */
export type HistoryRow = z.output<typeof historyRow>;
export type StartedSecond = z.output<typeof startedRow>;
/** Leads of a campaign by status, and the share that is through with, in percent. */
export type CampaignProgress = z.output<typeof progressRow>;

export interface WallboardRows {
  /** By the database's clock. */
  readonly at: Date;
  readonly campaigns: readonly z.output<typeof campaignRow>[];
  /** Of these campaigns. */
  readonly progress: readonly CampaignProgress[];
  readonly states: readonly z.output<typeof stateRow>[];
  readonly blockers: readonly z.output<typeof blockerRow>[];
  readonly trunks: readonly z.output<typeof trunkRow>[];
  readonly nodes: readonly z.output<typeof nodeRow>[];
  readonly ended: readonly EndedSlice[];
  /** An account's own calls; empty for operators, who have the figures of the trunks. */
  readonly started: readonly StartedSecond[];
}

/** The longest time that one statement, or all of them, may hold one of the engine's few connections. */
const boardTimeoutMs = 1_500;

/**
 * Reads all of it in one read-only transaction.
 *
 * @throws the database's error; 22023 when there is no role `authenticated` to read as
 */
export function readWallboard(
  database: Database,
  viewer: ReadAs,
  since: Since,
): Promise<WallboardRows> {
  return readOnly(database, viewer, boardTimeoutMs, async (transaction) => {
    const read = async <T extends z.ZodType>(
      row: T,
      name: string,
      values: unknown[] = [],
    ): Promise<z.output<T>[]> =>
      z.array(row).parse((await transaction.query(loadSql(name), values)).rows);
    const [now] = await read(z.object({ at: z.date() }), "wallboard/now");
    const at = now?.at ?? new Date();
    const campaigns = await read(campaignRow, "wallboard/campaigns");
    const isOperator = viewer.kind === "operator";
    return {
      at,
      campaigns,
      progress: await read(progressRow, "health/progress", [
        campaigns.map(({ id }) => id),
      ]),
      states: await read(stateRow, "health/attempts"),
      blockers: await read(blockerRow, "wallboard/blockers", [
        campaigns.map(({ id }) => id),
      ]),
      trunks: isOperator
        ? await read(trunkRow, "wallboard/trunks")
        : await read(trunkRow, "wallboard/account_trunks", [at]),
      nodes: await read(nodeRow, "wallboard/nodes"),
      ended: await read(endedRow, "wallboard/ended", [since.ended, since.fine]),
      started: isOperator
        ? []
        : await read(startedRow, "wallboard/started", [since.started]),
    };
  });
}

/**
 * Reads the results of the calls of some hours.
 *
 * @param from inclusive
 * @param to exclusive; an hour of 72,000 calls takes some 40 ms
 */
export function readCallHistory(
  database: Database,
  viewer: ReadAs,
  from: Date,
  to: Date,
): Promise<HistoryRow[]> {
  return readOnly(database, viewer, boardTimeoutMs, async (transaction) => {
    const { rows } = await transaction.query(loadSql("wallboard/history"), [
      from,
      to,
    ]);
    return z.array(historyRow).parse(rows);
  });
}

/** How far these campaigns are, as an operator sees it. */
export async function readProgress(
  database: Database,
  campaignIds: readonly string[],
): Promise<CampaignProgress[]> {
  const { rows } = await database.query(
    statement("health/progress", [campaignIds]),
  );
  return z.array(progressRow).parse(rows);
}

/** Role and claims live as long as the transaction: a connection that cannot be rolled back is thrown away. */
async function readOnly<T>(
  database: Database,
  viewer: ReadAs,
  timeoutMs: number,
  work: (transaction: Transaction) => Promise<T>,
): Promise<T> {
  const client = await database.connect();
  let broken: Error | undefined;
  try {
    await client.query("begin read only");
    // The engine's connections plan once for all values; which index serves here depends on the times asked for.
    await client.query(
      `set local statement_timeout = ${String(timeoutMs)}; set local plan_cache_mode = force_custom_plan`,
    );
    if (viewer.kind === "account")
      await client.query(
        "select set_config('request.jwt.claims', $1, true), set_config('role', 'authenticated', true)",
        [JSON.stringify(viewer.claims)],
      );
    return await work(client);
  } finally {
    await client.query("rollback").catch((error: unknown) => {
      broken = error instanceof Error ? error : new Error(String(error));
    });
    client.release(broken);
  }
}
