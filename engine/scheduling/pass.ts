/**
 * One scheduling pass of one campaign, in one transaction: lock, count, claim, say why not more, and name the moment of
 * the next pass. If its leads have many partitions, the first transaction only notices this, and a second one uses what
 * was read in between (`lead-partitions.ts`).
 *
 * Killed anywhere: nothing happened, and the job that requested the pass is still there. Two at once: the campaign's
 * lock makes one wait for the other. Database gone: the same as killed.
 */
import { inTransaction } from "../../database/pools.ts";
import type { Database, Transaction } from "../../database/pools.ts";
import { lockPass, readPass } from "../../database/scheduling.ts";
import { saveVerdict, writePass } from "../../database/scheduling-writes.ts";
import type {
  NewAttempt,
  PassDecisions,
} from "../../database/scheduling-writes.ts";
import type { CallingWindow, Weekday } from "../../dialing/calling-windows.ts";
import { isKnownZone, windowsOf } from "../../dialing/calling-windows.ts";
import { withCalls } from "../../dialing/fair-share.ts";
import { isKnownCountry } from "../../dialing/phone-number.ts";
import { dayStartMs } from "../../dialing/lead-eligibility.ts";
import { ZoneHours } from "./pass-context.ts";
import type { PassContext } from "./pass-context.ts";
import { fewPartitions, lookAtPartitions } from "./lead-partitions.ts";
import { atTheFront, placeBehind } from "../../dialing/scan-cursor.ts";
import type { PassPlace } from "../../dialing/scan-cursor.ts";
import { harvestLeads } from "./lead-selection.ts";
import type { LeadHarvest } from "./lead-selection.ts";
import { openLines } from "../../dialing/trunk-capacity.ts";
import type { PassLines } from "../../dialing/trunk-capacity.ts";
import { PassVerdict } from "../../dialing/blockers.ts";
import type { CampaignToPass, PassFacts } from "../../dialing/pass-facts.ts";
import { allPartitions } from "../../dialing/lead-partitions.ts";
import type { PartitionsLook } from "../../dialing/lead-partitions.ts";

export interface PassOptions {
  /** Least time between two passes of a campaign, ms. */
  readonly intervalMs: number;
  readonly random: () => number;
  /** How long it waits for rows that other transactions hold; absent: as its connection says. */
  readonly lockTimeoutMs?: number;
  /** Ids of trunks that calls wait for and whose rate the engine does not know. */
  readonly trunksWithoutLine?: readonly string[];
  /** Where the campaign's last pass stopped; default: this one begins at the front. */
  readonly place?: PassPlace;
}

/** Queued, and its slot has come. */
export interface DueAttempt {
  readonly attemptId: string;
  readonly trunkId: string;
  readonly accountId: string;
}

export type PassResult =
  | { readonly kind: "not_active" }
  | {
      readonly kind: "passed";
      readonly scheduled: number;
      /** Those of them whose slot has come. */
      readonly dueNow: readonly DueAttempt[];
      /** Leads wait for trunks that other campaigns use too. */
      readonly starved: boolean;
      /** Where the next pass continues. */
      readonly place: PassPlace;
      /** No lead waits any more, or the campaign's time is over: it may be complete. */
      readonly maybeComplete: boolean;
    };

/** The sweep requests a pass of every campaign each minute; a pass names no later moment than this. */
const latestNextPassMs = 60_000;
/** The switch is asked how full it is every 10 s. */
const nextLookAtSwitchMs = 5_000;

/** The blocker of a campaign whose pass threw; the next successful pass removes it. */
export const passFailed = "PASS_FAILED";

const dialledNothing = {
  kind: "passed",
  scheduled: 0,
  dueNow: [],
  starved: false,
  place: atTheFront,
  maybeComplete: false,
} satisfies PassResult;

/**
 * Why the account may not dial, or may not send answered calls to this destination; and settings of the account with
 * which no number can be read and no day begins.
 */
function accountFlaws(campaign: CampaignToPass): string[] {
  const flaws: string[] = [];
  if (campaign.accountFlaw !== null) flaws.push(campaign.accountFlaw);
  if (campaign.destinationFlaw !== null) flaws.push(campaign.destinationFlaw);
  if (!isKnownCountry(campaign.defaultCountry)) flaws.push("UNKNOWN_COUNTRY");
  if (!isKnownZone(campaign.accountTimezone)) flaws.push("UNKNOWN_TIMEZONE");
  return flaws;
}

/** Its leads have more partitions than are read under locks; nothing has been decided. */
interface ManyPartitions extends Pick<PassContext, "campaign" | "hours"> {
  readonly kind: "many_partitions";
}

