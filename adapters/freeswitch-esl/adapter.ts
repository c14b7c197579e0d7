/**
 * The adapter to FreeSWITCH 1.10 and 1.11 over the Event Socket: commands in, call events out. The call tracker
 * outlives the sessions of the connection.
 */
import { GRACE_MS } from "../calls/call-tracker.ts";
import { GraceTimer } from "../calls/grace-timer.ts";
import {
  invalidRequest,
  notSent,
  unknownResult,
  WITHDRAWN,
} from "../calls/originate-result.ts";
import {
  checkAttemptId,
  checkInstallationId,
  checkOriginateRequest,
} from "../calls/request-check.ts";
import { AdapterError } from "../port.ts";
import type {
  AdapterListener,
  CallEvent,
  ConnectionState,
  HandOverFinding,
  HangupResult,
  LiveCall,
  OriginateRequest,
  OriginateResult,
  SwitchLimits,
  VoiceAdapter,
} from "../port.ts";
import { CallTexts } from "./call-texts.ts";
import { EslCallTracker } from "./call-tracker.ts";
import { channelsOf, exists, hasTag, liveCallsOf } from "./channels.ts";
import type { EslCommand } from "./command.ts";
import { EslConnection } from "./connection.ts";
import type { EslEvent } from "./event.ts";
import { findHandOver } from "./hand-over.ts";
import { isRefusal, refusedAttempt } from "./job.ts";
import type { FreeswitchEslOptions } from "./options.ts";
import {
  checkForFreeswitch,
  originateCommand,
  textCommands,
} from "./originate-command.ts";
import type { EslReply, EslSession } from "./session.ts";
import { SwitchPause } from "./switch-pause.ts";

