/**
 * Why an attempt ended: one ordered table, tested row by row.
 *
 * The first row whose predicate holds decides. Rows are ordered by certainty: what a person experienced (answered)
 * before what we did ourselves (refusals, hang-ups, timers) before what the carrier said (`end-codes.ts`).
 */
import type { AmdResult, RefusalReason } from "../adapters/port.ts";
import { codeClassOf } from "./end-codes.ts";
import type { CodeClass } from "./end-codes.ts";

/** The closed taxonomy; the table `outcomes` holds the same codes. */
export type Outcome =
  | "ANSWERED"
  | "ABANDONED"
  | "MACHINE"
  | "FAX"
  | "NO_ANSWER"
  | "DECLINED"
  | "BUSY"
  | "INVALID_NUMBER"
  | "UNREACHABLE"
  | "REJECTED"
  | "NETWORK_CONGESTION"
  | "TRUNK_FAULT"
  | "SWITCH_REFUSED"
  | "CANCELLED"
  | "ORPHANED"
  | "SYSTEM_ERROR";

/** The ended states of an attempt. */
export type EndState =
  "ENDED" | "NO_ANSWER" | "BUSY" | "FAILED" | "ABANDONED" | "CANCELLED";

/** Who or what ended the call; `PBX_TIMEOUT` is the time-out that travelled in the Originate. */
export type EndedBy =
  | "REMOTE"
  | "PBX_TIMEOUT"
  | "SETUP_TIMEOUT"
  | "RING_TIMEOUT"
  | "MAX_DURATION"
  | "AGENT_TIMEOUT"
  | "AMD_TIMEOUT"
  | "OPERATOR"
  | "CAMPAIGN";

/** All that is known of an attempt when it ends. */
export interface EndFacts {
  /** 180 or 183 was seen. */
  readonly rung: boolean;
  readonly answered: boolean;
  /** The answered person was put to wait for an agent. */
  readonly waitedForAgent: boolean;
  readonly bridged: boolean;
  readonly amdResult: AmdResult | null;
  /** Q.850 cause, null when the PBX gave none. */
  readonly cause: number | null;
  /** As the PBX spells it; null when it gave none. */
  readonly causeName: string | null;
  /** Final SIP status, null when unknown. */
  readonly sipStatus: number | null;
  readonly endedBy: EndedBy;
  /** The PBX refused the Originate before dialling. */
  readonly refusal: RefusalReason | null;
  /** Known never to have been written to the wire. */
  readonly notSent: boolean;
  /** The engine or the PBX was away when it ended. */
  readonly orphaned: boolean;
}

/**
 * The PBX itself took no call (rate, sessions, pause, rights, no such extension): nobody was dialled, so no dial and no
 * attempt of the lead is used up. A trunk's fault and a defect of ours may concern this number alone; they count as
 * dials, or they would be tried for ever.
 */
export function isTurnedAway({
  refusal,
  rung,
  answered,
}: Pick<EndFacts, "refusal" | "rung" | "answered">): boolean {
  const isPbxs =
    refusal === "SWITCH_REFUSED" || refusal === "NO_SUCH_EXTENSION";
  return isPbxs && !rung && !answered;
}

/** What follows from an outcome, whatever the campaign's rules say. */
export interface OutcomeTraits {
  readonly endState: EndState;
  /** A person heard the call; the base of the abandon rate. */
  readonly humanReached: boolean;
  /** Raises `leads.attempts`. */
  readonly countsAsAttempt: boolean;
  /** Speaks against the trunk's health. */
  readonly trunkFault: boolean;
  /** The same dial may go through another trunk; `trunk-move.ts` has the whole rule. */
  readonly mayMoveTrunk: boolean;
}

function traits(
  endState: EndState,
  given: Partial<Omit<OutcomeTraits, "endState">> = {},
): OutcomeTraits {
  return {
    endState,
    humanReached: false,
    countsAsAttempt: true,
    trunkFault: false,
    mayMoveTrunk: false,
    ...given,
  };
}

const notCounted = { countsAsAttempt: false } as const;
const ofTheTrunk = {
  countsAsAttempt: false,
  trunkFault: true,
  mayMoveTrunk: true,
} as const;

/** State, whether it counts as an attempt, and whether it speaks against the trunk. */
export const outcomeTraits: Readonly<Record<Outcome, OutcomeTraits>> = {
  ANSWERED: traits("ENDED", { humanReached: true }),
  ABANDONED: traits("ABANDONED", { humanReached: true }),
  MACHINE: traits("ENDED"),
  FAX: traits("ENDED"),
  NO_ANSWER: traits("NO_ANSWER"),
  DECLINED: traits("BUSY"),
  BUSY: traits("BUSY"),
  INVALID_NUMBER: traits("FAILED"),
  UNREACHABLE: traits("FAILED"),
  REJECTED: traits("FAILED"),
  NETWORK_CONGESTION: traits("FAILED", ofTheTrunk),
  TRUNK_FAULT: traits("FAILED", ofTheTrunk),
  SWITCH_REFUSED: traits("FAILED", notCounted),
  CANCELLED: traits("CANCELLED", notCounted),
  ORPHANED: traits("FAILED"),
  SYSTEM_ERROR: traits("FAILED", notCounted),
};

const timersBeforeAnswer: ReadonlySet<EndedBy> = new Set<EndedBy>([
  "PBX_TIMEOUT",
  "SETUP_TIMEOUT",
  "RING_TIMEOUT",
]);

