/** The facts for the wallboard, once a second. Plain data, from which `picture.ts` makes what the page receives. */
import type { AbandonPolicy } from "../dialing/abandon-policy.ts";

/** The viewer. An account's user sees the rows of that account only. */
export type Viewer =
  | { readonly kind: "operator" }
  /** A screen that shows everybody's rows, and nothing of the engine. */
  | { readonly kind: "display"; readonly expiresAtMs: number }
  | {
      readonly kind: "account";
      /** Of the user's verified token. */
      readonly claims: Readonly<Record<string, unknown>>;
      readonly expiresAtMs: number;
    };

export interface CallCounts {
  /** Ended calls that were sent to the PBX. */
  readonly dialled: number;
  readonly answered: number;
  /** Of those, a person was on the line. */
  readonly people: number;
  /** Of those, left without an agent. */
  readonly abandoned: number;
}

export interface CallWindow extends CallCounts {
  readonly minutes: number;
}

/** Counts of equal stretches of time, the oldest first; the last one is not over. */
export interface CallSeries {
  readonly stepMinutes: number;
  /** When the first one began. */
  readonly from: Date;
  readonly counts: readonly CallCounts[];
}

export interface Blocker {
  readonly reason: string;
  readonly count: number;
  readonly nextAt: Date | null;
}

export interface BoardCampaign {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly pauseReason: string | null;
  readonly dialMode: string;
  readonly maxConcurrentCalls: number;
  /** By state. */
  readonly liveCalls: Readonly<Record<string, number>>;
  readonly blockers: readonly Blocker[];
  readonly lastFiveMinutes: CallCounts;
  readonly lastHour: CallCounts;
  readonly day: CallCounts;
  /** Null if it was deleted in between. */
  readonly progress: {
    readonly leads: number;
    readonly percentDone: number;
    readonly leadsDone: number;
  } | null;
}

export interface BoardTrunk {
  readonly id: string;
  readonly name: string;
  readonly voiceNode: string;
  readonly isActive: boolean;
  readonly health: string;
  readonly disabledUntil: Date | null;
  readonly disabledReason: string | null;
  readonly cpsLimit: number;
  /** In the last whole second. An account sees its own calls only. */
  readonly callsPerSecond: number;
  readonly liveChannels: number;
  readonly maxChannels: number;
  /** Seconds for which every channel has been in use; 0: one is free, or it is not known. */
  readonly fullForSeconds: number;
}

export interface BoardNode {
  readonly name: string;
  readonly hasEngine: boolean;
  readonly hasLease: boolean;
  readonly pbxConnected: boolean;
}

/** The process that answers. For operators only. */
export interface BoardEngine {
  readonly version: string;
  readonly node: string;
  readonly standby: boolean;
  readonly uptimeSeconds: number;
  readonly pbxReason: string | null;
}

export interface WallboardFacts {
  readonly at: Date;
  readonly engine: BoardEngine | null;
  readonly abandonPolicy: AbandonPolicy;
  readonly campaigns: readonly BoardCampaign[];
  /** True: there are others that are not shown. */
  readonly hasMoreCampaigns: boolean;
  /** Live calls by state. */
  readonly states: Readonly<Record<string, number>>;
  readonly trunks: readonly BoardTrunk[];
  readonly nodes: readonly BoardNode[];
  readonly windows: readonly CallWindow[];
  /** The last 24 hours, together; `hoursRead` says how many of them are known yet. */
  readonly day: CallCounts & { readonly hoursRead: number };
  /** Calls per second in each of the last seconds, oldest first; the last is that of the trunks together. */
  readonly perSecond: readonly number[];
  /** Of all trunks together; null: none is active, or only part of their calls is seen. */
  readonly cpsLimit: number | null;
  readonly hourSeries: CallSeries;
  readonly daySeries: CallSeries;
}

/** One campaign's last 24 hours. */
export interface CampaignDay {
  readonly id: string;
  readonly series: CallSeries;
  /** Calls by outcome, in the same time. */
  readonly outcomes: Readonly<Record<string, number>>;
  readonly hoursRead: number;
}

/** Reads for one viewer, and caches what need not be read again. */
export interface WallboardReader {
  /** @throws when the database cannot be read now */
  read(): Promise<WallboardFacts>;
  /** From memory. @returns null for a campaign that the viewer was not shown */
  campaignDay(campaignId: string): CampaignDay | null;
}

export type OpenReader = (viewer: Viewer) => WallboardReader;
