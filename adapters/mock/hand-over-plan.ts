/**
 * What becomes of an answered call in the mock's dialplan, drawn before it happens:
 *
 *   answered ─▶ detection ─(machine)─▶ over
 *       └───────────┴─▶ waiting ⇄ an agent's phone rings ─▶ talk (─▶ another agent) ─▶ over
 *                          └─(limit, no agent left)─▶ sorry ─▶ over
 *
 * The person may leave at any time before the talk.
 */

import type { AmdResult } from "../port.ts";
import { NORMAL } from "./call-steps.ts";
import type { Agent, PlannedEnd, PlanStep, WrapUp } from "./call-steps.ts";
import type { MockDuration } from "./duration.ts";
import type { MockHandOver, MockQueue } from "./hand-over-scenario.ts";
import { pick } from "./random.ts";
import type { Random } from "./random.ts";

/** Who picked up, and what they do. */
export interface Answer {
  /** From the Originate. */
  readonly atMs: number;
  readonly by: AmdResult;
  /** From the answer: who has no agent by then hangs up. */
  readonly patienceMs: number;
  /** Of a talk that nobody ends earlier. */
  readonly talkMs: number;
}

/** Steps from the answer on, which is not among them; the last one is the end. */
export interface HandOverPlan {
  readonly steps: readonly PlanStep[];
  readonly wrapUp: WrapUp | null;
}

type Sample = (duration: MockDuration) => number;

const HUNG_UP_BY_PBX: PlannedEnd = { ...NORMAL, source: "SYSTEM" };

/** @returns the rest of the call; pure but for `random`, which `sample` draws from too */
export function planHandOver(
  handOver: MockHandOver,
  answer: Answer,
  sample: Sample,
  random: Random,
): HandOverPlan {
  const { queue, disposition } = handOver;
  const detection = detect(handOver, answer, sample);
  const fromMs = detection.at(-1)?.afterMs ?? answer.atMs;
  if (detection.at(-1)?.kind === "END") {
    return { steps: detection, wrapUp: null };
  }
  const left =
    disposition === null
      ? null
      : {
          disposition: pick(random, disposition.words),
          afterMs: sample(disposition.afterMs),
        };
  if (queue !== null) {
    const queued = queueSteps(queue, answer, fromMs, { sample, random });
    const steps = unlessLeft([...detection, ...queued], answer);
    return { steps, wrapUp: left };
  }
  const rest = left === null ? talk(answer, fromMs) : dictated(left, fromMs);
  return { steps: [...detection, ...rest], wrapUp: null };
}

function detect(
  { amdMs }: MockHandOver,
  { atMs, by }: Answer,
  sample: Sample,
): PlanStep[] {
  if (amdMs === null) return [];
  const verdictMs = atMs + sample(amdMs);
  const steps: PlanStep[] = [
    { afterMs: atMs, kind: "AMD_STARTED" },
    { afterMs: verdictMs, kind: "AMD_RESULT", result: by },
  ];
  if (by === "MACHINE" || by === "FAX") {
    steps.push({ afterMs: verdictMs, kind: "END", end: HUNG_UP_BY_PBX });
  }
  return steps;
}

function talk({ talkMs }: Answer, fromMs: number): PlanStep[] {
  return [{ afterMs: fromMs + talkMs, kind: "END", end: NORMAL }];
}

/** A dialplan that asks for a key, notes it and hangs up. */
function dictated(left: WrapUp, fromMs: number): PlanStep[] {
  const { disposition } = left;
  const afterMs = fromMs + left.afterMs;
  return [
    { afterMs, kind: "DISPOSITION", disposition },
    { afterMs, kind: "END", end: HUNG_UP_BY_PBX },
  ];
}

interface Dice {
  readonly sample: Sample;
  readonly random: Random;
}

function queueSteps(
  queue: MockQueue,
  answer: Answer,
  fromMs: number,
  { sample, random }: Dice,
): PlanStep[] {
  const steps: PlanStep[] = [{ afterMs: fromMs, kind: "WAITING_AGENT" }];
  const limitMs = fromMs + sample(queue.limitMs);
  let nowMs = fromMs + sample(queue.busyMs);
  const first = Math.floor(random() * queue.agents.length);
  for (const agentId of inTurn(queue, first)) {
    if (nowMs >= limitMs) break;
    const ringing = {
      kind: "AGENT_RINGING",
      ...legOf(agentId, random),
    } as const;
    steps.push({ afterMs: nowMs, ...ringing });
    const picksUp = random() >= queue.ignores;
    nowMs += sample(picksUp ? queue.pickUpMs : queue.giveUpMs);
    if (picksUp && nowMs < limitMs) {
      const bridged = { ...ringing, kind: "BRIDGED" } as const;
      steps.push({ afterMs: nowMs, ...bridged });
      steps.push(...talkWithAgent(queue, answer, nowMs, random));
      return steps;
    }
    steps.push({ afterMs: Math.min(nowMs, limitMs), kind: "WAITING_AGENT" });
  }
  const sorryMs = queue.agents.length === 0 ? fromMs : Math.min(nowMs, limitMs);
  const afterMs = sorryMs + sample(queue.sorryMs);
  return [...steps, { afterMs, kind: "END", end: HUNG_UP_BY_PBX }];
}

/** The agents that are tried, one after the other. */
function inTurn({ agents, maxTries }: MockQueue, first: number): string[] {
  if (agents.length === 0) return [];
  return Array.from(
    { length: maxTries },
    (_, tries) => agents[(first + tries) % agents.length] ?? "",
  );
}

function legOf(agentId: string, random: Random): Agent {
  const leg = Math.floor(random() * 0x1_0000_0000);
  const suffix = leg.toString(16).padStart(8, "0");
  return { agentId, agentChannel: `MOCK/${agentId}-${suffix}` };
}

function talkWithAgent(
  queue: MockQueue,
  { talkMs }: Answer,
  fromMs: number,
  random: Random,
): PlanStep[] {
  const steps: PlanStep[] = [];
  if (random() < queue.transfers) {
    const afterMs = fromMs + talkMs / 2;
    const colleague = queue.agents[Math.floor(random() * queue.agents.length)];
    steps.push(
      { afterMs, kind: "NOTED", note: "blind transfer" },
      { afterMs, kind: "BRIDGED", ...legOf(colleague ?? "", random) },
    );
  }
  const source = random() < queue.agentEnds ? "AGENT" : "CALLEE";
  const end = { ...NORMAL, source } as const;
  return [...steps, { afterMs: fromMs + talkMs, kind: "END", end }];
}

function unlessLeft(steps: PlanStep[], answer: Answer): PlanStep[] {
  const leavesMs = answer.atMs + answer.patienceMs;
  const keeps =
    steps.find(({ kind }) => kind === "BRIDGED") ??
    steps.find(({ kind }) => kind === "END");
  if (keeps === undefined || keeps.afterMs <= leavesMs) return steps;
  return [
    ...steps.filter(({ afterMs }) => afterMs < leavesMs),
    { afterMs: leavesMs, kind: "END", end: NORMAL },
  ];
}
