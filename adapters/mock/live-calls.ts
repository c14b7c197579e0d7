/**
 * The live calls of the mock PBX: each follows its plan, one timer at a time, until the plan or a hangup ends it; then
 * it is forgotten.
 */

import { noHistory } from "../port.ts";
import type {
  CallEvent,
  HangupResult,
  HangupSource,
  LastWord,
  LiveCall,
} from "../port.ts";
import { CallMemory } from "./call-memory.ts";
import { NORMAL } from "./call-steps.ts";
import type { PlannedEnd, PlanStep, WrapUp } from "./call-steps.ts";
import type { Delivery, Outlet } from "./delivery.ts";
import type { MockOrders } from "./hand-over-scenario.ts";
import type { CallEnd } from "./journal.ts";
import type { PastCalls } from "./past-calls.ts";
import type { Random } from "./random.ts";
import type { MockClock, TimerHeap } from "./timer-heap.ts";

/** What `begin` needs to know of a call. */
export interface NewCall {
  readonly installationId: string;
  readonly attemptId: string;
  readonly steps: readonly PlanStep[];
  /** What follows the end of a talk with an agent. */
  readonly wrapUp: WrapUp | null;
  /** Only then may `orders.legsCross` apply. */
  readonly isHandedOver: boolean;
  readonly orders: MockOrders;
  readonly random: Random;
  readonly isChaotic: boolean;
  /** Whether its `ENDED` carries the history. */
  readonly tellsHistory: boolean;
  readonly losesEnd: boolean;
  /** Whether its final event is kept. */
  readonly isRemembered: boolean;
}

interface Call extends Outlet, NewCall {
  readonly startedMs: number;
  readonly createdAt: string;
  readonly memory: CallMemory;
  nextStep: number;
  /** Wall clock of its last event. */
  toldMs: number;
}

/** Keeps the record of what became of calls. */
export interface LiveCallsRecord {
  reached(attemptId: string, moment: "rangAt" | "answeredAt", at: string): void;
  over(attemptId: string, end: CallEnd, at: string): void;
}

/** `Omit` that keeps the members of a union apart. */
type WithoutBase<E> = E extends unknown
  ? Omit<E, "attemptId" | "at" | "dedupKey">
  : never;
type CallEventBody = WithoutBase<CallEvent>;

/** A hangup by command, with the cause that the engine gives. */
const HUNG_UP: PlannedEnd = { ...NORMAL, source: "SYSTEM" };

type LastEnd = Omit<PlannedEnd, "source"> & {
  readonly source: HangupSource | null;
};

/** The PBX went down under it: nobody saw the end. */
const CUT_OFF: LastEnd = {
  cause: null,
  causeName: null,
  sipStatus: null,
  sipReason: null,
  source: null,
  timedOut: false,
};

/**
 * Derived from Dial events and bridges of the agent's leg, or, for the answer, from the thread that dials: they may be
 * late.
 */
const toldFromElsewhere: ReadonlySet<string> = new Set([
  "ANSWERED",
  "AGENT_RINGING",
  "BRIDGED",
]);

const agentMoments: ReadonlySet<string> = new Set([
  "WAITING_AGENT",
  "AGENT_RINGING",
  "BRIDGED",
]);

export class LiveCalls {
  readonly #clock: MockClock;
  readonly #timers: TimerHeap;
  readonly #delivery: Delivery;
  readonly #record: LiveCallsRecord;
  readonly #past: PastCalls;
  readonly #keyPrefix: string;
  readonly #calls = new Map<string, Call>();
  #events = 0;

  /** @param keyPrefix makes the events' keys differ from those of any other PBX */
  constructor(
    clock: MockClock,
    timers: TimerHeap,
    delivery: Delivery,
    record: LiveCallsRecord,
    past: PastCalls,
    keyPrefix: string,
  ) {
    this.#clock = clock;
    this.#timers = timers;
    this.#delivery = delivery;
    this.#record = record;
    this.#past = past;
    this.#keyPrefix = keyPrefix;
  }

  get size(): number {
    return this.#calls.size;
  }

  begin(newCall: NewCall): void {
    const startedMs = this.#clock.monotonicMs();
    const call: Call = {
      ...newCall,
      startedMs,
      createdAt: this.#now(),
      memory: new CallMemory(),
      nextStep: 0,
      lastMs: startedMs,
      underWay: 0,
      toldMs: 0,
    };
    this.#calls.set(call.attemptId, call);
    this.#schedule(call);
  }

