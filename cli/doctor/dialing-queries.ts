/** The doctor's queries to the dialer's own tables. Each runs in a read-only transaction of its own. */
import { z } from "zod";
import { readAsDoctor } from "./doctor-client.ts";
import { describeDatabase } from "../../database/installation.ts";
import type { DatabaseOptions } from "../../database/pools.ts";
import { loadSql, statementsIn } from "../../database/sql.ts";

const own = statementsIn(new URL("queries/", import.meta.url));

const trunkRow = z.object({
  id: z.string(),
  name: z.string(),
  voiceNode: z.string(),
  dialString: z.string(),
  cpsLimit: z.number(),
  maxChannels: z.number(),
  isActive: z.boolean(),
  health: z.string(),
  lastFault: z.string().nullable(),
  disabledReason: z.string().nullable(),
  isDisabled: z.boolean(),
  bucketMissing: z.boolean(),
  /** A campaign that dials through it, when neither has a caller id. */
  anonymousCampaign: z.string().nullable(),
});
export type TrunkFacts = z.infer<typeof trunkRow>;

const targetRow = z.object({
  context: z.string().nullable(),
  extension: z.string(),
  campaign: z.string(),
});

export interface PbxFacts {
  /** Id of this installation. */
  readonly installation: string;
  readonly trunks: readonly TrunkFacts[];
  /** Where campaigns of this node's trunks hand answered calls to; null: the engine's own context. */
  readonly targets: readonly z.infer<typeof targetRow>[];
}

/** Trunks of all nodes, and the dialplan targets of one. */
export async function readPbxFacts(
  options: DatabaseOptions,
  node: string,
  signal: AbortSignal,
): Promise<PbxFacts> {
  return readAsDoctor(options, signal, async (client) => {
    const trunks = await client.query(own.loadSql("trunks"));
    const targets = await client.query(own.loadSql("targets"), [node]);
    const [installation] = z
      .array(z.object({ id: z.string() }))
      .parse(
        (await client.query(loadSql("leadership/read_installation"))).rows,
      );
    return {
      installation: installation?.id ?? "",
      trunks: z.array(trunkRow).parse(trunks.rows),
      targets: z.array(targetRow).parse(targets.rows),
    };
  });
}

const nodeRow = z.object({
  adapter: z.string().nullable(),
  refusedAdapter: z.string().nullable(),
  pbxConnected: z.boolean(),
  leaseHeld: z.boolean(),
  /** Alive. */
  engines: z.number(),
});
export type NodeFacts = z.infer<typeof nodeRow>;

/** null: nobody has named the node yet. */
export async function readNode(
  options: DatabaseOptions,
  node: string,
  signal: AbortSignal,
): Promise<NodeFacts | null> {
  return readAsDoctor(options, signal, async (client) => {
    const { rows } = await client.query(own.loadSql("node"), [node]);
    return z.array(nodeRow).parse(rows)[0] ?? null;
  });
}

const callsRow = z.object({
  live: z.number(),
  stuck: z.number(),
  overdue: z.number(),
  /** How late the latest timer is; negative: none is late. */
  latestSeconds: z.number(),
});
export type CallFacts = z.infer<typeof callsRow>;

export async function readCalls(
  options: DatabaseOptions,
  signal: AbortSignal,
): Promise<CallFacts> {
  return readAsDoctor(options, signal, async (client) => {
    const { rows } = await client.query(own.loadSql("calls"));
    return callsRow.parse(rows[0]);
  });
}

const eventsRow = z.object({
  ended: z.number(),
  received: z.number(),
  orphaned: z.number(),
  answeredForAmd: z.number(),
  amdResults: z.number(),
});
export type EventFacts = z.infer<typeof eventsRow>;

export async function readEvents(
  options: DatabaseOptions,
  signal: AbortSignal,
): Promise<EventFacts> {
  return readAsDoctor(options, signal, async (client) => {
    const { rows } = await client.query(own.loadSql("events"));
    return eventsRow.parse(rows[0]);
  });
}

const campaignRow = z.object({
  status: z.string(),
  campaigns: z.number(),
  blockers: z.array(
    z.object({
      reason: z.string(),
      campaigns: z.number(),
      /** Name of one of them. */
      example: z.string(),
    }),
  ),
});
export type CampaignFacts = z.infer<typeof campaignRow>;

/** A row per status that occurs. */
export async function readCampaigns(
  options: DatabaseOptions,
  signal: AbortSignal,
): Promise<readonly CampaignFacts[]> {
  return readAsDoctor(options, signal, async (client) => {
    const { rows } = await client.query(own.loadSql("campaigns"));
    return z.array(campaignRow).parse(rows);
  });
}

const copyRow = z.object({
  /** An engine found that it is a copy, and nobody has released it. */
  isCopy: z.boolean(),
  /** Id of the original, and when an engine found it. */
  from: z.string().nullable(),
  copiedAt: z.string().nullable(),
  /** An engine has started here since places are recorded. */
  isSettled: z.boolean(),
  /** Nothing indicates that it was moved. */
  isHere: z.boolean(),
  /** Campaigns that wait to be released, and ACTIVE ones. */
  waiting: z.number(),
  active: z.number(),
});
export type CopyFacts = z.infer<typeof copyRow>;

/** Whether the database is a copy, or has been moved. */
export async function readCopy(
  options: DatabaseOptions,
  signal: AbortSignal,
): Promise<CopyFacts> {
  return readAsDoctor(options, signal, async (client) => {
    const place = await describeDatabase(client, options.url);
    const { rows } = await client.query(own.loadSql("copy"), [place]);
    return copyRow.parse(rows[0]);
  });
}
