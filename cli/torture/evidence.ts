/** All that is known of a round when it is over: what the carrier did, what the rows say, and what was done to both. */
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
  /** Null where the carrier knows the number only. */
  readonly attemptId: string | null;
  /** Digits. */
  readonly number: string;
  readonly at: number;
  /** An Originate with an id that had come before. */
  readonly repeated: boolean;
  /** What `outcomes` calls that which the carrier did; null when the PBX never gave the call to it. */
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
  /** The row knows that the telephone rang. */
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
  /** It said that it had started. */
  readonly readyAt: number | null;
  readonly endedAt: number | null;
  /** How the torture ended it; null: it ended by itself. */
  readonly endedBy: "SIGKILL" | "SIGTERM" | null;
  readonly code: number | null;
  /** Of its orderly stop, from the signal. */
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

/** An engine could not use its database or its PBX, for a reason that an outsider made. */
export interface Outage extends Span {
  readonly of: "DATABASE" | "PBX";
  readonly engine: EngineName;
  /** Nothing was refused or reset: it fell silent, and only a question that is not answered tells. */
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
  /** What was done in fact: to whom, how much, or why it was not. */
  readonly note: string;
}

/** What clients committed. `to`: the answer had come, so it was committed; `from`: it was sent, so it was not before. */
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
  /** From here on nothing was done any more. */
  readonly healedAt: number;
  /** Nothing was left to dial, or the time for it was over. */
  readonly drainedAt: number;
  /** What was still open when the time was over; null: all was done. */
  readonly stillOpen: string | null;
  readonly faults: readonly AppliedFault[];
  readonly commands: readonly Command[];
  readonly outages: readonly Outage[];
  /** Engines that were stopped by SIGSTOP. */
  readonly frozen: readonly (Span & { readonly engine: EngineName })[];
  /** Times in which what the PBX got came late, by up to so many milliseconds. */
  readonly late: readonly (Span & { readonly byMs: number })[];
  readonly calls: readonly CarrierCall[];
  /** The record is kept by the PBX itself, or by a carrier behind it, to which calls may come unevenly late. */
  readonly recordedBy: "PBX" | "CARRIER";
  /** Calls that the PBX can tell of when they are over and it is asked. */
  readonly pbxKeeps: "NOTHING" | "ANSWERED" | "ALL";
  /** Channels that the PBX still had at the end. */
  readonly liveAtPbx: number;
  readonly rows: Rows;
  readonly lives: readonly Life[];
  readonly health: readonly HealthSample[];
  readonly connections: readonly ConnectionSample[];
  readonly maxConnections: number;
  readonly unhealthyAfterMs: number;
  /** How late timers of this process were: the machine's own hesitation. */
  readonly lag: readonly (Span & { readonly byMs: number })[];
}
