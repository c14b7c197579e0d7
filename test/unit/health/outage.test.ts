/** When an outage began, turned unhealthy and was over, reported from observations at any moments. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { Outage } from "../../../health/outage.ts";
import type { Fault } from "../../../health/outage.ts";

const limits = { unhealthyAfterMs: 30_000, steadyMs: 5_000, quietMs: 0 };
const down: Fault = { reason: "gone (10.0.0.5)", publicReason: "gone" };

/** One observation a second, as the engine makes; `isDown` by the second. */
function play(isDown: readonly boolean[], outage = new Outage(limits)) {
  const reported: string[] = [];
  isDown.forEach((away, second) => {
    for (const { kind, ms } of outage.note(second * 1_000, away ? down : null))
      reported.push(`${kind} ${String(ms / 1_000)} at ${String(second)}`);
  });
  return { outage, reported };
}

const seconds = (n: number, away: boolean) => Array<boolean>(n).fill(away);

describe("an outage", () => {
  it("is reported when it begins, when it turns unhealthy, and when it is over; each once", () => {
    const { reported } = play([
      ...seconds(3, false),
      ...seconds(60, true),
      ...seconds(60, false),
    ]);
    expect(reported).toEqual([
      "BEGAN 0 at 3",
      "UNHEALTHY 31 at 34",
      "ENDED 60 at 68",
    ]);
  });

  it("is as old as it is at the first question, whoever asked before", () => {
    const outage = new Outage(limits);
    outage.note(0, down);
    expect(outage.view(180_000)).toMatchObject({
      ms: 180_000,
      isUnhealthy: true,
    });
  });

  it("began when the fault says it did, not when it was seen", () => {
    const outage = new Outage(limits);
    outage.note(100_000, { ...down, sinceMs: 60_000 });
    expect(outage.view(100_000)).toMatchObject({
      ms: 40_000,
      isUnhealthy: true,
    });
  });

  it("goes on through a return that does not last", () => {
    const { outage, reported } = play([
      ...seconds(28, true),
      ...seconds(2, false),
      ...seconds(10, true),
    ]);
    expect(reported).toEqual(["BEGAN 0 at 0", "UNHEALTHY 31 at 31"]);
    expect(outage.view(40_000)?.isUnhealthy).toBe(true);
  });

  it("that ended before it was unhealthy is not made so by waiting for a steady return", () => {
    const { outage } = play([...seconds(29, true), ...seconds(4, false)]);
    expect(outage.view(33_000)).toMatchObject({
      isUnhealthy: false,
      isReturning: true,
    });
  });

  it("is over although nobody looked in between, if the next fault began long after the return", () => {
    const outage = new Outage(limits);
    outage.note(0, down);
    outage.note(1_000, null);
    expect(outage.note(60_000, down)).toEqual([
      { kind: "ENDED", ms: 1_000 },
      { kind: "BEGAN", ms: 0 },
    ]);
    expect(outage.view(60_000)?.ms).toBe(0);
  });

  it("that is over in a moment is not spoken of where moments are usual", () => {
    const quiet = new Outage({ ...limits, quietMs: 5_000 });
    const { reported } = play(
      [...seconds(4, true), ...seconds(20, false)],
      quiet,
    );
    expect(reported).toEqual([]);
  });
});

describe("for any course of faults", () => {
  const course = fc.array(fc.boolean(), { minLength: 1, maxLength: 200 });

  it("asking changes nothing", () => {
    fc.assert(
      fc.property(course, (isDown) => {
        const asked = new Outage(limits);
        const unasked = new Outage(limits);
        isDown.forEach((away, second) => {
          const fault = away ? down : null;
          asked.note(second * 1_000, fault);
          asked.view(second * 1_000);
          unasked.note(second * 1_000, fault);
        });
        const endMs = isDown.length * 1_000;
        expect(asked.view(endMs)).toEqual(unasked.view(endMs));
      }),
    );
  });

  it("without five good seconds together, its clock is the time since the first fault", () => {
    const gaps = fc.array(
      fc.record({
        away: fc.integer({ min: 1, max: 20 }),
        well: fc.integer({ min: 0, max: 4 }),
      }),
      { minLength: 1, maxLength: 20 },
    );
    fc.assert(
      fc.property(gaps, (parts) => {
        const isDown = parts.flatMap(({ away, well }) => [
          ...seconds(well, false),
          ...seconds(away, true),
        ]);
        const first = isDown.indexOf(true);
        const { outage, reported } = play(isDown);
        const last = isDown.length - 1;
        expect(outage.view(last * 1_000)?.ms).toBe((last - first) * 1_000);
        expect(
          reported.filter((line) => line.startsWith("BEGAN")),
        ).toHaveLength(1);
        expect(reported.some((line) => line.startsWith("ENDED"))).toBe(false);
      }),
    );
  });

  it("every end follows a beginning, and every beginning is reported before 503 is", () => {
    fc.assert(
      fc.property(course, (isDown) => {
        const kinds = play(isDown).reported.map((line) => line.split(" ")[0]);
        expect(kinds.join(" ")).toMatch(
          /^(BEGAN( UNHEALTHY)?( ENDED ?|$))*(BEGAN( UNHEALTHY)?)?$/,
        );
      }),
    );
  });
});
