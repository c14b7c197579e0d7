/**
 * The adapter to FreeSWITCH 1.10 and 1.11 over the Event Socket: commands in, and what the tracker makes
 * of the events out. The tracker of calls outlives the sessions of the line.
 */
import { PbxConnection } from "../connection/pbx-connection.ts";
import type { Greeting } from "../connection/pbx-connection.ts";
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
import { checkOriginateRequest } from "../calls/request-check.ts";
import { CallTexts } from "./call-texts.ts";
import { CallTracker } from "./call-tracker.ts";
import {
  channelsOf,
  exists,
  hasTag,
  isAttemptId,
  liveCallsOf,
} from "./channels.ts";
import type { EslCommand } from "./command.ts";
import type { EslEvent } from "./event.ts";
import { findHandOver } from "./hand-over.ts";
import { subscribe } from "./handshake.ts";
import { isRefusal, refusedAttempt } from "./job.ts";
import {
  checkForFreeswitch,
  notSent,
  originateCommand,
  ourDefect,
  textCommands,
} from "./originate-command.ts";
import { EslSession } from "./session.ts";
import type { EslReply } from "./session.ts";
import type { FreeswitchEslOptions } from "./options.ts";
import { SwitchPause } from "./switch-pause.ts";
import { SwitchState } from "./switch-state.ts";

const INSTALLATION_ID = /^[A-Za-z0-9._-]{1,64}$/;
const NOT_CONNECTED = "FreeSWITCH is not connected";

