/**
 * The fate of one call, drawn once when it is made: which events come after how many milliseconds.
 * Time-outs of the request are folded in, so a call needs one timer at a time.
 */

import type {
  EndCause,
  HangupSource,
  OriginateRequest,
  RefusalReason,
} from "../port.ts";
import { lognormal, pick } from "./random.ts";
import type { Random } from "./random.ts";
import type {
  MockBehaviour,
  MockDuration,
  MockOutcome,
  MockScenario,
  MockShares,
} from "./scenario.ts";

export interface PlannedEnd extends EndCause {
  readonly source: HangupSource;
  readonly timedOut: boolean;
}

/** `afterMs` counts from the Originate. */
export type PlanStep = { readonly afterMs: number } & (
  | { readonly kind: "RINGING" | "EARLY_MEDIA" | "ANSWERED" }
  | {
      readonly kind: "REFUSED";
      readonly reason: RefusalReason;
      readonly message: string;
    }
  | { readonly kind: "END"; readonly end: PlannedEnd }
);

export interface CallPlan {
  readonly outcome: MockOutcome;
  /** Not null: the PBX says no at once, and `steps` is empty. */
  readonly refusal: {
    readonly reason: RefusalReason;
    readonly message: string;
  } | null;
  readonly steps: readonly PlanStep[];
}

type Timeouts = Pick<
  OriginateRequest,
  "setupTimeoutSeconds" | "ringTimeoutSeconds" | "maxCallDurationSeconds"
>;

/** Digits of the number called, by the scenario's rules: number, suffix, trunk, shares. */
export function chooseBehaviour(
  scenario: MockScenario,
  trunk: string,
  number: string,
  random: Random,
): MockBehaviour {
  const digits = number.replace(/^\+/, "");
  const forced = scenario.numbers[digits] ?? bySuffix(scenario, digits);
  if (forced !== undefined) return forced;
  const ofTrunk = scenario.byTrunk[trunk];
  if (ofTrunk === undefined) return draw(scenario.shares, random);
  if (typeof ofTrunk === "object" && "shares" in ofTrunk) {
    return draw(ofTrunk.shares, random);
  }
  return ofTrunk;
}

function bySuffix(
  scenario: MockScenario,
  digits: string,
): MockBehaviour | undefined {
  let best: string | undefined;
  for (const suffix of Object.keys(scenario.suffixes)) {
    if (digits.endsWith(suffix) && suffix.length >= (best?.length ?? 0)) {
      best = suffix;
    }
  }
  return best === undefined ? undefined : scenario.suffixes[best];
}

function draw(shares: MockShares, random: Random): MockOutcome {
  const entries = Object.entries(shares) as [MockOutcome, number][];
  const total = entries.reduce((sum, [, share]) => sum + share, 0);
  let left = random() * total;
  for (const [outcome, share] of entries) {
    left -= share;
    if (left < 0) return outcome;
  }
  return "no_answer";
}

/** @returns the call's fate; pure but for `random` */
export function planCall(
  behaviour: MockBehaviour,
  scenario: MockScenario,
  timeouts: Timeouts,
  random: Random,
): CallPlan {
  const rule =
    typeof behaviour === "string" ? { outcome: behaviour } : behaviour;
  const sample = (
    name: "setupMs" | "ringMs" | "noAnswerRingMs" | "talkMs",
  ): number =>
    sampleMs(rule[name] ?? scenario[name], random) * scenario.timeScale;
  const { outcome } = rule;
  const refusal = refuse(outcome, random);
  if (refusal !== null || outcome === "mute") {
    return { outcome, refusal, steps: [] };
  }
  const steps = draftSteps(outcome, sample, random);
  return { outcome, refusal: null, steps: cut(steps, timeouts, scenario) };
}

function sampleMs(duration: MockDuration, random: Random): number {
  if (typeof duration === "number") return duration;
  if (Array.isArray(duration)) {
    const [low, high] = duration;
    return low + random() * (high - low);
  }
  const drawn = lognormal(random, duration.medianMs, duration.sigma);
  return Math.min(drawn, duration.maxMs);
}

function refuse(outcome: MockOutcome, random: Random): CallPlan["refusal"] {
  if (outcome === "switch_refused") {
    return { reason: "SWITCH_REFUSED", message: "Throttle Error!" };
  }
  // FreeSWITCH tells a dead gateway in its answer, Asterisk only in an event afterwards.
  if (outcome === "trunk_fault" && random() < 0.4) {
    return { reason: "TRUNK_FAULT", message: "GATEWAY_DOWN" };
  }
  return null;
}

type Sample = (
  name: "setupMs" | "ringMs" | "noAnswerRingMs" | "talkMs",
) => number;

