/** The leads of one pass: taken bucket by bucket in the order of their priorities, and judged. */
import { bucketStart, takeLeads } from "../database/scheduling.ts";
import type { LeadBucket, LeadPlace } from "../database/scheduling.ts";
import type {
  LeadSetAside,
  NewAttempt,
} from "../database/scheduling-writes.ts";
import type { PassContext } from "./pass-context.ts";
import { LeadJudge } from "./pass-judge.ts";
import { PassLap } from "./pass-lap.ts";
import type { PassPlace } from "./pass-lap.ts";

/** Leads looked at in one go, and at most in one pass: a pass stays short whatever the list holds. */
const batchSize = 200;
const mostLooks = 1_000;
/** Of these, those at the front while a lap is under way. */
const mostLooksAtFront = 200;

export interface LeadHarvest {
  readonly attempts: readonly NewAttempt[];
  readonly setAside: readonly LeadSetAside[];
  /** More leads were due than lines could be had for. */
  readonly leadsLeft: boolean;
  /** Trunks that leads wait for: a shared line is what limits. */
  readonly hungryFor: readonly string[];
  /** Earliest moment at which a lead that waits may be dialled, epoch ms. */
  readonly nextDueMs: number | null;
  readonly place: PassPlace;
}

/** Takes leads until the lines are full, nothing is due any more, or the pass has looked at enough. */
export async function harvestLeads(
  context: PassContext,
  buckets: readonly LeadBucket[],
  place: PassPlace,
): Promise<LeadHarvest> {
  return new Harvest(context).run(buckets, place);
}

class Harvest {
  readonly #context: PassContext;
  readonly #judge: LeadJudge;
  readonly #seen: string[] = [];
  #leadsLeft = false;

  constructor(context: PassContext) {
    this.#context = context;
    this.#judge = new LeadJudge(context);
  }

  async run(
    buckets: readonly LeadBucket[],
    { lap, restEndsMs }: PassPlace,
  ): Promise<LeadHarvest> {
    const due = this.#dueOf(buckets);
    const rests =
      restEndsMs !== null && restEndsMs > this.#context.campaign.nowMs;
    if (lap !== null || rests) await this.#probe(due);
    const place = rests
      ? { lap: null, restEndsMs }
      : await this.#walk(due, lap ?? new PassLap());
    if (rests && this.#judge.misfits > 0) this.#judge.noteDue(restEndsMs);
    return {
      attempts: this.#judge.attempts,
      setAside: this.#judge.setAside,
      leadsLeft: this.#leadsLeft || this.#judge.leadsLeft,
      hungryFor: this.#judge.fit.hungryFor(),
      nextDueMs: this.#judge.nextDueMs,
      place,
    };
  }

  /** The buckets of which a lead may be called now, in order. */
  #dueOf(buckets: readonly LeadBucket[]): LeadBucket[] {
    const waiting = buckets.filter((bucket) => this.#isDialable(bucket));
    waiting.sort(
      (a, b) =>
        a.listPriority - b.listPriority ||
        a.priority - b.priority ||
        a.dueMs - b.dueMs,
    );
    return waiting.filter(({ dueMs }) => {
      const isDue = dueMs <= this.#context.campaign.nowMs;
      if (!isDue) this.#judge.noteDue(dueMs);
      return isDue;
    });
  }

  #isDialable(bucket: LeadBucket): boolean {
    const { verdict, hours } = this.#context;
    if (!bucket.listActive) {
      verdict.note("LIST_INACTIVE");
      return false;
    }
    const state = hours.at(bucket.zone);
    if (state.open || bucket.zone === "") return true;
    if (!state.isKnown) {
      verdict.note("UNKNOWN_TIMEZONE");
      return false;
    }
    verdict.note("OUTSIDE_WINDOW", 1, state.opensAtMs);
    if (state.opensAtMs !== null)
      this.#judge.noteDue(Math.max(state.opensAtMs, bucket.dueMs));
    return false;
  }

  #room(): number {
    const { lines } = this.#context;
    return lines.book.capacity(lines.trunks);
  }

  /** Tries the front, as far as its leads fit. */
  async #probe(due: readonly LeadBucket[]): Promise<void> {
    const isEnough = () =>
      this.#judge.misfits > 0 || this.#seen.length >= mostLooksAtFront;
    for (const bucket of due) {
      if (this.#isFull() || isEnough()) return;
      await this.#empty(bucket, bucketStart, isEnough);
    }
  }

  /** Goes on with a lap. @returns where the next pass goes on */
  async #walk(due: readonly LeadBucket[], lap: PassLap): Promise<PassPlace> {
    const { verdict, campaign } = this.#context;
    const isEnough = () => this.#seen.length >= mostLooks;
    let isThrough = true;
    for (const bucket of due) {
      const from = lap.placeIn(bucket);
      if (from === null) continue;
      const place = await this.#empty(bucket, from, isEnough);
      lap.leave(bucket, place);
      isThrough = place === null;
      if (isThrough) continue;
      this.#leadsLeft = true;
      if (!this.#isFull()) verdict.note("PASS_LIMIT");
      break;
    }
    lap.notePass(this.#judge.foundBehind);
    if (isThrough)
      return { lap: null, restEndsMs: lap.restEndsMs(campaign.nowMs) };
    // Without misfits those that were looked at are not due any more, and the front is where to go on.
    return { lap: this.#judge.misfits > 0 ? lap : null, restEndsMs: null };
  }

  #isFull(): boolean {
    if (this.#room() > 0) return false;
    this.#leadsLeft = true;
    this.#judge.fit.wantAll();
    return true;
  }

  /**
   * Takes leads of a bucket from a place on.
   *
   * @returns where it stopped, or null when the bucket is through
   */
  async #empty(
    bucket: LeadBucket,
    from: LeadPlace,
    isEnough: () => boolean,
  ): Promise<LeadPlace | null> {
    const { transaction, campaign } = this.#context;
    let place = from;
    for (;;) {
      if (this.#isFull() || isEnough()) return place;
      const wanted =
        this.#judge.misfits > 0
          ? batchSize
          : Math.min(batchSize, Math.max(this.#room(), 20));
      const leads = await takeLeads(
        transaction,
        campaign.id,
        bucket,
        wanted,
        place,
        bucket.zone === "" ? [] : this.#seen,
      );
      this.#seen.push(...leads.map((lead) => lead.id));
      await this.#judge.lookAt(leads);
      // Some of these wait for the next free line: nothing is through, and nothing behind them comes first.
      if (this.#judge.leadsLeft && this.#room() === 0) return place;
      const last = leads.at(-1);
      if (last === undefined || leads.length < wanted) return null;
      place = { dueAt: last.dueAt, id: last.id };
    }
  }
}
