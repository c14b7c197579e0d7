/** The leads of one pass: taken in the order of their partitions' priorities, and checked. */
import { takeLeads, takeRestingLeads } from "../../database/scheduling.ts";
import type { PartitionPlace } from "../../database/scheduling.ts";
import type {
  LeadSetAside,
  NewAttempt,
} from "../../database/scheduling-writes.ts";
import type { PassContext } from "./pass-context.ts";
import { LeadJudge } from "./lead-booking.ts";
import { PassLap } from "../../dialing/scan-cursor.ts";
import type { LapPlace } from "../../dialing/scan-cursor.ts";
import { partitionStart } from "../../dialing/pass-facts.ts";
import type {
  LeadPartition,
  LeadPlace,
  LeadRow,
} from "../../dialing/pass-facts.ts";
import { byTurn } from "../../dialing/lead-partitions.ts";

/** Leads read at once, and at most in one pass: a pass stays short whatever the list holds. */
const batchSize = 200;
const mostLooks = 1_000;
/**
 * The first read takes no fewer than this, and each that follows twice as many: some leads turn out not to be dialable.
 */
const leastBatch = 20;
/** Of these, those at the front while a scan is under way. */
const mostLooksAtFront = 200;
/** Partitions read at once, which is all that is tried at the front, and at most in one pass. */
const bucketsAtOnce = 200;
const mostPartitionsTried = 1_000;
/** Leads of closed zones that a pass switches to another of their numbers. */
const mostTurned = 50;

export interface LeadHarvest {
  readonly attempts: readonly NewAttempt[];
  readonly setAside: readonly LeadSetAside[];
  /** More leads were due than trunks had room for. */
  readonly leadsLeft: boolean;
  /** Trunks that leads wait for: a shared trunk is what limits. */
  readonly waitingForTrunks: readonly string[];
  readonly waitingForNodes: readonly string[];
  /** Earliest moment at which a lead that waits may be dialled, epoch ms. */
  readonly nextDueMs: number | null;
  readonly place: LapPlace;
}

/** Takes leads until the trunks are full, nothing is due any more, or the pass has read enough. */
export async function harvestLeads(
  context: PassContext,
  partitions: readonly LeadPartition[],
  place: LapPlace,
): Promise<LeadHarvest> {
  return new Harvest(context).run(partitions, place);
}

class Harvest {
  readonly #context: PassContext;
  readonly #judge: LeadJudge;
  readonly #seen: string[] = [];
  #leadsLeft = false;
  #goes = 0;

  constructor(context: PassContext) {
    this.#context = context;
    this.#judge = new LeadJudge(context);
  }

  async run(
    partitions: readonly LeadPartition[],
    { lap, restEndsMs }: LapPlace,
  ): Promise<LeadHarvest> {
    const due = this.#dueOf(partitions);
    const rests =
      restEndsMs !== null && restEndsMs > this.#context.campaign.nowMs;
    if (lap !== null || rests) await this.#probe(due);
    const place = rests
      ? { lap: null, restEndsMs }
      : await this.#walk(due, lap ?? new PassLap());
    if (rests && this.#judge.misfits > 0) this.#judge.noteDue(restEndsMs);
    await this.#turnResting(partitions);
    return {
      attempts: this.#judge.attempts,
      setAside: this.#judge.setAside,
      leadsLeft: this.#leadsLeft || this.#judge.leadsLeft,
      waitingForTrunks: this.#judge.fit.waitingForTrunks(),
      waitingForNodes: this.#judge.fit.waitingForNodes(),
      nextDueMs: this.#judge.nextDueMs,
      place,
    };
  }

  /** The partitions of which a lead may be called now, in order. */
  #dueOf(partitions: readonly LeadPartition[]): LeadPartition[] {
    const waiting = partitions.filter((partition) =>
      this.#isDialable(partition),
    );
    waiting.sort(byTurn);
    return waiting.filter(({ dueMs }) => {
      const isDue = dueMs <= this.#context.campaign.nowMs;
      if (!isDue) this.#judge.noteDue(dueMs);
      return isDue;
    });
  }

