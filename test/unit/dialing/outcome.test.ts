import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  decideOutcome,
  outcomeTraits,
  type EndFacts,
  type Outcome,
} from "../../../dialing/outcome.ts";

const silent: EndFacts = {
  rung: false,
  answered: false,
  waitedForAgent: false,
  bridged: false,
  amdResult: null,
  cause: null,
  causeName: null,
  sipStatus: null,
  endedBy: "REMOTE",
  refusal: null,
  notSent: false,
  orphaned: false,
};

const anyFacts: fc.Arbitrary<EndFacts> = fc.record({
  rung: fc.boolean(),
  answered: fc.boolean(),
  waitedForAgent: fc.boolean(),
  bridged: fc.boolean(),
  amdResult: fc.constantFrom(
    null,
    "HUMAN",
    "MACHINE",
    "FAX",
    "UNKNOWN",
    "NOTSURE",
  ),
  cause: fc.option(fc.integer({ min: 0, max: 130 })),
  causeName: fc.option(
    fc.constantFrom("UNWANTED", "GATEWAY_DOWN", "SYSTEM_SHUTDOWN", "User busy"),
  ),
  sipStatus: fc.option(fc.integer({ min: 100, max: 699 })),
  endedBy: fc.constantFrom(
    "REMOTE",
    "PBX_TIMEOUT",
    "SETUP_TIMEOUT",
    "RING_TIMEOUT",
    "MAX_DURATION",
    "AGENT_TIMEOUT",
    "AMD_TIMEOUT",
    "OPERATOR",
    "CAMPAIGN",
  ),
  refusal: fc.constantFrom(
    null,
    "SWITCH_REFUSED",
    "NO_SUCH_EXTENSION",
    "TRUNK_FAULT",
    "INVALID_REQUEST",
  ),
  notSent: fc.boolean(),
  orphaned: fc.boolean(),
});

/** Codes, the outcome without ringing, the outcome after ringing. */
const codeRows: [{ cause?: number; sipStatus?: number }[], Outcome, Outcome][] =
  [
    [
      [
        ...[1, 22, 28].map((cause) => ({ cause })),
        ...[404, 410, 484, 604].map((sipStatus) => ({ sipStatus })),
      ],
      "INVALID_NUMBER",
      "INVALID_NUMBER",
    ],
    [
      [{ cause: 17 }, { sipStatus: 486 }, { sipStatus: 600 }],
      "BUSY",
      "DECLINED",
    ],
    [
      [{ cause: 21 }, ...[403, 603, 607].map((sipStatus) => ({ sipStatus }))],
      "REJECTED",
      "DECLINED",
    ],
    [
      [
        ...[19, 20, 27].map((cause) => ({ cause })),
        ...[480, 502].map((sipStatus) => ({ sipStatus })),
      ],
      "UNREACHABLE",
      "NO_ANSWER",
    ],
    [
      [
        ...[18, 34, 38, 41, 42, 44, 102].map((cause) => ({ cause })),
        ...[408, 500, 503, 504].map((sipStatus) => ({ sipStatus })),
      ],
      "NETWORK_CONGESTION",
      "NO_ANSWER",
    ],
    [
      [401, 407, 488].map((sipStatus) => ({ sipStatus })),
      "TRUNK_FAULT",
      "TRUNK_FAULT",
    ],
    // What fits nothing.
    [
      [{}, { cause: 0 }, { cause: 16 }, { cause: 127 }, { sipStatus: 487 }],
      "UNREACHABLE",
      "NO_ANSWER",
    ],
  ];

