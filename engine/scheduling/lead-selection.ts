/** The leads of one pass: taken in the order of their partitions' priorities, and checked. */
import {
  takeLeads,
  takeLeadsOfClosedZones,
} from "../../database/scheduling.ts";
import type { PartitionPosition } from "../../database/scheduling.ts";
import type {
  LeadSetAside,
  NewAttempt,
} from "../../database/scheduling-writes.ts";
import type { PassContext } from "./pass-context.ts";
import { LeadBooking } from "./lead-booking.ts";
import { ScanCursor } from "../../dialing/scan-cursor.ts";
import type { ScanState } from "../../dialing/scan-cursor.ts";
import { partitionStart } from "../../dialing/pass-facts.ts";
import type {
  LeadPartition,
  LeadPosition,
  LeadRow,
} from "../../dialing/pass-facts.ts";
import { byPriority } from "../../dialing/lead-partitions.ts";

/** Leads read at once, and at most in one pass: a pass stays short whatever the list holds. */
const batchSize = 200;
const mostRead = 1_000;
/**
 * The first read takes no fewer than this, and each that follows twice as many: some leads turn out not to be dialable.
 */
const leastBatch = 20;
/** Of these, those at the front while a scan is under way. */
const mostReadAtFront = 200;
/** Partitions read at once, which is all that is tried at the front, and at most in one pass. */
const partitionsAtOnce = 200;
const mostPartitionsTried = 1_000;
/** Leads of closed zones that a pass switches to another of their numbers. */
const mostSwitched = 50;

export interface SelectedLeads {
  readonly attempts: readonly NewAttempt[];
  readonly setAside: readonly LeadSetAside[];
  /** More leads were due than trunks had room for. */
  readonly leadsLeft: boolean;
  /** Trunks that leads wait for: a shared trunk is what limits. */
  readonly waitingForTrunks: readonly string[];
  readonly waitingForNodes: readonly string[];
  /** Earliest moment at which a lead that waits may be dialled, epoch ms. */
  readonly nextDueMs: number | null;
  readonly scanState: ScanState;
}

/** Takes leads until the trunks are full, nothing is due any more, or the pass has read enough. */
export async function selectLeads(
  context: PassContext,
  partitions: readonly LeadPartition[],
  scanState: ScanState,
): Promise<SelectedLeads> {
  return new LeadSelection(context).run(partitions, scanState);
}

class LeadSelection {
  readonly #context: PassContext;
  readonly #booking: LeadBooking;
  readonly #seen: string[] = [];
  #leadsLeft = false;
  #reads = 0;

  constructor(context: PassContext) {
    this.#context = context;
    this.#booking = new LeadBooking(context);
  }

  async run(
    partitions: readonly LeadPartition[],
    { scan, restEndsMs }: ScanState,
  ): Promise<SelectedLeads> {
    const due = this.#dueOf(partitions);
    const rests =
      restEndsMs !== null && restEndsMs > this.#context.campaign.nowMs;
    if (scan !== null || rests) await this.#probe(due);
    const scanState = rests
      ? { scan: null, restEndsMs }
      : await this.#walk(due, scan ?? new ScanCursor());
    if (rests && this.#booking.leadsWithoutTrunk > 0)
      this.#booking.noteDue(restEndsMs);
    await this.#switchClosed(partitions);
    return {
      attempts: this.#booking.attempts,
      setAside: this.#booking.setAside,
      leadsLeft: this.#leadsLeft || this.#booking.leadsLeft,
      waitingForTrunks: this.#booking.routing.waitingForTrunks(),
      waitingForNodes: this.#booking.routing.waitingForNodes(),
      nextDueMs: this.#booking.nextDueMs,
      scanState,
    };
  }

  /** The partitions of which a lead may be called now, in order. */
  #dueOf(partitions: readonly LeadPartition[]): LeadPartition[] {
    const waiting = partitions.filter((partition) =>
      this.#isDialable(partition),
    );
    waiting.sort(byPriority);
    return waiting.filter(({ dueMs }) => {
      const isDue = dueMs <= this.#context.campaign.nowMs;
      if (!isDue) this.#booking.noteDue(dueMs);
      return isDue;
    });
  }

