/**
 * An Asterisk that is shutting down gracefully (`core restart gracefully`) takes no calls while its last call lasts.
 * Asterisk 22 says so in answer to every action, including a ping; other versions accept Originates and make no channel
 * for them, which looks like a trunk that does not exist. So after such a failure Asterisk is asked for a channel that
 * leads nowhere: if it makes none, no call was made, and nothing is sent until it makes one. As with `fsctl pause` of
 * FreeSWITCH, the connection is up and the PBX paused.
 *
 *   GOING ── says so, or failure and it makes no channel ──▶ BARRED ── makes one again, or a new session ──▶ GOING
 */
import type { CallEvent, Pause } from "../port.ts";
import { makesChannels } from "./event-check.ts";
import { GOING_DOWN } from "./session.ts";
import type { AmiSession } from "./session.ts";

export interface ShutdownPauseOptions {
  /** Asterisk makes a channel within this time, or none. */
  readonly timeoutMs: number;
  /** Interval between two tries while it makes none. */
  readonly againMs: () => number;
  /** The session that is up now. */
  readonly session: () => AmiSession | null;
  /** Called when Asterisk stops making channels, and when it makes them again. */
  readonly onChange: () => void;
}

export const shutdownPause: Pause = {
  reason: "PBX_SHUTTING_DOWN",
  message: GOING_DOWN,
};

export class ShutdownPause {
  readonly #deps: ShutdownPauseOptions;
  #isBarred = false;
  #asked: Promise<boolean> | null = null;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ShutdownPauseOptions) {
    this.#deps = options;
  }

  get isBarred(): boolean {
    return this.#isBarred;
  }

  /** What it adds to the state of the connection. */
  get asState(): { readonly paused?: Pause } {
    return this.#isBarred ? { paused: shutdownPause } : {};
  }

  /** A new connection may be to a restarted Asterisk; without a connection nothing is asked. */
  reset(): void {
    clearTimeout(this.#timer);
    this.#isBarred = false;
  }

  /** Asterisk has refused an action because it is shutting down. */
  bar(): void {
    if (this.#deps.session() !== null && !this.#isBarred) this.#note(true);
  }

  /** Emits an event; for a call without a channel, once the cause of that is known. */
  judge(event: CallEvent, emit: (event: CallEvent) => void): void {
    const session = this.#deps.session();
    if (event.kind !== "REFUSED" || session === null) {
      emit(event);
      return;
    }
    void this.#ask(session).then((makes) => {
      const { attemptId, at, dedupKey } = event;
      const message = GOING_DOWN;
      emit(
        makes ? event : { kind: "NOT_SENT", attemptId, at, dedupKey, message },
      );
    });
  }

  /** @returns whether Asterisk makes channels; true when it cannot be asked */
  #ask(session: AmiSession): Promise<boolean> {
    this.#asked ??= makesChannels(session, this.#deps.timeoutMs)
      .catch(() => true)
      .then((makes) => {
        this.#asked = null;
        // The answer came over an earlier session and says nothing about this one.
        if (this.#deps.session() === session) this.#note(!makes);
        return makes;
      });
    return this.#asked;
  }

  #note(isBarred: boolean): void {
    clearTimeout(this.#timer);
    if (isBarred)
      this.#timer = setTimeout(() => {
        const session = this.#deps.session();
        if (session !== null) void this.#ask(session);
      }, this.#deps.againMs());
    if (isBarred === this.#isBarred) return;
    this.#isBarred = isBarred;
    this.#deps.onChange();
  }
}
