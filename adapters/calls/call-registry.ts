/**
 * The calls that are followed, their legs, and what is still known of ended calls. All of it is bounded: beyond its
 * limit each map drops its oldest entry. The subclass decides which channels are ours, because each PBX carries the
 * installation tag in its own way.
 */
import { RecentIds } from "./recent-ids.ts";
import type { TrackedCall } from "./tracked-call.ts";

const MAX_CALLS = 20_000;
/** Ended calls that late events and dispositions may still refer to. */
const MAX_ENDED = 20_000;
const MAX_LEGS = 50_000;

/** A channel that belongs to a call beside the call's own. */
export interface CallLeg<Call extends TrackedCall> {
  readonly id: string;
  readonly call: Call;
}

export class CallRegistry<Call extends TrackedCall, Leg extends CallLeg<Call>> {
  /** How long one event of an end waits for the other. */
  readonly graceMs: number;
  readonly #calls = new Map<string, Call>();
  readonly #legs = new Map<string, Leg>();
  readonly #ended = new RecentIds(MAX_ENDED);
  /** Calls whose end was missed, or that have no channel yet; if their channel appears, they are followed again. */
  readonly #lost = new RecentIds(MAX_ENDED);
  /** Calls that are in their grace time. */
  readonly #waiting = new Set<Call>();

  constructor(graceMs: number) {
    this.graceMs = graceMs;
  }

  get calls(): ReadonlyMap<string, Call> {
    return this.#calls;
  }

  /** How much is remembered: live calls and legs, calls in their grace time, ended calls. */
  get sizes() {
    return {
      calls: this.#calls.size,
      waiting: this.#waiting.size,
      legs: this.#legs.size,
      ended: this.#ended.size,
    };
  }

  /** When {@link flush} has something to decide, epoch ms. */
  get nextDueMs(): number | null {
    let next: number | null = null;
    for (const { dueMs } of this.#waiting) {
      if (dueMs !== null && (next === null || dueMs < next)) next = dueMs;
    }
    return next;
  }

  hasEnded(attemptId: string): boolean {
    return this.#ended.has(attemptId);
  }

  isLost(attemptId: string): boolean {
    return this.#lost.has(attemptId);
  }

  /** Whether that attempt was ever seen, as far as memory goes. */
  remembers(attemptId: string): boolean {
    return (
      this.#calls.has(attemptId) ||
      this.#ended.has(attemptId) ||
      this.#lost.has(attemptId)
    );
  }

  leg(id: string): Leg | undefined {
    return this.#legs.get(id);
  }

  protected add(call: Call): Call {
    this.#calls.set(call.attemptId, call);
    if (this.#calls.size > MAX_CALLS) {
      const [oldest] = this.#calls.values();
      if (oldest !== undefined) this.end(oldest);
    }
    return call;
  }

  protected keepLeg(leg: Leg): void {
    this.#legs.set(leg.id, leg);
    leg.call.legIds.add(leg.id);
    if (this.#legs.size > MAX_LEGS) {
      const [oldest] = this.#legs.values();
      if (oldest !== undefined) this.removeLeg(oldest);
    }
  }

  removeLeg(leg: Leg): void {
    this.#legs.delete(leg.id);
    leg.call.legIds.delete(leg.id);
  }

  forgetLegs(): void {
    for (const { call, id } of this.#legs.values()) call.legIds.delete(id);
    this.#legs.clear();
  }

  /** Forgets the call as if it had never existed. */
  remove(attemptId: string): void {
    const call = this.#calls.get(attemptId);
    if (call !== undefined) this.#drop(call);
  }

  /** The call is over: nothing more is emitted of it but a disposition. */
  end(call: Call): void {
    this.#drop(call);
    this.#lost.delete(call.attemptId);
    this.#ended.add(call.attemptId);
  }

  /** After a gap the PBX does not know the call: its end was missed. */
  lose(call: Call): void {
    this.#drop(call);
    this.#lost.add(call.attemptId);
  }

  /** Decides what the events of a call allow; the rest waits for the grace time. */
  settle(call: Call, nowMs: number): void {
    if (call.settle(nowMs, this.graceMs)) this.end(call);
    else if (call.dueMs === null) this.#waiting.delete(call);
    else this.#waiting.add(call);
  }

  /** Decides the calls whose grace time is over. */
  flush(nowMs: number): void {
    for (const call of this.#waiting) this.settle(call, nowMs);
  }

  #drop(call: Call): void {
    this.#calls.delete(call.attemptId);
    for (const id of call.legIds) this.#legs.delete(id);
    this.#waiting.delete(call);
  }
}
