import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import type {
  CallEvent,
  OriginateRequest,
  OriginateResult,
  VoiceAdapter,
} from "../../../adapters/port.ts";
import type {
  ClaimIdentity,
  ClaimResult,
  ClaimedAttempt,
} from "../../../database/originating.ts";
import { Executor } from "../../../engine/executor.ts";
import { RateLines } from "../../../engine/rate-lines.ts";

const accepted: OriginateResult = { status: "accepted" };
const campaignId = "campaign";

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
    dials: 0,
    dialString: "mock/trunk/{e164}",
    trunkIsActive: true,
    onDnc: false,
  };
}

/** An executor with a PBX, a database and a lease that do as they are told. */
class Bench {
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
  answer: (id: string) => OriginateResult = () => accepted;

  readonly claims: (readonly string[])[] = [];
  readonly written: { id: string; atMs: number }[] = [];
  readonly requests: OriginateRequest[] = [];
  readonly events: CallEvent[] = [];
  readonly sent: string[] = [];
  readonly woken: string[] = [];
  readonly settled = new Map<string, string>();
  readonly lines = new RateLines(-10_000);
  #executor: Executor | null = null;

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
    this.lines.setLimits([
      { id: "trunk", name: "trunk", line: "trunk", cpsLimit: this.cps },
    ]);
    return new Executor({
      adapter: this.#adapter(),
      lines: this.lines,
      maxUnanswered: this.maxUnanswered,
      lookAgainMs: 100,
      log: pino({ level: "silent" }),
      nowMs: () => performance.now(),
      isTrusted: () => this.trusted,
      identity: () => ({ engineId: "e", node: "n", epoch: 1 }),
      claim: (identity, ids) => this.#claim(identity, ids),
      onCallEvent: (event) => this.events.push(event),
      onSent: ({ id }) => this.sent.push(id),
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
    if (!this.held) return { held: false, claimed: [], refused: [] };
    return {
      held: true,
      claimed: ids.filter((id) => !this.refused.has(id)).map(attempt),
      refused: ids
        .filter((id) => this.refused.has(id))
        .map((id) => ({ id, campaignId, reason: "DNC" })),
    };
  }

  #adapter(): VoiceAdapter {
    const since = new Date(0);
    const adapter: Pick<VoiceAdapter, "connection" | "originate"> = {
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

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
const idsUpTo = (count: number) =>
  Array.from({ length: count }, (_, n) => `a${n}`);

describe("the executor", () => {
  let bench: Bench;
  beforeEach(() => {
    vi.useFakeTimers();
    bench = new Bench();
  });
  afterEach(() => {
    bench.executor.stop();
    vi.useRealTimers();
  });

  it("claims, then writes one Originate with everything in it", async () => {
    bench.submit("a");
    await pass(10);
    expect(bench.settled.get("a")).toBe("done");
    expect(bench.sent).toEqual(["a"]);
    expect(bench.requests).toEqual([
      {
        attemptId: "a",
        campaignId,
        leadId: "lead-a",
        dialString: "mock/trunk/+5511999990000",
        callerId: null,
        context: null,
        extension: "s",
        setupTimeoutSeconds: 20,
        ringTimeoutSeconds: 25,
        maxCallDurationSeconds: 1_800,
        variables: { OFFER: "7", VIP: "true" },
      },
    ]);
    expect(bench.events).toEqual([]);
  });

  it("never writes more than the limit in any second, and nearly as many", async () => {
    bench.cps = 10;
    bench.submit(...idsUpTo(100));
    await pass(3_000);
    const times = bench.written.map(({ atMs }) => atMs);
    for (const from of times) {
      const within = times.filter((ms) => ms >= from && ms < from + 1_000);
      expect(within.length).toBeLessThanOrEqual(10);
    }
    expect(times.length).toBeGreaterThanOrEqual(27);
  });

  it("keeps no more than the permitted number unanswered, and goes on as places get free", async () => {
    bench.maxUnanswered = 3;
    bench.executor.adopt(["old"]);
    bench.submit(...idsUpTo(5));
    await pass(300);
    expect(bench.writtenIds).toEqual(["a0", "a1"]);
    expect(bench.executor.unanswered).toBe(3);
    bench.executor.noteSettled("old");
    await pass(20);
    expect(bench.writtenIds).toEqual(["a0", "a1", "a2"]);
    bench.executor.noteSettled("a0");
    bench.executor.noteSettled("a0");
    bench.executor.noteSettled("never heard of");
    await pass(300);
    expect(bench.writtenIds).toHaveLength(4);
    expect(bench.executor.unanswered).toBe(3);
  });

  it("claims all that wait in few transactions, at most two at once", async () => {
    bench.cps = 100_000;
    bench.claimMs = 60;
    bench.submit(...idsUpTo(40));
    await pass(500);
    expect(bench.writtenIds).toHaveLength(40);
    expect(bench.claims.length).toBeLessThanOrEqual(6);
  });

  it("sends an attempt once that was handed in twice", async () => {
    bench.submit("a", "a");
    await pass(1);
    bench.submit("a");
    await pass(1_000);
    expect(bench.claims).toEqual([["a"]]);
    expect(bench.writtenIds).toEqual(["a"]);
  });

  it("does not send when the lease is no longer trusted between claim and wire", async () => {
    bench.wireMs = 20;
    bench.submit("a");
    await pass(10);
    bench.trusted = false;
    await pass(50);
    expect(bench.writtenIds).toEqual([]);
    expect(bench.sent).toEqual([]);
    expect(bench.events).toMatchObject([{ kind: "NOT_SENT", attemptId: "a" }]);
  });

  it("does not send more than a second after it asked for the claim", async () => {
    bench.claimMs = 600;
    bench.wireMs = 401;
    bench.submit("late");
    await pass(1_100);
    expect(bench.events).toMatchObject([{ kind: "NOT_SENT" }]);
    bench.wireMs = 399;
    bench.submit("in time");
    await pass(1_100);
    expect(bench.writtenIds).toEqual(["in time"]);
  });

  it("does not send after the notice of a pause, and sends again after that of a start", async () => {
    bench.wireMs = 20;
    bench.submit("a");
    await pass(10);
    bench.executor.noteCampaign(campaignId, "PAUSED");
    await pass(50);
    expect(bench.events).toMatchObject([{ kind: "NOT_SENT", attemptId: "a" }]);
    bench.executor.noteCampaign(campaignId, "ACTIVE");
    bench.submit("b");
    await pass(50);
    expect(bench.writtenIds).toEqual(["b"]);
  });

  it("gives the permit of an unsent call to the next", async () => {
    bench.cps = 1;
    bench.executor.noteCampaign(campaignId, "PAUSED");
    bench.submit("a");
    await pass(20);
    expect(bench.events).toHaveLength(1);
    bench.executor.noteCampaign(campaignId, "ACTIVE");
    bench.submit("b");
    await pass(20);
    expect(bench.writtenIds).toEqual(["b"]);
  });

  it("gives permits and places back when the claim fails, and fails the job", async () => {
    bench.cps = 1;
    bench.claimError = new Error("connection terminated");
    bench.submit("a");
    await pass(20);
    expect(bench.settled.get("a")).toBe("Error: connection terminated");
    expect(bench.executor.unanswered).toBe(0);
    bench.claimError = null;
    bench.submit("a");
    await pass(20);
    expect(bench.writtenIds).toEqual(["a"]);
  });

  it("sends nothing without the lease; the job comes again", async () => {
    bench.held = false;
    bench.submit("a");
    await pass(20);
    expect(bench.settled.get("a")).toBe("later");
    expect(bench.writtenIds).toEqual([]);
    expect(bench.executor.unanswered).toBe(0);
  });

  it("is done with an attempt that may not be called any more", async () => {
    bench.refused.add("a");
    bench.submit("a", "b");
    await pass(20);
    expect(bench.settled.get("a")).toBe("done");
    expect(bench.woken).toEqual([campaignId]);
    expect(bench.writtenIds).toEqual(["b"]);
    expect(bench.executor.unanswered).toBe(1);
    expect(bench.events).toEqual([]);
  });

  it("waits a while for the PBX, then puts the call off", async () => {
    bench.connected = false;
    bench.submit("a");
    await pass(2_900);
    expect(bench.settled.size).toBe(0);
    bench.submit("b");
    await pass(300);
    expect(bench.settled).toEqual(new Map([["a", "later"]]));
    bench.connected = true;
    bench.executor.lookAgain();
    await pass(10);
    expect(bench.writtenIds).toEqual(["b"]);
    expect(bench.claims).toEqual([["b"]]);
  });

  it("puts off at once what has no line", async () => {
    const submission = { attemptId: "a", trunkId: "gone" };
    expect(await bench.executor.submit(submission)).toBe("later");
  });

  it("backs off when the switch refuses, longer each time, and tells the refusal", async () => {
    bench.answer = () => ({
      status: "refused",
      reason: "SWITCH_REFUSED",
      message: "Throttle Error!",
    });
    const refusedAfter: number[] = [];
    for (const id of idsUpTo(4)) {
      const fromMs = performance.now();
      bench.submit(id);
      while (bench.events.length <= refusedAfter.length) await pass(1);
      refusedAfter.push(performance.now() - fromMs);
    }
    expect(bench.events[0]).toMatchObject({
      kind: "REFUSED",
      reason: "SWITCH_REFUSED",
      attemptId: "a0",
    });
    const [first = 0, second = 0, third = 0, fourth = 0] = refusedAfter;
    expect(first).toBeLessThan(20);
    expect(second).toBeGreaterThanOrEqual(245);
    expect(third).toBeGreaterThanOrEqual(495);
    expect(fourth).toBeGreaterThanOrEqual(995);
    expect(fourth).toBeLessThan(1_100);
    bench.answer = () => accepted;
    bench.submit("good");
    await pass(2_200);
    expect(bench.writtenIds.at(-1)).toBe("good");
    bench.submit("at once");
    await pass(10);
    expect(bench.writtenIds.at(-1)).toBe("at once");
  });

  it("puts a call off after its wait even while the switch refuses for longer", async () => {
    bench.answer = () => ({
      status: "refused",
      reason: "SWITCH_REFUSED",
      message: "Throttle Error!",
    });
    bench.submit(...idsUpTo(6));
    await pass(50);
    bench.submit("waits");
    await pass(3_200);
    expect(bench.settled.get("waits")).toBe("later");
  });

  it("does not back off for a refusal that is the trunk's", async () => {
    bench.answer = () => ({
      status: "refused",
      reason: "TRUNK_FAULT",
      message: "GATEWAY_DOWN",
    });
    bench.submit("a");
    await pass(20);
    bench.submit("b");
    await pass(20);
    expect(bench.writtenIds).toEqual(["a", "b"]);
    expect(bench.events).toMatchObject([
      { kind: "REFUSED", reason: "TRUNK_FAULT" },
      { kind: "REFUSED", reason: "TRUNK_FAULT" },
    ]);
  });

  it("says nothing of a call whose fate is unknown, and counts it as sent", async () => {
    bench.cps = 1;
    bench.answer = () => ({ status: "unknown", message: "line broke" });
    bench.submit("a");
    await pass(20);
    expect(bench.settled.get("a")).toBe("done");
    expect(bench.events).toEqual([]);
    expect(bench.executor.unanswered).toBe(1);
    bench.submit("b");
    await pass(980);
    expect(bench.writtenIds).toEqual(["a"]);
    await pass(40);
    expect(bench.writtenIds).toEqual(["a", "b"]);
  });

  it("takes an adapter that throws for an unknown fate", async () => {
    bench.answer = () => {
      throw new Error("broken assumption");
    };
    bench.submit("a");
    await pass(20);
    expect(bench.events).toEqual([]);
    expect(bench.executor.unanswered).toBe(1);
  });

  it("lets go of all that was not claimed when it is stopped", async () => {
    bench.cps = 1;
    bench.submit("a", "b");
    await pass(1);
    bench.executor.stop();
    await pass(10);
    expect(bench.settled).toEqual(
      new Map([
        ["b", "later"],
        ["a", "done"],
      ]),
    );
    bench.submit("c");
    await pass(3_500);
    expect(bench.settled.get("c")).toBe("later");
    expect(bench.writtenIds).toEqual(["a"]);
    expect(vi.getTimerCount()).toBe(0);
  });
});
