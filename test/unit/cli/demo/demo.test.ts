import { describe, expect, it } from "vitest";

import type { MockPbxStats } from "../../../../adapters/mock/journal.ts";
import { checkDemo } from "../../../../cli/demo/checks.ts";
import type { Witness } from "../../../../cli/demo/checks.ts";
import { makeLeads } from "../../../../cli/demo/people.ts";
import { planDemo } from "../../../../cli/demo/plan.ts";
import type { DemoResults } from "../../../../cli/demo/queries.ts";
import { normalisePhone } from "../../../../dialing/phone-number.ts";

describe("the demo's people", () => {
  const leads = makeLeads(1_000, 1);

  it("are the same for the same seed, and others for another", () => {
    expect(makeLeads(1_000, 1)).toEqual(leads);
    const phones = (seed: number) =>
      makeLeads(50, seed).map(({ phone }) => phone);
    expect(phones(2)).not.toEqual(phones(3));
  });

  it("have numbers that the engine reads as they are meant, each once", () => {
    const read = leads.map(({ phone }) => normalisePhone(phone, "BR"));
    for (const [index, lead] of leads.entries()) {
      const number = read[index];
      expect(number?.ok === true ? number.e164 : null).toBe(lead.e164);
    }
    const dialled = leads.filter(({ never }) => never === null);
    const numbers = new Set(dialled.map(({ e164 }) => e164));
    expect(numbers.size).toBe(dialled.length);
    for (const number of numbers) expect(number).toMatch(/^\+55\d\d9000\d{5}$/);
  });

  it.each([10, 30, 200])(
    "are %i, a few of them never to be dialled",
    (count) => {
      const some = makeLeads(count, 4);
      expect(some).toHaveLength(count);
      expect(new Set(some.map((lead) => lead.external_id)).size).toBe(count);
      const kinds = new Set(some.map(({ never }) => never));
      expect(kinds).toEqual(new Set([null, "DNC", "DUPLICATE", "INVALID"]));
    },
  );

  it("come twice only after the lead that is dialled under that number", () => {
    for (const [index, lead] of leads.entries()) {
      if (lead.never !== "DUPLICATE") continue;
      const first = leads.findIndex(({ e164 }) => e164 === lead.e164);
      expect(first).toBeLessThan(index);
      expect(leads[first]?.never).toBeNull();
    }
  });
});

describe("the demo's checks", () => {
  const options = {
    leads: 10,
    cps: 4,
    seed: 1,
    keep: false,
    databaseUrl: null,
  };
  const plan = planDemo(options, "account", "default", new Date(0));
  const trunk = (name: string, cpsLimit: number) => ({
    name,
    cpsLimit,
    maxChannels: 5,
    mostLive: 5,
    attempts: 2,
  });
  const results: DemoResults = {
    totals: {
      status: "COMPLETED",
      completedBy: "ENGINE",
      attempts: 4,
      live: 0,
      moved: 1,
      retries: 0,
      leadsDialled: 3,
      leadsOpen: 0,
      dials: 4,
      forbiddenDials: 0,
      forbiddenNotSetAside: 0,
    },
    timers: { fired: 0, p50Ms: null, p99Ms: null },
    trunks: [trunk("demo-norte", 4), trunk("demo-sul", 2)],
    outcomes: [
      { outcome: "NO_ANSWER", count: 2, sent: 2 },
      { outcome: "ANSWERED", count: 1, sent: 1 },
      { outcome: "NETWORK_CONGESTION", count: 1, sent: 1 },
      { outcome: "CANCELLED", count: 1, sent: 0 },
    ],
    leads: [],
    blockers: [],
  };
  const stats: MockPbxStats = {
    originates: 4,
    duplicates: 0,
    refused: 0,
    answered: 1,
    ended: 4,
    live: 0,
    mostLive: 4,
    byOutcome: {
      no_answer: 1,
      early_media_no_answer: 1,
      answered: 1,
      silent: 1,
    },
    trunks: {
      "demo-norte": { originates: 2, worstRollingSecond: 4 },
      "demo-sul": { originates: 2, worstRollingSecond: 2 },
    },
  };
  const journal = ["a", "b", "c", "d"].map((attemptId) => ({
    attemptId,
    installationId: "",
    number: "",
    trunk: "",
    receivedAtMs: 0,
    receivedAt: "",
    duplicate: false,
  }));
  const witness: Witness = { stats, journal };

  function failures(
    changed: Partial<DemoResults["totals"]>,
    seen: Partial<MockPbxStats> = {},
    rest: Partial<DemoResults> = {},
  ): string[] {
    const totals = { ...results.totals, ...changed };
    return checkDemo(
      plan,
      { ...results, totals, ...rest },
      { ...witness, stats: { ...stats, ...seen } },
    )
      .filter(({ holds }) => !holds)
      .map(({ text }) => text);
  }

  it("hold after a run as it should be", () => {
    expect(failures({})).toEqual([]);
  });

  it.each([
    [{ leadsOpen: 1 }, "every lead has a final status"],
    [{ status: "PAUSED" }, "the engine completed the campaign"],
    [{ completedBy: "USER" }, "the engine completed the campaign"],
    [{ live: 1 }, "no call is live any more"],
    [{ forbiddenDials: 1 }, "do-not-call"],
    [{ forbiddenNotSetAside: 1 }, "do-not-call"],
  ])("fail when the table says %j", (changed, text) => {
    expect(failures(changed)).toEqual([expect.stringContaining(text)]);
  });

  it.each([
    [{ duplicates: 1 }, "no attempt was originated twice"],
    [{ live: 1 }, "no call is live any more"],
    [{ mostLive: plan.maxConcurrentCalls + 1 }, "kept to their channels"],
    [
      { trunks: { "demo-sul": { originates: 4, worstRollingSecond: 3 } } },
      "no rolling second",
    ],
    [
      { byOutcome: { no_answer: 2, answered: 2 } },
      "ANSWERED: PBX 2, table 1; NETWORK_CONGESTION: PBX 0, table 1",
    ],
  ])("fail when the PBX says %j", (seen, text) => {
    expect(failures({}, seen)).toEqual([expect.stringContaining(text)]);
  });

  it("fail when an attempt was sent that the PBX never got", () => {
    expect(
      failures({}, { originates: 3 }).some((text) =>
        text.startsWith("the PBX got one Originate per attempt sent (3 and 4)"),
      ),
    ).toBe(true);
  });

  it("fail when a trunk had more calls at once than channels", () => {
    const trunks = [{ ...trunk("demo-norte", 4), mostLive: 6 }];
    expect(failures({}, {}, { trunks })).toEqual([
      expect.stringContaining("most at once: 6 of 5"),
    ]);
  });
});