/**
 * @throws whatever the database throws, after the transaction's own retries; 55P03 if another transaction held its rows
 *   for too long
 */
export async function runSchedulingPass(
  database: Database,
  campaignId: string,
  options: PassOptions,
): Promise<PassResult> {
  const { lockTimeoutMs } = options;
  const limits = {
    ...(lockTimeoutMs !== undefined && { lockTimeoutMs }),
    byIndex: true,
  };
  const pass = (look: PartitionsLook | null) =>
    inTransaction(
      database,
      (transaction) => passLocked(transaction, campaignId, look, options),
      limits,
    );
  let result = await pass(null);
  while (result.kind === "many_partitions") {
    const { partitions, restEndsMs } = options.place ?? atTheFront;
    const rests = result.campaign.nowMs < (restEndsMs ?? -Infinity);
    result = await pass(
      await lookAtPartitions(database, result, partitions, rests),
    );
  }
  return result;
}

/** @param look the read of the lead partitions, or null if they are still to be read */
async function passLocked(
  transaction: Transaction,
  campaignId: string,
  look: PartitionsLook | null,
  options: PassOptions,
): Promise<PassResult | ManyPartitions> {
  const campaign = await lockPass(transaction, campaignId);
  if (campaign === null) return { kind: "not_active" };
  const verdict = new PassVerdict();
  if (
    campaign.validUntilMs !== null &&
    campaign.validUntilMs <= campaign.nowMs
  ) {
    verdict.note("EXPIRED");
    await writePass(transaction, campaign, nothingNext(campaign, verdict));
    return { ...dialledNothing, maybeComplete: true };
  }
  for (const flaw of accountFlaws(campaign)) verdict.note(flaw);
  if (!verdict.isEmpty) {
    await writePass(transaction, campaign, nothingNext(campaign, verdict));
    return dialledNothing;
  }
  const facts = await readPass(
    transaction,
    campaign,
    new Date(dayStartMs(campaign, 0)),
    look === null ? fewPartitions + 1 : 0,
  );
  const hours = hoursOf(campaign, facts);
  if (look === null && facts.partitions.length > fewPartitions)
    return { kind: "many_partitions", campaign, hours };
  const { random } = options;
  const lines = openLines(campaign, facts, verdict);
  const context = { transaction, campaign, hours, lines, verdict, random };
  return passActive(
    { ...context, facts },
    look ?? allPartitions(facts.partitions),
    options,
  );
}

function hoursOf(campaign: CampaignToPass, facts: PassFacts): ZoneHours {
  const { startTime, endTime } = campaign;
  const workDays = campaign.workDays as Weekday[];
  const own = facts.windows as CallingWindow[];
  return new ZoneHours(
    windowsOf({ startTime, endTime, workDays }, own),
    campaign,
  );
}

async function passActive(
  context: PassContext & { readonly facts: PassFacts },
  look: PartitionsLook,
  options: PassOptions,
): Promise<PassResult> {
  const { campaign, lines, verdict } = context;
  const place = options.place ?? atTheFront;
  const found = await harvestLeads(context, look.partitions, place);
  // Leads of partitions that this round has not reached may be due.
  const harvest = look.isCut ? { ...found, leadsLeft: true } : found;
  noteLimits(context, harvest, look.partitions.length);
  for (const { id } of lines.trunks)
    if (options.trunksWithoutLine?.includes(id)) verdict.note("NO_LINE");
  const queued = await writeHarvest(context, harvest, options);
  return {
    kind: "passed",
    scheduled: queued.length,
    dueNow: queued
      .filter(({ slot_at }) => Date.parse(slot_at) <= campaign.nowMs)
      .map(({ id, trunk_id }) => ({
        attemptId: id,
        trunkId: trunk_id,
        accountId: campaign.accountId,
      })),
    starved:
      harvest.waitingForTrunks.length + harvest.waitingForNodes.length > 0,
    place: placeBehind(harvest.place, look, place),
    maybeComplete: look.partitions.length === 0,
  };
}

async function writeHarvest(
  context: PassContext & { readonly facts: PassFacts },
  harvest: LeadHarvest,
  options: PassOptions,
): Promise<NewAttempt[]> {
  const { transaction, campaign, verdict } = context;
  const slots = slotsOf(context, harvest);
  const queued = await writePass(transaction, campaign, {
    ...harvest,
    slots,
    nextPassAt: new Date(nextPassMs(context, harvest, options)),
    verdict: verdict.toRows(),
    opens: context.hours.opens(),
    hasNext: true,
  });
  const refused = harvest.attempts.length - queued.size;
  if (refused > 0) {
    verdict.note("PHONE_BUSY", refused);
    await saveVerdict(transaction, campaign, verdict.toRows());
  }
  return harvest.attempts.filter(({ id }) => queued.has(id));
}