/**
 * Codes that no PBX gives to a call which it was told to end, or gave up: the far end had sent them first, however late
 * the PBX reported it (a freeze, a backlog).
 */
export function isFarEnds(code: CodeClass | null): boolean {
  return (
    code === "BUSY" ||
    code === "REJECTED" ||
    code === "INVALID" ||
    code === "TRUNK"
  );
}

interface OutcomeRow {
  readonly when: (facts: EndFacts, code: CodeClass | null) => boolean;
  readonly outcome: Outcome;
  readonly source: string;
}

/** Read from the top: the first that holds decides. */
const outcomeRows: readonly OutcomeRow[] = [
  {
    when: (f) => f.answered && f.bridged,
    outcome: "ANSWERED",
    source: "a conversation took place, whatever AMD thought",
  },
  {
    when: (f) => f.refusal === "NO_SUCH_EXTENSION",
    outcome: "SWITCH_REFUSED",
    source:
      "answered or not, the PBX had nowhere to put the person: its fault, not theirs",
  },
  {
    when: (f) => f.answered && f.amdResult === "MACHINE",
    outcome: "MACHINE",
    source: "AMD said so",
  },
  {
    when: (f) => f.answered && f.amdResult === "FAX",
    outcome: "FAX",
    source: "AMD said so",
  },
  // Whether it rang or not: as far as is known, no agent talked.
  {
    when: (f) =>
      f.answered && (f.waitedForAgent || f.endedBy === "AGENT_TIMEOUT"),
    outcome: "ABANDONED",
    source: "§5: a person answered, left waiting, no agent in time",
  },
  {
    when: (f) => f.answered && f.orphaned,
    outcome: "ANSWERED",
    source: "§5 ORPHANED: if it had been answered it is ANSWERED instead",
  },
  {
    when: (f) => f.answered,
    outcome: "ANSWERED",
    source: "agentless hand-over; AMD that never decides counts as a person",
  },
  {
    when: (f) => f.notSent,
    outcome: "CANCELLED",
    source: "never on the wire: lost lease, pause, dead line",
  },
  {
    when: (f) => f.refusal === "INVALID_REQUEST",
    outcome: "SYSTEM_ERROR",
    source: "port.ts: a value was refused before the wire, our defect",
  },
  {
    when: (f) => f.refusal === "TRUNK_FAULT",
    outcome: "TRUNK_FAULT",
    source: "§5: unknown endpoint, gateway down",
  },
  {
    when: (f) => f.refusal !== null,
    outcome: "SWITCH_REFUSED",
    source: "§5: rate, sessions, pause",
  },
  {
    when: (f) => f.orphaned,
    outcome: "ORPHANED",
    source: "§5: nobody was there to see how it ended",
  },
  {
    when: (f) => f.endedBy === "OPERATOR" || f.endedBy === "CAMPAIGN",
    outcome: "CANCELLED",
    source: "§5: hung up by us before answer",
  },
  // Before the codes: on our own time-out Asterisk invents 19 / 480 (facts/asterisk.md §3).
  {
    when: (f, code) =>
      timersBeforeAnswer.has(f.endedBy) && f.rung && !isFarEnds(code),
    outcome: "NO_ANSWER",
    source: "§5: rung, nobody answered, whoever's timer",
  },
  {
    when: (f, code) => f.endedBy === "RING_TIMEOUT" && !isFarEnds(code),
    outcome: "NO_ANSWER",
    source: "that timer starts at ringing, so the phone rang",
  },
  {
    when: (f, code) => timersBeforeAnswer.has(f.endedBy) && !isFarEnds(code),
    outcome: "NETWORK_CONGESTION",
    source: "§5: our set-up time-out; nothing ever came back",
  },
  {
    when: (_f, code) => code === "INVALID",
    outcome: "INVALID_NUMBER",
    source: "1 22 28 / 404 410 484 604, rung or not",
  },
  {
    when: (_f, code) => code === "TRUNK",
    outcome: "TRUNK_FAULT",
    source: "401 407 488, rung or not",
  },
  {
    when: (f, code) => f.rung && (code === "BUSY" || code === "REJECTED"),
    outcome: "DECLINED",
    source: "§5: mobiles send 486 for the reject button",
  },
  {
    when: (_f, code) => code === "BUSY",
    outcome: "BUSY",
    source: "17 / 486 600 without ringing",
  },
  {
    when: (_f, code) => code === "REJECTED",
    outcome: "REJECTED",
    source: "21 / 403 603 607 without ringing",
  },
  {
    when: (f) => f.rung,
    outcome: "NO_ANSWER",
    source: "§5: rung (180 or 183), nobody answered",
  },
  {
    when: (_f, code) => code === "SWITCH",
    outcome: "SWITCH_REFUSED",
    source: "the PBX went down under a call that had not rung",
  },
  {
    when: (_f, code) => code === "CONGESTION",
    outcome: "NETWORK_CONGESTION",
    source: "18 34 38 41 42 44 102 / 408 500 503 504 without ringing",
  },
];

/**
 * Decides the outcome of an attempt that has ended. Total: any combination of facts has one.
 *
 * What fits no row is UNREACHABLE, as 19 20 27 / 480 502 are: counted, no other trunk, no penalty for
 * the trunk.
 */
export function decideOutcome(facts: EndFacts): Outcome {
  const code = codeClassOf(facts);
  const row = outcomeRows.find(({ when }) => when(facts, code));
  return row?.outcome ?? "UNREACHABLE";
}