  #isDialable(partition: LeadPartition): boolean {
    const { verdict, hours } = this.#context;
    if (!partition.listActive) {
      verdict.note("LIST_INACTIVE");
      return false;
    }
    const state = hours.at(partition.zone);
    if (state.open || partition.zone === "") return true;
    if (!state.isKnown) {
      verdict.note("UNKNOWN_TIMEZONE");
      return false;
    }
    verdict.note("OUTSIDE_WINDOW", 1, state.opensAtMs);
    if (state.opensAtMs !== null)
      this.#judge.noteDue(Math.max(state.opensAtMs, partition.dueMs));
    return false;
  }

  /** Due leads with further numbers whose zone is closed switch to a number in another zone. */
  async #turnResting(partitions: readonly LeadPartition[]): Promise<void> {
    const { transaction, campaign, hours } = this.#context;
    const closed = partitions.flatMap(({ zone }) =>
      zone === "" || hours.at(zone).open ? [] : [zone],
    );
    if (closed.length === 0 || this.#room() <= 0) return;
    const zones = [...new Set(closed)];
    this.#judge.putToRest(
      await takeRestingLeads(transaction, campaign.id, zones, mostTurned),
    );
  }

  #room(): number {
    const { lines } = this.#context;
    return lines.book.capacity(lines.trunks);
  }

  /** Tries the front, as far as its leads fit. */
  async #probe(due: readonly LeadPartition[]): Promise<void> {
    const isEnough = () =>
      this.#judge.misfits > 0 || this.#seen.length >= mostLooksAtFront;
    const front = due
      .slice(0, bucketsAtOnce)
      .map((partition) => ({ partition, after: partitionStart }));
    await this.#empty(front, new PassLap(), isEnough);
  }

  /** Continues a scan. @returns where the next pass continues */
  async #walk(due: readonly LeadPartition[], lap: PassLap): Promise<LapPlace> {
    const { verdict, campaign } = this.#context;
    const isEnough = () => this.#seen.length >= mostLooks;
    const rest = due.flatMap((partition) => {
      const after = lap.placeIn(partition);
      return after === null ? [] : [{ partition, after }];
    });
    const near = rest.slice(0, mostPartitionsTried);
    const isEmptied = await this.#empty(near, lap, isEnough);
    const isThrough = isEmptied && near.length === rest.length;
    lap.notePass(this.#judge.foundBehind || this.#judge.misfits === 0);
    if (isThrough)
      return { lap: null, restEndsMs: lap.restEndsMs(campaign.nowMs) };
    this.#leadsLeft = true;
    if (!this.#isFull()) verdict.note("PASS_LIMIT");
    // If every lead fitted, those that were read are not due any more, and the next pass begins at the front; unless so
    // many partitions gave nothing because another transaction holds their leads.
    const goesOn = this.#judge.misfits > 0 || isEmptied;
    return { lap: goesOn ? lap : null, restEndsMs: null };
  }

  #isFull(): boolean {
    if (this.#room() > 0) return false;
    this.#leadsLeft = true;
    this.#judge.fit.wantAll();
    return true;
  }

  /**
   * Takes leads of partitions, and records in the cursor how far it came in each.
   *
   * @returns whether all of them are finished
   */
  async #empty(
    places: readonly PartitionPlace[],
    lap: PassLap,
    isEnough: () => boolean,
  ): Promise<boolean> {
    const { transaction, campaign } = this.#context;
    let rest = places;
    while (rest.length > 0) {
      if (this.#isFull() || isEnough()) return false;
      const asked = rest.slice(0, bucketsAtOnce);
      const wanted = this.#batch();
      const leads = await takeLeads(
        transaction,
        campaign.id,
        asked,
        wanted,
        this.#seen,
      );
      this.#seen.push(...leads.map((lead) => lead.id));
      await this.#judge.lookAt(leads);
      // Some of these wait for the next free trunk: nothing is finished, and nothing behind them goes first.
      if (this.#judge.leadsLeft && this.#room() === 0) return false;
      const last = leads.length < wanted ? undefined : leads.at(-1);
      const through = last?.partition ?? asked.length;
      for (const { partition } of asked.slice(0, through))
        lap.leave(partition, null);
      rest = goOn(rest.slice(through), last, lap);
    }
    return true;
  }

  /** How many leads the next read takes. */
  #batch(): number {
    const least = leastBatch * 2 ** this.#goes;
    this.#goes += 1;
    return this.#judge.misfits > 0
      ? batchSize
      : Math.min(batchSize, Math.max(this.#room(), least));
  }
}

/** Continues in the first of these partitions behind the last lead that was taken of it, if there is one. */
function goOn(
  places: readonly PartitionPlace[],
  last: LeadRow | undefined,
  lap: PassLap,
): readonly PartitionPlace[] {
  const [first, ...others] = places;
  if (last === undefined || first === undefined) return places;
  const after: LeadPlace = { dueAt: last.dueAt, id: last.id };
  lap.leave(first.partition, after);
  return [{ partition: first.partition, after }, ...others];
}