/** Of each trunk that was used: its next slot, and which accounts were given calls recently. */
function slotsOf(
  { campaign, lines, facts }: PassContext & { readonly facts: PassFacts },
  { attempts }: LeadHarvest,
): PassDecisions["slots"] {
  return lines.trunks.flatMap(({ id, cpsLimit }) => {
    const calls = attempts.filter(({ trunk_id }) => trunk_id === id).length;
    if (calls === 0) return [];
    const { accountId, nowMs } = campaign;
    const given = facts.trunks[id]?.given ?? {};
    return [
      {
        trunk_id: id,
        next_slot_at: new Date(lines.book.nextSlotMs(id)).toISOString(),
        given: withCalls(given, accountId, calls, nowMs, cpsLimit),
      },
    ];
  });
}

/** Names what kept a pass from dialling the remaining leads, or why no lead was due. */
function noteLimits(
  context: PassContext,
  harvest: LeadHarvest,
  partitions: number,
): void {
  const { verdict } = context;
  if (partitions === 0) verdict.note("NO_LEADS", 0);
  else if (
    !harvest.leadsLeft &&
    harvest.attempts.length === 0 &&
    !verdict.has("OUTSIDE_WINDOW")
  )
    verdict.note("NO_LEAD_DUE", 0, harvest.nextDueMs);
  if (!harvest.leadsLeft) return;
  const dayEndsMs = dayStartMs(context.campaign, 1);
  for (const limit of limitsOf(context.lines))
    verdict.note(
      limit,
      1,
      limit === "ACCOUNT_DIALS_PER_DAY" ? dayEndsMs : null,
    );
}

function limitsOf(lines: PassLines): string[] {
  if (lines.trunks.length === 0) return [];
  const { book } = lines;
  const limits = new Set<string>();
  if (book.campaignFree <= 0) limits.add(lines.campaignLimit);
  for (const trunk of lines.trunks) {
    if (book.share(trunk.id) === 0) limits.add("HIGHER_PRIORITY_CAMPAIGN");
    else if (book.freeChannels(trunk.id) <= 0)
      limits.add(book.isShared(trunk.id) ? "ACCOUNT_SHARE" : "TRUNK_CHANNELS");
    else if (book.nodeFree(trunk.node) <= 0)
      limits.add(lines.nodeLimits.get(trunk.node) ?? "NO_LEASE");
    else if (book.freeSlots(trunk) <= 0) {
      limits.add("CPS");
      if (book.isShared(trunk.id)) limits.add("ACCOUNT_SHARE");
    }
  }
  if (limits.size === 0) limits.add("PASS_LIMIT");
  return [...limits];
}

function nextPassMs(
  context: PassContext,
  harvest: LeadHarvest,
  options: PassOptions,
): number {
  const { nowMs } = context.campaign;
  const latest = nowMs + latestNextPassMs;
  const soon = nowMs + options.intervalMs;
  const slotsRanOut =
    context.verdict.has("CPS") ||
    context.verdict.has("SWITCH_CPS") ||
    context.verdict.has("ACCOUNT_SHARE") ||
    // No notice says what the account's other campaigns leave.
    context.verdict.has("ACCOUNT_CONCURRENCY") ||
    context.verdict.has("ACCOUNT_CPS") ||
    context.verdict.has("PASS_LIMIT");
  if (harvest.leadsLeft && slotsRanOut) return soon;
  // The last leads were removed for good: the next pass finds none, and the campaign may be complete.
  const isDone = harvest.nextDueMs === null && harvest.attempts.length === 0;
  if (!harvest.leadsLeft && isDone && harvest.setAside.length > 0) return soon;
  // No notice says when calls of other programs end.
  const laterMs = context.verdict.has("SWITCH_SESSIONS")
    ? nowMs + nextLookAtSwitchMs
    : latest;
  return Math.max(soon, Math.min(laterMs, harvest.nextDueMs ?? laterMs));
}

function nothingNext(
  campaign: CampaignToPass,
  verdict: PassVerdict,
): PassDecisions {
  return {
    attempts: [],
    setAside: [],
    slots: [],
    nextPassAt: new Date(campaign.nowMs + latestNextPassMs),
    waitingForTrunks: [],
    waitingForNodes: [],
    verdict: verdict.toRows(),
    opens: {},
    hasNext: false,
  };
}
