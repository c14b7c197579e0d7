/**
 * One producer for all viewers of the same rows: it reads once a second while there are viewers, sends each the same
 * text, and stops when there are none. Reads never overlap, so that the wallboard holds at most one of the engine's
 * database connections.
 */
import type { Logger } from "../logging.ts";
import { drawPicture } from "./picture.ts";
import type {
  CampaignDay,
  OpenReader,
  Viewer,
  WallboardReader,
} from "./source.ts";

/** The receiver of a viewer's events. */
export interface Sink {
  /** One server-sent event. The newest one replaces those that a slow viewer has not taken yet. */
  send(text: string): void;
  end(): void;
}

export interface FeedOptions {
  readonly open: OpenReader;
  readonly log: Logger;
  readonly intervalMs?: number;
  readonly maxViewers?: number;
  readonly maxViewersPerUser?: number;
  /** The average rate at which a viewer is sent data, at most, whatever the number of campaigns. */
  readonly bytesPerSecond?: number;
}

/** A viewer who joined; `leave` may be called any number of times. */
export interface Seat {
  leave(): void;
}

interface Channel {
  readonly reader: WallboardReader;
  readonly sinks: Set<Sink>;
  /** The last event, for viewers who join in between. */
  last: string | null;
  timer: NodeJS.Timeout | null;
  failures: number;
}

const longestPauseMs = 10_000;
/** Some 500 campaigns once a second. */
const defaultBytesPerSecond = 250_000;
/** Places that are reserved for operators. */
const operatorSeats = 8;

export class WallboardFeed {
  readonly #options: Required<FeedOptions>;
  readonly #channels = new Map<string, Channel>();
  #reading: Promise<void> = Promise.resolve();
  #closed = false;
  #failing = false;

  constructor(options: FeedOptions) {
    this.#options = {
      intervalMs: 1_000,
      maxViewers: 64,
      maxViewersPerUser: 8,
      bytesPerSecond: defaultBytesPerSecond,
      ...options,
    };
  }

  get viewers(): number {
    let viewers = 0;
    for (const { sinks } of this.#channels.values()) viewers += sinks.size;
    return viewers;
  }

  /** @returns null when there is no room, or the engine is stopping */
  join(viewer: Viewer, sink: Sink): Seat | null {
    const key = keyOf(viewer);
    const known = this.#channels.get(key);
    if (this.#closed || !this.#hasRoom(viewer, known?.sinks.size ?? 0))
      return null;
    const channel = known ?? this.#openChannel(key, viewer);
    channel.sinks.add(sink);
    if (channel.last !== null) sink.send(channel.last);
    return {
      leave: () => {
        channel.sinks.delete(sink);
        if (channel.sinks.size === 0) this.#closeChannel(key, channel);
      },
    };
  }

  /** Answers from memory. @returns null when this viewer has no stream, or was not shown that campaign */
  campaignDay(viewer: Viewer, campaignId: string): CampaignDay | null {
    const channel = this.#channels.get(keyOf(viewer));
    return channel?.reader.campaignDay(campaignId) ?? null;
  }

  /** Ends every viewer's stream. @returns a promise that settles when no read is under way */
  close(): Promise<void> {
    this.#closed = true;
    for (const [key, channel] of this.#channels) {
      for (const sink of channel.sinks) sink.end();
      this.#closeChannel(key, channel);
    }
    return this.#reading;
  }

  #hasRoom(viewer: Viewer, ofSameUser: number): boolean {
    const { maxViewers, maxViewersPerUser } = this.#options;
    if (viewer.kind !== "account") return this.viewers < maxViewers;
    return (
      this.viewers < maxViewers - operatorSeats &&
      ofSameUser < maxViewersPerUser
    );
  }

  #openChannel(key: string, viewer: Viewer): Channel {
    const channel: Channel = {
      reader: this.#options.open(viewer),
      sinks: new Set(),
      last: null,
      timer: null,
      failures: 0,
    };
    this.#channels.set(key, channel);
    this.#readIn(key, channel, 0);
    return channel;
  }

  #closeChannel(key: string, channel: Channel): void {
    if (channel.timer !== null) clearTimeout(channel.timer);
    channel.timer = null;
    channel.sinks.clear();
    if (this.#channels.get(key) === channel) this.#channels.delete(key);
  }

  #isOpen(key: string, channel: Channel): boolean {
    return this.#channels.get(key) === channel;
  }

  #readIn(key: string, channel: Channel, ms: number): void {
    channel.timer = setTimeout(() => {
      this.#reading = this.#reading.then(() => this.#tick(key, channel));
    }, ms);
  }

  async #tick(key: string, channel: Channel): Promise<void> {
    if (!this.#isOpen(key, channel)) return;
    const startedMs = performance.now();
    const text = await this.#produce(channel);
    if (!this.#isOpen(key, channel)) return;
    channel.last = text;
    for (const sink of channel.sinks) sink.send(text);
    const { intervalMs, bytesPerSecond } = this.#options;
    const tookMs = performance.now() - startedMs;
    const pauseMs =
      channel.failures === 0
        ? Math.max(
            intervalMs / 2,
            intervalMs - tookMs,
            (text.length / bytesPerSecond) * 1_000 - tookMs,
          )
        : Math.min(longestPauseMs, intervalMs * 2 ** (channel.failures - 1));
    this.#readIn(key, channel, pauseMs);
  }

  async #produce(channel: Channel): Promise<string> {
    try {
      const facts = await channel.reader.read();
      channel.failures = 0;
      if (this.#failing) this.#options.log.info("The wallboard is read again");
      this.#failing = false;
      return event("board", drawPicture(facts));
    } catch (error) {
      channel.failures += 1;
      if (!this.#failing)
        this.#options.log.warn({ err: error }, "The wallboard cannot be read");
      this.#failing = true;
      return event("trouble", { code: "UNREADABLE" });
    }
  }
}

function event(name: string, data: unknown): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}

/** Claims in which two tokens of one user differ; row level security does not depend on them. */
const perToken = new Set(["exp", "iat", "nbf", "jti", "session_id", "amr"]);

/** All operators see the same, and all screens for everybody; users do when their claims are the same. */
function keyOf(viewer: Viewer): string {
  if (viewer.kind !== "account") return viewer.kind;
  const lasting = Object.entries(viewer.claims)
    .filter(([name]) => !perToken.has(name))
    .toSorted(([a], [b]) => a.localeCompare(b));
  return JSON.stringify(lasting);
}
