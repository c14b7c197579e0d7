/** The trunks of one pass: counted, and sorted into those that can dial now and the reasons of the others. */
import { accountRooms, isCallerIdPermitted } from "./account-limits.ts";
import { Capacity } from "./capacity.ts";
import type { TrunkLoad } from "./capacity.ts";
import { compilePattern } from "./trunk-choice.ts";
import { PassShares } from "./capacity-shares.ts";
import type { Blockers } from "./blockers.ts";
import { mostUnheardCalls } from "./pass-facts.ts";
import type { CampaignToPass, PassFacts, TrunkRow } from "./pass-facts.ts";

/** A trunk that this pass may use, in the form `chooseTrunk` wants but for the free counts. */
export type PassTrunk = Omit<TrunkRow, "numberPattern"> & {
  readonly numberPattern: RegExp | null;
};

export interface UsableTrunks {
  readonly trunks: readonly PassTrunk[];
  readonly capacity: Capacity;
  /** What limits the campaign as a whole: its own limit, or one of its account. */
  readonly campaignLimit: string;
  /** By node: what would limit it first. */
  readonly nodeLimits: ReadonlyMap<string, string>;
}

/** Computes what the campaign's trunks can take now. */
export function findUsableTrunks(
  campaign: CampaignToPass,
  facts: PassFacts,
  blockers: Blockers,
): UsableTrunks {
  const allowed = campaign.trunks.filter((trunk) => trunk.isAllowed);
  const trunks = allowed.flatMap((row) =>
    mayShow(row, campaign, blockers)
      ? usableTrunk(row, facts, campaign.nowMs, blockers)
      : [],
  );
  if (allowed.length === 0 && campaign.hasTrunkLimit)
    blockers.note("ACCOUNT_TRUNKS");
  const shares = new PassShares(campaign, facts);
  const room = campaignRoom(campaign, facts);
  const nodes = new Map(
    Object.keys(facts.nodes).map((name) => [name, shares.roomOf(name)]),
  );
  const capacity = new Capacity(
    campaign.trunks.map((row) => loadOf(row, facts)),
    {
      nowMs: campaign.nowMs,
      campaignFree: room.free,
      nodeFree: new Map([...nodes].map(([name, { free }]) => [name, free])),
      shareOf: (trunkId) => shares.inAccount({ trunkId }),
      partOf: (trunkIds, free) => shares.partOf(trunkIds, free),
    },
  );
  const nodeLimits = new Map(
    [...nodes].map(([name, { reason }]) => [name, reason]),
  );
  if (trunks.some((row) => isAnonymous(row, campaign, facts)))
    blockers.note("NO_CALLER_ID");
  return { trunks, capacity, nodeLimits, campaignLimit: room.reason };
}

function campaignRoom(
  campaign: CampaignToPass,
  facts: PassFacts,
): { readonly free: number; readonly reason: string } {
  const own = campaign.maxConcurrentCalls - facts.liveOfCampaign;
  const limits = {
    maxConcurrentCalls: campaign.accountConcurrentCalls,
    maxCallsPerSecond: campaign.accountCallsPerSecond,
    maxDialsPerDay: campaign.accountDialsPerDay,
  };
  return [
    { free: Math.max(0, own), reason: "CAMPAIGN_CONCURRENCY" },
    ...accountRooms(limits, facts.account),
  ].reduce((a, b) => (b.free < a.free ? b : a));
}

function loadOf(row: TrunkRow, facts: PassFacts): TrunkLoad {
  const known = facts.trunks[row.id];
  return {
    ...row,
    // Trunks that only share limits with it may be probed by others; its own limits count here.
    maxChannels: row.isProbed && row.isAllowed ? 1 : row.maxChannels,
    live: known?.live ?? 0,
    overdue: known?.overdue ?? 0,
    nextSlotMs: known?.nextSlotMs ?? null,
  };
}

/** The given trunks and those that share a limit group with one of them: waiting for one is waiting for all. */
export function withLimitGroups(
  trunkIds: ReadonlySet<string>,
  all: readonly TrunkRow[],
): string[] {
  const groupOf = (row: TrunkRow) =>
    row.limitGroup === null ? row.id : `${row.node}/${row.limitGroup}`;
  const groups = new Set(
    all.filter((row) => trunkIds.has(row.id)).map(groupOf),
  );
  return all.filter((row) => groups.has(groupOf(row))).map((row) => row.id);
}

function usableTrunk(
  row: TrunkRow,
  facts: PassFacts,
  nowMs: number,
  blockers: Blockers,
): PassTrunk[] {
  const reason = whyNot(row, facts, nowMs);
  if (reason !== null) {
    // The other reasons are facts that dialing_blockers reads itself, as they are now.
    if (reason === "ADAPTER_MISMATCH") blockers.note(reason);
    return [];
  }
  try {
    const numberPattern =
      row.numberPattern === null ? null : compilePattern(row.numberPattern);
    return [{ ...row, numberPattern }];
  } catch {
    blockers.note("BAD_NUMBER_PATTERN");
    return [];
  }
}

/** A trunk's own number belongs to the administrator; the campaign's must be permitted. */
function mayShow(
  row: TrunkRow,
  { callerId, defaultCountry, allowedCallerIds }: CampaignToPass,
  blockers: Blockers,
): boolean {
  if (row.callerId !== null || callerId === null) return true;
  if (isCallerIdPermitted(callerId, defaultCountry, allowedCallerIds))
    return true;
  if (!blockers.has("ACCOUNT_CALLER_ID")) blockers.note("ACCOUNT_CALLER_ID");
  return false;
}

/**
 * FreeSWITCH then shows 0000000000, unless its gateway sets a number of its own: reported, and dialled all the same.
 */
function isAnonymous(
  row: PassTrunk,
  { callerId }: CampaignToPass,
  facts: PassFacts,
): boolean {
  const { adapter } = facts.nodes[row.node] ?? {};
  return (
    adapter === "freeswitch_esl" && row.callerId === null && callerId === null
  );
}

function whyNot(row: TrunkRow, facts: PassFacts, nowMs: number): string | null {
  const node = facts.nodes[row.node];
  if (!row.isActive) return "TRUNK_INACTIVE";
  if (facts.trunks[row.id]?.hasBucket !== true) return "MISSING_BUCKET";
  if (row.disabledUntilMs !== null && row.disabledUntilMs > nowMs)
    return "TRUNK_DISABLED";
  if (row.health === "OUT") return "TRUNK_OUT";
  if (node?.isHeld !== true) return "NO_LEASE";
  if (node.pbxPause !== null) return node.pbxPause;
  if (!node.pbxConnected) return "PBX_DISCONNECTED";
  if (
    node.unheardCalls >= mostUnheardCalls &&
    nowMs < (node.unheardUntilMs ?? 0)
  )
    return "CALLS_UNHEARD";
  // A mock engine must never "dial" real trunks, nor a real PBX be asked for a mock one.
  const isMockTrunk = row.dialString.startsWith("mock/");
  if (isMockTrunk !== (node.adapter === "mock")) return "ADAPTER_MISMATCH";
  return null;
}
