/**
 * The adapter to Asterisk 16 to 23 over AMI: commands in, and what the tracker makes of the events out.
 * The tracker of calls outlives the sessions of the line.
 */
import type { Logger } from "pino";

import { AdapterError, noLimits } from "../port.ts";
import type {
  AdapterListener,
  ConnectionState,
  HandOverFinding,
  HangupResult,
  LastWord,
  LiveCall,
  OriginateRequest,
  OriginateResult,
  SwitchLimits,
  VoiceAdapter,
} from "../port.ts";
import { checkOriginateRequest } from "../calls/request-check.ts";
import { checkAction } from "./action.ts";
import type { AmiAction } from "./action.ts";
import { PendingSignals } from "../calls/pending-signals.ts";
import { CallTracker } from "./call-tracker.ts";
import {
  findChannel,
  hangUpChannel,
  isAttemptId,
  listChannels,
  liveCalls,
} from "./channels.ts";
import { findHandOver } from "./hand-over.ts";
import { goingDown, ShutdownPause } from "./shutdown-pause.ts";
import { AmiConnection } from "./connection.ts";
import type { ConnectionTimings } from "./connection.ts";
import type { AmiMessage } from "./message.ts";
import {
  checkForAsterisk,
  notSent,
  originateAction,
  originateIdPrefix,
  ourDefect,
  refusalOf,
} from "./originate-action.ts";
import { recallPastCall } from "./past-calls.ts";
import { GOING_DOWN, saysShutdown } from "./session.ts";
import type { AmiSession } from "./session.ts";

export interface AsteriskAmiOptions {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly secret: string;
  /** Where answered calls go when the request names no context. */
  readonly context: string;
  /** The mark of every channel we make: AMI's Account, up to 64 of letters, digits and . _ - */
  readonly installationId: string;
  readonly log: Logger;
  readonly timings?: ConnectionTimings & {
    /** How long Hangup and OriginateResponse wait for each other, ms; default 1,000. */
    readonly graceMs?: number;
    /** How soon one that made no channels is asked again. */
    readonly channelsAgainMs?: number;
  };
}

const INSTALLATION_ID = /^[A-Za-z0-9._-]{1,64}$/;
/** Later than any departure: an endpoint that is not dialled by then says so by an event. */
const DEPARTURE_LIMIT_MS = 1_000;
/** An end that has happened is told by then, however many events are before it. */
const END_LIMIT_MS = 5_000;
/** Asterisk makes a channel, or says that it makes none, within milliseconds. */
const CHANNEL_LIMIT_MS = 2_000;
/** How soon one that makes channels again is dialled through. */
const CHANNELS_AGAIN_MS = 5_000;
const NOT_CONNECTED = "Asterisk is not connected";

