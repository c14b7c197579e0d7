/**
 * How far passes have read leads that do not fit the free trunks.
 *
 * A pass reads a limited number of leads. If those at the front wait for a full trunk, every pass would read the same
 * ones, and never reach one that an idle trunk takes. So a pass that has read enough leaves a cursor. The next pass
 * tries the front first, where a trunk may have become free, and then continues at the cursor, until every partition is
 * finished: one scan. After a long scan that found nobody for the free trunks, there is a rest before the next.
 *
 * Kept in memory only: after a crash the next scan begins at the front.
 */
import { partitionStart } from "./pass-facts.ts";
import type { LeadPartition, LeadPosition } from "./pass-facts.ts";
import { atTheFirst, keyOf } from "./lead-partitions.ts";
import type { PartitionsRead, PartitionsCursor } from "./lead-partitions.ts";

const restMs = 10_000;

export class ScanCursor {
  /** By partition; null: finished. */
  readonly #positions = new Map<string, LeadPosition | null>();
  #passes = 0;
  #found = false;

  /** Where to continue in a partition; null: it is finished. */
  positionIn(partition: LeadPartition): LeadPosition | null {
    const position = this.#positions.get(keyOf(partition));
    return position === undefined ? partitionStart : position;
  }

  leave(partition: LeadPartition, position: LeadPosition | null): void {
    this.#positions.set(keyOf(partition), position);
  }

  /** One more pass continued with it. @param found it found leads for free trunks */
  notePass(found: boolean): void {
    this.#passes += 1;
    this.#found ||= found;
  }

  /** When the next scan may begin, epoch ms; null: at any time. */
  restEndsMs(nowMs: number): number | null {
    return this.#passes > 1 && !this.#found ? nowMs + restMs : null;
  }
}

/** Where the next pass of a campaign begins. */
export interface PassCursor {
  /** A scan under way. */
  readonly scan: ScanCursor | null;
  /** No scan begins before this, epoch ms. */
  readonly restEndsMs: number | null;
  /** For a campaign with more partitions than one read returns. */
  readonly partitions: PartitionsCursor | null;
}

export const atTheFront: PassCursor = {
  scan: null,
  restEndsMs: null,
  partitions: null,
};

/** The part of it that belongs to the scan. */
export type ScanState = Omit<PassCursor, "partitions">;

/**
 * Partitions are continued when a scan through those of this read is over; only the last read of a round lets scans
 * rest.
 */
export function cursorAfter(
  scanState: ScanState,
  { next, isCut }: PartitionsRead,
  before: PassCursor,
): PassCursor {
  const { scan, restEndsMs } = scanState;
  if (next === null) return { ...scanState, partitions: null };
  if (scan === null)
    return { scan, restEndsMs: isCut ? null : restEndsMs, partitions: next };
  const { kept } = next;
  return {
    ...scanState,
    partitions: { ...atTheFirst, ...before.partitions, kept },
  };
}
