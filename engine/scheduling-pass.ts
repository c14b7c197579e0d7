/**
 * One scheduling pass of one campaign, in one transaction: lock, count, claim, say why not more, and
 * name the moment of the next pass.
 *
 * Killed anywhere: nothing happened, and the job that asked for the pass is still there. Two at once: the
 * campaign's lock makes them one after the other. Database gone: the same as killed.
 */
import { inTransaction } from "../database/pools.ts";
import type { Database, Transaction } from "../database/pools.ts";
import { lockPass, readPass } from "../database/scheduling.ts";
import type { CampaignToPass } from "../database/scheduling.ts";
import { saveVerdict, writePass } from "../database/scheduling-writes.ts";
import type {
  NewAttempt,
  PassDecisions,
} from "../database/scheduling-writes.ts";
import type { CallingWindow, Weekday } from "../dialing/calling-windows.ts";
import { isKnownZone, windowsOf } from "../dialing/calling-windows.ts";
import { isKnownCountry } from "../dialing/phone-number.ts";
import type { Submission } from "./executor-dependencies.ts";
import { ZoneHours } from "./pass-context.ts";
import type { PassContext } from "./pass-context.ts";
import { kindsInOpenZones } from "./pass-kinds.ts";
import { atTheFront } from "./pass-lap.ts";
import type { PassPlace } from "./pass-lap.ts";
import { harvestLeads } from "./pass-leads.ts";
import type { LeadHarvest } from "./pass-leads.ts";
import { openLines } from "./pass-trunks.ts";
import type { PassLines } from "./pass-trunks.ts";
import { PassVerdict } from "./pass-verdict.ts";

export interface PassOptions {
  /** Least time between two passes of a campaign, ms. */
  readonly intervalMs: number;
  readonly random: () => number;
  /** How long it waits for rows that others hold; left out: as its connection says. */
  readonly lockTimeoutMs?: number;
  /** Ids of trunks that calls wait for and that the engine knows no rate of. */
  readonly trunksWithoutLine?: readonly string[];
  /** Where the campaign's last pass stopped; default: nowhere, this one begins at the front. */
  readonly place?: PassPlace;
}

export type PassResult =
  | { readonly kind: "not_active" }
  | {
      readonly kind: "passed";
      readonly scheduled: number;
      /** Those of them whose slot has come. */
      readonly dueNow: readonly Submission[];
      /** Leads wait for lines that other campaigns use too. */
      readonly hungry: boolean;
      /** Where the next pass goes on. */
      readonly place: PassPlace;
      /** No lead waits any more, or the campaign's time is over: it may be complete. */
      readonly maybeComplete: boolean;
    };

/** The sweep looks at every campaign each minute; a pass names no later moment than this. */
const latestNextPassMs = 60_000;
/** The switch is asked how full it is every 10 s. */
const nextLookAtSwitchMs = 5_000;

/** The blocker of a campaign whose pass threw; the next that does not takes it away. */
export const passFailed = "PASS_FAILED";

const dialledNothing = {
  kind: "passed",
  scheduled: 0,
  dueNow: [],
  hungry: false,
  place: atTheFront,
  maybeComplete: false,
} satisfies PassResult;

/** Settings of the account by which no number can be read and no day begins. */
function accountFlaws(campaign: CampaignToPass): string[] {
  const flaws: string[] = [];
  if (!isKnownCountry(campaign.defaultCountry)) flaws.push("UNKNOWN_COUNTRY");
  if (!isKnownZone(campaign.accountTimezone)) flaws.push("UNKNOWN_TIMEZONE");
  return flaws;
}

/** @throws whatever the database throws, after the transaction's own retries; 55P03 when somebody held its rows for too long */
export function runSchedulingPass(
  database: Database,
  campaignId: string,
  options: PassOptions,
): Promise<PassResult> {
  const { lockTimeoutMs } = options;
  const limits = lockTimeoutMs === undefined ? {} : { lockTimeoutMs };
  const pass = async (transaction: Transaction): Promise<PassResult> => {
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
    return passActive(transaction, campaign, verdict, options);
  };
  return inTransaction(database, pass, limits);
}

