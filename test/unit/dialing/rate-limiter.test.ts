import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RollingSecondLimiter } from "../../../dialing/rate-limiter.ts";

/** One asking: how long after the one before, and what becomes of the call if it is granted. */
interface Step {
  readonly afterMs: number;
  readonly writeAfterMs: number;
  readonly arriveAfterMs: number;
  readonly acknowledgeAfterMs: number;
  readonly returned: boolean;
}

const anyStep: fc.Arbitrary<Step> = fc.record({
  afterMs: fc.oneof(fc.constant(0), fc.nat(20), fc.nat(700)),
  writeAfterMs: fc.nat(50),
  arriveAfterMs: fc.oneof(fc.nat(5), fc.nat(900)),
  acknowledgeAfterMs: fc.oneof(fc.nat(5), fc.nat(900)),
  returned: fc.boolean(),
});

/** The arrivals at the PBX, in ms, for a pattern of askings; acknowledgements come in their own order. */
function arrivalsOf(
  limiter: RollingSecondLimiter,
  steps: readonly Step[],
): number[] {
  const arrivals: number[] = [];
  let pending: { dueMs: number; run: (nowMs: number) => void }[] = [];
  let nowMs = 0;
  for (const step of steps) {
    nowMs += step.afterMs;
    const due = pending.filter(({ dueMs }) => dueMs <= nowMs);
    pending = pending.filter(({ dueMs }) => dueMs > nowMs);
    for (const { dueMs, run } of due.sort((a, b) => a.dueMs - b.dueMs)) {
      run(dueMs);
    }
    const permission = limiter.tryAcquire(nowMs);
    if (!permission.granted) continue;
    const { permit } = permission;
    const writtenMs = nowMs + step.writeAfterMs;
    if (step.returned) {
      pending.push({ dueMs: writtenMs, run: () => limiter.returned(permit) });
      continue;
    }
    const arrivedMs = writtenMs + step.arriveAfterMs;
    arrivals.push(arrivedMs);
    pending.push({
      dueMs: arrivedMs + step.acknowledgeAfterMs,
      run: (atMs) => limiter.acknowledged(permit, atMs),
    });
  }
  return arrivals.sort((a, b) => a - b);
}

/** The most arrivals in any half-open window of `windowMs`. */
function worstWindow(arrivals: readonly number[], windowMs = 1000): number {
  let worst = 0;
  let first = 0;
  arrivals.forEach((atMs, last) => {
    while (atMs - (arrivals[first] ?? atMs) >= windowMs) first += 1;
    worst = Math.max(worst, last - first + 1);
  });
  return worst;
}

