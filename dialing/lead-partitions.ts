/** The kinds of leads (zone, list, priority) that a campaign has, and how far looks at them have come. */
import type { LeadBucket } from "./pass-facts.ts";

/** Where the looks at a campaign have come that has more kinds than one look gives. */
export interface KindsPlace {
  /** The next look begins behind this; null: at the first. */
  readonly after: LeadBucket | null;
  /** The best of the due kinds that were seen. */
  readonly kept: readonly LeadBucket[];
  /** They are all that this round has seen. */
  readonly keptAll: boolean;
  /** No new round begins before this, epoch ms. */
  readonly restEndsMs: number | null;
}

export const atTheFirst: KindsPlace = {
  after: null,
  kept: [],
  keptAll: true,
  restEndsMs: null,
};

export interface KindsLook {
  readonly buckets: readonly LeadBucket[];
  /** Where the next look goes on; null: one look gives all. */
  readonly next: KindsPlace | null;
  /** This round has not come to the last kind. */
  readonly isCut: boolean;
}

/** A look that has them all. */
export function allKinds(buckets: readonly LeadBucket[]): KindsLook {
  return { buckets, next: null, isCut: false };
}

/** A kind's name among those of its campaign. */
export function keyOf({ zone, listId, priority }: LeadBucket): string {
  return `${zone} ${listId} ${String(priority)}`;
}

/** Whose turn is earlier: by list, then by the leads' priority, then by the longest wait. */
export function byTurn(a: LeadBucket, b: LeadBucket): number {
  return (
    a.listPriority - b.listPriority ||
    a.priority - b.priority ||
    a.dueMs - b.dueMs
  );
}
