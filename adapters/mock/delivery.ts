/**
 * How events leave the mock PBX: as a real one sends them, which may be late, repeated or out of order (Asterisk under
 * load: the Hangup of a busy call came before its OriginateResponse in a quarter of the calls).
 */

import type { CallEvent } from "../port.ts";
import type { Random } from "./random.ts";
import type { MockClock, TimerHeap } from "./timer-heap.ts";

/** What a PBX emits to all subscribers. `channel`: a channel was made, the first sign of a call. */
export type PbxMessage =
  | {
      readonly type: "channel";
      readonly installationId: string;
      readonly attemptId: string;
    }
  | {
      readonly type: "event";
      readonly installationId: string;
      readonly event: CallEvent;
    };

/** One call's way out; `lastMs` is the latest delivery planned so far, `underWay` how many are to come. */
export interface Outlet {
  readonly installationId: string;
  readonly isChaotic: boolean;
  readonly random: Random;
  lastMs: number;
  underWay: number;
}

const CHAOS_DELAY_MS = 40;

export class Delivery {
  readonly #clock: MockClock;
  readonly #timers: TimerHeap;
  readonly #publish: (message: PbxMessage) => void;

  constructor(
    clock: MockClock,
    timers: TimerHeap,
    publish: (message: PbxMessage) => void,
  ) {
    this.#clock = clock;
    this.#timers = timers;
    this.#publish = publish;
  }

  /** @param inOrder true: never before an event of the same call that is still under way */
  send(outlet: Outlet, event: CallEvent, delayMs = 0, inOrder = false): void {
    const { random, isChaotic } = outlet;
    if (!isChaotic) {
      this.#deliver(outlet, event, delayMs, inOrder);
      return;
    }
    const late = random() < 0.4 ? random() * CHAOS_DELAY_MS : 0;
    this.#deliver(outlet, event, delayMs + late, inOrder);
    if (random() < 0.4) {
      this.#deliver(
        outlet,
        event,
        delayMs + random() * CHAOS_DELAY_MS,
        inOrder,
      );
    }
  }

  #deliver(
    outlet: Outlet,
    event: CallEvent,
    delayMs: number,
    inOrder: boolean,
  ): void {
    const nowMs = this.#clock.monotonicMs();
    let dueMs = nowMs + delayMs;
    if (inOrder) dueMs = Math.max(dueMs, outlet.lastMs);
    outlet.lastMs = Math.max(outlet.lastMs, dueMs);
    const { installationId } = outlet;
    const message: PbxMessage = { type: "event", installationId, event };
    // A delivery may be due and still wait for its timer to be run.
    if (dueMs <= nowMs && !(inOrder && outlet.underWay > 0)) {
      this.#publish(message);
      return;
    }
    outlet.underWay += 1;
    this.#timers.at(dueMs, () => {
      outlet.underWay -= 1;
      this.#publish(message);
    });
  }
}
