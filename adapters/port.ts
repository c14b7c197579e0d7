/**
 * The port between the engine and a PBX.
 *
 * An adapter turns commands into the PBX's protocol and the PBX's traffic into the few call events below. It knows
 * channels and connections, never campaigns, leads or retry rules. The id of an attempt *is* the id of its channel, so
 * an adapter needs no table of its own.
 *
 * Guarantees every adapter gives (`test/support/adapter-conformance.ts` holds them to it):
 * - `originate` writes at most one Originate and never repeats it, whatever happens to the connection.
 * - Every command settles: with its answer, or with an `AdapterError` after its deadline.
 * - Events of one call may be delivered late, twice or out of order; each carries the PBX's own time
 *   and a key that is the same for a repeat of the same event.
 * - Each call has one final event, `REFUSED` or `ENDED`, never both, however many events the PBX sends about its end
 *   and in whatever order. Only `NOTED` and `DISPOSITION` may follow it.
 * - Only channels that carry `installationId` are listed or hung up.
 */

/** Q.850 cause and SIP status, where the PBX gave them; numbers as on the wire. */
export interface EndCause {
  /** Q.850 cause code, e.g. 16 normal, 17 busy, 19 no answer; null when the PBX gave none. */
  readonly cause: number | null;
  /** Cause name as the PBX spells it, e.g. `NORMAL_CLEARING`. */
  readonly causeName: string | null;
  /** Final SIP status (RFC 3261 §21), e.g. 486; null when unknown. */
  readonly sipStatus: number | null;
  readonly sipReason: string | null;
}

/** Who ended a leg, as far as the PBX itself knows. */
export const hangupSources = [
  "CALLER",
  "CALLEE",
  "SYSTEM",
  "AGENT",
  "TIMEOUT",
  "ERROR",
] as const;
export type HangupSource = (typeof hangupSources)[number];

/** Results of answering machine detection, named as in Asterisk's AMDSTATUS. */
export const amdResults = [
  "HUMAN",
  "MACHINE",
  "FAX",
  "UNKNOWN",
  "NOTSURE",
] as const;
export type AmdResult = (typeof amdResults)[number];

/** Why the PBX refused an Originate before it dialled anything. */
export const refusalReasons = [
  /** The PBX itself refuses for now: sessions per second, max sessions, pause, shutdown. */
  "SWITCH_REFUSED",
  /** The context or extension the answered call should go to does not exist; also found out after the answer. */
  "NO_SUCH_EXTENSION",
  /** Unknown endpoint, gateway down, registration refused: the trunk cannot be called. */
  "TRUNK_FAULT",
  /** A value was refused before anything was written: our defect. */
  "INVALID_REQUEST",
] as const;
export type RefusalReason = (typeof refusalReasons)[number];

interface EventBase {
  /** The attempt, which is the channel's id. */
  readonly attemptId: string;
  /** The PBX's time of the event, ISO 8601 with milliseconds, UTC. */
  readonly at: string;
  /** Same for every repeat of this event, different for any other of the attempt; ≤ 120 characters. */
  readonly dedupKey: string;
}

/**
 * What an adapter knows of a call when it ends; the times are ISO 8601 or null for "did not happen". Each is the time
 * of the first event of its kind, so that it equals the times of the events emitted before.
 */
export interface CallHistory {
  readonly ringAt: string | null;
  readonly earlyMediaAt: string | null;
  readonly answerAt: string | null;
  /** First talk with an agent; a transfer does not move it. */
  readonly bridgeAt: string | null;
  /**
   * The last agent: who had the call, or had it ringing, when it ended. Null when the call never came to one,
   * or was given back by the last (`WAITING_AGENT` after `AGENT_RINGING`).
   */
  readonly agentId: string | null;
  readonly agentChannel: string | null;
  /** Start of the agent phase: the first `WAITING_AGENT`, however often the call was given back later. */
  readonly waitingAgentAt: string | null;
  readonly amdResult: AmdResult | null;
}

/** History of a call to which nothing happened. */
export const noHistory: CallHistory = {
  ringAt: null,
  earlyMediaAt: null,
  answerAt: null,
  bridgeAt: null,
  agentId: null,
  agentChannel: null,
  waitingAgentAt: null,
  amdResult: null,
};

