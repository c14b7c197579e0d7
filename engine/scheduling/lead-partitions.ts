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
  mostPartitions,
  readPartitions,
  readPartitionsAgain,
  readZonesOfLeads,
} from "../../database/lead-partitions.ts";
import type { Database } from "../../database/pools.ts";
import type { PassContext } from "./pass-context.ts";
import type { LeadPartition } from "../../dialing/pass-facts.ts";
import {
  allPartitions,
  atTheFirst,
  byPriority,
  keyOf,
} from "../../dialing/lead-partitions.ts";
import type {
  PartitionsRead,
  PartitionsCursor,
} from "../../dialing/lead-partitions.ts";

/** With more than this, a pass reads none under its locks. */
export const fewPartitions = 100;
/** As many as a pass can take leads from. */
const mostKept = 1_000;
const restMs = 10_000;

type ReadContext = Pick<PassContext, "campaign" | "hours">;

/**
 * @param cursor null: no read was cut before
 * @param rests reads only what is known, and what becomes due about now
 */
export async function readPartitionsInRounds(
  database: Database,
  context: ReadContext,
  cursor: PartitionsCursor | null,
  rests: boolean,
): Promise<PartitionsRead> {
  if (cursor !== null) return readRound(database, context, cursor, rests);
  const all = await readPartitions(database, context.campaign.id, null, []);
  return all.length < mostPartitions
    ? allPartitions(all)
    : readRound(database, context, atTheFirst, false);
}

async function readRound(
  database: Database,
  context: ReadContext,
  cursor: PartitionsCursor,
  rests: boolean,
): Promise<PartitionsRead> {
  const { campaign, hours } = context;
  const { id, nowMs } = campaign;
  const zones = await readZonesOfLeads(database, id);
  // One partition of each closed zone stays, so that the blockers name the zone.
  const closed = zones.filter(
    ({ zone }) => zone !== "" && !hours.at(zone).open,
  );
  const without = closed.map(({ zone }) => zone);
  const again = await readPartitionsAgain(database, id, cursor.kept);
  const isResting = rests || nowMs < (cursor.restEndsMs ?? -Infinity);
  const found = isResting
    ? []
    : await readPartitions(database, id, cursor.after, without);
  const partitions = merged(closed, again, found);
  const due = partitions
    .filter(
      (partition) =>
        partition.dueMs <= nowMs && mayBeCalled(partition, context),
    )
    .sort(byPriority);
  const kept = due.slice(0, mostKept);
  const keptAll = cursor.keptAll && due.length <= mostKept;
  if (isResting)
    return {
      partitions,
      next: { ...cursor, kept },
      isCut: cursor.after !== null,
    };
  if (found.length >= mostPartitions) {
    const after = found.at(-1) ?? null;
    const next = { after, kept, keptAll, restEndsMs: null };
    return { partitions, next, isCut: true };
  }
  if (cursor.after === null) return allPartitions(partitions);
  const restEndsMs = keptAll ? nowMs + restMs : null;
  return {
    partitions,
    next: { ...atTheFirst, kept, restEndsMs },
    isCut: false,
  };
}

/** Each partition once, as it was seen last. */
function merged(
  ...reads: readonly (readonly LeadPartition[])[]
): LeadPartition[] {
  const partitions = new Map<string, LeadPartition>();
  for (const partition of reads.flat())
    partitions.set(keyOf(partition), partition);
  return [...partitions.values()];
}

/** Whether leads of this list and zone may be called now; for new leads the pass finds out. */
function mayBeCalled(
  { zone, listActive }: LeadPartition,
  { hours }: Pick<PassContext, "hours">,
): boolean {
  return listActive && (zone === "" || hours.at(zone).open);
}
