/**
 * Whether the PBX speaks of the calls that it is given, whatever keeps it from doing so.
 *
 *   HEARS ── 3 calls in a row end without a word ──▶ STOPPED ── a minute, doubled ──▶ PROBED by one call at a time
 *     ▲                                                 │                                │
 *     └────────────────── a word of the PBX about any call ◀─────────────────────────────┘
 *
 * People may have answered calls of which nothing was heard, so they are not simply dialled again. Two things keep such
 * calls few. Of those about which, and since which, the PBX has said nothing, only some may be out at a time: ten on a
 * line on which it never spoke, twenty-five later, as a word of some other call comes sooner than so many Originates.
 * And what has ended without a word is counted in the node's row, which stands over restarts and hand-overs.
 *
 * Only a call counts since whose Originate the PBX has said nothing at all: one that is lost among others is one that is
 * lost. And one that was sent before this line to the PBX was up says nothing: its events may have gone with the old
 * line, a restart of the PBX or an outage of the engine. The database away: the count is written with the next one.
 */
import type { Logger } from "pino";

import type { Database } from "../../database/pools.ts";
import {
  noteHeardCall,
  noteUnheardCalls,
  probeUnheardNode,
} from "../../database/unheard-calls.ts";
import { mostUnheardCalls } from "../../dialing/pass-facts.ts";

const mostBeforeTheFirstWord = 10;
const mostBetweenWords = 25;
/** What was queued before dialling stopped is out of the queue by then; later ones are let in by passes that know. */
const queuedBeforeMs = 20_000;

export interface PbxHearingDependencies {
  readonly database: Database;
  readonly node: string;
  readonly log: Logger;
  /** How long the line to the PBX has been up, ms; null while it is down. */
  readonly lineUpMs: () => number | null;
  /** Monotonic milliseconds. */
  readonly nowMs: () => number;
  /** More calls may be sent. */
  readonly onRoom: () => void;
  /** Dialling had stopped, and may go on. */
  readonly onHeard: () => void;
}

export class PbxHearing {
  readonly #with: PbxHearingDependencies;
  /** Sent since the last word, and not over. */
  readonly #silent = new Set<string>();
  #hasSpoken = false;
  #lastWordMs = -Infinity;
  /** In a row, those included that are still to be written. */
  #unheard = 0;
  #toWrite = 0;
  #stoppedUntilMs = 0;
  #holdUntilMs = -Infinity;
  #writing: Promise<void> = Promise.resolve();

  constructor(dependencies: PbxHearingDependencies) {
    this.#with = dependencies;
  }

  /** How many more calls may be sent before the PBX says something. */
  get room(): number {
    if (this.#unheard >= mostUnheardCalls)
      return this.#with.nowMs() < this.#holdUntilMs ? 0 : 1 - this.#silent.size;
    const most = this.#hasSpoken ? mostBetweenWords : mostBeforeTheFirstWord;
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

  /** The PBX has told something of a call. */
  noteWord(): void {
    const hadRoom = this.room > 0;
    this.#hasSpoken = true;
    this.#lastWordMs = this.#with.nowMs();
    this.#silent.clear();
    if (this.#unheard > 0) {
      this.#unheard = 0;
      this.#toWrite = 0;
      this.#write(() => this.#writeHeard());
    }
    if (!hadRoom) this.#with.onRoom();
  }

  /** A call has ended without a word of the PBX. @param ageMs since it was sent */
  noteUnheard(ageMs: number): void {
    const upMs = this.#with.lineUpMs();
    const silentMs = this.#with.nowMs() - this.#lastWordMs;
    if (upMs === null || ageMs > Math.min(upMs, silentMs)) return;
    this.#unheard += 1;
    this.#toWrite += 1;
    this.#holdUntilMs = this.#with.nowMs() + queuedBeforeMs;
    this.#write(() => this.#writeUnheard());
  }

  /** The line to the PBX is new: nothing is known of what it tells. */
  noteLine(): void {
    this.#hasSpoken = false;
    this.#holdUntilMs = -Infinity;
    this.#silent.clear();
    this.#write(async () => {
      const { database, node } = this.#with;
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
      this.#with.log.warn(
        { err: error },
        "What the PBX tells of its calls could not be noted",
      );
    });
  }

  async #writeUnheard(): Promise<void> {
    const { database, node, log } = this.#with;
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
        "Calls end without a word of the PBX: dialling stops, until one call that probes it is heard of",
      );
    this.#stoppedUntilMs = untilMs;
  }

  async #writeHeard(): Promise<void> {
    const { database, node, log, onHeard } = this.#with;
    if (!(await noteHeardCall(database, node))) return;
    log.info({ node }, "The PBX speaks of its calls again: dialling goes on");
    onHeard();
  }
}