/** Everything that can happen to a call, named as the states and outcomes. */
export type CallEvent = EventBase &
  (
    | { readonly kind: "RINGING" }
    | { readonly kind: "EARLY_MEDIA" }
    | { readonly kind: "ANSWERED" }
    | { readonly kind: "AMD_STARTED" }
    | { readonly kind: "AMD_RESULT"; readonly result: AmdResult }
    | { readonly kind: "WAITING_AGENT" }
    | {
        readonly kind: "AGENT_RINGING";
        readonly agentId: string | null;
        readonly agentChannel: string | null;
      }
    | {
        readonly kind: "BRIDGED";
        readonly agentId: string | null;
        readonly agentChannel: string | null;
      }
    /** Recorded, never a state: hold, transfer and the like. */
    | { readonly kind: "NOTED"; readonly note: string }
    | { readonly kind: "DISPOSITION"; readonly disposition: string }
    /** The PBX refused the Originate; nothing was dialled. Authoritative. */
    | {
        readonly kind: "REFUSED";
        readonly reason: RefusalReason;
        readonly message: string;
      }
    /** The Originate was certainly never written to the wire (lost lease, pause, dead connection). Authoritative. */
    | { readonly kind: "NOT_SENT"; readonly message: string }
    /**
     * A provisional end (AMI's OriginateResponse Failure, ESL's job result): the reducer waits for `ENDED`, and decides
     * by this event if none has arrived when the SETTLE timer fires.
     */
    | ({
        readonly kind: "ORIGINATE_FAILED";
        /** True when the PBX gave up by the time-out that we gave it. */
        readonly timedOut: boolean;
      } & EndCause)
    /**
     * The leg is gone. `complete` says that the adapter followed the call from its start, so that
     * `history` lacks nothing; only then is the event authoritative by itself.
     */
    | ({
        readonly kind: "ENDED";
        readonly complete: boolean;
        readonly history: CallHistory;
        readonly source: HangupSource | null;
        readonly timedOut: boolean;
        readonly sipCallId: string | null;
        /** The person answered, and the PBX could not hand the call over: no such extension, context or application. */
        readonly refusal?: "NO_SUCH_EXTENSION";
      } & EndCause)
  );

export type CallEventKind = CallEvent["kind"];

/** The final event of a call. */
export type LastWord = Extract<CallEvent, { kind: "REFUSED" | "ENDED" }>;

/** State of the adapter's connection to its PBX. A paused PBX is connected. */
export type ConnectionState =
  | {
      readonly status: "CONNECTED";
      readonly since: Date;
      /**
       * The PBX's clock minus ours, milliseconds, as last measured; left out while it is not known. Accurate to about a
       * second: request and answer are assumed to take equally long.
       */
      readonly clockOffsetMs?: number;
      /** What could not be verified of the PBX, with what to do about it, for an operator. */
      readonly remarks?: readonly string[];
      /**
       * The PBX takes no new calls because an operator paused it: what was done and what ends it. Queries, events and
       * hang-ups go on; an Originate is `not_sent`.
       */
      readonly paused?: Pause;
    }
  | {
      readonly status: "CONNECTING" | "DISCONNECTED";
      /**
       * When the PBX was last known to be there: for one that fell silent, when something was last received from it.
       */
      readonly since: Date;
      /** The same by the monotonic clock, milliseconds; left out by adapters that do not know. */
      readonly awaySinceMs?: number;
      /** What is wrong and what to do about it, for an operator. */
      readonly reason: string;
      /** The PBX was there and rejected the connection because an operator is shutting it down. */
      readonly paused?: Pause;
    };

/**
 * A change of the connection, or a pause of a connected PBX and its end. `restarted`: the PBX has lost every call since
 * the last connection.
 */
export interface ConnectionEvent {
  readonly state: ConnectionState;
  readonly restarted: boolean;
}

/** One call to be made. Every value is checked by the adapter before it reaches the wire. */
export interface OriginateRequest {
  /** UUID; becomes the channel's id. */
  readonly attemptId: string;
  readonly campaignId: string;
  readonly leadId: string;
  /** The trunk's dial string with its placeholders filled in, e.g. `PJSIP/5511999990000@carrier`. */
  readonly dialString: string;
  /** `^\+?[0-9]{3,15}$`, or null: the PBX's own. */
  readonly callerId: string | null;
  /** Where the answered call goes; null: the adapter's configured context. */
  readonly context: string | null;
  readonly extension: string;
  /** Originate to ringing, seconds. */
  readonly setupTimeoutSeconds: number;
  /** Ringing to answer, seconds. */
  readonly ringTimeoutSeconds: number;
  /** Dead-man limit that the PBX itself enforces, seconds after answer. */
  readonly maxCallDurationSeconds: number;
  /** Client variables; travel as `DIALER_VAR_<NAME>`. Names `^[A-Za-z][A-Za-z0-9_]{0,62}$`. */
  readonly variables: Readonly<Record<string, string>>;
}

/**
 * The PBX's answer to an Originate. `unknown`: after the write the connection broke or the deadline passed; the call
 * may or may not exist, and reconciliation decides. Never send it again.
 */
