/** What the wallboard is told, once a second. Plain data: the page gets exactly this as JSON, times as ISO text. */

/** Who looks. An account's user sees the rows of that account only. */
export type Viewer =
  | { readonly kind: "operator" }
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
  readonly lastHour: CallCounts;
  /** Null until its leads were counted, which takes turns. */
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
  /** An account sees its own calls only. */
  readonly sentLastSecond: number;
  readonly liveChannels: number;
  readonly maxChannels: number;
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
  readonly campaigns: readonly BoardCampaign[];
  /** Live calls by state. */
  readonly states: Readonly<Record<string, number>>;
  readonly trunks: readonly BoardTrunk[];
  readonly nodes: readonly BoardNode[];
  readonly windows: readonly CallWindow[];
  /** Calls started in each of the last seconds, oldest first. */
  readonly perSecond: readonly number[];
}

/** Reads for one viewer, and remembers what it need not read again. */
export interface WallboardReader {
  /** @throws when the database cannot be read now */
  read(): Promise<WallboardFacts>;
}

export type OpenReader = (viewer: Viewer) => WallboardReader;
