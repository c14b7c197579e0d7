/** The kinds of leads (zone, list, priority) that a pass goes by, where there are more than one look gives. */
import { mostKinds, readKinds } from "../database/scheduling.ts";
import type { LeadBucket } from "../database/scheduling.ts";
import type { PassContext } from "./pass-context.ts";

/**
 * Kinds come by zone, so those of a closed zone may leave no room for those of an open one: they are left
 * out, and the look is repeated until the rest fits or all of it is open. One kind of each zone left out
 * stays, so that the verdict names the zone.
 */
export async function kindsInOpenZones(
  { transaction, campaign, hours }: PassContext,
  firstLook: readonly LeadBucket[],
): Promise<readonly LeadBucket[]> {
  const closed = new Map<string, LeadBucket>();
  let found = firstLook;
  while (found.length >= mostKinds) {
    const before = closed.size;
    for (const bucket of found)
      if (bucket.zone !== "" && !hours.at(bucket.zone).open)
        if (!closed.has(bucket.zone)) closed.set(bucket.zone, bucket);
    if (closed.size === before) break;
    found = await readKinds(transaction, campaign.id, [...closed.keys()]);
  }
  return [...closed.values(), ...found];
}
