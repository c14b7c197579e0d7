/** What a scheduling pass reads: the rows, and nothing of how the database finds them. Times in epoch milliseconds. */
import type { PauseReason } from "../adapters/port.ts";

export interface TrunkRow {
  readonly id: string;
  readonly name: string;
  readonly node: string;
  readonly dialString: string;
  readonly callerId: string | null;
  readonly cpsLimit: number;
  readonly maxChannels: number;
  readonly limitGroup: string | null;
  readonly priority: number;
  readonly weight: number;
  readonly numberPattern: string | null;
  readonly isActive: boolean;
  readonly health: "HEALTHY" | "DEGRADED" | "OUT";
  readonly disabledUntilMs: number | null;
  /** False: it only shares a limit group with one that the campaign may use. */
  readonly isAllowed: boolean;
  /** It was out of service and has reached no phone since: one call at a time. */
  readonly isProbed: boolean;
  readonly isDemoted: boolean;
}

/** A locked campaign with its locked trunks; `nowMs` is the database's clock. */
export interface CampaignToPass {
  readonly id: string;
  readonly accountId: string;
  /** Why the account may not dial. */
  readonly accountFlaw: "ACCOUNT_UNKNOWN" | "ACCOUNT_INACTIVE" | null;
  /** Why answered calls may not go where the campaign wants them. */
  readonly destinationFlaw:
    "DESTINATION_INACTIVE" | "DESTINATION_NOT_PERMITTED" | null;
  /** The administrator has named the trunks that the account may use. */
  readonly hasTrunkLimit: boolean;
  readonly allowedCountries: readonly string[] | null;
  readonly allowedCallerIds: readonly string[] | null;
  readonly accountConcurrentCalls: number | null;
  readonly accountCallsPerSecond: number | null;
  readonly accountDialsPerDay: number | null;
  readonly priority: number;
  readonly maxConcurrentCalls: number;
  readonly maxAttempts: number;
  readonly maxDials: number;
  readonly callerId: string | null;
  readonly timezone: string;
  readonly startTime: string;
  readonly endTime: string;
  readonly workDays: readonly number[];
  readonly autoComplete: boolean;
  readonly isTestCall: boolean;
  readonly validUntilMs: number | null;
  readonly defaultCountry: string;
  readonly accountTimezone: string;
  readonly minGapSeconds: number;
  readonly maxDialsPerPhonePerDay: number;
  readonly nowMs: number;
  readonly trunks: readonly TrunkRow[];
}

/** Leads of one zone, list and priority that wait; `zone` is empty for new numbers. */
export interface LeadPartition {
  readonly zone: string;
  readonly listId: string;
  readonly priority: number;
  readonly dueMs: number;
  readonly listPriority: number;
  readonly listActive: boolean;
}

/** Campaigns of one account that wait for the same trunk or node as this one. */
export interface Rival {
  readonly accountId: string;
  /** What they wait for: a trunk or a node, the other is null. */
  readonly trunkId: string | null;
  readonly node: string | null;
  /** Earliest priority among them. */
  readonly earliest: number;
  /** How many have the campaign's own priority. */
  readonly equals: number;
}

export interface TrunkUse {
  readonly live: number;
  /** The same by account. */
  readonly liveOf: Readonly<Record<string, number>>;
  /** Calls that accounts were given recently, see `fair-share.ts`. */
  readonly given: Readonly<Record<string, readonly [number, number]>>;
  /** Queued, and their slot has passed. */
  readonly overdue: number;
  readonly hasBucket: boolean;
  /** Null: every slot is free. */
  readonly nextSlotMs: number | null;
}

/** What an account has on a node. */
export interface AccountLoad {
  readonly unanswered: number;
  readonly queued: number;
  readonly live: number;
}

/** What the PBX itself allows is null when it does not say. */
export interface NodeState {
  readonly adapter: string | null;
  readonly isHeld: boolean;
  readonly pbxConnected: boolean;
  /** Why it takes no new calls though connected. */
  readonly pbxPause: PauseReason | null;
  readonly maxOriginates: number | null;
  /** Attempts up to the answer, including those still queued. */
  readonly unanswered: number;
  readonly queued: number;
  readonly accounts: Readonly<Record<string, AccountLoad>>;
  readonly pbxCallsPerSecond: number | null;
  readonly pbxFreeCalls: number | null;
  /** Calls in a row that ended without an event of the PBX, and when one may probe it. */
  readonly unheardCalls: number;
  readonly unheardUntilMs: number | null;
}

/** Calling hours of one weekday; times as `HH:MM`. */
export interface WindowRow {
  readonly weekday: number;
  readonly opens: string;
  readonly closes: string;
}

export interface PassFacts {
  readonly liveOfCampaign: number;
  /** What the account uses of its limits. */
  readonly account: {
    readonly live: number;
    readonly queued: number;
    readonly sentLately: number;
    readonly dialsToday: number;
  };
  /** By trunk id. */
  readonly trunks: Readonly<Record<string, TrunkUse>>;
  /** By name. */
  readonly nodes: Readonly<Record<string, NodeState>>;
  readonly rivals: readonly Rival[];
  readonly windows: readonly WindowRow[];
  readonly partitions: readonly LeadPartition[];
}

export interface LeadRow {
  /** Which of the requested partitions it belongs to. */
  readonly partition: number;
  readonly id: string;
  /** The further number that is dialled next; null: the lead's first. `phone` and `phoneE164` are those of that number. */
  readonly phoneId: string | null;
  readonly phone: string;
  readonly phoneE164: string | null;
  /** It has further numbers: one that may not be dialled now gives way to another. */
  readonly hasMore: boolean;
  readonly timezone: string | null;
  readonly dialTimezone: string | null;
  readonly attempts: number;
  readonly dials: number;
  readonly lastOutcome: string | null;
  /** A callback was asked for, on this number. */
  readonly calledBack: boolean;
  readonly movingFrom: string | null;
  readonly dueAt: string;
}

/** What speaks for and against dialling a lead's number. */
export interface LeadFacts {
  readonly id: string;
  /** Until when a do-not-call list forbids the number; null: it does not. */
  readonly dncUntilMs: number | null;
  readonly isLive: boolean;
  readonly dialsToday: number;
  readonly lastRangMs: number | null;
  /** The trunk that it is to be moved away from. */
  readonly movedFromTrunkId: string | null;
}

/** A lead's position in its partition. */
export interface LeadPosition {
  /** As Postgres writes it in JSON, so that no microsecond is lost. */
  readonly dueAt: string;
  readonly id: string;
}

/** Before every lead of a partition. */
export const partitionStart: LeadPosition = {
  dueAt: "-infinity",
  id: "00000000-0000-0000-0000-000000000000",
};

/** After this many calls in a row without an event, dialling stops on the node; the same number as in the SQL. */
export const mostUnheardCalls = 3;