function draftSteps(
  outcome: MockOutcome,
  sample: Sample,
  random: Random,
): PlanStep[] {
  switch (outcome) {
    case "answered":
      return answeredSteps(sample, random);
    case "no_answer":
      return rungSteps("RINGING", sample, "noAnswerRingMs", NO_ANSWER);
    case "early_media_no_answer":
      return rungSteps("EARLY_MEDIA", sample, "noAnswerRingMs", NO_ANSWER);
    case "declined":
      return rungSteps("RINGING", sample, "ringMs", pick(random, DECLINED));
    case "trunk_fault":
      return trunkFaultSteps(sample, random);
    case "silent":
    case "mute":
    case "switch_refused":
      return [];
    case "busy":
    case "invalid":
    case "unreachable":
    case "rejected":
    case "congestion": {
      const end = pick(random, ENDS[outcome]);
      return [{ afterMs: sample("setupMs"), kind: "END", end }];
    }
  }
}

function answeredSteps(sample: Sample, random: Random): PlanStep[] {
  const setUpMs = sample("setupMs");
  const ringMs = sample("ringMs");
  const answerMs = setUpMs + ringMs;
  const source = random() < 0.8 ? "CALLEE" : "CALLER";
  const steps: PlanStep[] = [{ afterMs: setUpMs, kind: "RINGING" }];
  // Every fifth carrier turns the ringing into its own ringback tone.
  if (random() < 0.2) {
    steps.push({ afterMs: setUpMs + ringMs / 4, kind: "EARLY_MEDIA" });
  }
  steps.push(
    { afterMs: answerMs, kind: "ANSWERED" },
    {
      afterMs: answerMs + sample("talkMs"),
      kind: "END",
      end: { ...NORMAL, source },
    },
  );
  return steps;
}

function rungSteps(
  kind: "RINGING" | "EARLY_MEDIA",
  sample: Sample,
  ring: "ringMs" | "noAnswerRingMs",
  end: PlannedEnd,
): PlanStep[] {
  const setUpMs = sample("setupMs");
  return [
    { afterMs: setUpMs, kind },
    { afterMs: setUpMs + sample(ring), kind: "END", end },
  ];
}

function trunkFaultSteps(sample: Sample, random: Random): PlanStep[] {
  if (random() < 0.5) {
    const message = "No such endpoint";
    return [{ afterMs: 1, kind: "REFUSED", reason: "TRUNK_FAULT", message }];
  }
  const end = pick(random, TRUNK_FAULTS);
  return [{ afterMs: sample("setupMs"), kind: "END", end }];
}

/** Cuts the plan where the PBX's own time-outs end it: before the answer, or after too long a talk. */
function cut(
  steps: readonly PlanStep[],
  timeouts: Timeouts,
  scenario: MockScenario,
): PlanStep[] {
  const scale = 1_000 * (scenario.timeoutScale ?? scenario.timeScale);
  // As Asterisk, which knows one time-out from Originate to answer.
  let limitMs =
    (timeouts.setupTimeoutSeconds + timeouts.ringTimeoutSeconds) * scale;
  let end: PlannedEnd = GAVE_UP;
  const kept: PlanStep[] = [];
  for (const step of steps) {
    if (step.afterMs > limitMs) break;
    kept.push(step);
    if (step.kind === "END" || step.kind === "REFUSED") return kept;
    if (step.kind === "ANSWERED") {
      limitMs = step.afterMs + timeouts.maxCallDurationSeconds * scale;
      end = { ...NORMAL, source: "TIMEOUT", timedOut: true };
    }
  }
  return [...kept, { afterMs: limitMs, kind: "END", end }];
}

function ended(
  cause: number,
  causeName: string,
  sipStatus: number | null,
  sipReason: string | null,
): PlannedEnd {
  const source = "CALLEE";
  return { cause, causeName, sipStatus, sipReason, source, timedOut: false };
}

const NORMAL = ended(16, "NORMAL_CLEARING", null, null);
const NO_ANSWER = ended(19, "NO_ANSWER", 480, "Temporarily Unavailable");
/** 480 is the PBX's own number here, not the carrier's. */
const GAVE_UP: PlannedEnd = { ...NO_ANSWER, source: "TIMEOUT", timedOut: true };

type Ends = readonly [PlannedEnd, ...(readonly PlannedEnd[])];

const DECLINED: Ends = [
  ended(17, "USER_BUSY", 486, "Busy Here"),
  ended(17, "USER_BUSY", 486, "Busy Here"),
  ended(21, "CALL_REJECTED", 603, "Decline"),
];

const TRUNK_FAULTS: Ends = [
  ended(21, "CALL_REJECTED", 401, "Unauthorized"),
  ended(21, "CALL_REJECTED", 407, "Proxy Authentication Required"),
  ended(58, "BEARERCAPABILITY_NOTAVAIL", 488, "Not Acceptable Here"),
];

const ENDS: Readonly<
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
