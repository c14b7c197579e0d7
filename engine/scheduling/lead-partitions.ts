/**
 * The partitions of leads (zone, list, priority) that a pass reads. A few are read under its locks, after it has waited
 * for them. Many are read before the locks; otherwise every other account would wait for the trunks meanwhile. A lead
 * that comes after the read has its own wake-up.
 *
 * If there are more partitions than one read returns, each pass reads the next ones, round after round, and keeps the
 * best due ones that it has seen. So priorities hold among all, no partition waits for ever behind others, and a read
 * costs the same however many there are. Every read includes the partitions of the leads that become due about now, so
 * that these wait for no round. After a round that has found no more than what is kept, there is a rest.
 *
 * Kept in memory only: after a crash the next read begins at the first partition.
 */
import {
  mostKinds,
  readKinds,
  readKindsAgain,
  readZonesOfLeads,
} from "../../database/lead-partitions.ts";
import type { Database } from "../../database/pools.ts";
import type { PassContext } from "./pass-context.ts";
import type { LeadBucket } from "../../dialing/pass-facts.ts";
import {
  allKinds,
  atTheFirst,
  byTurn,
  keyOf,
} from "../../dialing/lead-partitions.ts";
import type { KindsLook, KindsPlace } from "../../dialing/lead-partitions.ts";

/** With more than this, a pass reads none under its locks. */
export const fewKinds = 100;
/** As many as a pass can take leads from. */
const mostKept = 1_000;
const restMs = 10_000;

type LookContext = Pick<PassContext, "campaign" | "hours">;

/**
 * @param place null: no read was cut before
 * @param rests reads only what is known, and what becomes due about now
 */
export async function lookAtKinds(
  database: Database,
  context: LookContext,
  place: KindsPlace | null,
  rests: boolean,
): Promise<KindsLook> {
  if (place !== null) return lookOn(database, context, place, rests);
  const all = await readKinds(database, context.campaign.id, null, []);
  return all.length < mostKinds
    ? allKinds(all)
    : lookOn(database, context, atTheFirst, false);
}

async function lookOn(
  database: Database,
  context: LookContext,
  place: KindsPlace,
  rests: boolean,
): Promise<KindsLook> {
  const { campaign, hours } = context;
  const { id, nowMs } = campaign;
  const zones = await readZonesOfLeads(database, id);
  // One partition of each closed zone stays, so that the blockers name the zone.
  const closed = zones.filter(
    ({ zone }) => zone !== "" && !hours.at(zone).open,
  );
  const without = closed.map(({ zone }) => zone);
  const again = await readKindsAgain(database, id, place.kept);
  const isResting = rests || nowMs < (place.restEndsMs ?? -Infinity);
  const found = isResting
    ? []
    : await readKinds(database, id, place.after, without);
  const buckets = merged(closed, again, found);
  const due = buckets
    .filter((kind) => kind.dueMs <= nowMs && mayBeCalled(kind, context))
    .sort(byTurn);
  const kept = due.slice(0, mostKept);
  const keptAll = place.keptAll && due.length <= mostKept;
  if (isResting)
    return { buckets, next: { ...place, kept }, isCut: place.after !== null };
  if (found.length >= mostKinds) {
    const after = found.at(-1) ?? null;
    const next = { after, kept, keptAll, restEndsMs: null };
    return { buckets, next, isCut: true };
  }
  if (place.after === null) return allKinds(buckets);
  const restEndsMs = keptAll ? nowMs + restMs : null;
  return { buckets, next: { ...atTheFirst, kept, restEndsMs }, isCut: false };
}

/** Each partition once, as it was seen last. */
function merged(...looks: readonly (readonly LeadBucket[])[]): LeadBucket[] {
  const kinds = new Map<string, LeadBucket>();
  for (const kind of looks.flat()) kinds.set(keyOf(kind), kind);
  return [...kinds.values()];
}

/** Whether leads of this list and zone may be called now; for new leads the pass finds out. */
function mayBeCalled(
  { zone, listActive }: LeadBucket,
  { hours }: Pick<PassContext, "hours">,
): boolean {
  return listActive && (zone === "" || hours.at(zone).open);
}