  #isDialable(partition: LeadPartition): boolean {
    const { blockers, hours } = this.#context;
    if (!partition.listActive) {
      blockers.note("LIST_INACTIVE");
      return false;
    }
    const state = hours.at(partition.zone);
    if (state.open || partition.zone === "") return true;
    if (!state.isKnown) {
      blockers.note("UNKNOWN_TIMEZONE");
      return false;
    }
    blockers.note("OUTSIDE_WINDOW", 1, state.opensAtMs);
    if (state.opensAtMs !== null)
      this.#booking.noteDue(Math.max(state.opensAtMs, partition.dueMs));
    return false;
  }

  /** Due leads with further numbers whose zone is closed switch to a number in another zone. */
  async #switchClosed(partitions: readonly LeadPartition[]): Promise<void> {
    const { transaction, campaign, hours } = this.#context;
    const closed = partitions.flatMap(({ zone }) =>
      zone === "" || hours.at(zone).open ? [] : [zone],
    );
    if (closed.length === 0 || this.#room() <= 0) return;
    const zones = [...new Set(closed)];
    this.#booking.setAsideClosed(
      await takeLeadsOfClosedZones(
        transaction,
        campaign.id,
        zones,
        mostSwitched,
      ),
    );
  }

  #room(): number {
    const { usable } = this.#context;
    return usable.capacity.roomOn(usable.trunks);
  }

  /** Tries the front, as far as its leads fit. */
  async #probe(due: readonly LeadPartition[]): Promise<void> {
    const isEnough = () =>
      this.#booking.leadsWithoutTrunk > 0 ||
      this.#seen.length >= mostReadAtFront;
    const front = due
      .slice(0, partitionsAtOnce)
      .map((partition) => ({ partition, after: partitionStart }));
    await this.#empty(front, new ScanCursor(), isEnough);
  }

  /** Continues a scan. @returns where the next pass continues */
  async #walk(
    due: readonly LeadPartition[],
    cursor: ScanCursor,
  ): Promise<ScanState> {
    const { blockers, campaign } = this.#context;
    const isEnough = () => this.#seen.length >= mostRead;
    const rest = due.flatMap((partition) => {
      const after = cursor.positionIn(partition);
      return after === null ? [] : [{ partition, after }];
    });
    const near = rest.slice(0, mostPartitionsTried);
    const isEmptied = await this.#empty(near, cursor, isEnough);
    const isThrough = isEmptied && near.length === rest.length;
    cursor.notePass(
      this.#booking.foundBehind || this.#booking.leadsWithoutTrunk === 0,
    );
    if (isThrough)
      return { scan: null, restEndsMs: cursor.restEndsMs(campaign.nowMs) };
    this.#leadsLeft = true;
    if (!this.#isFull()) blockers.note("PASS_LIMIT");
    // If every lead fitted, those that were read are not due any more, and the next pass begins at the front; unless so
    // many partitions gave nothing because another transaction holds their leads.
    const continues = this.#booking.leadsWithoutTrunk > 0 || isEmptied;
    return { scan: continues ? cursor : null, restEndsMs: null };
  }

  #isFull(): boolean {
    if (this.#room() > 0) return false;
    this.#leadsLeft = true;
    this.#booking.routing.wantAll();
    return true;
  }

  /**
   * Takes leads of partitions, and records in the cursor how far it came in each.
   *
   * @returns whether all of them are finished
   */
  async #empty(
    positions: readonly PartitionPosition[],
    cursor: ScanCursor,
    isEnough: () => boolean,
  ): Promise<boolean> {
    const { transaction, campaign } = this.#context;
    let rest = positions;
    while (rest.length > 0) {
      if (this.#isFull() || isEnough()) return false;
      const asked = rest.slice(0, partitionsAtOnce);
      const wanted = this.#batch();
      const leads = await takeLeads(
        transaction,
        campaign.id,
        asked,
        wanted,
        this.#seen,
      );
      this.#seen.push(...leads.map((lead) => lead.id));
      await this.#booking.book(leads);
      // Some of these wait for the next free trunk: nothing is finished, and nothing behind them goes first.
      if (this.#booking.leadsLeft && this.#room() === 0) return false;
      const last = leads.length < wanted ? undefined : leads.at(-1);
      const through = last?.partition ?? asked.length;
      for (const { partition } of asked.slice(0, through))
        cursor.leave(partition, null);
      rest = continueIn(rest.slice(through), last, cursor);
    }
    return true;
  }

  /** How many leads the next read takes. */
  #batch(): number {
    const least = leastBatch * 2 ** this.#reads;
    this.#reads += 1;
    return this.#booking.leadsWithoutTrunk > 0
      ? batchSize
      : Math.min(batchSize, Math.max(this.#room(), least));
  }
}

/** Continues in the first of these partitions behind the last lead that was taken of it, if there is one. */
function continueIn(
  positions: readonly PartitionPosition[],
  last: LeadRow | undefined,
  cursor: ScanCursor,
): readonly PartitionPosition[] {
  const [first, ...others] = positions;
  if (last === undefined || first === undefined) return positions;
  const after: LeadPosition = { dueAt: last.dueAt, id: last.id };
  cursor.leave(first.partition, after);
  return [{ partition: first.partition, after }, ...others];
}
