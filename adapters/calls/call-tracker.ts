/**
 * Events of a PBX in, call events out: what the trackers of all PBXs have in common. Pure: no clock, no timer, no
 * socket. A tracker outlives the sessions of its connection.
 */
import type { CallEvent } from "../port.ts";
import type { CallLeg, CallRegistry } from "./call-registry.ts";
import type { PbxClock } from "./pbx-clock.ts";
import type { TrackedCall } from "./tracked-call.ts";

export interface CallTrackerOptions {
  readonly installationId: string;
  readonly emit: (event: CallEvent) => void;
  /** How long one event of an end waits for the other; default {@link GRACE_MS}. */
  readonly graceMs?: number;
}

export const GRACE_MS = 1_000;

export abstract class CallTracker<
  Registry extends CallRegistry<TrackedCall, CallLeg<TrackedCall>>,
> {
  protected readonly registry: Registry;
  protected readonly clock: PbxClock;
  readonly #emit: (event: CallEvent) => void;
  /** The PBX's clock minus ours, for events without a time of their own: their times must fit among the others. */
  #aheadMs = 0;

  constructor(
    registry: Registry,
    clock: PbxClock,
    emit: (event: CallEvent) => void,
  ) {
    this.registry = registry;
    this.clock = clock;
    this.#emit = emit;
  }

  /** The connection is lost: events are missed until the next one. */
  abstract connectionLost(nowMs: number): void;

  /** The PBX restarted: none of the calls exists any more. */
  abstract forgetAll(): void;

  get graceMs(): number {
    return this.registry.graceMs;
  }

  /** When {@link flush} has something to decide, epoch ms. */
  get nextDueMs(): number | null {
    return this.registry.nextDueMs;
  }

  /** Whether that call is followed, so that its channel is ours. */
  knows(attemptId: string): boolean {
    return this.registry.calls.has(attemptId);
  }

  /** Whether that call has a channel and was seen since its start, so that its end will be received. */
  follows(attemptId: string): boolean {
    const call = this.registry.calls.get(attemptId);
    return call?.followed === true && call.hasChannel;
  }

  /** Ids of the calls followed now. */
  ids(): ReadonlySet<string> {
    return new Set(this.registry.calls.keys());
  }

  /** That Originate made no call: not written after all, or refused at once. */
  withdrawn(attemptId: string): void {
    this.registry.remove(attemptId);
  }

  /** Decides the calls whose grace time is over. */
  flush(nowMs: number): void {
    this.registry.flush(nowMs);
  }

  /** The PBX has given its time, corrected for the steps of its clock. */
  protected noteAhead(givenMs: number, nowMs: number): void {
    this.#aheadMs = givenMs - nowMs;
  }

  /** When something happened that carries no time of its own, ISO 8601. */
  protected timeAt(nowMs: number): string {
    return new Date(nowMs + this.#aheadMs).toISOString();
  }

  /** A disposition may come after the end, from a channel of its own. */
  protected emitDisposition(
    attemptId: string,
    disposition: string,
    at: string,
  ): void {
    if (!this.registry.remembers(attemptId)) return;
    const dedupKey = `DISPOSITION:${at}`;
    this.#emit({ kind: "DISPOSITION", attemptId, at, dedupKey, disposition });
  }
}
