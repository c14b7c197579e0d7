import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { outcomeTraits, type Outcome } from "../../../dialing/outcome.ts";
import {
  decideRetry,
  mayMoveTrunk,
  type RetryFacts,
} from "../../../dialing/retry.ts";

const END_MS = Date.parse("2026-03-10T13:00:00Z");
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const outcomes = Object.keys(outcomeTraits) as Outcome[];

const facts: RetryFacts = {
  outcome: "NO_ANSWER",
  endMs: END_MS,
  attemptsCounted: 1,
  dials: 1,
  maxAttempts: 5,
  maxDials: 15,
  triesOfThisOutcome: 1,
  rule: { delaySeconds: 3600, maxTries: 3 },
  dispositionRule: null,
  callbackAtMs: null,
  doNotCall: false,
  jitter: 0,
};

const anyFacts: fc.Arbitrary<RetryFacts> = fc.record({
  outcome: fc.constantFrom(...outcomes),
  endMs: fc.constant(END_MS),
  attemptsCounted: fc.nat(20),
  dials: fc.nat(20),
  maxAttempts: fc.integer({ min: 1, max: 10 }),
  maxDials: fc.integer({ min: 1, max: 20 }),
  triesOfThisOutcome: fc.integer({ min: 1, max: 6 }),
  rule: fc.option(
    fc.record({ delaySeconds: fc.nat(300_000), maxTries: fc.nat(5) }),
  ),
  dispositionRule: fc.option(
    fc.record({ delaySeconds: fc.nat(300_000), maxTries: fc.nat(5) }),
  ),
  callbackAtMs: fc.option(
    fc.integer({ min: END_MS - HOUR_MS, max: END_MS + 99 * HOUR_MS }),
  ),
  doNotCall: fc.boolean(),
  jitter: fc.double({ min: 0, max: 1, noNaN: true }),
});

describe("a retry", () => {
  it("comes after the rule's delay", () => {
    expect(decideRetry(facts)).toEqual({
      status: "RETRY",
      nextAttemptAtMs: END_MS + HOUR_MS,
      reason: "NO_ANSWER",
    });
  });

  it("is spread by jitter, only ever later, by five minutes at most", () => {
    const full = decideRetry({ ...facts, jitter: 1 });
    expect(full).toMatchObject({ nextAttemptAtMs: END_MS + 65 * MINUTE_MS });
    const short = { delaySeconds: 60, maxTries: 3 };
    expect(decideRetry({ ...facts, rule: short, jitter: 1 })).toMatchObject({
      nextAttemptAtMs: END_MS + 66_000,
    });
  });

  it.each<[string, Partial<RetryFacts>, string]>([
    ["the attempts are used up", { attemptsCounted: 5 }, "MAX_ATTEMPTS"],
    ["the dials are used up", { dials: 15 }, "MAX_DIALS"],
    ["this outcome came too often", { triesOfThisOutcome: 3 }, "MAX_TRIES"],
    ["no rule exists", { rule: null }, "NO_RULE"],
  ])("is refused when %s", (_name, given, reason) => {
    expect(decideRetry({ ...facts, ...given })).toEqual({
      status: "FAILED",
      reason,
    });
  });

  it("never passes the ceiling of dials, whatever the outcome, rule or callback", () => {
    fc.assert(
      fc.property(anyFacts, (any) => {
        const decision = decideRetry({ ...any, dials: any.maxDials });
        expect(decision.status).not.toBe("RETRY");
      }),
    );
  });

  it("never passes the ceiling of attempts unless the call was cancelled", () => {
    fc.assert(
      fc.property(anyFacts, (any) => {
        const decision = decideRetry({
          ...any,
          attemptsCounted: any.maxAttempts,
        });
        if (decision.status === "RETRY") expect(any.outcome).toBe("CANCELLED");
      }),
    );
  });

  it("is a whole millisecond, never earlier than the end plus the delay", () => {
    fc.assert(
      fc.property(anyFacts, (any) => {
        const decision = decideRetry(any);
        if (decision.status !== "RETRY") return;
        const rule = any.dispositionRule ?? any.rule;
        const byRule = !["CALLBACK", "CANCELLED"].includes(decision.reason);
        const delayMs = byRule ? (rule?.delaySeconds ?? 0) * 1000 : 0;
        expect(Number.isInteger(decision.nextAttemptAtMs)).toBe(true);
        expect(decision.nextAttemptAtMs).toBeGreaterThanOrEqual(
          END_MS + delayMs,
        );
      }),
    );
  });
});

