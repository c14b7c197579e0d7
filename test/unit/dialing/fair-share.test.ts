import fc from "fast-check";
import { describe, expect, it } from "vitest";

import {
  fairPart,
  usageOf,
  withCalls,
  type Standing,
  type Usage,
} from "../../../dialing/fair-share.ts";
import { gapOf } from "../../../dialing/rate-limiter.ts";
import { Capacity } from "../../../dialing/capacity.ts";

const standing = fc.record({
  held: fc.integer({ min: 0, max: 60 }),
  recent: fc.double({ min: 0, max: 50, noNaN: true }),
});
const parts = (free: number, all: readonly Standing[]) =>
  all.map((mine) =>
    fairPart(
      free,
      mine,
      all.filter((other) => other !== mine),
    ),
  );

describe("the parts of accounts that all want more", () => {
  it("use every free place, and no place twice", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 100 }),
        // Who stands equally high in everything may both be offered the last place; the first takes it.
        fc.uniqueArray(standing, {
          minLength: 1,
          maxLength: 8,
          selector: ({ recent }) => recent,
        }),
        (free, all) => {
          expect(parts(free, all).reduce((a, b) => a + b, 0)).toBe(free);
        },
      ),
    );
  });

  it("leave nobody who was given something above somebody else by more than one place", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 100 }),
        fc.array(standing, { minLength: 1, maxLength: 8 }),
        (free, all) => {
          const given = parts(free, all);
          const after = all.map(({ held }, n) => held + (given[n] ?? 0));
          const least = Math.min(...after);
          for (const [n, part] of given.entries())
            if (part > 0) expect(after[n]).toBeLessThanOrEqual(least + 1);
        },
      ),
    );
  });

  it("are everything for one alone", () => {
    fc.assert(
      fc.property(fc.nat(100), standing, (free, mine) => {
        expect(fairPart(free, mine, [])).toBe(free);
      }),
    );
  });
});

/** A trunk as passes use it, one after the other; who has `busy` campaigns passes so many times as often. */
function callsOfTheQuietOne(
  cps: number,
  channels: number,
  busy: number,
  talkMs: readonly [number, number],
  seconds: number,
): { quiet: number; loud: number } {
  let usage: Usage = {};
  let nextSlotMs: number | null = null;
  const counts = { quiet: 0, loud: 0 };
  let live: { who: "quiet" | "loud"; endMs: number }[] = [];
  const pass = (who: "quiet" | "loud", nowMs: number) => {
    const other = who === "quiet" ? "loud" : "quiet";
    const heldBy = (id: string) =>
      live.filter((call) => call.who === id).length;
    const recent = (id: string) => usageOf(usage, id, nowMs, cps);
    const stand = (held: (id: string) => number) => (free: number) =>
      fairPart(free, { held: held(who), recent: recent(who) }, [
        { held: held(other), recent: recent(other) },
      ]);
    const book = new Capacity(
      [
        {
          id: "t",
          node: "n",
          cpsLimit: cps,
          maxChannels: channels,
          limitGroup: null,
          nextSlotMs,
          live: live.length,
          overdue: 0,
        },
      ],
      {
        nowMs,
        campaignFree: 1_000,
        nodeFree: new Map([["n", 1_000]]),
        shareOf: () => 1,
        partOf: (_ids, free) => ({
          channels: stand(heldBy)(free.channels),
          slots: stand(recent)(free.slots),
        }),
      },
    );
    let taken = 0;
    while (book.roomOn([{ id: "t", node: "n" }]) > 0) {
      const slotMs = book.book({ id: "t", node: "n" });
      live.push({ who, endMs: slotMs + talkMs[who === "quiet" ? 0 : 1] });
      taken += 1;
    }
    if (taken === 0) return;
    nextSlotMs = book.nextSlotMs("t");
    usage = withCalls(usage, who, taken, nowMs, cps);
    counts[who] += taken;
  };
  for (let nowMs = 1_000; nowMs < seconds * 1_000; nowMs += 250) {
    live = live.filter(({ endMs }) => endMs > nowMs);
    for (let n = 0; n < busy; n += 1) pass("loud", nowMs);
    pass("quiet", nowMs);
  }
  return counts;
}

describe("a trunk that two accounts want", () => {
  it("gives each 40 % of its calls per second at least, whatever the rate and however often the other asks", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(0.2, 0.5, 1, 1.5, 2, 5, 10, 30),
        fc.integer({ min: 1, max: 50 }),
        (cps, busy) => {
          const { quiet, loud } = callsOfTheQuietOne(
            cps,
            10_000,
            busy,
            [1_000, 1_000],
            120,
          );
          expect(quiet / (quiet + loud)).toBeGreaterThanOrEqual(0.4);
          expect(quiet + loud).toBeGreaterThanOrEqual(
            Math.floor(117_000 / gapOf(cps)),
          );
        },
      ),
      { numRuns: 60 },
    );
  });

  it("gives each 40 % of its channels at least, however long the other's calls last", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 4, max: 50 }),
        fc.integer({ min: 1, max: 20 }),
        fc.constantFrom(1_000, 5_000, 20_000),
        (channels, busy, loudTalkMs) => {
          const { quiet, loud } = callsOfTheQuietOne(
            30,
            channels,
            busy,
            [5_000, loudTalkMs],
            300,
          );
          const quietTime = quiet * 5_000;
          const wanted = quietTime / (quietTime + loud * loudTalkMs);
          // The rate may be what limits short calls; then it is what is shared.
          expect(
            Math.max(wanted, quiet / (quiet + loud)),
          ).toBeGreaterThanOrEqual(0.4);
        },
      ),
      { numRuns: 40 },
    );
  });
});
