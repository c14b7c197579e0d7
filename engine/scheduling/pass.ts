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
import { saveBlockers, writePass } from "../../database/scheduling-writes.ts";
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
import { fewPartitions, readPartitionsInRounds } from "./lead-partitions.ts";
import { atTheFront, cursorAfter } from "../../dialing/scan-cursor.ts";
import type { PassCursor } from "../../dialing/scan-cursor.ts";
import { selectLeads } from "./lead-selection.ts";
import type { SelectedLeads } from "./lead-selection.ts";
import { findUsableTrunks } from "../../dialing/trunk-capacity.ts";
import type { UsableTrunks } from "../../dialing/trunk-capacity.ts";
import { Blockers } from "../../dialing/blockers.ts";
import type { CampaignToPass, PassFacts } from "../../dialing/pass-facts.ts";
import { allPartitions } from "../../dialing/lead-partitions.ts";
import type { PartitionsRead } from "../../dialing/lead-partitions.ts";

export interface PassOptions {
  /** Least time between two passes of a campaign, ms. */
  readonly intervalMs: number;
  readonly random: () => number;
  /** How long it waits for rows that other transactions hold; absent: as its connection says. */
  readonly lockTimeoutMs?: number;
  /** Ids of trunks that calls wait for and whose rate the engine does not know. */
  readonly trunksWithoutLimiter?: readonly string[];
  /** Where the campaign's last pass stopped; default: this one begins at the front. */
  readonly cursor?: PassCursor;
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
      readonly cursor: PassCursor;
      /** No lead waits any more, or the campaign's time is over: it may be complete. */
      readonly maybeComplete: boolean;
    };

/** The sweep requests a pass of every campaign each minute; a pass names no later moment than this. */
const latestNextPassMs = 60_000;
/** The switch is asked how full it is every 10 s. */
const nextReadOfSwitchMs = 5_000;

/** The blocker of a campaign whose pass threw; the next successful pass removes it. */
export const passFailed = "PASS_FAILED";

const dialledNothing = {
  kind: "passed",
  scheduled: 0,
  dueNow: [],
  starved: false,
  cursor: atTheFront,
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
  const pass = (read: PartitionsRead | null) =>
    inTransaction(
      database,
      (transaction) => passLocked(transaction, campaignId, read, options),
      limits,
    );
  let result = await pass(null);
  while (result.kind === "many_partitions") {
    const { partitions, restEndsMs } = options.cursor ?? atTheFront;
    const rests = result.campaign.nowMs < (restEndsMs ?? -Infinity);
    result = await pass(
      await readPartitionsInRounds(database, result, partitions, rests),
    );
  }
  return result;
}

/** @param read the read of the lead partitions, or null if they are still to be read */
async function passLocked(
  transaction: Transaction,
  campaignId: string,
  read: PartitionsRead | null,
  options: PassOptions,
): Promise<PassResult | ManyPartitions> {
  const campaign = await lockPass(transaction, campaignId);
  if (campaign === null) return { kind: "not_active" };
  const blockers = new Blockers();
  if (
    campaign.validUntilMs !== null &&
    campaign.validUntilMs <= campaign.nowMs
  ) {
    blockers.note("EXPIRED");
    await writePass(transaction, campaign, nothingNext(campaign, blockers));
    return { ...dialledNothing, maybeComplete: true };
  }
  for (const flaw of accountFlaws(campaign)) blockers.note(flaw);
  if (!blockers.isEmpty) {
    await writePass(transaction, campaign, nothingNext(campaign, blockers));
    return dialledNothing;
  }
  const facts = await readPass(
    transaction,
    campaign,
    new Date(dayStartMs(campaign, 0)),
    read === null ? fewPartitions + 1 : 0,
  );
  const hours = hoursOf(campaign, facts);
  if (read === null && facts.partitions.length > fewPartitions)
    return { kind: "many_partitions", campaign, hours };
  const { random } = options;
  const usable = findUsableTrunks(campaign, facts, blockers);
  const context = { transaction, campaign, hours, usable, blockers, random };
  return passActive(
    { ...context, facts },
    read ?? allPartitions(facts.partitions),
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
  read: PartitionsRead,
  options: PassOptions,
): Promise<PassResult> {
  const { campaign, usable, blockers } = context;
  const cursor = options.cursor ?? atTheFront;
  const found = await selectLeads(context, read.partitions, cursor);
  // Leads of partitions that this round has not reached may be due.
  const selected = read.isCut ? { ...found, leadsLeft: true } : found;
  noteLimits(context, selected, read.partitions.length);
  for (const { id } of usable.trunks)
    if (options.trunksWithoutLimiter?.includes(id)) blockers.note("NO_LINE");
  const queued = await writeSelection(context, selected, options);
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
      selected.waitingForTrunks.length + selected.waitingForNodes.length > 0,
    cursor: cursorAfter(selected.scanState, read, cursor),
    maybeComplete: read.partitions.length === 0,
  };
}