describe("the outcome of a call that nobody answered", () => {
  const cases = codeRows.flatMap(([codes, before, after]) =>
    codes.flatMap((code) => [
      { ...code, rung: false, outcome: before },
      { ...code, rung: true, outcome: after },
    ]),
  );
  it.each(cases)(
    "is $outcome for cause $cause, SIP $sipStatus, rung $rung",
    ({ outcome, ...facts }) => {
      expect(decideOutcome({ ...silent, ...facts })).toBe(outcome);
    },
  );

  it.each<[number, number, Outcome]>([
    [21, 407, "TRUNK_FAULT"],
    [18, 480, "UNREACHABLE"],
    [16, 607, "REJECTED"],
    [41, 503, "NETWORK_CONGESTION"],
    [17, 487, "BUSY"],
  ])("with cause %i and SIP %i is %s", (cause, sipStatus, outcome) => {
    expect(decideOutcome({ ...silent, cause, sipStatus })).toBe(outcome);
  });

  it.each(["PBX_TIMEOUT", "SETUP_TIMEOUT", "RING_TIMEOUT"] as const)(
    "is NO_ANSWER when %s ended a ringing call, though Asterisk says 19 / 480",
    (endedBy) => {
      const facts = { ...silent, endedBy, cause: 19, sipStatus: 480 };
      expect(decideOutcome({ ...facts, rung: true })).toBe("NO_ANSWER");
    },
  );

  it.each(["PBX_TIMEOUT", "SETUP_TIMEOUT"] as const)(
    "is NETWORK_CONGESTION when %s ended a call that never rang",
    (endedBy) => {
      const facts = { ...silent, endedBy, cause: 19, sipStatus: 480 };
      expect(decideOutcome(facts)).toBe("NETWORK_CONGESTION");
    },
  );

  it.each<[number | null, number | null, boolean, Outcome]>([
    [17, 486, false, "BUSY"],
    [17, null, false, "BUSY"],
    [17, 486, true, "DECLINED"],
    [21, 603, false, "REJECTED"],
    [1, 404, false, "INVALID_NUMBER"],
    [null, 488, false, "TRUNK_FAULT"],
  ])(
    "a time-out of ours takes nothing from %s / %s that the far end had said before it",
    (cause, sipStatus, rung, outcome) => {
      for (const endedBy of [
        "SETUP_TIMEOUT",
        "RING_TIMEOUT",
        "PBX_TIMEOUT",
      ] as const)
        expect(
          decideOutcome({ ...silent, endedBy, cause, sipStatus, rung }),
        ).toBe(outcome);
    },
  );

  it("is NO_ANSWER when the ring timer fired and the ringing event got lost", () => {
    expect(decideOutcome({ ...silent, endedBy: "RING_TIMEOUT" })).toBe(
      "NO_ANSWER",
    );
  });

  it.each(["OPERATOR", "CAMPAIGN"] as const)(
    "is CANCELLED when %s hung up, ringing or not",
    (endedBy) => {
      const facts = { ...silent, endedBy, cause: 16 };
      expect(decideOutcome(facts)).toBe("CANCELLED");
      expect(decideOutcome({ ...facts, rung: true })).toBe("CANCELLED");
    },
  );

  it("is CANCELLED when it was never sent", () => {
    expect(decideOutcome({ ...silent, notSent: true })).toBe("CANCELLED");
  });

  it.each([
    ["SWITCH_REFUSED", "SWITCH_REFUSED"],
    ["NO_SUCH_EXTENSION", "SWITCH_REFUSED"],
    ["TRUNK_FAULT", "TRUNK_FAULT"],
    ["INVALID_REQUEST", "SYSTEM_ERROR"],
  ] as const)("after the refusal %s is %s", (refusal, outcome) => {
    expect(decideOutcome({ ...silent, refusal })).toBe(outcome);
  });

  it("is ORPHANED when nobody saw its end", () => {
    expect(decideOutcome({ ...silent, orphaned: true, rung: true })).toBe(
      "ORPHANED",
    );
  });
});