export type OriginateResult =
  | { readonly status: "accepted" }
  | {
      readonly status: "refused";
      readonly reason: RefusalReason;
      readonly message: string;
    }
  | { readonly status: "not_sent"; readonly message: string }
  | { readonly status: "unknown"; readonly message: string };

export type HangupResult = "requested" | "no_such_channel";

/** A live channel that carries our installation tag. */
export interface LiveCall {
  readonly attemptId: string;
  readonly answered: boolean;
  /** ISO 8601; null when the PBX does not say. */
  readonly createdAt: string | null;
}

/** Limits of the switch itself, where it reports them (FreeSWITCH: Max-Sessions, Session-Per-Sec). */
export interface SwitchLimits {
  readonly maxSessions: number | null;
  readonly sessionsPerSecond: number | null;
  /** Live sessions at the switch when it was last asked, including those that are not ours. */
  readonly sessions: number | null;
  /** When it was asked, by our clock. */
  readonly sessionsAt: Date | null;
}

/** For a PBX that does not report its limits. */
export const noLimits: SwitchLimits = {
  maxSessions: null,
  sessionsPerSecond: null,
  sessions: null,
  sessionsAt: null,
};

/**
 * Whether an answered call has somewhere to go. `unknown`: the PBX does not report it, or decides only once the call is
 * there (other conditions, an external dialplan, a user who may not ask).
 */
export const handOverFindings = ["exists", "missing", "unknown"] as const;
export type HandOverFinding = (typeof handOverFindings)[number];

/** Why a connected PBX takes no new calls: FreeSWITCH's fsctl pause, or an Asterisk that restarts or stops in order. */
export const pauseReasons = ["SWITCH_PAUSED", "PBX_SHUTTING_DOWN"] as const;
export type PauseReason = (typeof pauseReasons)[number];
export interface Pause {
  /** The reason in `dialing_blockers`. */
  readonly reason: PauseReason;
  /** What was done, and what ends it. */
  readonly message: string;
}

/** @returns whether the PBX takes a call now */
export function takesCalls(state: ConnectionState): boolean {
  return state.status === "CONNECTED" && state.paused === undefined;
}

export interface AdapterListener {
  onCallEvent(event: CallEvent): void;
  onConnection(event: ConnectionEvent): void;
}

export interface VoiceAdapter {
  readonly name: "asterisk_ami" | "freeswitch_esl" | "mock";
  /** Resolves once the first connection is up or has failed once; reconnects by itself from then on. */
  connect(listener: AdapterListener): Promise<void>;
  /** Closes the connection; live calls go on in the PBX. Idempotent. */
  disconnect(): Promise<void>;
  connection(): ConnectionState;
  /** Milliseconds since the PBX last answered a ping or a command; null when not connected. */
  lastAnswerAgeMs(): number | null;
  /**
   * Writes one Originate. Resolves when the PBX has acknowledged it (not when the call is answered), or later, when it
   * reports that it has sent the call out: from then on the call counts for the rate.
   * `onWritten` is called synchronously right before the bytes leave; when it returns false nothing
   * is written and the result is `not_sent`.
   */
  originate(
    request: OriginateRequest,
    onWritten: () => boolean,
  ): Promise<OriginateResult>;
  /** @throws AdapterError when the PBX cannot be asked. */
  hangup(attemptId: string): Promise<HangupResult>;
  /** @throws AdapterError when the PBX cannot be asked. */
  listLiveCalls(): Promise<readonly LiveCall[]>;
  /** @throws AdapterError when the PBX cannot be asked. */
  isAlive(attemptId: string): Promise<boolean>;
  /**
   * Whether the end of this call is still to be received: the call was followed without a gap, and no end was emitted.
   * The PBX's answers may overtake its events, so "no such channel" does not contradict this. Absent: answers never
   * overtake events.
   */
  awaitsEnd?(attemptId: string): boolean;
  /**
   * What the PBX still knows of a call whose end was missed: its final event, `complete` only if the history lacks
   * nothing. Null: the PBX knows nothing, which proves nothing about the call. Absent: this PBX keeps no record of past
   * calls.
   *
   * @throws AdapterError when the PBX cannot be asked
   */
  recallCall?(attemptId: string): Promise<LastWord | null>;
  limits(): SwitchLimits;
  /**
   * Checks whether the dialplan has this extension, before anybody is called for it. Never throws: what cannot be
   * checked is `unknown`.
   * @param context null: the adapter's configured context
   */
  handOverExists(
    context: string | null,
    extension: string,
  ): Promise<HandOverFinding>;
}

/** The PBX could not be asked: no connection, no answer in time, or a refusal. */
export class AdapterError extends Error {
  override readonly name = "AdapterError";
  readonly code: "NOT_CONNECTED" | "TIMEOUT" | "PROTOCOL" | "REFUSED";
  constructor(code: AdapterError["code"], message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
  }
}
