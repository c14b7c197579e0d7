/**
 * One TCP connection to the Event Socket: commands out in single writes, frames in. It is used until it closes and is
 * then discarded. Any read error ends the connection, never the process.
 *
 * The codec is our own, not npm `modesl`: `docs/architecture/decisions.md` names the tests that led to it.
 */
import { connect } from "node:net";
import type { Socket } from "node:net";
import type { Logger } from "pino";

import { FirstWords } from "../connection/neighbour.ts";
import {
  connectAdvice,
  foreignAdvice,
  openWire,
} from "../connection/opening.ts";
import type { WireEvents } from "../connection/opening.ts";
import { AdapterError } from "../port.ts";
import { aclAdvice, EVENT_SOCKET } from "./advice.ts";
import { FrameError, FrameParser } from "./frame-parser.ts";
import type { Frame } from "./frame-parser.ts";

export interface WireOptions {
  readonly host: string;
  readonly port: number;
  /** For the connection and FreeSWITCH's greeting, milliseconds. */
  readonly connectTimeoutMs: number;
  readonly log: Logger;
  onFrame(frame: Frame): void;
  /** Called once; nothing is delivered afterwards. `reason` is for an operator. */
  onClose(reason: string): void;
}

/** Written but not taken by the kernel: FreeSWITCH has stopped reading. A burst of calls is far less. */
const MAX_UNSENT_BYTES = 1_024 * 1_024;
/** Every greeting is a frame that begins with this header. */
const GREETING = "Content-Type:";
const KEEP_ALIVE_MS = 15_000;
/**
 * Node reads up to 32 times before it does anything else, 64 KB each by default: in a burst these are 370 events
 * without a timer in between, with this limit 90.
 */
const READ_BYTES = 16 * 1_024;

export class EslWire {
  readonly #options: WireOptions;
  readonly #events: WireEvents;
  readonly #socket: Socket;
  readonly #parser = new FrameParser();
  #isGreeted = false;
  /** Until the greeting is whole. */
  #words: FirstWords | null;
  #isClosed = false;
  #reason = "FreeSWITCH closed the connection";
  #lastByteMs = performance.now();

  private constructor(options: WireOptions, events: WireEvents) {
    this.#options = options;
    this.#events = events;
    const { host, port } = options;
    this.#words = new FirstWords(GREETING, (neighbour) => {
      this.#refuse(foreignAdvice(EVENT_SOCKET, neighbour, host, port));
    });
    this.#socket = connect({
      host,
      port,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: KEEP_ALIVE_MS,
      onread: {
        buffer: Buffer.allocUnsafe(READ_BYTES),
        callback: (length, buffer) => {
          // The buffer is used again for the next read; what is kept of this one must be a copy.
          this.#receive(Buffer.from(buffer.subarray(0, length)));
          return true;
        },
      },
    });
    this.#socket.on("error", (error) => {
      this.#reason = connectAdvice(EVENT_SOCKET, error, host, port);
    });
    const ended = (): void => {
      const met = this.#words?.neighbour ?? null;
      this.close(
        met === null
          ? this.#reason
          : foreignAdvice(EVENT_SOCKET, met, host, port),
      );
    };
    this.#socket.on("end", ended);
    this.#socket.on("close", ended);
  }

  /**
   * Connects and waits for `auth/request`, so that the password is sent to no other service.
   * @throws AdapterError NOT_CONNECTED, REFUSED when FreeSWITCH's access list says no
   */
  static open(options: WireOptions): Promise<EslWire> {
    return openWire(
      options.connectTimeoutMs,
      (reason) => {
        options.onClose(reason);
      },
      (events) => new EslWire(options, events),
    );
  }

  /** Why there is no greeting yet, for an operator. */
  get missingGreeting(): string {
    const { host, port } = this.#options;
    const met = this.#words?.neighbour ?? null;
    return met === null
      ? connectAdvice(EVENT_SOCKET, {}, host, port)
      : foreignAdvice(EVENT_SOCKET, met, host, port);
  }

  get isOpen(): boolean {
    return !this.#isClosed && this.#socket.writable;
  }

  /** Whether a write would leave at once. */
  get canWrite(): boolean {
    return this.isOpen && this.#socket.writableLength < MAX_UNSENT_BYTES;
  }

  /** Of the monotonic clock, milliseconds: when FreeSWITCH last sent anything. */
  get lastByteMs(): number {
    return this.#lastByteMs;
  }

  /**
   * Writes one command, at once and whole.
   * @throws AdapterError NOT_CONNECTED when it cannot be
   */
  send(bytes: Buffer): void {
    if (!this.canWrite) throw new AdapterError("NOT_CONNECTED", this.#reason);
    this.#socket.write(bytes);
  }

  /** Ends the connection. Idempotent. */
  close(reason: string): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#reason = reason;
    this.#words?.stop();
    this.#socket.destroy();
    this.#events.onClose(reason);
  }

  #receive(read: Buffer): void {
    if (this.#isClosed) return;
    this.#lastByteMs = performance.now();
    this.#options.log.debug({ bytes: read.length }, "handleData");
    if (this.#words?.receive(read.toString("latin1")) === false) return;
    let frames: Frame[];
    try {
      frames = this.#parser.push(read);
    } catch (error) {
      const what = error instanceof FrameError ? error.message : String(error);
      this.close(`FreeSWITCH sent ${what}; reconnecting`);
      return;
    }
    for (const frame of frames) this.#deliver(frame);
  }

  #deliver(frame: Frame): void {
    if (this.#isClosed) return;
    if (!this.#isGreeted) {
      this.#greet(frame);
      return;
    }
    if (frame.contentType === "text/disconnect-notice") {
      const notice = frame.body.toString("utf8").split("\n")[0] ?? "";
      this.#reason = `FreeSWITCH closed the connection: ${notice.slice(0, 100)}`;
    }
    try {
      this.#options.onFrame(frame);
    } catch (error) {
      this.#options.log.error(
        { err: error },
        "A message from FreeSWITCH could not be processed",
      );
    }
  }

  #greet(frame: Frame): void {
    const { host, port } = this.#options;
    const words = this.#words?.neighbour?.words ?? "";
    this.#words = null;
    if (frame.contentType === "auth/request") {
      this.#isGreeted = true;
      this.#events.onGreeting(null);
      return;
    }
    this.#refuse(
      frame.contentType === "text/rude-rejection"
        ? aclAdvice(host, port)
        : foreignAdvice(EVENT_SOCKET, { kind: "other", words }, host, port),
    );
  }

  /** Something else came in place of the greeting. */
  #refuse(reason: string): void {
    this.#events.onGreeting(new AdapterError("REFUSED", reason));
    this.close(reason);
  }
}
