/**
 * The calls that are alive in the mock PBX: each walks through its plan, one timer at a time, until
 * the plan or a hangup ends it; then it is forgotten.
 */

import type {
  CallEvent,
  CallHistory,
  HangupResult,
  LiveCall,
} from "../port.ts";
import type { PlannedEnd, PlanStep } from "./call-plan.ts";
import type { Delivery, Outlet } from "./delivery.ts";
import type { Random } from "./random.ts";
import type { MockClock, TimerHeap } from "./timer-heap.ts";

interface Call extends Outlet {
  readonly attemptId: string;
  readonly startedMs: number;
  readonly createdAt: string;
  readonly steps: readonly PlanStep[];
  readonly tellsHistory: boolean;
  readonly losesEnd: boolean;
  nextStep: number;
  ringAt: string | null;
  earlyMediaAt: string | null;
  answerAt: string | null;
}

/** What `begin` needs to know of a call. */
export interface NewCall {
  readonly installationId: string;
  readonly attemptId: string;
  readonly steps: readonly PlanStep[];
  readonly random: Random;
  readonly isChaotic: boolean;
  /** Whether its `ENDED` carries the history. */
  readonly tellsHistory: boolean;
  readonly losesEnd: boolean;
}

export interface LiveCallsCounters {
  answered: number;
  ended: number;
}

/** `Omit` that keeps the members of a union apart. */
type WithoutBase<E> = E extends unknown
  ? Omit<E, "attemptId" | "at" | "dedupKey">
  : never;
type CallEventBody = WithoutBase<CallEvent>;

/** Share of unanswered calls whose end is told before the failure of their Originate (132 of 500). */
const FAILED_COMES_LAST = 0.26;
const MAX_GAP_MS = 5;

/** A hangup by command, with the cause that the engine gives. */
const HUNG_UP: PlannedEnd = {
  cause: 16,
  causeName: "NORMAL_CLEARING",
  sipStatus: null,
  sipReason: null,
  source: "SYSTEM",
  timedOut: false,
};

/** History of a call to which nothing happened. */
export const NO_HISTORY: CallHistory = {
  ringAt: null,
  earlyMediaAt: null,
  answerAt: null,
  bridgeAt: null,
  agentId: null,
  agentChannel: null,
  waitingAgentAt: null,
  amdResult: null,
};

export class LiveCalls {
  readonly #clock: MockClock;
  readonly #timers: TimerHeap;
  readonly #delivery: Delivery;
  readonly #counters: LiveCallsCounters;
  readonly #keyPrefix: string;
  readonly #calls = new Map<string, Call>();
  #events = 0;

  /** @param keyPrefix makes the events' keys differ from those of any other PBX */
  constructor(
    clock: MockClock,
    timers: TimerHeap,
    delivery: Delivery,
    counters: LiveCallsCounters,
    keyPrefix: string,
  ) {
    this.#clock = clock;
    this.#timers = timers;
    this.#delivery = delivery;
    this.#counters = counters;
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
      nextStep: 0,
      lastMs: startedMs,
      ringAt: null,
      earlyMediaAt: null,
      answerAt: null,
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
      .map(({ attemptId, answerAt, createdAt }) => {
        return { attemptId, answered: answerAt !== null, createdAt };
      });
  }

  /** Every call is gone, and nobody is told. */
  forgetAll(): void {
    this.#counters.ended += this.#calls.size;
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
    switch (step.kind) {
      case "RINGING":
        call.ringAt = this.#now();
        break;
      case "EARLY_MEDIA":
        call.earlyMediaAt = this.#now();
        break;
      case "ANSWERED":
        call.answerAt = this.#now();
        this.#counters.answered += 1;
        break;
      case "REFUSED": {
        const { kind, reason, message } = step;
        this.#calls.delete(call.attemptId);
        this.#counters.ended += 1;
        this.#delivery.send(call, this.#event(call, { kind, reason, message }));
        return;
      }
      case "END":
        this.#end(call, step.end);
        return;
    }
    this.#delivery.send(call, this.#event(call, { kind: step.kind }));
  }

  #end(call: Call, end: PlannedEnd): void {
    this.#calls.delete(call.attemptId);
    this.#counters.ended += 1;
    const { source, timedOut, ...cause } = end;
    const { random, tellsHistory } = call;
    const gapMs = random() * MAX_GAP_MS;
    const failedComesLast = random() < FAILED_COMES_LAST;
    if (call.answerAt === null) {
      const failed = { kind: "ORIGINATE_FAILED", timedOut, ...cause } as const;
      const delayMs = failedComesLast ? gapMs : 0;
      this.#delivery.send(call, this.#event(call, failed), delayMs);
    }
    if (call.losesEnd) return;
    const event = this.#event(call, {
      kind: "ENDED",
      complete: tellsHistory,
      history: tellsHistory ? historyOf(call) : NO_HISTORY,
      source,
      timedOut,
      sipCallId: `${call.attemptId}@mock`,
      ...cause,
    });
    const delayMs = call.answerAt !== null || failedComesLast ? 0 : gapMs;
    // Without a history of its own the last word must come last, or it would be no honest one.
    this.#delivery.send(call, event, delayMs, !tellsHistory);
  }

  #event(call: Call, body: CallEventBody): CallEvent {
    this.#events += 1;
    return {
      attemptId: call.attemptId,
      at: this.#now(),
      dedupKey: `${this.#keyPrefix}:${String(this.#events)}`,
      ...body,
    };
  }
}

function historyOf(call: Call): CallHistory {
  const { ringAt, earlyMediaAt, answerAt } = call;
  return { ...NO_HISTORY, ringAt, earlyMediaAt, answerAt };
}