export class AsteriskAmiAdapter implements VoiceAdapter {
  readonly name = "asterisk_ami";
  readonly #options: AsteriskAmiOptions;
  readonly #line: AmiConnection;
  readonly #tracker: CallTracker;
  readonly #departures = new PendingSignals();
  readonly #ends = new PendingSignals();
  readonly #goingDown = new ShutdownPause({
    timeoutMs: CHANNEL_LIMIT_MS,
    againMs: () => this.#options.timings?.channelsAgainMs ?? CHANNELS_AGAIN_MS,
    session: () => this.#line.session,
    onChange: () => {
      const state = this.connection();
      this.#listener?.onConnection({ state, restarted: false });
    },
  });
  #listener: AdapterListener | null = null;
  #graceTimer: NodeJS.Timeout | null = null;

  /** @throws TypeError when the installation's id cannot be an account code */
  constructor(options: AsteriskAmiOptions) {
    const { installationId, timings = {} } = options;
    if (!INSTALLATION_ID.test(installationId)) {
      throw new TypeError(
        "installationId must be 1 to 64 letters, digits and . _ -",
      );
    }
    this.#options = options;
    const { graceMs = 1_000, ...lineTimings } = timings;
    this.#tracker = new CallTracker({
      installationId,
      graceMs,
      emit: (event) => {
        this.#departures.came(event.attemptId);
        if (event.kind === "ENDED") this.#ends.came(event.attemptId);
        this.#goingDown.judge(event, (told) => {
          this.#listener?.onCallEvent(told);
        });
      },
      onDialled: (attemptId) => {
        this.#departures.came(attemptId);
      },
      onNoWayOut: (attemptId) => {
        this.#endAstray(attemptId);
      },
    });
    this.#line = new AmiConnection({
      ...options,
      timings: lineTimings,
      onEvent: (message) => {
        this.#tracker.handle(message, Date.now(), performance.now());
        this.#armGrace();
      },
      onShuttingDown: () => {
        this.#goingDown.bar();
      },
      onState: (event) => {
        this.#goingDown.reset();
        this.#listener?.onConnection(event);
      },
      prepare: (session, restarted) => this.#lookAround(session, restarted),
      onLost: () => {
        this.#hearNoMore();
        this.#tracker.lineBroke(Date.now());
      },
    });
  }

  async connect(listener: AdapterListener): Promise<void> {
    if (this.#listener !== null) throw new Error("connect() was called twice");
    this.#listener = listener;
    await this.#line.connect();
  }

  disconnect(): Promise<void> {
    this.#goingDown.reset();
    this.#line.disconnect();
    this.#hearNoMore();
    if (this.#graceTimer !== null) clearTimeout(this.#graceTimer);
    this.#graceTimer = null;
    return Promise.resolve();
  }

  connection(): ConnectionState {
    const { state, session, remarks, isGoingDown } = this.#line;
    if (state.status !== "CONNECTED")
      return isGoingDown ? { ...state, paused: goingDown } : state;
    const offsetMs = session?.clockOffsetMs ?? null;
    return {
      ...state,
      ...(offsetMs === null ? {} : { clockOffsetMs: offsetMs }),
      ...(remarks.length === 0 ? {} : { remarks }),
      ...this.#goingDown.asState,
    };
  }

  lastAnswerAgeMs(): number | null {
    const { session } = this.#line;
    return session === null ? null : performance.now() - session.lastAnswerMs;
  }

  async originate(
    request: OriginateRequest,
    onWritten: () => boolean,
  ): Promise<OriginateResult> {
    const problems = [
      ...checkOriginateRequest(request),
      ...checkForAsterisk(request),
    ];
    if (problems.length > 0) return ourDefect(problems.join("; "));
    const { session } = this.#line;
    if (session === null) return notSent(NOT_CONNECTED);
    if (!session.canWrite) return notSent("Asterisk has stopped reading");
    if (this.#goingDown.isBarred) return notSent(GOING_DOWN);
    const { attemptId } = request;
    const { installationId } = this.#options;
    const action = originateAction(request, this.#options);
    const prefix = originateIdPrefix(installationId, attemptId);
    const actionId = session.nextActionId(prefix);
    const wrong = checkAction(action, actionId);
    if (wrong.length > 0) return ourDefect(wrong.join("; "));
    if (!this.#tracker.sent(attemptId, actionId)) {
      return ourDefect("An Originate was sent for this attempt before");
    }
    if (onWritten()) return this.#write(session, action, actionId, attemptId);
    this.#tracker.withdrawn(attemptId);
    return notSent("Withdrawn before it was written");
  }

  async hangup(attemptId: string): Promise<HangupResult> {
    const session = this.#sessionFor(attemptId);
    const isOurs =
      this.#tracker.knows(attemptId) || (await this.isAlive(attemptId));
    if (!isOurs) return "no_such_channel";
    return hangUpChannel(session, attemptId);
  }

  async listLiveCalls(): Promise<readonly LiveCall[]> {
    const rows = await listChannels(this.#sessionOrThrow());
    return liveCalls(rows, (row) => this.#isOurs(row), Date.now());
  }

  async isAlive(attemptId: string): Promise<boolean> {
    const channel = await findChannel(this.#sessionFor(attemptId), attemptId);
    if (channel !== null) return this.#isOurs(channel);
    if (this.#tracker.follows(attemptId)) {
      this.#ends.expect(attemptId);
      await this.#ends.until(attemptId, END_LIMIT_MS);
      this.#sessionOrThrow();
    }
    return false;
  }

  awaitsEnd(attemptId: string): boolean {
    return this.#tracker.follows(attemptId);
  }

  async recallCall(attemptId: string): Promise<LastWord | null> {
    const session = this.#sessionFor(attemptId);
    const nowMs = Date.now() + (session.clockOffsetMs ?? 0);
    return recallPastCall(session, attemptId, nowMs);
  }

  limits(): SwitchLimits {
    return noLimits;
  }

  async handOverExists(
    context: string | null,
    extension: string,
  ): Promise<HandOverFinding> {
    const { session } = this.#line;
    if (session === null) return "unknown";
    const where = context ?? this.#options.context;
    return findHandOver(session, where, extension).catch(() => "unknown");
  }

  async #write(
    session: AmiSession,
    action: AmiAction,
    actionId: string,
    attemptId: string,
  ): Promise<OriginateResult> {
    let answer: AmiMessage;
    this.#departures.expect(attemptId);
    try {
      answer = await session.ask(action, actionId);
    } catch (error) {
      this.#departures.came(attemptId);
      // Written is written: whatever went wrong afterwards, the call may exist.
      const message = error instanceof Error ? error.message : String(error);
      return { status: "unknown", message };
    }
    if (answer.get("response") === "Success") {
      await this.#departures.until(attemptId, DEPARTURE_LIMIT_MS);
      return { status: "accepted" };
    }
    this.#departures.came(attemptId);
    this.#tracker.withdrawn(attemptId);
    const message = answer.get("message") ?? "no reason given";
    if (saysShutdown(message)) return notSent(GOING_DOWN);
    return { status: "refused", reason: refusalOf(message), message };
  }

  /** What happened while nobody listened, as far as the channels that are still there show it. */
  async #lookAround(
    session: AmiSession,
    restarted: boolean,
  ): Promise<() => void> {
    if (restarted) this.#tracker.forgetAll();
    const known = this.#tracker.ids();
    const rows = await listChannels(session);
    return () => {
      this.#tracker.adopt(rows, known, Date.now());
    };
  }

  #isOurs(row: AmiMessage): boolean {
    return (
      row.get("accountcode") === this.#options.installationId ||
      this.#tracker.knows(row.get("uniqueid") ?? "")
    );
  }

  #sessionOrThrow(): AmiSession {
    const { session } = this.#line;
    if (session !== null) return session;
    throw new AdapterError("NOT_CONNECTED", NOT_CONNECTED);
  }

  /** AMI takes a channel that starts with / for a pattern over all calls: only an id gets through. */
  #sessionFor(attemptId: string): AmiSession {
    if (isAttemptId(attemptId)) return this.#sessionOrThrow();
    throw new AdapterError("PROTOCOL", "The id of an attempt must be a UUID");
  }

  /** No agent shall be given an announcement of our own dialplan. */
  #endAstray(attemptId: string): void {
    this.hangup(attemptId).catch((error: unknown) => {
      this.#options.log.warn(
        { err: error, attemptId },
        "A call that the dialplan answered itself could not be ended",
      );
    });
  }

  #hearNoMore(): void {
    this.#departures.noneWillCome();
    this.#ends.noneWillCome();
  }

  #armGrace(): void {
    if (this.#graceTimer !== null) return;
    const dueMs = this.#tracker.nextDueMs;
    if (dueMs === null) return;
    this.#graceTimer = setTimeout(
      () => {
        this.#graceTimer = null;
        this.#tracker.flush(Date.now());
        this.#armGrace();
      },
      Math.min(Math.max(dueMs - Date.now(), 1), this.#tracker.graceMs),
    );
  }
}
