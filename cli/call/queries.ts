/**
 * The queries of `npm run call`. It inserts a campaign for one call, as an administrator; the running engine makes the
 * call.
 */
import { z } from "zod";

import { inTransaction } from "../../database/pools.ts";
import type { Database } from "../../database/pools.ts";
import { statementsIn } from "../../database/sql.ts";

const own = statementsIn(new URL("queries/", import.meta.url));

const trunkRow = z.object({
  id: z.string(),
  name: z.string(),
  /** Account the call would be made for. */
  accountId: z.string(),
  /** null: shared by all accounts. */
  ownerId: z.string().nullable(),
  voiceNode: z.string(),
  isActive: z.boolean(),
  /** An engine is alive on the trunk's voice node. */
  hasEngine: z.boolean(),
});
export type CallTrunk = z.infer<typeof trunkRow>;

/** @param accountId null: trunks of every account */
export async function readCallTrunks(
  database: Database,
  accountId: string | null,
): Promise<CallTrunk[]> {
  const { rows } = await database.query(own.statement("trunks", [accountId]));
  return z.array(trunkRow).parse(rows);
}

const accountRow = z.object({ country: z.string(), timezone: z.string() });

/** ISO 3166 country and IANA zone of an account. */
export async function readCallAccount(
  database: Database,
  accountId: string,
): Promise<z.infer<typeof accountRow>> {
  const { rows } = await database.query(own.statement("account", [accountId]));
  return accountRow.parse(rows[0]);
}

const destinationRow = z.object({
  id: z.string(),
  name: z.string(),
  flaw: z
    .enum([
      "DESTINATION_NOT_PERMITTED",
      "DESTINATION_INACTIVE",
      "DESTINATION_NODE",
    ])
    .nullable(),
});
export type CallDestination = z.infer<typeof destinationRow>;

/** All of them, with the reason (as in `dialing_blockers`) why calls of the account through the trunk cannot go there. */
export async function readCallDestinations(
  database: Database,
  { accountId, voiceNode }: CallTrunk,
): Promise<CallDestination[]> {
  const { rows } = await database.query(
    own.statement("destinations", [accountId, voiceNode]),
  );
  return z.array(destinationRow).parse(rows);
}

export interface CallRequest {
  readonly accountId: string;
  readonly name: string;
  readonly trunkId: string;
  readonly e164: string;
  readonly timezone: string;
  readonly callerId: string | null;
  readonly ringSeconds: number;
  /** Not used where there is a destination. */
  readonly extension: string;
  readonly destinationId: string | null;
}

export interface PlacedCall {
  readonly campaignId: string;
  readonly leadId: string;
  /** Epoch ms by the database's clock. */
  readonly startedMs: number;
}

const campaignRow = z.object({ id: z.string(), startedMs: z.coerce.number() });
const idRow = z.object({ id: z.string() });

/** Inserts the call in one transaction, so that the engine's pass finds it complete. */
export function placeCall(
  database: Database,
  request: CallRequest,
): Promise<PlacedCall> {
  const { accountId, timezone } = request;
  return inTransaction(database, async (transaction) => {
    const campaigns = await transaction.query(
      own.statement("campaign", [
        accountId,
        request.name,
        request.callerId,
        request.ringSeconds,
        request.extension,
        timezone,
        request.destinationId,
      ]),
    );
    const { id, startedMs } = campaignRow.parse(campaigns.rows[0]);
    await transaction.query(
      own.statement("campaign_trunk", [accountId, id, request.trunkId]),
    );
    const leads = await transaction.query(
      own.statement("lead", [accountId, id, request.e164, timezone]),
    );
    return {
      campaignId: id,
      leadId: idRow.parse(leads.rows[0]).id,
      startedMs,
    };
  });
}

const attemptSchema = z.object({
  id: z.string(),
  state: z.string(),
  outcome: z.string().nullable(),
  /** The outcome in words, English and Portuguese. */
  description: z.string().nullable(),
  inPortuguese: z.string().nullable(),
  queuedMs: z.number(),
  /** null: nothing was sent to the PBX. */
  originateMs: z.number().nullable(),
  rang: z.boolean(),
  answered: z.boolean(),
  ended: z.boolean(),
  callerId: z.string().nullable(),
  cause: z.string().nullable(),
  causeCode: z.number().nullable(),
  sipStatus: z.number().nullable(),
  sipReason: z.string().nullable(),
  hangupSource: z.string().nullable(),
  ringMs: z.number().nullable(),
  answeredMs: z.number().nullable(),
});
const stateRow = z.object({
  leadStatus: z.string(),
  leadReason: z.string().nullable(),
  campaignStatus: z.string(),
  attempt: attemptSchema.nullable(),
});
const eventRow = z.object({
  /** Number of this event among all events of the call. */
  key: z.string(),
  kind: z.string(),
  detail: z.record(z.string(), z.unknown()),
  /** Epoch ms by the database's clock, as `startedMs`. */
  learnedMs: z.coerce.number(),
});
export type CallAttempt = z.infer<typeof attemptSchema>;
export type CallHappening = z.infer<typeof eventRow>;
export type CallState = z.infer<typeof stateRow> & {
  readonly events: readonly CallHappening[];
};

/** State first, then events: the events of a call that has ended are all there. */
export async function readCall(
  database: Database,
  call: PlacedCall,
): Promise<CallState> {
  const state = await database.query(own.statement("state", [call.leadId]));
  const events = await database.query(own.statement("events", [call.leadId]));
  return {
    ...stateRow.parse(state.rows[0]),
    events: z.array(eventRow).parse(events.rows),
  };
}

/** Reasons in `dialing_blockers`, as codes. */
export async function readCallBlockers(
  database: Database,
  campaignId: string,
): Promise<string[]> {
  const { rows } = await database.query<{ reason: string }>(
    own.statement("blockers", [campaignId]),
  );
  return rows.map(({ reason }) => reason);
}

/** Gives the call up: a waiting call is not dialled, a dialled call is hung up, even a conversation. */
export async function cancelCall(
  database: Database,
  call: PlacedCall,
): Promise<void> {
  await inTransaction(database, async (transaction) => {
    await transaction.query(own.statement("cancel", [call.campaignId]));
    await transaction.query(own.statement("hang_up", [call.leadId]));
  });
}

/** Leaves no ACTIVE campaign behind; does nothing where the engine was first. */
export async function completeCall(
  database: Database,
  call: PlacedCall,
): Promise<void> {
  await database.query(own.statement("complete", [call.campaignId]));
}
