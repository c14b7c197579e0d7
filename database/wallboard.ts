/**
 * What the wallboard shows, read for one viewer. Cheap enough for every second on a million attempts: live calls by
 * their partial indexes, ended ones by the index on their end, leads not at all (`readCampaignProgress` counts those).
 */
import { z } from "zod";

import type { Database, Transaction } from "./pools.ts";
import { loadSql } from "./sql.ts";

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

/** From when on calls are read again; earlier ones the reader remembers. */
export interface Since {
  readonly ended: Date;
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
  sentLastSecond: z.number(),
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
const startedRow = z.object({ at: z.date(), calls: z.number() });
const progressRow = z.object({
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
export type StartedSecond = z.output<typeof startedRow>;
/** Leads of one campaign by status, and the share that is through with, in percent. */
export type CampaignProgress = z.output<typeof progressRow>;

export interface WallboardRows {
  /** By the database's clock. */
  readonly at: Date;
  readonly campaigns: readonly z.output<typeof campaignRow>[];
  readonly states: readonly z.output<typeof stateRow>[];
  readonly blockers: readonly z.output<typeof blockerRow>[];
  readonly trunks: readonly z.output<typeof trunkRow>[];
  readonly nodes: readonly z.output<typeof nodeRow>[];
  readonly ended: readonly EndedSlice[];
  readonly started: readonly StartedSecond[];
}

/** Neither one statement nor all of them may hold one of the engine's few connections longer. */
const boardTimeoutMs = 1_500;
const progressTimeoutMs = 2_000;

/**
 * Reads everything but the leads, in one read-only transaction.
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
    const [now] = await read(z.object({ at: z.date() }), "wallboard_now");
    return {
      at: now?.at ?? new Date(),
      campaigns: await read(campaignRow, "wallboard_campaigns"),
      states: await read(stateRow, "status_attempts"),
      blockers: await read(blockerRow, "status_blockers"),
      trunks: await read(
        trunkRow,
        viewer.kind === "operator"
          ? "wallboard_trunks"
          : "wallboard_account_trunks",
      ),
      nodes: await read(nodeRow, "wallboard_nodes"),
      ended: await read(endedRow, "wallboard_ended", [since.ended]),
      started: await read(startedRow, "wallboard_started", [since.started]),
    };
  });
}

/**
 * Counts one campaign's leads: some 0.3 s for a million, so it is not for every second.
 *
 * @returns null when the viewer sees no such campaign
 */
export function readCampaignProgress(
  database: Database,
  viewer: ReadAs,
  campaignId: string,
): Promise<CampaignProgress | null> {
  return readOnly(database, viewer, progressTimeoutMs, async (transaction) => {
    const { rows } = await transaction.query(loadSql("status_progress"), [
      [campaignId],
    ]);
    const row: unknown = rows[0];
    return row === undefined ? null : progressRow.parse(row);
  });
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
