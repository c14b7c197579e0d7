/**
 * What the codes of an end mean before asking whether the phone rang.
 *
 * The SIP status decides first, because a PBX maps many statuses onto one cause (Asterisk gives 21 for 401, 403 and
 * 603). The cause's name decides before its Q.850 number: FreeSWITCH has names beyond Q.850 that all have 16.
 * Asterisk's names ("User busy") are none of these.
 */
import type { HangupSource } from "../adapters/port.ts";

export type CodeClass =
  | "INVALID"
  | "BUSY"
  | "REJECTED"
  | "UNREACHABLE"
  | "CONGESTION"
  | "TRUNK"
  | "SWITCH";

interface Codes {
  readonly sip: readonly number[];
  readonly names: readonly string[];
  readonly q850: readonly number[];
}

const codesByClass: Readonly<Record<CodeClass, Codes>> = {
  INVALID: {
    sip: [404, 410, 484, 604],
    names: ["DOES_NOT_EXIST_ANYWHERE"],
    q850: [1, 22, 28],
  },
  BUSY: { sip: [486, 600], names: ["BUSY_EVERYWHERE"], q850: [17] },
  REJECTED: {
    sip: [403, 603, 607],
    names: ["UNWANTED", "DECLINE", "REJECT_ALL"],
    q850: [21],
  },
  UNREACHABLE: {
    sip: [480, 502],
    names: ["USER_NOT_REGISTERED"],
    q850: [19, 20, 27],
  },
  CONGESTION: {
    sip: [408, 500, 503, 504],
    names: ["PROGRESS_TIMEOUT"],
    q850: [18, 34, 38, 41, 42, 44, 102],
  },
  TRUNK: {
    sip: [401, 407, 488],
    names: [
      "CHAN_NOT_IMPLEMENTED",
      "GATEWAY_DOWN",
      "INCOMPATIBLE_DESTINATION",
      "INVALID_GATEWAY",
      "INVALID_PROFILE",
      "INVALID_URL",
      "NOT_ACCEPTABLE",
      "USER_CHALLENGE",
    ],
    q850: [],
  },
  SWITCH: { sip: [], names: ["CRASH", "SYSTEM_SHUTDOWN"], q850: [] },
};

function classBy<Code>(
  codesOf: (codes: Codes) => readonly Code[],
): ReadonlyMap<Code, CodeClass> {
  const entries = Object.entries(codesByClass).flatMap(([name, codes]) =>
    codesOf(codes).map((code) => [code, name as CodeClass] as const),
  );
  return new Map(entries);
}

const bySip = classBy(({ sip }) => sip);
const byName = classBy(({ names }) => names);
const byQ850 = classBy(({ q850 }) => q850);

interface EndCodes {
  readonly sipStatus: number | null;
  readonly causeName: string | null;
  readonly cause: number | null;
}

/** A status that the table does not know says nothing, so the cause is asked; a name likewise. */
export function codeClassOf({
  sipStatus,
  causeName,
  cause,
}: EndCodes): CodeClass | null {
  return (
    (sipStatus === null ? undefined : bySip.get(sipStatus)) ??
    (causeName === null ? undefined : byName.get(causeName)) ??
    (cause === null ? undefined : byQ850.get(cause)) ??
    null
  );
}

interface EndDescription {
  readonly sipFinalCode: number | null;
  readonly sipFinalReason: string | null;
  readonly hangupCause: string | null;
  readonly hangupCauseCode: number | null;
  readonly hangupSource: HangupSource | null;
}

/** What was said at the end, by whom, for an operator; without names and numbers of people. */
export function describeEnd(end: EndDescription): string {
  const { sipFinalCode, sipFinalReason, hangupCause, hangupCauseCode } = end;
  const cause =
    hangupCauseCode === null
      ? hangupCause
      : `${hangupCause ?? "cause"} (Q.850 ${String(hangupCauseCode)})`;
  if (sipFinalCode !== null)
    return `the carrier said SIP ${[sipFinalCode, sipFinalReason].filter((word) => word !== null).join(" ")}${cause === null ? "" : `, ${cause}`}`;
  if (end.hangupSource === "TIMEOUT")
    return "nothing came back within the set-up time";
  return cause === null ? "no cause was given" : `the PBX said ${cause}`;
}