export class FreeswitchEslAdapter implements VoiceAdapter {
  readonly name = "freeswitch_esl";
  readonly #options: FreeswitchEslOptions;
  readonly #connection: EslConnection;
  readonly #tracker: EslCallTracker;
  readonly #grace: GraceTimer;
  readonly #texts: CallTexts;
  readonly #pause = new SwitchPause({
    api: async (line) => this.#connection.session?.api(line).catch(() => null),
    onStatus: (text) => {
      this.#connection.noteStatus(text);
    },
    hasRoom: () => this.#connection.switch.hasRoom,
    onChange: () => {
      const state = this.connection();
      this.#listener?.onConnection({ state, restarted: false });
    },
  });
  #listener: AdapterListener | null = null;

  /** @throws TypeError when the installation's id cannot be presence data */
  constructor(options: FreeswitchEslOptions) {
    const { installationId, log, timings = {} } = options;
    checkInstallationId(installationId);
    this.#options = options;
    this.#texts = new CallTexts(log);
    this.#tracker = new EslCallTracker({
      installationId,
      graceMs: timings.graceMs ?? GRACE_MS,
      emit: (event) => {
        this.#emit(event);
      },
    });
    this.#grace = new GraceTimer(this.#tracker);
    this.#connection = new EslConnection(options, {
      onEvent: (event) => {
        this.#receive(event);
      },
      onStatus: () => {
        this.#pause.note(this.#connection.switch.isPaused);
      },
      prepare: (session, restarted) => this.#lookAround(session, restarted),
      onState: (event) => this.#listener?.onConnection(event),
      onLost: () => {
        this.#tracker.connectionLost(Date.now());
      },
    });
  }

  async connect(listener: AdapterListener): Promise<void> {
    if (this.#listener !== null) throw new Error("connect() was called twice");
    this.#listener = listener;
    await this.#connection.connect();
  }

  disconnect(): Promise<void> {
    this.#connection.disconnect();
    this.#pause.stop();
    this.#grace.stop();
    return Promise.resolve();
  }

  connection(): ConnectionState {
    const { state } = this.#connection;
    if (state.status !== "CONNECTED") return state;
    return {
      ...this.#connection.switch.withClock(state),
      ...this.#pause.asState,
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
      ...checkForFreeswitch(request),
    ];
    if (problems.length > 0) return invalidRequest(problems);
    const { session } = this.#connection;
    if (session === null) return notSent(this.#connection.notConnected);
    if (!session.canWrite) return notSent("FreeSWITCH has stopped reading");
    const { attemptId } = request;
    const command = originateCommand(request, this.#options);
    const paused = this.#pause.admit(attemptId);
    if (paused !== null) return notSent(paused);
    if (!this.#tracker.sent(attemptId)) {
      this.#pause.withdrawn(attemptId);
      return invalidRequest(["An originate was sent for this attempt before"]);
    }
    if (onWritten()) {
      this.#texts.keep(attemptId, textCommands(request));
      return this.#write(session, command, attemptId);
    }
    this.#tracker.withdrawn(attemptId);
    this.#pause.withdrawn(attemptId);
    return notSent(WITHDRAWN);
  }

  async hangup(attemptId: string): Promise<HangupResult> {
    const session = this.#sessionFor(attemptId);
    if (!(await this.#isOurs(session, attemptId))) return "no_such_channel";
    const answer = await session.api(`uuid_kill ${attemptId} NORMAL_CLEARING`);
    if (answer.startsWith("+OK")) return "requested";
    if (/^-ERR No such channel/i.test(answer)) return "no_such_channel";
    throw new AdapterError(
      "REFUSED",
      `FreeSWITCH refused to hang up: ${answer.trim().slice(0, 100)}`,
    );
  }

  async listLiveCalls(): Promise<readonly LiveCall[]> {
    return liveCallsOf(await this.#channels(this.#connection.sessionOrThrow()));
  }

  async isAlive(attemptId: string): Promise<boolean> {
    const session = this.#sessionFor(attemptId);
    return (
      (await exists(session, attemptId)) &&
      (await this.#isOurs(session, attemptId))
    );
  }

  awaitsEnd(attemptId: string): boolean {
    return this.#tracker.follows(attemptId);
  }

  limits(): SwitchLimits {
    return this.#connection.switch.limits;
  }

  handOverExists(
    context: string | null,
    extension: string,
  ): Promise<HandOverFinding> {
    const { session } = this.#connection;
    if (session === null) return Promise.resolve("unknown");
    const where = context ?? this.#options.context;
    return findHandOver(session, where, extension).catch(() => "unknown");
  }

  async #write(
    session: EslSession,
    command: EslCommand,
    attemptId: string,
  ): Promise<OriginateResult> {
    let answer: EslReply;
    try {
      answer = await session.ask(command);
    } catch (error) {
      return unknownResult(error);
    }
    if (answer.text.startsWith("+OK")) return { status: "accepted" };
    this.#tracker.withdrawn(attemptId);
    this.#texts.forget(attemptId);
    const message = `FreeSWITCH refused bgapi originate: ${answer.text.slice(0, 100)}`;
    return { status: "refused", reason: "SWITCH_REFUSED", message };
  }

  /** Emits what happened while no events were received, as far as live channels show it. */
  async #lookAround(
    session: EslSession,
    restarted: boolean,
  ): Promise<() => void> {
    if (restarted) this.#tracker.forgetAll();
    for (const [id, channel] of await this.#channels(session)) {
      if (channel !== null) this.#tracker.adopt(channel, performance.now());
      else this.#tracker.lost(id);
    }
    return () => {
      this.#texts.catchUp(session);
    };
  }

  #channels(session: EslSession) {
    const { installationId } = this.#options;
    return channelsOf(session, installationId, this.#tracker.ids());
  }

  #receive(event: EslEvent): void {
    const isJob = event.get("Event-Name") === "BACKGROUND_JOB";
    if (isJob && isRefusal(event))
      this.#pause.refused(refusedAttempt(event, this.#options));
    // Every event carries the time.
    this.#tracker.handle(event, Date.now(), performance.now());
    this.#grace.arm();
  }

  #emit(emitted: CallEvent): void {
    const event = this.#pause.judged(emitted);
    this.#texts.onCallEvent(event, this.#connection.session);
    this.#listener?.onCallEvent(event);
  }

  async #isOurs(session: EslSession, attemptId: string): Promise<boolean> {
    return (
      this.#tracker.knows(attemptId) ||
      hasTag(session, attemptId, this.#options.installationId)
    );
  }

  #sessionFor(attemptId: string): EslSession {
    checkAttemptId(attemptId);
    return this.#connection.sessionOrThrow();
  }
}
