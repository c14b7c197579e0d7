/**
 * What only a standby heard: while the engine that dials has no line to the PBX, be it for a moment, the standby hands in
 * what it hears. Facts need no lease and may be applied twice.
 *
 *   holder's line down, or another one than before ──▶ hands in its window ── a second later ──▶ again, and says so
 *
 * The second time is for what was still on its way. Until a standby has said so with its beat, the holder does not judge
 * calls that the PBX no longer knows (`events_wait.sql`, bounded, and only for standbys that beat). The database away:
 * handed in when it is back. Killed: its beat grows old, and nobody waits for it.
 */
import type { Beat } from "../../database/lease.ts";

/** An event may take so long from the PBX to this engine. */
const onItsWayMs = 1_000;

/** Where they wait until they are handed in. */
interface Inbox {
  handIn(): Promise<void>;
}

export class StandbyEars {
  readonly #inbox: Inbox;
  readonly #onHandedIn: () => Promise<void>;
  /** The holder's connection as last seen. */
  #line: string | null = null;
  #heardLine: string | null = null;
  #timer: NodeJS.Timeout | undefined;

  /** @param onHandedIn {@link heardLine} is another one: the holder waits for it */
  constructor(inbox: Inbox, onHandedIn: () => Promise<void>) {
    this.#inbox = inbox;
    this.#onHandedIn = onHandedIn;
  }

  /** The holder's connection up to which all that was heard is in the database. */
  get heardLine(): string | null {
    return this.#heardLine;
  }

  /** Acts on what a beat learned, before the window is cut to what the holder cannot have missed. */
  note({
    holds,
    holderHears,
    pbxLine,
  }: Pick<Beat, "holds" | "holderHears" | "pbxLine">): void {
    const isNew = pbxLine !== this.#line;
    this.#line = pbxLine;
    if (isNew || holds) clearTimeout(this.#timer);
    // What a holder hears is on its way to the database anyhow.
    if (holds) return;
    if (isNew || !holderHears) void this.#inbox.handIn();
    if (isNew) this.#timer = setTimeout(() => void this.#again(), onItsWayMs);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  async #again(): Promise<void> {
    const line = this.#line;
    await this.#inbox.handIn();
    if (line !== this.#line) return;
    this.#heardLine = line;
    await this.#onHandedIn();
  }
}
