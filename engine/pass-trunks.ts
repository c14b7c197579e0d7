/** The trunks of one pass: locked, counted, and sorted into those that can dial now and the reasons of the others. */
import type { Transaction } from "../database/pools.ts";
import {
  countGroupMembers,
  countLive,
  lockTrunks,
  readRivals,
} from "../database/scheduling.ts";
import type {
  CampaignToPass,
  GroupMember,
  LiveCounts,
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
}

/** Locks the campaign's trunks and opens the book on what they can take now. */
export async function openLines(
  transaction: Transaction,
  campaign: CampaignToPass,
  verdict: PassVerdict,
): Promise<PassLines> {
  const rows = await lockTrunks(transaction, campaign);
  const rivals = await readRivals(transaction, campaign.id);
  const live = await countLive(transaction, campaign.id, rows);
  const outside = await countGroupMembers(transaction, rows);
  const trunks = rows.flatMap((row) => usable(row, campaign, verdict));
  const book = new LineBook(
    [...rows.map((row) => lineOf(row, live)), ...outside.map(outsideLine)],
    {
      nowMs: campaign.nowMs,
      campaignFree: Math.max(0, campaign.maxConcurrentCalls - live.ofCampaign),
      nodeFree: nodeFree(rows, live),
      shareOf: (trunkId) => shareOf(trunkId, rows, campaign, rivals),
    },
  );
  return { trunks, book };
}

function lineOf(row: TrunkRow, live: LiveCounts): TrunkLine {
  const maxChannels = row.isProbed ? 1 : row.maxChannels;
  return { ...row, maxChannels, live: live.byTrunk[row.id] ?? 0 };
}

function outsideLine(member: GroupMember, index: number): TrunkLine {
  return { ...member, id: `outside-${String(index)}` };
}

/** Unanswered originates that each node's engine may still have. */
function nodeFree(
  rows: readonly TrunkRow[],
  live: LiveCounts,
): Map<string, number> {
  return new Map(
    rows.map((row) => [
      row.node,
      Math.max(
        0,
        (row.maxOriginates ?? 0) - (live.diallingByNode[row.node] ?? 0),
      ),
    ]),
  );
}

/**
 * What a trunk's other users leave to this campaign: nothing while one of an earlier priority waits for
 * it, an even share among those of the same priority.
 */
function shareOf(
  trunkId: string,
  rows: readonly TrunkRow[],
  campaign: CampaignToPass,
  rivals: readonly Rival[],
): number {
  if (!rows.some((row) => row.id === trunkId)) return 1;
  const wanting = rivals.filter((rival) =>
    rival.trunkIds.length === 0
      ? rival.accountId === campaign.accountId
      : rival.trunkIds.includes(trunkId),
  );
  if (wanting.some((rival) => rival.priority < campaign.priority)) return 0;
  const equals = wanting.filter(
    (rival) => rival.priority === campaign.priority,
  );
  return 1 / (equals.length + 1);
}

function usable(
  row: TrunkRow,
  campaign: CampaignToPass,
  verdict: PassVerdict,
): PassTrunk[] {
  const reason = whyNot(row, campaign.nowMs);
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

function whyNot(row: TrunkRow, nowMs: number): string | null {
  if (!row.isActive) return "TRUNK_INACTIVE";
  if (!row.hasBucket) return "MISSING_BUCKET";
  if (row.disabledUntilMs !== null && row.disabledUntilMs > nowMs)
    return "TRUNK_DISABLED";
  if (row.health === "OUT") return "TRUNK_OUT";
  if (!row.nodeHeld) return "NO_LEASE";
  if (!row.pbxConnected) return "PBX_DISCONNECTED";
  // A mock engine must never "dial" real trunks, nor a real PBX be asked for a mock one.
  const isMockTrunk = row.dialString.startsWith("mock/");
  if (isMockTrunk !== (row.adapter === "mock")) return "ADAPTER_MISMATCH";
  return null;
}
