/**
 * The circuit breaker for missing events: whether the PBX sends events about the calls it is given, whatever keeps it
 * from doing so.
 *
 *   CLOSED ── 3 calls in a row end without an event ──▶ OPEN ── a minute, doubled ──▶ PROBED by one call at a time
 *     ▲                                                  │                              │
 *     └───────────────── an event of the PBX about any call ◀───────────────────────────┘
 *
 * People may have answered calls without any event, so those calls are not simply dialled again. Two rules keep them
 * few. First, of the calls since the last event of the PBX, only some may be out at a time: ten on a connection without
 * any event so far, twenty-five later, because an event about some other call comes sooner than that many Originates.
 * Second, calls that ended without an event are counted in the node's row, which survives restarts and hand-overs.
 *
 * A call counts only if the PBX has sent no event at all since its Originate: one that is lost among others is merely
 * lost. A call sent before this connection was up does not count: its events may have gone with the old connection, a
 * restart of the PBX or an outage of the engine. Database away: the count is written with the next one.
 */
import type { Logger } from "pino";

import type { Database } from "../../database/pools.ts";
import {
  resetUnheardCalls,
  noteUnheardCalls,
  probeUnheardNode,
} from "../../database/unheard-calls.ts";
import { mostUnheardCalls } from "../../dialing/pass-facts.ts";

const mostBeforeTheFirstEvent = 10;
const mostBetweenEvents = 25;
/** Calls queued before dialling stopped have left the queue by then; later passes know about the stop. */
const queuedBeforeMs = 20_000;

export interface UnheardCallsDependencies {
  readonly database: Database;
  readonly node: string;
  readonly log: Logger;
  /** How long the connection to the PBX has been up, ms; null while it is down. */
  readonly connectedForMs: () => number | null;
  /** Monotonic milliseconds. */
  readonly nowMs: () => number;
  /** More calls may be sent. */
  readonly onRoom: () => void;
  /** Dialling had stopped, and may go on. */
  readonly onEventsResumed: () => void;
}

export class UnheardCalls {
  readonly #deps: UnheardCallsDependencies;
  /** Sent since the last event, and not over. */
  readonly #silent = new Set<string>();
  #hasSentEvents = false;
  #lastEventMs = -Infinity;
  /** In a row, including those that are still to be written. */
  #unheard = 0;
  #toWrite = 0;
  #stoppedUntilMs = 0;
  #holdUntilMs = -Infinity;
  #writing: Promise<void> = Promise.resolve();

  constructor(dependencies: UnheardCallsDependencies) {
    this.#deps = dependencies;
  }

  /** How many more calls may be sent before the PBX sends an event. */
  get room(): number {
    if (this.#unheard >= mostUnheardCalls)
      return this.#deps.nowMs() < this.#holdUntilMs ? 0 : 1 - this.#silent.size;
    const most = this.#hasSentEvents
      ? mostBetweenEvents
      : mostBeforeTheFirstEvent;
    return most - this.#silent.size;
  }

  /** A call is about to be sent. */
  noteSent(attemptId: string): void {
    this.#silent.add(attemptId);
  }

  /** It was not sent after all, or is over. */
  noteOver(attemptId: string): void {
    this.#silent.delete(attemptId);
  }

  /** The PBX has sent an event about a call. */
  noteEvent(): void {
    const hadRoom = this.room > 0;
    this.#hasSentEvents = true;
    this.#lastEventMs = this.#deps.nowMs();
    this.#silent.clear();
    if (this.#unheard > 0) {
      this.#unheard = 0;
      this.#toWrite = 0;
      this.#write(() => this.#writeEventsResumed());
    }
    if (!hadRoom) this.#deps.onRoom();
  }

  /** A call has ended without an event of the PBX. @param ageMs since it was sent */
  noteUnheard(ageMs: number): void {
    const upMs = this.#deps.connectedForMs();
    const silentMs = this.#deps.nowMs() - this.#lastEventMs;
    if (upMs === null || ageMs > Math.min(upMs, silentMs)) return;
    this.#unheard += 1;
    this.#toWrite += 1;
    this.#holdUntilMs = this.#deps.nowMs() + queuedBeforeMs;
    this.#write(() => this.#writeUnheard());
  }

  /** The connection to the PBX is new: it is not known yet whether events arrive on it. */
  noteConnection(): void {
    this.#hasSentEvents = false;
    this.#holdUntilMs = -Infinity;
    this.#silent.clear();
    this.#write(async () => {
      const { database, node } = this.#deps;
      this.#unheard = Math.max(
        this.#unheard,
        await probeUnheardNode(database, node),
      );
    });
  }

  /** @returns settles when nothing is being written */
  settled(): Promise<void> {
    return this.#writing;
  }

  #write(what: () => Promise<void>): void {
    this.#writing = this.#writing.then(what).catch((error: unknown) => {
      this.#deps.log.warn(
        { err: error },
        "Whether the PBX sends events about its calls could not be recorded",
      );
    });
  }

  async #writeUnheard(): Promise<void> {
    const { database, node, log } = this.#deps;
    const count = this.#toWrite;
    if (count === 0) return;
    this.#toWrite = 0;
    let until: Date | null;
    try {
      until = await noteUnheardCalls(database, node, count);
    } catch (error) {
      this.#toWrite += count;
      throw error;
    }
    const untilMs = until?.getTime() ?? 0;
    if (untilMs > this.#stoppedUntilMs)
      log.error(
        { node, until },
        "Calls end without any event of the PBX: dialling stops until an event about a probing call arrives",
      );
    this.#stoppedUntilMs = untilMs;
  }

  async #writeEventsResumed(): Promise<void> {
    const { database, node, log, onEventsResumed } = this.#deps;
    if (!(await resetUnheardCalls(database, node))) return;
    log.info(
      { node },
      "The PBX sends events about its calls again: dialling goes on",
    );
    onEventsResumed();
  }
}