describe("what ends a lead", () => {
  it("is an answer, unless the disposition has a rule", () => {
    const answered: RetryFacts = { ...facts, outcome: "ANSWERED" };
    expect(decideRetry(answered)).toEqual({
      status: "DONE",
      reason: "ANSWERED",
    });
    const dispositionRule = { delaySeconds: 7200, maxTries: 2 };
    expect(decideRetry({ ...answered, dispositionRule })).toMatchObject({
      status: "RETRY",
      nextAttemptAtMs: END_MS + 2 * HOUR_MS,
    });
  });

  it("is an answer also when it was the last allowed attempt", () => {
    const last = {
      attemptsCounted: 5,
      dials: 15,
      outcome: "ANSWERED",
    } as const;
    expect(decideRetry({ ...facts, ...last }).status).toBe("DONE");
  });

  it.each(["INVALID_NUMBER", "FAX"] as const)(
    "is %s, even with a rule and a callback",
    (outcome) => {
      const callbackAtMs = END_MS + HOUR_MS;
      expect(decideRetry({ ...facts, outcome, callbackAtMs })).toEqual({
        status: "INVALID",
        reason: outcome,
      });
    },
  );

  it("is the wish not to be called, before everything else", () => {
    fc.assert(
      fc.property(anyFacts, (any) => {
        expect(decideRetry({ ...any, doNotCall: true }).status).toBe("DNC");
      }),
    );
  });
});

describe("a callback", () => {
  const callbackAtMs = END_MS + 10 * MINUTE_MS;

  it("beats the delay and the tries of the rule", () => {
    const given = { ...facts, callbackAtMs, triesOfThisOutcome: 3 };
    expect(decideRetry(given)).toEqual({
      status: "RETRY",
      nextAttemptAtMs: callbackAtMs,
      reason: "CALLBACK",
    });
  });

  it("brings back a lead that answered", () => {
    const given = { ...facts, callbackAtMs, outcome: "ANSWERED" } as const;
    expect(decideRetry(given)).toMatchObject({ reason: "CALLBACK" });
  });

  it("that has been served counts no more", () => {
    const served = { ...facts, callbackAtMs: END_MS - MINUTE_MS };
    expect(decideRetry({ ...served, outcome: "ANSWERED" }).status).toBe("DONE");
    expect(decideRetry(served)).toMatchObject({
      nextAttemptAtMs: END_MS + HOUR_MS,
    });
  });
});

it("a cancelled attempt gives the lead back at once, without a rule", () => {
  const cancelled = { ...facts, outcome: "CANCELLED", rule: null } as const;
  expect(decideRetry(cancelled)).toEqual({
    status: "RETRY",
    nextAttemptAtMs: END_MS,
    reason: "CANCELLED",
  });
});

it.each([
  [10, 10],
  [3 * 3600, 3 * 3600],
  [24 * 3600, 27 * 3600],
  [23 * 3600, 26 * 3600],
  [49 * 3600, 52 * 3600],
  [30 * 3600, 30 * 3600],
])(
  "a machine with a delay of %i s is called %i s later, not at the same time of day",
  (delaySeconds, laterSeconds) => {
    const rule = { delaySeconds, maxTries: 3 };
    expect(decideRetry({ ...facts, outcome: "MACHINE", rule })).toMatchObject({
      nextAttemptAtMs: END_MS + laterSeconds * 1000,
    });
  },
);

describe("a move to another trunk", () => {
  const move = { rung: false, movesSoFar: 0, otherTrunkAvailable: true };

  it("is allowed for faults of the trunk only", () => {
    const allowed = outcomes.filter((outcome) =>
      mayMoveTrunk({ ...move, outcome }),
    );
    expect(allowed.sort()).toEqual(["NETWORK_CONGESTION", "TRUNK_FAULT"]);
  });

  it.each([{ rung: true }, { movesSoFar: 1 }, { otherTrunkAvailable: false }])(
    "is refused with %o",
    (given) => {
      const facts = { ...move, outcome: "TRUNK_FAULT", ...given } as const;
      expect(mayMoveTrunk(facts)).toBe(false);
    },
  );
});
