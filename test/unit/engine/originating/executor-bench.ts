/** An executor under a fake clock, with a PBX, a database and a lease that do as they are asked. */
import { pino } from "pino";
import { vi } from "vitest";

import type {
  CallEvent,
  HandOverFinding,
  OriginateRequest,
  OriginateResult,
  VoiceAdapter,
} from "../../../../adapters/port.ts";
import type {
  ClaimIdentity,
  ClaimResult,
  ClaimedAttempt,
} from "../../../../database/originating.ts";
import { Executor } from "../../../../engine/originating/executor.ts";
import { RateLimiters } from "../../../../engine/originating/rate-limiters.ts";

export const accepted: OriginateResult = { status: "accepted" };
/** Of every attempt. */
export const campaignId = "campaign";

function attempt(id: string): ClaimedAttempt {
  return {
    id,
    campaignId,
    leadId: `lead-${id}`,
    phoneE164: "+5511999990000",
    trunkId: "trunk",
    callerId: null,
    slotMs: 0,
    nowMs: 0,
    campaignStatus: "ACTIVE",
    accountFlaw: null,
    destinationFlaw: null,
    accountId: "00000000-0000-0000-0000-000000000000",
    maxConcurrentCalls: null,
    maxCallsPerSecond: null,
    maxDialsPerDay: null,
    accountTimezone: "America/Sao_Paulo",
    allowedCountries: null,
    allowedCallerIds: null,
    trunkCallerId: null,
    defaultCountry: "BR",
    validUntilMs: null,
    timezone: "America/Sao_Paulo",
    startTime: "09:00",
    endTime: "21:00",
    workDays: [1, 2, 3, 4, 5],
    context: null,
    extension: "s",
    setupTimeoutSeconds: 20,
    ringTimeoutSeconds: 25,
    maxCallDurationSeconds: 1_800,
    maxDials: 15,
    variables: { OFFER: 7, VIP: true },
    zone: null,
    leadStatus: "IN_PROGRESS",
    leadPhoneE164: "+5511999990000",
    dials: 0,
    dialString: "mock/trunk/{e164}",
    trunkIsActive: true,
    onDnc: false,
    windows: [],
  };
}

export class ExecutorBench {
  cps = 1_000;
  maxUnanswered = 50;
  connected = true;
  trusted = true;
  claimMs = 2;
  /** From `originate` to the bytes, ms. */
  wireMs = 0;
  ackMs = 5;
  claimError: Error | null = null;
  held = true;
  refused = new Set<string>();
  locked = new Set<string>();
  /** False: questions get no answer. */
  answersQuestions = true;
  answer: (id: string) => OriginateResult = () => accepted;

  readonly claims: (readonly string[])[] = [];
  readonly written: { id: string; atMs: number }[] = [];
  readonly requests: OriginateRequest[] = [];
  readonly events: CallEvent[] = [];
  readonly sent: string[] = [];
  readonly woken: string[] = [];
  /** Campaigns without a hand-over, as noted. */
  readonly pausedFor: string[] = [];
  /** What the PBX says of a hand-over, after `handOverMs`. */
  handOver: HandOverFinding = "exists";
  handOverMs = 0;
  handOverQuestions = 0;
  readonly settled = new Map<string, string>();
  readonly rateLimiters = new RateLimiters(-10_000);
  #executor: Executor | null = null;

  /** From here to `close` the clock stands still but for `pass`. */
  constructor() {
    vi.useFakeTimers();
  }

  close(): void {
    void this.executor.stop();
    vi.useRealTimers();
  }

  get executor(): Executor {
    return (this.#executor ??= this.#create());
  }

  submit(...ids: string[]): void {
    for (const attemptId of ids)
      this.executor.submit({ attemptId, trunkId: "trunk" }).then(
        (result) => this.settled.set(attemptId, result),
        (error: unknown) => this.settled.set(attemptId, String(error)),
      );
  }

  get writtenIds(): string[] {
    return this.written.map(({ id }) => id);
  }

  #create(): Executor {
    this.rateLimiters.setLimits(
      [{ id: "trunk", name: "trunk", rateGroup: "trunk", cpsLimit: this.cps }],
      performance.now(),
    );
    return new Executor({
      adapter: this.#adapter(),
      rateLimiters: this.rateLimiters,
      maxUnanswered: this.maxUnanswered,
      tryAgainMs: 100,
      log: pino({ level: "silent" }),
      nowMs: () => performance.now(),
      isTrusted: () => this.trusted,
      identity: { engineId: "e", node: "n", epoch: 1 },
      claim: (identity, ids) => this.#claim(identity, ids),
      onCallEvent: (event) => this.events.push(event),
      onSent: ({ id }) => this.sent.push(id),
      onNoHandOver: (id) => this.pausedFor.push(id),
      onRefused: (campaignIds) => this.woken.push(...campaignIds),
    });
  }

  async #claim(
    _identity: ClaimIdentity,
    ids: readonly string[],
  ): Promise<ClaimResult> {
    this.claims.push(ids);
    await pause(this.claimMs);
    if (this.claimError !== null) throw this.claimError;
    if (!this.held)
      return { held: false, claimed: [], refused: [], locked: [] };
    return {
      held: true,
      locked: ids.filter((id) => this.locked.has(id)),
      claimed: ids
        .filter((id) => !this.refused.has(id) && !this.locked.has(id))
        .map(attempt),
      refused: ids
        .filter((id) => this.refused.has(id))
        .map((id) => ({ id, campaignId, reason: "DNC" })),
    };
  }

  #adapter(): VoiceAdapter {
    const since = new Date(0);
    const adapter: Pick<
      VoiceAdapter,
      "connection" | "originate" | "isAlive" | "handOverExists"
    > = {
      handOverExists: async () => {
        this.handOverQuestions += 1;
        await pause(this.handOverMs);
        return this.handOver;
      },
      isAlive: () =>
        this.answersQuestions
          ? Promise.resolve(true)
          : Promise.reject(new Error("no answer")),
      connection: () =>
        this.connected
          ? { status: "CONNECTED", since }
          : { status: "DISCONNECTED", since, reason: "cable pulled" },
      originate: async (request, onWritten) => {
        await pause(this.wireMs);
        if (!onWritten()) return { status: "not_sent", message: "not now" };
        this.requests.push(request);
        this.written.push({ id: request.attemptId, atMs: performance.now() });
        await pause(this.ackMs);
        return this.answer(request.attemptId);
      },
    };
    return adapter as VoiceAdapter;
  }
}

async function pause(ms: number): Promise<void> {
  if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms));
}

/** Lets the clock run. */
export const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
/** `a0`, `a1` … */
export const idsUpTo = (count: number) =>
  Array.from({ length: count }, (_, n) => `a${n}`);
