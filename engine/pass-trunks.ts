/** The trunks of one pass: counted, and sorted into those that can dial now and the reasons of the others. */
import type {
  CampaignToPass,
  PassFacts,
  Rival,
  TrunkRow,
} from "../database/scheduling.ts";
import { LineBook } from "../dialing/line-book.ts";
import type { TrunkLine } from "../dialing/line-book.ts";
import { compilePattern } from "../dialing/trunk-choice.ts";
import type { PassVerdict } from "./pass-verdict.ts";

/** A trunk that this pass may use, in the form `chooseTrunk` wants but for the free counts. */
export type PassTrunk = Omit<TrunkRow, "numberPattern"> & {
  readonly numberPattern: RegExp | null;
};

export interface PassLines {
  readonly trunks: readonly PassTrunk[];
  readonly book: LineBook;
  /** By node: what would limit it first. */
  readonly nodeLimits: ReadonlyMap<string, string>;
}

/** Opens the book on what the campaign's trunks can take now. */
export function openLines(
  campaign: CampaignToPass,
  facts: PassFacts,
  verdict: PassVerdict,
): PassLines {
  const allowed = campaign.trunks.filter((trunk) => trunk.isAllowed);
  const trunks = allowed.flatMap((row) =>
    usable(row, facts, campaign.nowMs, verdict),
  );
  const nodes = new Map(
    Object.entries(facts.nodes).map(([name, node]) => [name, roomOf(node)]),
  );
  const book = new LineBook(
    campaign.trunks.map((row) => lineOf(row, facts)),
    {
      nowMs: campaign.nowMs,
      campaignFree: Math.max(
        0,
        campaign.maxConcurrentCalls - facts.liveOfCampaign,
      ),
      nodeFree: new Map([...nodes].map(([name, { free }]) => [name, free])),
      shareOf: (trunkId) => shareOf(trunkId, campaign, facts.rivals),
    },
  );
  const nodeLimits = new Map(
    [...nodes].map(([name, { reason }]) => [name, reason]),
  );
  return { trunks, book, nodeLimits };
}

function lineOf(row: TrunkRow, facts: PassFacts): TrunkLine {
  const known = facts.trunks[row.id];
  return {
    ...row,
    // What it only shares limits with may be probed by others; its own limits count here.
    maxChannels: row.isProbed && row.isAllowed ? 1 : row.maxChannels,
    live: known?.live ?? 0,
    overdue: known?.overdue ?? 0,
    nextSlotMs: known?.nextSlotMs ?? null,
  };
}

/**
 * Calls that a node can take now: its engine's unanswered originates, and what the switch itself allows,
 * of which the calls that wait for their slot take the next second's share.
 */
function roomOf(node: PassFacts["nodes"][string]): {
  readonly free: number;
  readonly reason: string;
} {
  const rooms = [
    {
      free: (node.maxOriginates ?? 0) - node.unanswered,
      reason: "MAX_CONCURRENT_ORIGINATES",
    },
    {
      free: (node.pbxCallsPerSecond ?? Infinity) - node.queued,
      reason: "SWITCH_CPS",
    },
    { free: node.pbxFreeCalls ?? Infinity, reason: "SWITCH_SESSIONS" },
  ];
  const least = rooms.reduce((a, b) => (b.free < a.free ? b : a));
  return { ...least, free: Math.max(0, least.free) };
}

/**
 * What a trunk's other users leave to this campaign: nothing while one of an earlier priority waits for
 * it, an even share among those of the same priority. Accounts do not matter: the trunk is the same.
 */
function shareOf(
  trunkId: string,
  campaign: CampaignToPass,
  rivals: readonly Rival[],
): number {
  const wanting = rivals.filter((rival) => rival.trunkIds.includes(trunkId));
  if (wanting.some((rival) => rival.priority < campaign.priority)) return 0;
  const equals = wanting.filter(
    (rival) => rival.priority === campaign.priority,
  );
  return 1 / (equals.length + 1);
}

/** The given trunks and those that share a limit group with one of them: who waits for one waits for all. */
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

function usable(
  row: TrunkRow,
  facts: PassFacts,
  nowMs: number,
  verdict: PassVerdict,
): PassTrunk[] {
  const reason = whyNot(row, facts, nowMs);
  if (reason !== null) {
    // The other reasons are facts that dialing_blockers reads itself, as they are now.
    if (reason === "ADAPTER_MISMATCH") verdict.note(reason);
    return [];
  }
  try {
    const numberPattern =
      row.numberPattern === null ? null : compilePattern(row.numberPattern);
    return [{ ...row, numberPattern }];
  } catch {
    verdict.note("BAD_NUMBER_PATTERN");
    return [];
  }
}

function whyNot(row: TrunkRow, facts: PassFacts, nowMs: number): string | null {
  const node = facts.nodes[row.node];
  if (!row.isActive) return "TRUNK_INACTIVE";
  if (facts.trunks[row.id]?.hasBucket !== true) return "MISSING_BUCKET";
  if (row.disabledUntilMs !== null && row.disabledUntilMs > nowMs)
    return "TRUNK_DISABLED";
  if (row.health === "OUT") return "TRUNK_OUT";
  if (node?.isHeld !== true) return "NO_LEASE";
  if (!node.pbxConnected) return "PBX_DISCONNECTED";
  // A mock engine must never "dial" real trunks, nor a real PBX be asked for a mock one.
  const isMockTrunk = row.dialString.startsWith("mock/");
  if (isMockTrunk !== (node.adapter === "mock")) return "ADAPTER_MISMATCH";
  return null;
}
