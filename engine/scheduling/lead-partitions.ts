/**
 * The lead partitions (zone, list, priority) that a pass goes by. A few are read under its locks, after what they
 * waited for. Many are read before them, or every other account would wait for the trunks meanwhile: a lead that
 * comes after the look has its own wake-up.
 *
 * Of more partitions than one look gives, each pass looks at the next so many, round after round, and keeps the best
 * due ones that it has come by: so the order of priorities holds among all, no partition waits for ever behind others,
 * and a look costs the same however many there are. Every look has the partitions of the leads that come due about now,
 * so that these wait for no round. After a round that has found no more than what is kept, there is a rest.
 *
 * Kept in memory only: lost in a crash, the next look begins at the first partition.
 */
import {
  mostPartitions,
  readPartitions,
  readPartitionsAgain,
  readZonesOfLeads,
} from "../../database/lead-partitions.ts";
import type { Database } from "../../database/pools.ts";
import type { LeadPartition } from "../../database/scheduling.ts";
import type { PassContext } from "./pass-context.ts";

/** Of more than this a pass reads none under its locks. */
export const fewPartitions = 100;
/** As many as a pass can ask for leads. */
const mostKept = 1_000;
const restMs = 10_000;

/** Where the looks at a campaign have come that has more partitions than one look gives. */
export interface PartitionsPlace {
  /** The next look begins behind this; null: at the first. */
  readonly after: LeadPartition | null;
  /** The best of the due partitions that were seen. */
  readonly kept: readonly LeadPartition[];
  /** They are all that this round has seen. */
  readonly keptAll: boolean;
  /** No new round begins before this, epoch ms. */
  readonly restEndsMs: number | null;
}

export const atTheFirst: PartitionsPlace = {
  after: null,
  kept: [],
  keptAll: true,
  restEndsMs: null,
};

export interface PartitionsLook {
  readonly partitions: readonly LeadPartition[];
  /** Where the next look goes on; null: one look gives all. */
  readonly next: PartitionsPlace | null;
  /** This round has not come to the last partition. */
  readonly isCut: boolean;
}

/** A look that has them all. */
export function allPartitions(
  partitions: readonly LeadPartition[],
): PartitionsLook {
  return { partitions, next: null, isCut: false };
}

type LookContext = Pick<PassContext, "campaign" | "hours">;

/**
 * @param place null: no look was cut before
 * @param rests nothing but what is known, and what comes due about now
 */
export async function lookAtPartitions(
  database: Database,
  context: LookContext,
  place: PartitionsPlace | null,
  rests: boolean,
): Promise<PartitionsLook> {
  if (place !== null) return lookOn(database, context, place, rests);
  const all = await readPartitions(database, context.campaign.id, null, []);
  return all.length < mostPartitions
    ? allPartitions(all)
    : lookOn(database, context, atTheFirst, false);
}

async function lookOn(
  database: Database,
  context: LookContext,
  place: PartitionsPlace,
  rests: boolean,
): Promise<PartitionsLook> {
  const { campaign, hours } = context;
  const { id, nowMs } = campaign;
  const zones = await readZonesOfLeads(database, id);
  // One partition of each closed zone stays, so that the verdict names the zone.
  const closed = zones.filter(
    ({ zone }) => zone !== "" && !hours.at(zone).open,
  );
  const without = closed.map(({ zone }) => zone);
  const again = await readPartitionsAgain(database, id, place.kept);
  const isResting = rests || nowMs < (place.restEndsMs ?? -Infinity);
  const found = isResting
    ? []
    : await readPartitions(database, id, place.after, without);
  const partitions = merged(closed, again, found);
  const due = partitions
    .filter(
      (partition) =>
        partition.dueMs <= nowMs && mayBeCalled(partition, context),
    )
    .sort(byTurn);
  const kept = due.slice(0, mostKept);
  const keptAll = place.keptAll && due.length <= mostKept;
  if (isResting)
    return {
      partitions,
      next: { ...place, kept },
      isCut: place.after !== null,
    };
  if (found.length >= mostPartitions) {
    const after = found.at(-1) ?? null;
    const next = { after, kept, keptAll, restEndsMs: null };
    return { partitions, next, isCut: true };
  }
  if (place.after === null) return allPartitions(partitions);
  const restEndsMs = keptAll ? nowMs + restMs : null;
  return {
    partitions,
    next: { ...atTheFirst, kept, restEndsMs },
    isCut: false,
  };
}

/** Each partition once, as it was seen last. */
function merged(
  ...looks: readonly (readonly LeadPartition[])[]
): LeadPartition[] {
  const partitions = new Map<string, LeadPartition>();
  for (const partition of looks.flat())
    partitions.set(keyOf(partition), partition);
  return [...partitions.values()];
}

/** A partition's name among those of its campaign. */
export function keyOf({ zone, listId, priority }: LeadPartition): string {
  return `${zone} ${listId} ${String(priority)}`;
}

/** Leads of list and zone may be called now; of those that nobody has looked at it is found out. */
function mayBeCalled(
  { zone, listActive }: LeadPartition,
  { hours }: Pick<PassContext, "hours">,
): boolean {
  return listActive && (zone === "" || hours.at(zone).open);
}

/** Whose turn is earlier: by list, then by the leads' priority, then by the longest wait. */
export function byTurn(a: LeadPartition, b: LeadPartition): number {
  return (
    a.listPriority - b.listPriority ||
    a.priority - b.priority ||
    a.dueMs - b.dueMs
  );
}
