/**
 * The adapter to Asterisk 16 to 23 over AMI: commands in, call events out. The call tracker outlives the sessions of
 * the connection.
 */
import type { Logger } from "pino";

import { GRACE_MS } from "../calls/call-tracker.ts";
import { GraceTimer } from "../calls/grace-timer.ts";
import {
  invalidRequest,
  notSent,
  unknownResult,
  WITHDRAWN,
} from "../calls/originate-result.ts";
import { PendingSignals } from "../calls/pending-signals.ts";
import {
  checkAttemptId,
  checkInstallationId,
  checkOriginateRequest,
} from "../calls/request-check.ts";
import { noLimits } from "../port.ts";
import type {
  AdapterListener,
  CallEvent,
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
import { checkAction } from "./action.ts";
import type { AmiAction } from "./action.ts";
import { AmiCallTracker } from "./call-tracker.ts";
import {
  findChannel,
  hangUpChannel,
  listChannels,
  liveCalls,
} from "./channels.ts";
import { AmiConnection } from "./connection.ts";
import type { ConnectionTimings } from "./connection.ts";
import { findHandOver } from "./hand-over.ts";
import type { AmiMessage } from "./message.ts";
import {
  checkForAsterisk,
  originateAction,
  originateIdPrefix,
  refusalOf,
} from "./originate-action.ts";
import { recallPastCall } from "./past-calls.ts";
import { GOING_DOWN, saysShutdown } from "./session.ts";
import type { AmiSession } from "./session.ts";
import { shutdownPause, ShutdownPause } from "./shutdown-pause.ts";

export interface AsteriskAmiOptions {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly secret: string;
  /** Where answered calls go when the request names no context. */
  readonly context: string;
  /** The installation tag of every channel we make: AMI's Account, up to 64 of letters, digits and . _ - */
  readonly installationId: string;
  readonly log: Logger;
  readonly timings?: ConnectionTimings & {
    /** How long Hangup and OriginateResponse wait for each other, ms; default 1,000. */
    readonly graceMs?: number;
    /** How soon an Asterisk that made no channels is asked again. */
    readonly channelsAgainMs?: number;
  };
}

/** Later than any departure: for an endpoint that is not dialled, an event arrives by then. */
const DEPARTURE_LIMIT_MS = 1_000;
/** By then the event of an end has arrived, however many events are queued before it. */
const END_LIMIT_MS = 5_000;
/** Asterisk makes a channel, or refuses to, within milliseconds. */
const CHANNEL_LIMIT_MS = 2_000;
/** How soon dialling resumes when Asterisk makes channels again. */
const CHANNELS_AGAIN_MS = 5_000;

export class AsteriskAmiAdapter implements VoiceAdapter {
  readonly name = "asterisk_ami";
  readonly #options: AsteriskAmiOptions;
  readonly #connection: AmiConnection;
  readonly #tracker: AmiCallTracker;
  readonly #grace: GraceTimer;
  readonly #departures = new PendingSignals();
  readonly #ends = new PendingSignals();
  readonly #shutdown = new ShutdownPause({
    timeoutMs: CHANNEL_LIMIT_MS,
    againMs: () => this.#options.timings?.channelsAgainMs ?? CHANNELS_AGAIN_MS,
    session: () => this.#connection.session,
    onChange: () => {
      const state = this.connection();
      this.#listener?.onConnection({ state, restarted: false });
    },
  });
  #listener: AdapterListener | null = null;

  /** @throws TypeError when the installation's id cannot be an account code */
  constructor(options: AsteriskAmiOptions) {
    const { installationId, timings = {} } = options;
    checkInstallationId(installationId);
    this.#options = options;
    const { graceMs = GRACE_MS, ...connectionTimings } = timings;
    this.#tracker = new AmiCallTracker({
      installationId,
      graceMs,
      emit: (event) => {
        this.#emit(event);
      },
      onDialled: (attemptId) => {
        this.#departures.came(attemptId);
      },
      onNoWayOut: (attemptId) => {
        this.#endAstray(attemptId);
      },
    });
    this.#grace = new GraceTimer(this.#tracker);
    this.#connection = new AmiConnection({
      ...options,
      timings: connectionTimings,
      listener: {
        onEvent: (message) => {
          this.#tracker.handle(message, Date.now(), performance.now());
          this.#grace.arm();
        },
        onShuttingDown: () => {
          this.#shutdown.bar();
        },
        onState: (event) => {
          this.#shutdown.reset();
          this.#listener?.onConnection(event);
        },
        prepare: (session, restarted) => this.#lookAround(session, restarted),
        onLost: () => {
          this.#receiveNoMore();
          this.#tracker.connectionLost(Date.now());
        },
      },
    });
  }

  async connect(listener: AdapterListener): Promise<void> {
    if (this.#listener !== null) throw new Error("connect() was called twice");
    this.#listener = listener;
    await this.#connection.connect();
  }

  disconnect(): Promise<void> {
    this.#shutdown.reset();
    this.#connection.disconnect();
    this.#receiveNoMore();
    this.#grace.stop();
    return Promise.resolve();
  }

  connection(): ConnectionState {
    const { state, session, remarks, isGoingDown } = this.#connection;
    if (state.status !== "CONNECTED")
      return isGoingDown ? { ...state, paused: shutdownPause } : state;
    const offsetMs = session?.clockOffsetMs ?? null;
    return {
      ...state,
      ...(offsetMs === null ? {} : { clockOffsetMs: offsetMs }),
      ...(remarks.length === 0 ? {} : { remarks }),
      ...this.#shutdown.asState,
    };
  }

  lastAnswerAgeMs(): number | null {
    return this.#connection.lastAnswerAgeMs;
  }

  async originate(
    request: OriginateRequest,
    onWritten: () => boolean,
  ): Promise<OriginateResult> {
    const problems = [
      ...checkOriginateRequest(request),
      ...checkForAsterisk(request),
    ];
    if (problems.length > 0) return invalidRequest(problems);
    const { session } = this.#connection;
    if (session === null) return notSent(this.#connection.notConnected);
    if (!session.canWrite) return notSent("Asterisk has stopped reading");
    if (this.#shutdown.isBarred) return notSent(GOING_DOWN);
    const { attemptId } = request;
    const { installationId } = this.#options;
    const action = originateAction(request, this.#options);
    const prefix = originateIdPrefix(installationId, attemptId);
    const actionId = session.nextActionId(prefix);
    const wrong = checkAction(action, actionId);
    if (wrong.length > 0) return invalidRequest(wrong);
    if (!this.#tracker.sent(attemptId, actionId)) {
      return invalidRequest(["An Originate was sent for this attempt before"]);
    }
    if (onWritten()) return this.#write(session, action, actionId, attemptId);
    this.#tracker.withdrawn(attemptId);
    return notSent(WITHDRAWN);
  }

  async hangup(attemptId: string): Promise<HangupResult> {
    const session = this.#sessionFor(attemptId);
    const isOurs =
      this.#tracker.knows(attemptId) || (await this.isAlive(attemptId));
    if (!isOurs) return "no_such_channel";
    return hangUpChannel(session, attemptId);
  }

  async listLiveCalls(): Promise<readonly LiveCall[]> {
    const rows = await listChannels(this.#connection.sessionOrThrow());
    return liveCalls(rows, (row) => this.#isOurs(row), Date.now());
  }

  async isAlive(attemptId: string): Promise<boolean> {
    const channel = await findChannel(this.#sessionFor(attemptId), attemptId);
    if (channel !== null) return this.#isOurs(channel);
    if (this.#tracker.follows(attemptId)) {
      this.#ends.expect(attemptId);
      await this.#ends.until(attemptId, END_LIMIT_MS);
      this.#connection.sessionOrThrow();
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
    const { session } = this.#connection;
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
      return unknownResult(error);
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

  /** Emits what happened while no events were received, as far as live channels show it. */
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

  #sessionFor(attemptId: string): AmiSession {
    checkAttemptId(attemptId);
    return this.#connection.sessionOrThrow();
  }

  #emit(event: CallEvent): void {
    this.#departures.came(event.attemptId);
    if (event.kind === "ENDED") this.#ends.came(event.attemptId);
    this.#shutdown.judge(event, (judged) => {
      this.#listener?.onCallEvent(judged);
    });
  }

  /** No agent may be connected to an announcement of our own dialplan. */
  #endAstray(attemptId: string): void {
    this.hangup(attemptId).catch((error: unknown) => {
      this.#options.log.warn(
        { err: error, attemptId },
        "A call that the dialplan answered itself could not be ended",
      );
    });
  }

  #receiveNoMore(): void {
    this.#departures.noneWillCome();
    this.#ends.noneWillCome();
  }
}