  hangup(installationId: string, attemptId: string): HangupResult {
    const call = this.#callOf(installationId, attemptId);
    if (call === undefined) return "no_such_channel";
    this.#timers.at(this.#clock.monotonicMs(), () => {
      if (this.#calls.get(attemptId) === call) this.#end(call, HUNG_UP);
    });
    return "requested";
  }

  has(installationId: string, attemptId: string): boolean {
    return this.#callOf(installationId, attemptId) !== undefined;
  }

  list(installationId: string): readonly LiveCall[] {
    return [...this.#calls.values()]
      .filter((call) => call.installationId === installationId)
      .map(({ attemptId, memory, createdAt }) => {
        return { attemptId, answered: memory.isAnswered, createdAt };
      });
  }

  /** Every call is gone, and no event is emitted. An answer was already recorded when it happened. */
  forgetAll(): void {
    const at = this.#now();
    for (const call of this.#calls.values()) {
      this.#record.over(call.attemptId, "RESTART", at);
      if (call.memory.isAnswered) this.#keep(call, this.#ended(call, CUT_OFF));
    }
    this.#calls.clear();
  }

  #callOf(installationId: string, attemptId: string): Call | undefined {
    const call = this.#calls.get(attemptId);
    return call?.installationId === installationId ? call : undefined;
  }

  #now(): string {
    return new Date(this.#clock.wallMs()).toISOString();
  }

  #schedule(call: Call): void {
    const step = call.steps[call.nextStep];
    if (step === undefined) return;
    this.#timers.at(call.startedMs + step.afterMs, () => {
      // Hung up meanwhile, or lost in a restart.
      if (this.#calls.get(call.attemptId) !== call) return;
      call.nextStep += 1;
      this.#perform(call, step);
      this.#schedule(call);
    });
  }

  #perform(call: Call, step: PlanStep): void {
    if (step.kind === "END") {
      this.#end(call, step.end);
      return;
    }
    const { afterMs: _, ...body } = step;
    const { attemptId } = call;
    if (body.kind === "ANSWERED")
      this.#record.reached(attemptId, "answeredAt", this.#now());
    if (body.kind === "RINGING" || body.kind === "EARLY_MEDIA")
      this.#record.reached(attemptId, "rangAt", this.#now());
    if (body.kind === "REFUSED") {
      this.#calls.delete(attemptId);
      this.#record.over(attemptId, "PLAN", this.#now());
    }
    const event = this.#event(call, body);
    call.memory.note(event);
    if (event.kind === "REFUSED") this.#keep(call, event);
    this.#delivery.send(call, event, lateness(call, body.kind));
  }

  #end(call: Call, end: PlannedEnd): void {
    this.#calls.delete(call.attemptId);
    const how = end === HUNG_UP ? "HANGUP" : "PLAN";
    this.#record.over(call.attemptId, how, this.#now());
    const { source: _, timedOut, ...cause } = end;
    const { random, tellsHistory, memory, orders } = call;
    const gapMs = random() * orders.gapMs;
    const failedComesLast = random() < orders.failedComesLast;
    if (!memory.isAnswered) {
      const failed = { kind: "ORIGINATE_FAILED", timedOut, ...cause } as const;
      const delayMs = failedComesLast ? gapMs : 0;
      this.#delivery.send(call, this.#event(call, failed), delayMs);
    }
    this.#planWrapUp(call);
    const whole = this.#ended(call, end);
    this.#keep(call, whole);
    if (call.losesEnd) return;
    const event = tellsHistory
      ? whole
      : { ...whole, complete: false, history: noHistory };
    const delayMs = memory.isAnswered || failedComesLast ? 0 : gapMs;
    // An end without a history must come last: the adapter adds the history from the events before it.
    this.#delivery.send(call, event, delayMs, !tellsHistory);
  }

  #ended(call: Call, end: LastEnd) {
    return this.#event(call, {
      kind: "ENDED",
      complete: end !== CUT_OFF,
      history: call.memory.history(),
      sipCallId: `${call.attemptId}@mock`,
      ...end,
    });
  }

  #keep(call: Call, word: LastWord): void {
    if (call.isRemembered) this.#past.keep(call.installationId, word);
  }

  #planWrapUp(call: Call): void {
    const { wrapUp, memory } = call;
    if (wrapUp === null || !memory.isBridged) return;
    const { disposition, afterMs } = wrapUp;
    this.#timers.at(this.#clock.monotonicMs() + afterMs, () => {
      const event = this.#event(call, { kind: "DISPOSITION", disposition });
      this.#delivery.send(call, event);
    });
  }

  #event<Body extends CallEventBody>(call: Call, body: Body) {
    this.#events += 1;
    return {
      attemptId: call.attemptId,
      at: this.#momentOf(call, body.kind),
      dedupKey: `${this.#keyPrefix}:${String(this.#events)}`,
      ...body,
    };
  }

  /** Of two moments of the agent phase the later one counts, so no two of a call share a millisecond. */
  #momentOf(call: Call, kind: CallEvent["kind"]): string {
    const leastMs = agentMoments.has(kind) ? call.toldMs + 1 : call.toldMs;
    call.toldMs = Math.max(this.#clock.wallMs(), leastMs);
    return new Date(call.toldMs).toISOString();
  }
}

function lateness(call: Call, kind: CallEvent["kind"]): number {
  const { isHandedOver, orders, random } = call;
  if (!isHandedOver || !toldFromElsewhere.has(kind)) return 0;
  return random() < orders.legsCross ? random() * orders.gapMs : 0;
}
