/**
 * How far passes have come through leads that do not fit the lines that are free.
 *
 * A pass looks at so many leads only. Where those at the front wait for a trunk that is full, every pass
 * would look at the same ones, and never reach one that an idle trunk takes. So a pass that has looked at
 * enough leaves its place. The next tries the front first, where a line may have become free, and then
 * goes on from that place, until every bucket is through: a lap. After a long lap in which nobody was
 * found for the free lines, there is a rest before the next.
 *
 * Kept in memory only: lost in a crash, the next lap begins at the front.
 */
import { bucketStart } from "./pass-facts.ts";
import type { LeadBucket, LeadPlace } from "./pass-facts.ts";
import { atTheFirst, keyOf } from "./lead-partitions.ts";
import type { KindsLook, KindsPlace } from "./lead-partitions.ts";

const restMs = 10_000;

export class PassLap {
  /** By bucket; null: through. */
  readonly #places = new Map<string, LeadPlace | null>();
  #passes = 0;
  #found = false;

  /** Where to go on in a bucket; null: it is through. */
  placeIn(bucket: LeadBucket): LeadPlace | null {
    const place = this.#places.get(keyOf(bucket));
    return place === undefined ? bucketStart : place;
  }

  leave(bucket: LeadBucket, place: LeadPlace | null): void {
    this.#places.set(keyOf(bucket), place);
  }

  /** One more pass went on with it. @param found it found leads for free lines */
  notePass(found: boolean): void {
    this.#passes += 1;
    this.#found ||= found;
  }

  /** When the next may begin, epoch ms; null: at any time. */
  restEndsMs(nowMs: number): number | null {
    return this.#passes > 1 && !this.#found ? nowMs + restMs : null;
  }
}

/** Where the next pass of a campaign begins. */
export interface PassPlace {
  /** A lap under way. */
  readonly lap: PassLap | null;
  /** None begins before this, epoch ms. */
  readonly restEndsMs: number | null;
  /** Of a campaign with more kinds of leads than one look gives. */
  readonly kinds: KindsPlace | null;
}

export const atTheFront: PassPlace = {
  lap: null,
  restEndsMs: null,
  kinds: null,
};

/** The part of it that is a lap's. */
export type LapPlace = Omit<PassPlace, "kinds">;

/** Kinds are gone on with when a lap through those of this look is over; only the last look of a round lets laps rest. */
export function placeBehind(
  lapPlace: LapPlace,
  { next, isCut }: KindsLook,
  before: PassPlace,
): PassPlace {
  const { lap, restEndsMs } = lapPlace;
  if (next === null) return { ...lapPlace, kinds: null };
  if (lap === null)
    return { lap, restEndsMs: isCut ? null : restEndsMs, kinds: next };
  const { kept } = next;
  return { ...lapPlace, kinds: { ...atTheFirst, ...before.kinds, kept } };
}