export class FreeswitchEslAdapter implements VoiceAdapter {
  readonly name = "freeswitch_esl";
  readonly #options: FreeswitchEslOptions;
  readonly #line: PbxConnection<EslSession>;
  readonly #tracker: CallTracker;
  readonly #switch = new SwitchState();
  readonly #texts: CallTexts;
  readonly #pause = new SwitchPause({
    api: async (line) => this.#line.session?.api(line).catch(() => null),
    onStatus: (text) => {
      this.#noteStatus(text);
    },
    hasRoom: () => this.#switch.hasRoom,
    onChange: () => {
      const state = this.connection();
      this.#listener?.onConnection({ state, restarted: false });
    },
  });
  #listener: AdapterListener | null = null;
  #settleTimer: NodeJS.Timeout | null = null;

  /** @throws TypeError when the installation's id cannot be presence data */
  constructor(options: FreeswitchEslOptions) {
    const { installationId, host, port, log, timings = {} } = options;
    if (!INSTALLATION_ID.test(installationId)) {
      throw new TypeError(
        "installationId must be 1 to 64 letters, digits and . _ -",
      );
    }
    this.#options = options;
    this.#texts = new CallTexts(log);
    this.#tracker = new CallTracker({
      installationId,
      settleMs: timings.settleMs ?? 1_000,
      emit: (event) => {
        this.#tell(event);
      },
    });
    this.#line = new PbxConnection<EslSession>({
      where: `FreeSWITCH at ${host}:${String(port)}`,
      failureMessage: "ESL connection failed",
      log,
      reconnect: timings.reconnect,
      open: (onClose) => this.#openSession(onClose),
      greet: (session, explain) => this.#greet(session, explain),
      reasonOf: (why) =>
        this.#switch.sawShutdown ? `FreeSWITCH was shut down (${why})` : why,
      onState: (event) => this.#listener?.onConnection(event),
      onLost: () => {
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
    this.#line.disconnect();
    this.#pause.stop();
    if (this.#settleTimer !== null) clearTimeout(this.#settleTimer);
    this.#settleTimer = null;
    return Promise.resolve();
  }

  connection(): ConnectionState {
    const { state } = this.#line;
    if (state.status !== "CONNECTED") return state;
    return { ...this.#switch.withClock(state), ...this.#pause.asState };
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
      ...checkForFreeswitch(request),
    ];
    if (problems.length > 0) return ourDefect(problems.join("; "));
    const { session } = this.#line;
    if (session === null) return notSent(NOT_CONNECTED);
    if (!session.canWrite) return notSent("FreeSWITCH has stopped reading");
    const { attemptId } = request;
    const command = originateCommand(request, this.#options);
    const paused = this.#pause.admit(attemptId);
    if (paused !== null) return notSent(paused);
    if (!this.#tracker.sent(attemptId)) {
      this.#pause.withdrawn(attemptId);
      return ourDefect("An originate was sent for this attempt before");
    }
    if (onWritten()) {
      this.#texts.keep(attemptId, textCommands(request));
      return this.#write(session, command, attemptId);
    }
    this.#tracker.withdrawn(attemptId);
    this.#pause.withdrawn(attemptId);
    return notSent("Withdrawn before it was written");
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
    return liveCallsOf(await this.#channels(this.#sessionOrThrow()));
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
    return this.#switch.limits;
  }

  handOverExists(
    context: string | null,
    extension: string,
  ): Promise<HandOverFinding> {
    const { session } = this.#line;
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
      // Written is written: whatever went wrong afterwards, the call may exist.
      const message = error instanceof Error ? error.message : String(error);
      return { status: "unknown", message };
    }
    if (answer.text.startsWith("+OK")) return { status: "accepted" };
    this.#tracker.withdrawn(attemptId);
    this.#texts.forget(attemptId);
    const message = `FreeSWITCH refused bgapi originate: ${answer.text.slice(0, 100)}`;
    return { status: "refused", reason: "SWITCH_REFUSED", message };
  }

  #openSession(onClose: (reason: string) => void): Promise<EslSession> {
    const { host, port, password, log, timings = {} } = this.#options;
    return EslSession.open({
      host,
      port,
      password,
      log,
      connectTimeoutMs: timings.connectTimeoutMs ?? 5_000,
      commandTimeoutMs: timings.commandTimeoutMs ?? 5_000,
      pingIntervalMs: timings.pingIntervalMs ?? 10_000,
      onClose,
      onEvent: (event) => {
        this.#hear(event);
      },
      onStatus: (text) => {
        this.#noteStatus(text);
      },
    });
  }

  /** Subscribes first, so that nothing falls between what is asked and what is heard. */
  async #greet(
    session: EslSession,
    explain: (reason: string) => void,
  ): Promise<Greeting> {
    explain("FreeSWITCH greeted; logging in");
    await session.login();
    explain("Logged in to FreeSWITCH; asking what it allows");
    const { commandTimeoutMs = 5_000 } = this.#options.timings ?? {};
    const { status, coreUuid } = await subscribe(session, commandTimeoutMs);
    const restarted = this.#switch.greeted(status, coreUuid, Date.now());
    if (restarted) this.#tracker.forgetAll();
    await this.#lookAround(session);
    return {
      restarted,
      ready: () => {
        this.#switch.confirmed();
        this.#pause.note(this.#switch.isPaused);
        this.#texts.catchUp(session);
      },
    };
  }

  /** What happened while nobody listened, as far as the channels that are still there show it. */
  async #lookAround(session: EslSession): Promise<void> {
    for (const [id, channel] of await this.#channels(session)) {
      if (channel !== null) this.#tracker.adopt(channel, performance.now());
      else this.#tracker.lost(id);
    }
  }

  #channels(session: EslSession) {
    const { installationId } = this.#options;
    return channelsOf(session, installationId, this.#tracker.ids());
  }

  #hear(event: EslEvent): void {
    const name = event.get("Event-Name");
    if (name === "HEARTBEAT" || name === "BACKGROUND_JOB")
      this.#switch.noteClock(event, Date.now());
    if (name === "HEARTBEAT") this.#switch.noteHeartbeat(event);
    else if (name === "SHUTDOWN") this.#switch.sawShutdown = true;
    else if (name === "BACKGROUND_JOB" && isRefusal(event))
      this.#pause.refused(refusedAttempt(event, this.#options));
    // Whatever it is, it tells the time.
    this.#tracker.handle(event, Date.now(), performance.now());
    this.#armSettle();
  }

  #noteStatus(text: string): void {
    this.#switch.noteStatus(text);
    this.#pause.note(this.#switch.isPaused);
  }

  #tell(told: CallEvent): void {
    const event = this.#pause.retold(told);
    this.#texts.onCallEvent(event, this.#line.session);
    this.#listener?.onCallEvent(event);
  }

  async #isOurs(session: EslSession, attemptId: string): Promise<boolean> {
    return (
      this.#tracker.knows(attemptId) ||
      hasTag(session, attemptId, this.#options.installationId)
    );
  }

  #sessionOrThrow(): EslSession {
    const { session } = this.#line;
    if (session !== null) return session;
    throw new AdapterError("NOT_CONNECTED", NOT_CONNECTED);
  }

  #sessionFor(attemptId: string): EslSession {
    if (isAttemptId(attemptId)) return this.#sessionOrThrow();
    throw new AdapterError("PROTOCOL", "The id of an attempt must be a UUID");
  }

  #armSettle(): void {
    if (this.#settleTimer !== null) return;
    const dueMs = this.#tracker.nextDueMs;
    if (dueMs === null) return;
    this.#settleTimer = setTimeout(
      () => {
        this.#settleTimer = null;
        this.#tracker.flush(Date.now());
        this.#armSettle();
      },
      Math.min(Math.max(dueMs - Date.now(), 1), this.#tracker.settleMs),
    );
  }
}
