/** All facts of a round after its end: what the carrier did, what the rows say, and which faults were caused. */
import type { CampaignCounts } from "../../test/support/kept-counts.ts";
import type { FaultKind } from "./fault-kinds.ts";
import type { RoundPlan } from "./plan.ts";

/** Epoch milliseconds, everywhere in this file. All clocks are this machine's. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** One Originate that reached the carrier, as the carrier itself keeps it. */
export interface CarrierCall {
  /** Null where the carrier knows only the number. */
  readonly attemptId: string | null;
  /** Digits. */
  readonly number: string;
  readonly at: number;
  /** An Originate with an id that was seen before. */
  readonly repeated: boolean;
  /** What the carrier did, as an outcome; null when the PBX never passed the call to it. */
  readonly outcome: string | null;
  readonly rangAt: number | null;
  readonly answeredAt: number | null;
  readonly endedAt: number | null;
  /** CARRIER: the far end or the PBX's own time-out; COMMAND: the engine hung up; RESTART: lost with the PBX. */
  readonly endedBy: "CARRIER" | "COMMAND" | "RESTART" | "REFUSAL" | null;
}

export interface AttemptRow {
  readonly id: string;
  readonly leadId: string;
  readonly campaignId: string;
  readonly trunkId: string;
  readonly previousAttemptId: string | null;
  /** E.164. */
  readonly phone: string;
  readonly state: string;
  readonly outcome: string | null;
  readonly counts: boolean;
  /** The row records that the telephone rang. */
  readonly hasRung: boolean;
  readonly queuedAt: number;
  readonly originateAt: number | null;
  readonly endAt: number | null;
}

export interface LeadRow {
  readonly id: string;
  readonly campaignId: string;
  /** E.164; null when it was never looked at. */
  readonly phone: string | null;
  /** E.164, of the same person. */
  readonly furtherPhones: readonly string[];
  readonly status: string;
  readonly attempts: number;
  readonly dials: number;
}

export interface CampaignRow {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly maxConcurrentCalls: number;
  /** Of each lead, whatever number is called. */
  readonly maxAttempts: number;
}

export interface TrunkRow {
  readonly id: string;
  readonly name: string;
  readonly cpsLimit: number;
  readonly maxChannels: number;
}

export interface RetryRow {
  readonly outcome: string;
  readonly delaySeconds: number;
  readonly maxTries: number;
}

export interface JobRow {
  readonly task: string;
  readonly attempts: number;
  readonly maxAttempts: number;
  readonly lockedBy: string | null;
  readonly runAt: number;
  readonly error: string | null;
}

export interface Rows {
  readonly attempts: readonly AttemptRow[];
  readonly leads: readonly LeadRow[];
  readonly campaigns: readonly CampaignRow[];
  readonly trunks: readonly TrunkRow[];
  readonly retryRules: readonly RetryRow[];
  readonly jobs: readonly JobRow[];
  readonly counts: readonly CampaignCounts[];
  /** Of the account, seconds. */
  readonly minGapSeconds: number;
}

/** One process of an engine. */
export interface Life {
  readonly engine: EngineName;
  readonly startedAt: number;
  /** It reported that it had started. */
  readonly readyAt: number | null;
  readonly endedAt: number | null;
  /** How the torture ended it; null: it ended by itself. */
  readonly endedBy: "SIGKILL" | "SIGTERM" | null;
  readonly code: number | null;
  /** Duration of its graceful stop, from the signal. */
  readonly stopMs: number | null;
  /** Lines of its log that are not JSON, and what it wrote to standard error. */
  readonly strayOutput: readonly string[];
}

export type EngineName = "A" | "B";
export const engineNames: readonly EngineName[] = ["A", "B"];

/** One GET /health; code null: no answer. */
export interface HealthSample {
  readonly engine: EngineName;
  readonly at: number;
  readonly code: number | null;
  readonly standby: boolean;
  readonly connected: boolean;
}

/** A time in which a fault kept an engine from its database or its PBX. */
export interface Outage extends Span {
  readonly of: "DATABASE" | "PBX";
  readonly engine: EngineName;
  /** Nothing was refused or reset: it fell silent, which only an unanswered request reveals. */
  readonly isSilent: boolean;
}

/** Connections of one engine to the database, at one moment. */
export interface ConnectionSample {
  readonly engine: EngineName;
  readonly at: number;
  readonly open: number;
}

export interface AppliedFault extends Span {
  readonly kind: FaultKind;
  /** What was actually done: to whom, how much, or why not. */
  readonly note: string;
}

/**
 * What clients committed. It was committed between `from`, when it was first sent, and `to`, when the answer arrived.
 */
export type Command = Span &
  (
    | { readonly what: "PAUSE" | "RESUME"; readonly campaignId: string }
    | { readonly what: "CANCEL"; readonly campaignId: string }
    | {
        readonly what: "CPS";
        readonly trunkId: string;
        readonly before: number;
        readonly after: number;
      }
    | { readonly what: "DO_NOT_CALL"; readonly phone: string }
  );

export interface Evidence {
  readonly plan: RoundPlan;
  readonly beganAt: number;
  /** When all faults had ended. */
  readonly healedAt: number;
  /** When nothing was left to dial, or the time limit was reached. */
  readonly drainedAt: number;
  /** What was still open at the time limit; null: nothing. */
  readonly stillOpen: string | null;
  readonly faults: readonly AppliedFault[];
  readonly commands: readonly Command[];
  readonly outages: readonly Outage[];
  /** Engines that were stopped by SIGSTOP. */
  readonly frozen: readonly (Span & { readonly engine: EngineName })[];
  /** Times in which messages to the PBX were delayed, by up to so many milliseconds. */
  readonly late: readonly (Span & { readonly byMs: number })[];
  readonly calls: readonly CarrierCall[];
  /**
   * Whether the record is kept by the PBX itself, or by a carrier behind it, where calls may arrive with uneven delays.
   */
  readonly recordedBy: "PBX" | "CARRIER";
  /** Calls about which the PBX can still be asked after their end. */
  readonly pbxKeeps: "NOTHING" | "ANSWERED" | "ALL";
  /** Channels that the PBX still had at the end. */
  readonly liveAtPbx: number;
  readonly rows: Rows;
  readonly lives: readonly Life[];
  readonly health: readonly HealthSample[];
  readonly connections: readonly ConnectionSample[];
  readonly maxConnections: number;
  readonly unhealthyAfterMs: number;
  /** How late timers of this process were, which shows the delays of the machine itself. */
  readonly lag: readonly (Span & { readonly byMs: number })[];
}
