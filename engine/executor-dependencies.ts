/** What the executor is given, and what it is asked for. */
import type { Logger } from "pino";

import type { CallEvent, VoiceAdapter } from "../adapters/port.ts";
import type {
  ClaimIdentity,
  ClaimResult,
  ClaimedAttempt,
} from "../database/originating.ts";
import type { PbxHearing } from "./pbx-hearing.ts";
import type { RateLines } from "./rate-lines.ts";

export interface Submission {
  readonly attemptId: string;
  readonly trunkId: string;
  /** Left out by jobs of an older engine: those take their turn together. */
  readonly accountId?: string | undefined;
}

/** `later`: no permission in time; the job must be added again. */
export type SubmissionResult = "done" | "later";

/** Handed in, without permission yet. */
export interface Waiting extends Submission {
  readonly line: string;
  readonly sinceMs: number;
  readonly resolve: (result: SubmissionResult) => void;
  readonly reject: (error: unknown) => void;
}

export interface Permitted extends Waiting {
  readonly permit: number;
}

export interface ExecutorDependencies {
  readonly adapter: VoiceAdapter;
  readonly lines: RateLines;
  readonly maxUnanswered: number;
  /** What the PBX tells of the calls that are out; absent: all there is. */
  readonly hearing?: Pick<PbxHearing, "room" | "noteSent" | "noteOver">;
  readonly lookAgainMs: number;
  readonly log: Logger;
  /** Monotonic milliseconds. */
  readonly nowMs: () => number;
  readonly isTrusted: () => boolean;
  readonly identity: () => ClaimIdentity;
  readonly claim: (
    identity: ClaimIdentity,
    ids: readonly string[],
  ) => Promise<ClaimResult>;
  /** Takes what the executor itself learns of a call: refused, not sent. */
  readonly onCallEvent: (event: CallEvent) => void;
  readonly onSent: (attempt: ClaimedAttempt) => void;
  /** The PBX has no such extension or context: nothing was sent for this campaign, and nothing should be. */
  readonly onNoHandOver: (campaignId: string) => void;
  /** Queued calls of these campaigns were dropped at the last look: their leads wait for a pass again. */
  readonly onRefused: (campaignIds: readonly string[]) => void;
}
