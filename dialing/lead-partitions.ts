/** The partitions of a campaign's leads (zone, list, priority), and how far reads of them have come. */
import type { LeadPartition } from "./pass-facts.ts";

/** How far reads have come in a campaign with more partitions than one read returns. */
export interface PartitionsCursor {
  /** The next read begins behind this one; null: at the first. */
  readonly after: LeadPartition | null;
  /** The best of the due partitions that were seen. */
  readonly kept: readonly LeadPartition[];
  /** They are all that this round has seen. */
  readonly keptAll: boolean;
  /** No new round begins before this, epoch ms. */
  readonly restEndsMs: number | null;
}

export const atTheFirst: PartitionsCursor = {
  after: null,
  kept: [],
  keptAll: true,
  restEndsMs: null,
};

export interface PartitionsRead {
  readonly partitions: readonly LeadPartition[];
  /** Where the next read continues; null: one read returns all. */
  readonly next: PartitionsCursor | null;
  /** This round has not reached the last partition. */
  readonly isCut: boolean;
}

/** A read that has returned all. */
export function allPartitions(
  partitions: readonly LeadPartition[],
): PartitionsRead {
  return { partitions, next: null, isCut: false };
}

/** A partition's name among those of its campaign. */
export function keyOf({ zone, listId, priority }: LeadPartition): string {
  return `${zone} ${listId} ${String(priority)}`;
}

/** By list, then by the leads' priority, then by the longest wait. */
export function byPriority(a: LeadPartition, b: LeadPartition): number {
  return (
    a.listPriority - b.listPriority ||
    a.priority - b.priority ||
    a.dueMs - b.dueMs
  );
}
