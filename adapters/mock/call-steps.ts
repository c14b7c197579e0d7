/** The steps of which the mock PBX composes the plan of a call, and the possible ends. */

import type {
  AmdResult,
  EndCause,
  HangupSource,
  RefusalReason,
} from "../port.ts";

export interface PlannedEnd extends EndCause {
  readonly source: HangupSource;
  readonly timedOut: boolean;
}

export interface Agent {
  readonly agentId: string;
  readonly agentChannel: string;
}

/** `afterMs` counts from the Originate. */
export type PlanStep = { readonly afterMs: number } & (
  | {
      readonly kind:
        | "RINGING"
        | "EARLY_MEDIA"
        | "ANSWERED"
        | "AMD_STARTED"
        | "WAITING_AGENT";
    }
  | { readonly kind: "AMD_RESULT"; readonly result: AmdResult }
  | ({ readonly kind: "AGENT_RINGING" | "BRIDGED" } & Agent)
  | { readonly kind: "NOTED"; readonly note: string }
  | { readonly kind: "DISPOSITION"; readonly disposition: string }
  | {
      readonly kind: "REFUSED";
      readonly reason: RefusalReason;
      readonly message: string;
    }
  | { readonly kind: "END"; readonly end: PlannedEnd }
);

/** What an agent leaves after the end of a talk, however it ended. */
export interface WrapUp {
  readonly disposition: string;
  /** From the end of the call. */
  readonly afterMs: number;
}

type Ends = readonly [PlannedEnd, ...(readonly PlannedEnd[])];

function ended(
  cause: number,
  causeName: string,
  sipStatus: number | null,
  sipReason: string | null,
): PlannedEnd {
  const source = "CALLEE";
  return { cause, causeName, sipStatus, sipReason, source, timedOut: false };
}

export const NORMAL = ended(16, "NORMAL_CLEARING", null, null);
export const NO_ANSWER = ended(19, "NO_ANSWER", 480, "Temporarily Unavailable");
/** 480 is the PBX's own number here, not the carrier's. */
export const GAVE_UP: PlannedEnd = {
  ...NO_ANSWER,
  source: "TIMEOUT",
  timedOut: true,
};

export const DECLINED: Ends = [
  ended(17, "USER_BUSY", 486, "Busy Here"),
  ended(17, "USER_BUSY", 486, "Busy Here"),
  ended(21, "CALL_REJECTED", 603, "Decline"),
];

export const TRUNK_FAULTS: Ends = [
  ended(21, "CALL_REJECTED", 401, "Unauthorized"),
  ended(21, "CALL_REJECTED", 407, "Proxy Authentication Required"),
  ended(58, "BEARERCAPABILITY_NOTAVAIL", 488, "Not Acceptable Here"),
];

/** Ends when the far end begins to speak. */
export const ENDS: Readonly<
  Record<"busy" | "invalid" | "unreachable" | "rejected" | "congestion", Ends>
> = {
  busy: [
    ended(17, "USER_BUSY", 486, "Busy Here"),
    ended(17, "USER_BUSY", 600, "Busy Everywhere"),
  ],
  invalid: [
    ended(1, "UNALLOCATED_NUMBER", 404, "Not Found"),
    ended(22, "NUMBER_CHANGED", 410, "Gone"),
    ended(28, "INVALID_NUMBER_FORMAT", 484, "Address Incomplete"),
  ],
  unreachable: [
    ended(20, "SUBSCRIBER_ABSENT", 480, "Temporarily Unavailable"),
    ended(27, "DESTINATION_OUT_OF_ORDER", 502, "Bad Gateway"),
  ],
  rejected: [
    ended(21, "CALL_REJECTED", 603, "Decline"),
    ended(21, "CALL_REJECTED", 403, "Forbidden"),
  ],
  congestion: [
    ended(34, "NORMAL_CIRCUIT_CONGESTION", 503, "Service Unavailable"),
    ended(38, "NETWORK_OUT_OF_ORDER", 500, "Server Internal Error"),
    ended(18, "NO_USER_RESPONSE", 408, "Request Timeout"),
  ],
};
