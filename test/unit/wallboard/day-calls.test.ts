import { describe, expect, it } from "vitest";

import type { HistoryRow } from "../../../wallboard/queries.ts";
import { DayCalls } from "../../../wallboard/day-calls.ts";

const minute = 60_000;
const hour = 60 * minute;
const start = Date.parse("2026-05-06T12:07:00Z");

/** One call a minute of campaign "a"; each third answered by a person, each ninth of them abandoned. */
class World {
  ms = start;
  /** What one reading takes. */
  readMs = 1;
  fails = false;
  readonly reads: { from: number; to: number }[] = [];
  readonly calls: number[] = [];
  readonly day = new DayCalls(
    (from, to) => this.#read(from, to),
    () => this.ms,
  );

  constructor() {
    for (let at = start - 30 * hour; at < start + 30 * hour; at += minute)
      this.calls.push(at);
  }

  #read(from: Date, to: Date): Promise<HistoryRow[]> {
    this.ms += this.readMs;
    if (this.fails) return Promise.reject(new Error("away"));
    this.reads.push({ from: from.getTime(), to: to.getTime() });
    return Promise.resolve(
      this.calls
        .filter(
          (at) => at >= from.getTime() && at < to.getTime() && at <= this.ms,
        )
        .map((at) => {
          const number = Math.round(at / minute);
          const isPerson = number % 3 === 0;
          const outcome =
            number % 9 === 0
              ? "ABANDONED"
              : isPerson
                ? "ANSWERED"
                : "NO_ANSWER";
          return {
            campaignId: "a",
            at: new Date(at - (at % (15 * minute))),
            outcome,
            isPerson,
            calls: 1,
            answered: isPerson ? 1 : 0,
          };
        }),
    );
  }

  get now(): Date {
    return new Date(this.ms);
  }

  /** A tick a second. */
  async tick(times: number): Promise<void> {
    for (let n = 0; n < times; n++) {
      await this.day.refresh(this.now).catch(() => undefined);
      this.ms += 1_000;
    }
  }
}

describe("the calls of a day", () => {
  it("are read an hour at a time, the newest first, until all 24 hours are known", async () => {
    const world = new World();
    world.readMs = 60;
    await world.day.refresh(world.now);
    expect(world.reads).toHaveLength(1);
    expect(world.reads[0]!.to - world.reads[0]!.from).toBe(75 * minute);
    expect(world.day.hoursRead(world.now)).toBe(1);
    await world.tick(60);
    expect(world.day.hoursRead(world.now)).toBe(24);
    const hours = world.reads.filter(({ from, to }) => to - from === hour);
    expect(hours).toHaveLength(23);
    expect(hours.map(({ from }) => from)).toEqual(
      hours.map(({ from }) => from).toSorted((a, b) => b - a),
    );
  });

  it("count each call once, by quarter and by outcome", async () => {
    const world = new World();
    await world.tick(3);
    const all = [...world.day.byCampaign(world.now, Infinity).values()][0]!;
    const quarters = world.day.series(world.now).counts;
    expect(quarters).toHaveLength(96);
    expect(quarters.reduce((sum, { dialled }) => sum + dialled, 0)).toBe(
      all.dialled,
    );
    expect(all.dialled).toBe(23 * 60 + 45 + 8);
    expect(all.people / all.dialled).toBeCloseTo(1 / 3, 2);
    expect(all.abandoned / all.people).toBeCloseTo(1 / 3, 2);
    const outcomes = world.day.outcomes(world.now, "a");
    expect(outcomes["ABANDONED"]).toBe(all.abandoned);
    expect(Object.values(outcomes).reduce((sum, calls) => sum + calls, 0)).toBe(
      all.dialled,
    );
    expect(world.day.outcomes(world.now, "b")).toEqual({});
    expect(
      world.day
        .series(world.now, "b")
        .counts.every(({ dialled }) => dialled === 0),
    ).toBe(true);
  });

  it("read the last hour alone again each minute, and never more than a tenth of the time", async () => {
    const world = new World();
    world.readMs = 40;
    await world.tick(90);
    world.reads.length = 0;
    await world.tick(120);
    expect(world.reads).toHaveLength(2);
    const slow = new World();
    slow.readMs = 3_000;
    const beganMs = slow.ms;
    await slow.tick(1_800);
    const busyMs = 3_000 * slow.reads.length;
    expect(busyMs / (slow.ms - beganMs)).toBeLessThan(0.11);
    expect(slow.day.hoursRead(slow.now)).toBe(24);
  });

  it("go on with what was read while the database is away, and read again what was not over then", async () => {
    const world = new World();
    await world.tick(5);
    world.fails = true;
    const before = world.day.hoursRead(world.now);
    await world.tick(60);
    expect(world.day.hoursRead(world.now)).toBe(before);
    world.ms += 2 * hour;
    world.fails = false;
    await world.tick(60);
    const quarters = world.day.series(world.now).counts;
    expect(quarters.slice(0, -1).map(({ dialled }) => dialled)).toEqual(
      Array.from({ length: 95 }, () => 15),
    );
  });
});