async function writeSelection(
  context: PassContext & { readonly facts: PassFacts },
  selected: SelectedLeads,
  options: PassOptions,
): Promise<NewAttempt[]> {
  const { transaction, campaign, blockers } = context;
  const slots = slotsOf(context, selected);
  const queued = await writePass(transaction, campaign, {
    ...selected,
    slots,
    nextPassAt: new Date(nextPassMs(context, selected, options)),
    blockers: blockers.toRows(),
    opens: context.hours.opens(),
    hasNext: true,
  });
  const refused = selected.attempts.length - queued.size;
  if (refused > 0) {
    blockers.note("PHONE_BUSY", refused);
    await saveBlockers(transaction, campaign, blockers.toRows());
  }
  return selected.attempts.filter(({ id }) => queued.has(id));
}

/** Of each trunk that was used: its next slot, and which accounts were given calls recently. */
function slotsOf(
  { campaign, usable, facts }: PassContext & { readonly facts: PassFacts },
  { attempts }: SelectedLeads,
): PassDecisions["slots"] {
  return usable.trunks.flatMap(({ id, cpsLimit }) => {
    const calls = attempts.filter(({ trunk_id }) => trunk_id === id).length;
    if (calls === 0) return [];
    const { accountId, nowMs } = campaign;
    const given = facts.trunks[id]?.given ?? {};
    return [
      {
        trunk_id: id,
        next_slot_at: new Date(usable.capacity.nextSlotMs(id)).toISOString(),
        given: withCalls(given, accountId, calls, nowMs, cpsLimit),
      },
    ];
  });
}

/** Names what kept a pass from dialling the remaining leads, or why no lead was due. */
function noteLimits(
  context: PassContext,
  selected: SelectedLeads,
  partitions: number,
): void {
  const { blockers } = context;
  if (partitions === 0) blockers.note("NO_LEADS", 0);
  else if (
    !selected.leadsLeft &&
    selected.attempts.length === 0 &&
    !blockers.has("OUTSIDE_WINDOW")
  )
    blockers.note("NO_LEAD_DUE", 0, selected.nextDueMs);
  if (!selected.leadsLeft) return;
  const dayEndsMs = dayStartMs(context.campaign, 1);
  for (const limit of limitsOf(context.usable))
    blockers.note(
      limit,
      1,
      limit === "ACCOUNT_DIALS_PER_DAY" ? dayEndsMs : null,
    );
}

function limitsOf(usable: UsableTrunks): string[] {
  if (usable.trunks.length === 0) return [];
  const { capacity } = usable;
  const limits = new Set<string>();
  if (capacity.campaignFree <= 0) limits.add(usable.campaignLimit);
  for (const trunk of usable.trunks) {
    if (capacity.share(trunk.id) === 0) limits.add("HIGHER_PRIORITY_CAMPAIGN");
    else if (capacity.freeChannels(trunk.id) <= 0)
      limits.add(
        capacity.isShared(trunk.id) ? "ACCOUNT_SHARE" : "TRUNK_CHANNELS",
      );
    else if (capacity.nodeFree(trunk.node) <= 0)
      limits.add(usable.nodeLimits.get(trunk.node) ?? "NO_LEASE");
    else if (capacity.freeSlots(trunk) <= 0) {
      limits.add("CPS");
      if (capacity.isShared(trunk.id)) limits.add("ACCOUNT_SHARE");
    }
  }
  if (limits.size === 0) limits.add("PASS_LIMIT");
  return [...limits];
}

function nextPassMs(
  context: PassContext,
  selected: SelectedLeads,
  options: PassOptions,
): number {
  const { nowMs } = context.campaign;
  const latest = nowMs + latestNextPassMs;
  const soon = nowMs + options.intervalMs;
  const slotsRanOut =
    context.blockers.has("CPS") ||
    context.blockers.has("SWITCH_CPS") ||
    context.blockers.has("ACCOUNT_SHARE") ||
    // No notice says what the account's other campaigns leave.
    context.blockers.has("ACCOUNT_CONCURRENCY") ||
    context.blockers.has("ACCOUNT_CPS") ||
    context.blockers.has("PASS_LIMIT");
  if (selected.leadsLeft && slotsRanOut) return soon;
  // The last leads were removed for good: the next pass finds none, and the campaign may be complete.
  const isDone = selected.nextDueMs === null && selected.attempts.length === 0;
  if (!selected.leadsLeft && isDone && selected.setAside.length > 0)
    return soon;
  // No notice says when calls of other programs end.
  const laterMs = context.blockers.has("SWITCH_SESSIONS")
    ? nowMs + nextReadOfSwitchMs
    : latest;
  return Math.max(soon, Math.min(laterMs, selected.nextDueMs ?? laterMs));
}

function nothingNext(
  campaign: CampaignToPass,
  blockers: Blockers,
): PassDecisions {
  return {
    attempts: [],
    setAside: [],
    slots: [],
    nextPassAt: new Date(campaign.nowMs + latestNextPassMs),
    waitingForTrunks: [],
    waitingForNodes: [],
    blockers: blockers.toRows(),
    opens: {},
    hasNext: false,
  };
}