async function passActive(
  transaction: Transaction,
  campaign: CampaignToPass,
  verdict: PassVerdict,
  options: PassOptions,
): Promise<PassResult> {
  const facts = await readPass(transaction, campaign);
  const lines = openLines(campaign, facts, verdict);
  const windows = windowsOf(
    {
      startTime: campaign.startTime,
      endTime: campaign.endTime,
      workDays: campaign.workDays as Weekday[],
    },
    facts.windows as CallingWindow[],
  );
  const context: PassContext = {
    transaction,
    campaign,
    hours: new ZoneHours(windows, campaign),
    lines,
    verdict,
    random: options.random,
  };
  const buckets = await kindsInOpenZones(context, facts.buckets);
  const place = options.place ?? atTheFront;
  const harvest = await harvestLeads(context, buckets, place);
  noteLimits(context, harvest, facts.buckets.length);
  for (const { id } of lines.trunks)
    if (options.trunksWithoutLine?.includes(id)) verdict.note("NO_LINE");
  const queued = await writeHarvest(context, harvest, options);
  return {
    kind: "passed",
    scheduled: queued.length,
    dueNow: queued
      .filter(({ slot_at }) => Date.parse(slot_at) <= campaign.nowMs)
      .map(({ id, trunk_id }) => ({ attemptId: id, trunkId: trunk_id })),
    hungry: harvest.hungryFor.length > 0,
    place: harvest.place,
    maybeComplete: facts.buckets.length === 0,
  };
}

async function writeHarvest(
  context: PassContext,
  harvest: LeadHarvest,
  options: PassOptions,
): Promise<NewAttempt[]> {
  const { transaction, campaign, lines, verdict } = context;
  const used = new Set(harvest.attempts.map((attempt) => attempt.trunk_id));
  const slots = lines.trunks
    .filter((trunk) => used.has(trunk.id))
    .map((trunk) => ({
      trunk_id: trunk.id,
      next_slot_at: new Date(lines.book.nextSlotMs(trunk.id)).toISOString(),
    }));
  const queued = await writePass(transaction, campaign, {
    ...harvest,
    slots,
    nextPassAt: new Date(nextPassMs(context, harvest, options)),
    hungryFor: harvest.hungryFor,
    verdict: verdict.toRows(),
    hasNext: true,
  });
  const refused = harvest.attempts.length - queued.size;
  if (refused > 0) {
    verdict.note("PHONE_BUSY", refused);
    await saveVerdict(transaction, campaign, verdict.toRows());
  }
  return harvest.attempts.filter(({ id }) => queued.has(id));
}

/** Names what kept a pass with leads left from dialling them, or why no lead was due. */
function noteLimits(
  context: PassContext,
  harvest: LeadHarvest,
  buckets: number,
): void {
  const { verdict } = context;
  if (buckets === 0) verdict.note("NO_LEADS", 0);
  else if (
    !harvest.leadsLeft &&
    harvest.attempts.length === 0 &&
    !verdict.has("OUTSIDE_WINDOW")
  )
    verdict.note("NO_LEAD_DUE", 0, harvest.nextDueMs);
  if (!harvest.leadsLeft) return;
  for (const limit of limitsOf(context.lines)) verdict.note(limit);
}

function limitsOf(lines: PassLines): string[] {
  if (lines.trunks.length === 0) return [];
  const { book } = lines;
  const limits = new Set<string>();
  if (book.campaignFree <= 0) limits.add("CAMPAIGN_CONCURRENCY");
  for (const trunk of lines.trunks) {
    if (book.share(trunk.id) === 0) limits.add("HIGHER_PRIORITY_CAMPAIGN");
    else if (book.freeChannels(trunk.id) <= 0) limits.add("TRUNK_CHANNELS");
    else if (book.nodeFree(trunk.node) <= 0)
      limits.add(lines.nodeLimits.get(trunk.node) ?? "NO_LEASE");
    else if (book.freeSlots(trunk) <= 0) limits.add("CPS");
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
    context.verdict.has("PASS_LIMIT");
  if (harvest.leadsLeft && slotsRanOut) return soon;
  // The last leads were taken out for good: the next pass finds none, and the campaign may be complete.
  const isDone = harvest.nextDueMs === null && harvest.attempts.length === 0;
  if (!harvest.leadsLeft && isDone && harvest.setAside.length > 0) return soon;
  // Strangers' calls end without anybody telling us.
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
    hungryFor: [],
    verdict: verdict.toRows(),
    hasNext: false,
  };
}
