/** What the doctor asks of the dialer's own tables. Each in a read-only transaction of its own. */
import { z } from "zod";
import { readAsDoctor } from "./doctor-client.ts";
import type { DatabaseOptions } from "./pools.ts";
import { loadSql } from "./sql.ts";

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
});
export type TrunkFacts = z.infer<typeof trunkRow>;

const targetRow = z.object({
  context: z.string().nullable(),
  extension: z.string(),
  campaign: z.string(),
});

export interface PbxFacts {
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
    const trunks = await client.query(loadSql("doctor_trunks"));
    const targets = await client.query(loadSql("doctor_targets"), [node]);
    return {
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
    const { rows } = await client.query(loadSql("doctor_node"), [node]);
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
    const { rows } = await client.query(loadSql("doctor_calls"));
    return callsRow.parse(rows[0]);
  });
}

const eventsRow = z.object({
  ended: z.number(),
  heard: z.number(),
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
    const { rows } = await client.query(loadSql("doctor_events"));
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
    const { rows } = await client.query(loadSql("doctor_campaigns"));
    return z.array(campaignRow).parse(rows);
  });
}