describe("the outcome of an answered call", () => {
  const answered: EndFacts = { ...silent, rung: true, answered: true };

  it.each<[string, Partial<EndFacts>, Outcome]>([
    ["an agentless hand-over", { cause: 16 }, "ANSWERED"],
    ["a conversation", { waitedForAgent: true, bridged: true }, "ANSWERED"],
    ["one too long", { endedBy: "MAX_DURATION" }, "ANSWERED"],
    ["one an operator ended", { endedBy: "OPERATOR" }, "ANSWERED"],
    ["AMD unsure", { amdResult: "NOTSURE" }, "ANSWERED"],
    ["AMD that never decides", { endedBy: "AMD_TIMEOUT" }, "ANSWERED"],
    ["a person", { amdResult: "HUMAN" }, "ANSWERED"],
    ["a machine", { amdResult: "MACHINE" }, "MACHINE"],
    ["a fax", { amdResult: "FAX" }, "FAX"],
    [
      "a machine put to wait",
      { amdResult: "MACHINE", waitedForAgent: true },
      "MACHINE",
    ],
    [
      "a conversation AMD misjudged",
      { amdResult: "MACHINE", bridged: true },
      "ANSWERED",
    ],
    ["a person left waiting", { waitedForAgent: true }, "ABANDONED"],
    [
      "the agent timer",
      { waitedForAgent: true, endedBy: "AGENT_TIMEOUT" },
      "ABANDONED",
    ],
    ["one whose end nobody saw", { orphaned: true }, "ANSWERED"],
    [
      "one that waited when the PBX or the engine died",
      { orphaned: true, waitedForAgent: true },
      "ABANDONED",
    ],
    [
      "one that talked when the PBX or the engine died",
      { orphaned: true, waitedForAgent: true, bridged: true },
      "ANSWERED",
    ],
    [
      "a code of failure after the answer",
      { cause: 41, sipStatus: 503 },
      "ANSWERED",
    ],
  ])("for %s", (_name, facts, outcome) => {
    expect(decideOutcome({ ...answered, ...facts })).toBe(outcome);
  });
});

describe("the table", () => {
  it("gives every combination of facts an outcome that has traits", () => {
    fc.assert(
      fc.property(anyFacts, (facts) => {
        expect(outcomeTraits[decideOutcome(facts)]).toBeDefined();
      }),
      { numRuns: 2000 },
    );
  });

  it("never moves an answered call's cost onto the trunk or forgets to count it", () => {
    fc.assert(
      fc.property(anyFacts, (facts) => {
        const traits =
          outcomeTraits[decideOutcome({ ...facts, answered: true })];
        // But for a person whom the PBX had nowhere to put: nobody's attempt, and no trunk's fault.
        const isNowhere = facts.refusal === "NO_SUCH_EXTENSION";
        expect(traits.countsAsAttempt).toBe(!isNowhere || facts.bridged);
        expect(traits.trunkFault).toBe(false);
      }),
    );
  });

  it("reaches every outcome", () => {
    const samples = fc.sample(anyFacts, { numRuns: 20_000, seed: 7 });
    const reached = new Set(samples.map(decideOutcome));
    expect([...reached].sort()).toEqual(Object.keys(outcomeTraits).sort());
  });

  it("keeps the states, counts and trunk faults of the design", () => {
    const listed = (pick: (outcome: Outcome) => boolean) =>
      (Object.keys(outcomeTraits) as Outcome[]).filter(pick).sort();
    expect(listed((o) => !outcomeTraits[o].countsAsAttempt)).toEqual([
      "CANCELLED",
      "NETWORK_CONGESTION",
      "SWITCH_REFUSED",
      "SYSTEM_ERROR",
      "TRUNK_FAULT",
    ]);
    const ofTheTrunk = ["NETWORK_CONGESTION", "TRUNK_FAULT"];
    expect(listed((o) => outcomeTraits[o].trunkFault)).toEqual(ofTheTrunk);
    expect(listed((o) => outcomeTraits[o].mayMoveTrunk)).toEqual(ofTheTrunk);
    expect(listed((o) => outcomeTraits[o].humanReached)).toEqual([
      "ABANDONED",
      "ANSWERED",
    ]);
    expect(listed((o) => outcomeTraits[o].endState === "ENDED")).toEqual([
      "ANSWERED",
      "FAX",
      "MACHINE",
    ]);
    expect(listed((o) => outcomeTraits[o].endState === "BUSY")).toEqual([
      "BUSY",
      "DECLINED",
    ]);
  });
});
