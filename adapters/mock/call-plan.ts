/**
 * The plan of one call, drawn once when it is made: which events come after how many milliseconds. The request's
 * time-outs are part of it, so a call needs one timer at a time.
 */

import type { OriginateRequest, RefusalReason } from "../port.ts";
import {
  DECLINED,
  ENDS,
  GAVE_UP,
  NO_ANSWER,
  NORMAL,
  TRUNK_FAULTS,
} from "./call-steps.ts";
import type { PlannedEnd, PlanStep, WrapUp } from "./call-steps.ts";
import { sampleMs } from "./duration.ts";
import type { MockDuration } from "./duration.ts";
import { planHandOver } from "./hand-over-plan.ts";
import type { HandOverPlan } from "./hand-over-plan.ts";
import type { MockHandOver } from "./hand-over-scenario.ts";
import { pick } from "./random.ts";
import type { Random } from "./random.ts";
import type {
  MockBehaviour,
  MockOutcome,
  MockScenario,
  MockShares,
} from "./scenario.ts";

export interface CallPlan {
  readonly outcome: MockOutcome;
  /** Not null: the PBX refuses at once, and `steps` is empty. */
  readonly refusal: {
    readonly reason: RefusalReason;
    readonly message: string;
  } | null;
  readonly steps: readonly PlanStep[];
  readonly wrapUp: WrapUp | null;
  /** The answered call is handed over to more than a talk. */
  readonly isHandedOver: boolean;
}

type PlannedRequest = Pick<
  OriginateRequest,
  | "extension"
  | "setupTimeoutSeconds"
  | "ringTimeoutSeconds"
  | "maxCallDurationSeconds"
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
  if (ofTrunk === undefined) return drawOutcome(scenario.shares, random);
  if (typeof ofTrunk === "object" && "shares" in ofTrunk) {
    return drawOutcome(ofTrunk.shares, random);
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

function drawOutcome(shares: MockShares, random: Random): MockOutcome {
  return draw<MockOutcome>(shares, random) ?? "no_answer";
}

/** @returns null when every share is 0 */
function draw<T extends string>(
  shares: Readonly<Partial<Record<T, number>>>,
  random: Random,
): T | null {
  const entries = Object.entries(shares) as [T, number][];
  const total = entries.reduce((sum, [, share]) => sum + share, 0);
  let left = random() * total;
  for (const [name, share] of entries) {
    left -= share;
    if (left < 0) return name;
  }
  return null;
}

/** @returns the call's fate; pure but for `random` */
export function planCall(
  behaviour: MockBehaviour,
  scenario: MockScenario,
  request: PlannedRequest,
  random: Random,
): CallPlan {
  const rule =
    typeof behaviour === "string" ? { outcome: behaviour } : behaviour;
  const { outcome } = rule;
  const plan = { outcome, steps: [], wrapUp: null, isHandedOver: false };
  const refusal = refuse(outcome, random);
  if (refusal !== null || outcome === "mute") return { ...plan, refusal };
  const scaled = (duration: MockDuration): number =>
    sampleMs(duration, random) * scenario.timeScale;
  const sample: Sample = (name) => scaled(rule[name] ?? scenario[name]);
  const handOver =
    outcome === "answered" ? scenario.extensions[request.extension] : undefined;
  const { steps, wrapUp } =
    handOver === undefined
      ? { steps: draftSteps(outcome, sample, random), wrapUp: null }
      : handedOver(handOver, { rule, scenario, sample, scaled }, random);
  return {
    ...plan,
    refusal,
    steps: cut(steps, request, scenario),
    wrapUp,
    isHandedOver: handOver !== undefined,
  };
}

interface Draws {
  readonly rule: Exclude<MockBehaviour, string>;
  readonly scenario: MockScenario;
  readonly sample: Sample;
  readonly scaled: (duration: MockDuration) => number;
}

/** As a plain call up to the answer. */
function handedOver(
  handOver: MockHandOver,
  { rule, scenario, sample, scaled }: Draws,
  random: Random,
): HandOverPlan {
  const steps = answeredSteps(sample, random);
  const atMs = steps.find(({ kind }) => kind === "ANSWERED")?.afterMs ?? 0;
  const endMs = steps.at(-1)?.afterMs ?? atMs;
  const answer = {
    atMs,
    by: rule.answeredBy ?? draw(scenario.answeredBy, random) ?? "HUMAN",
    patienceMs: sample("patienceMs"),
    talkMs: endMs - atMs,
  };
  const rest = planHandOver(handOver, answer, scaled, random);
  return { ...rest, steps: [...steps.slice(0, -1), ...rest.steps] };
}

function refuse(outcome: MockOutcome, random: Random): CallPlan["refusal"] {
  if (outcome === "switch_refused") {
    return { reason: "SWITCH_REFUSED", message: "Throttle Error!" };
  }
  // FreeSWITCH reports a dead gateway in its answer, Asterisk only by an event afterwards.
  if (outcome === "trunk_fault" && random() < 0.4) {
    return { reason: "TRUNK_FAULT", message: "GATEWAY_DOWN" };
  }
  return null;
}

type Sample = (
  name: "setupMs" | "ringMs" | "noAnswerRingMs" | "talkMs" | "patienceMs",
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
  timeouts: PlannedRequest,
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