describe("the rolling second at the PBX", () => {
  const manySteps = fc.array(anyStep, { minLength: 50, maxLength: 400 });

  it("never holds more calls than the limit, whatever the pattern of askings and delays", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 30 }), manySteps, (cps, steps) => {
        const limiter = new RollingSecondLimiter(cps);
        expect(worstWindow(arrivalsOf(limiter, steps))).toBeLessThanOrEqual(
          cps,
        );
      }),
      { numRuns: 500 },
    );
  });

  it("never holds more than one call per period for limits below 1", () => {
    fc.assert(
      fc.property(fc.constantFrom(0.1, 0.5, 0.8), manySteps, (cps, steps) => {
        const arrivals = arrivalsOf(new RollingSecondLimiter(cps), steps);
        expect(worstWindow(arrivals, 1000 / cps)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it("never holds more than the higher limit while the limit changes", () => {
    fc.assert(
      fc.property(manySteps, manySteps, (before, after) => {
        const limiter = new RollingSecondLimiter(10);
        arrivalsOf(limiter, before);
        limiter.setLimit(4);
        const shifted = [
          { ...(after[0] as Step), afterMs: 1_000_000 },
          ...after.slice(1),
        ];
        expect(worstWindow(arrivalsOf(limiter, shifted))).toBeLessThanOrEqual(
          4,
        );
      }),
      { numRuns: 50 },
    );
  });
});

/** Asks as soon as allowed for `seconds`, on timers that are late by up to 2 ms. */
function greedy(
  cps: number,
  acknowledgeMs: number,
  seconds: number,
): { granted: number[]; worst: number } {
  const limiter = new RollingSecondLimiter(cps);
  const granted: number[] = [];
  const open: { permit: number; dueMs: number }[] = [];
  let retryAtMs = 0;
  for (let nowMs = 0; nowMs < seconds * 1000; nowMs += 1) {
    while (open[0] !== undefined && open[0].dueMs <= nowMs) {
      limiter.acknowledged(open[0].permit, nowMs);
      open.shift();
      retryAtMs = Math.min(retryAtMs, nowMs);
    }
    while (nowMs >= retryAtMs) {
      const permission = limiter.tryAcquire(nowMs);
      if (permission.granted) {
        granted.push(nowMs);
        open.push({ permit: permission.permit, dueMs: nowMs + acknowledgeMs });
      } else {
        const lateMs = nowMs % 3;
        const waitMs = permission.retryAtMs ?? Number.POSITIVE_INFINITY;
        retryAtMs = waitMs + lateMs;
      }
    }
  }
  return { granted, worst: worstWindow(granted) };
}

describe("the use of the limit when there is always work", () => {
  it.each([
    [1, 5],
    [2, 20],
    [10, 1],
    [10, 20],
    [33, 5],
    [100, 10],
    [300, 5],
  ])(
    "reaches 95 percent at %i calls/s with %i ms to acknowledge",
    (cps, ackMs) => {
      const seconds = 30;
      const { granted, worst } = greedy(cps, ackMs, seconds);
      expect(granted.length).toBeGreaterThanOrEqual(0.95 * cps * seconds);
      expect(worst).toBeLessThanOrEqual(cps);
    },
  );

  it("is spread over the second: no more than two at once, half of it in any half second", () => {
    const { granted } = greedy(10, 5, 10);
    expect(worstWindow(granted, 1)).toBeLessThanOrEqual(2);
    expect(worstWindow(granted, 500)).toBeLessThanOrEqual(7);
  });
});

describe("a refusal", () => {
  it("names the moment at which asking again succeeds", () => {
    const limiter = new RollingSecondLimiter(2);
    for (const nowMs of [0, 1]) {
      const permission = limiter.tryAcquire(nowMs);
      if (!permission.granted) throw new Error("two are free");
      limiter.acknowledged(permission.permit, nowMs + 10);
    }
    expect(limiter.tryAcquire(20)).toEqual({ granted: false, retryAtMs: 1030 });
    expect(limiter.tryAcquire(1029).granted).toBe(false);
    expect(limiter.tryAcquire(1030).granted).toBe(true);
  });

  it("names none when only an acknowledgement can help", () => {
    const limiter = new RollingSecondLimiter(1);
    const first = limiter.tryAcquire(0);
    expect(limiter.tryAcquire(5000)).toEqual({
      granted: false,
      retryAtMs: null,
    });
    limiter.acknowledged(first.granted ? first.permit : 0, 5000);
    expect(limiter.tryAcquire(5001)).toEqual({
      granted: false,
      retryAtMs: 6020,
    });
  });

  it("ends when an acknowledgement never came in its time", () => {
    const limiter = new RollingSecondLimiter(1, 3000);
    limiter.tryAcquire(0);
    expect(limiter.tryAcquire(3000)).toEqual({
      granted: false,
      retryAtMs: 4020,
    });
    expect(limiter.tryAcquire(4020).granted).toBe(true);
  });
});

describe("a permit", () => {
  it("that was returned leaves its place to another at once", () => {
    const limiter = new RollingSecondLimiter(1);
    const first = limiter.tryAcquire(0);
    limiter.returned(first.granted ? first.permit : 0);
    expect(limiter.tryAcquire(0).granted).toBe(true);
    expect(limiter.tryAcquire(0).granted).toBe(false);
  });

  it("that was returned gives back its part of the pace too", () => {
    const limiter = new RollingSecondLimiter(10);
    for (let round = 0; round < 5; round += 1) {
      const pair = [limiter.tryAcquire(0), limiter.tryAcquire(0)];
      expect(pair.map(({ granted }) => granted)).toEqual([true, true]);
      for (const one of pair) if (one.granted) limiter.returned(one.permit);
    }
  });

  it("that was acknowledged cannot be returned, and unknown ones change nothing", () => {
    const limiter = new RollingSecondLimiter(1);
    const first = limiter.tryAcquire(0);
    const permit = first.granted ? first.permit : 0;
    limiter.acknowledged(permit, 10);
    limiter.acknowledged(permit, 900);
    limiter.returned(permit);
    limiter.returned(99);
    limiter.acknowledged(99, 10);
    expect(limiter.tryAcquire(20)).toEqual({ granted: false, retryAtMs: 1030 });
  });
});

describe("the limit", () => {
  it("that is raised acts at once", () => {
    const limiter = new RollingSecondLimiter(0.1);
    limiter.tryAcquire(0);
    expect(limiter.tryAcquire(1).granted).toBe(false);
    limiter.setLimit(10);
    expect(limiter.tryAcquire(1).granted).toBe(true);
  });

  it("of 0 grants nothing", () => {
    const limiter = new RollingSecondLimiter(0);
    expect(limiter.tryAcquire(0)).toEqual({ granted: false, retryAtMs: null });
  });

  it.each([-1, Number.NaN, Number.POSITIVE_INFINITY])(
    "of %d is refused and the old one stays",
    (cps) => {
      const limiter = new RollingSecondLimiter(1);
      expect(() => limiter.setLimit(cps)).toThrow(RangeError);
      expect(limiter.tryAcquire(0).granted).toBe(true);
    },
  );

  it("is taken as spent after a takeover, for one period", () => {
    const limiter = new RollingSecondLimiter(10);
    limiter.assumeSpent(500);
    expect(limiter.tryAcquire(500)).toEqual({
      granted: false,
      retryAtMs: 1520,
    });
    expect(limiter.tryAcquire(1519).granted).toBe(false);
    expect(limiter.tryAcquire(1520).granted).toBe(true);
  });
});
