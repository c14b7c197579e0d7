/**
 * Events that only a standby received: while the leader has no connection to the PBX, even for a moment, the standby
 * enqueues the events it receives. Applying facts needs no lease, and applying them twice is harmless.
 *
 *   leader's connection down, or a new one ──▶ enqueues its window ── a second later ──▶ again, and confirms it
 *
 * The second time is for events that were still on their way. Until a standby has confirmed it in its heartbeat, the
 * leader does not judge calls that the PBX no longer knows (`events_wait.sql`; for a limited time, and only for
 * standbys with a fresh heartbeat). Database away: enqueued when it is back. Killed: its heartbeat grows old, and
 * nobody waits for it.
 */
import type { HeartbeatResult } from "../../database/lease.ts";

/** How long an event may take from the PBX to this engine. */
const onItsWayMs = 1_000;

/** Where they wait until they are handed in. */
interface Inbox {
  handIn(): Promise<void>;
}

export class StandbyEvents {
  readonly #inbox: Inbox;
  readonly #onHandedIn: () => Promise<void>;
  /** The leader's connection as last seen. */
  #connectionId: string | null = null;
  #heardConnectionId: string | null = null;
  #timer: NodeJS.Timeout | undefined;

  /** @param onHandedIn {@link heardConnectionId} has changed: the leader waits for it */
  constructor(inbox: Inbox, onHandedIn: () => Promise<void>) {
    this.#inbox = inbox;
    this.#onHandedIn = onHandedIn;
  }

  /** The leader's connection up to which every event that this engine received is in the database. */
  get heardConnectionId(): string | null {
    return this.#heardConnectionId;
  }

  /** Acts on what a heartbeat read, before the window is cut to what the leader cannot have missed. */
  note({
    holds,
    leaderReceivesEvents,
    pbxConnectionId,
  }: Pick<
    HeartbeatResult,
    "holds" | "leaderReceivesEvents" | "pbxConnectionId"
  >): void {
    const isNew = pbxConnectionId !== this.#connectionId;
    this.#connectionId = pbxConnectionId;
    if (isNew || holds) clearTimeout(this.#timer);
    // The leader's own events are on their way to the database anyhow.
    if (holds) return;
    if (isNew || !leaderReceivesEvents) void this.#inbox.handIn();
    if (isNew) this.#timer = setTimeout(() => void this.#again(), onItsWayMs);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  async #again(): Promise<void> {
    const connectionId = this.#connectionId;
    await this.#inbox.handIn();
    if (connectionId !== this.#connectionId) return;
    this.#heardConnectionId = connectionId;
    await this.#onHandedIn();
  }
}
