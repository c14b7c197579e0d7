import { describe, expect, it } from "vitest";

import { RecentCalls } from "../../../wallboard/recent-calls.ts";

const second = 1_000;
const minute = 60 * second;
const start = Date.parse("2026-05-06T12:00:00Z");

/** The calls of a table, read as the database would give them: one call each half second, every third answered. */
class Table {
  readonly calls: { at: number; campaignId: string; answered: boolean }[] = [];
  reads: { ended: number; started: number }[] = [];

  fill(fromMs: number, toMs: number, campaignId = "a") {
    for (let at = fromMs; at < toMs; at += second / 2)
      this.calls.push({ at, campaignId, answered: at % 1_500 === 0 });
  }

  tick(recent: RecentCalls, nowMs: number) {
    const since = recent.since(nowMs);
    this.reads.push({
      ended: nowMs - since.ended.getTime(),
      started: nowMs - since.started.getTime(),
    });
    const slices = new Map<
      string,
      {
        campaignId: string;
        at: Date;
        dialled: number;
        answered: number;
        people: number;
        abandoned: number;
      }
    >();
    const seconds = new Map<number, number>();
    for (const { at, campaignId, answered } of this.calls) {
      if (at > nowMs) continue;
      if (at >= since.started.getTime()) {
        const key = at - (at % second);
        seconds.set(key, (seconds.get(key) ?? 0) + 1);
      }
      if (at < since.ended.getTime()) continue;
      const step = at >= since.fine.getTime() ? 10 * second : minute;
      const sliceMs = at - (at % step);
      const key = `${campaignId} ${String(sliceMs)}`;
      const slice = slices.get(key) ?? {
        campaignId,
        at: new Date(sliceMs),
        dialled: 0,
        answered: 0,
        people: 0,
        abandoned: 0,
      };
      slice.dialled += 1;
      if (answered) slice.answered += 1;
      slices.set(key, slice);
    }
    recent.note(
      since,
      [...slices.values()],
      [...seconds].map(([at, calls]) => ({ at: new Date(at), calls })),
      new Date(nowMs),
    );
  }
}

describe("the calls of the last hour", () => {
  it("are read whole once, then the last moments only, and whole again every five minutes", () => {
    const table = new Table();
    const recent = new RecentCalls();
    for (let n = 0; n <= 301; n++) table.tick(recent, start + n * second);
    const whole = table.reads.flatMap(({ ended }, n) =>
      ended > 10 * minute ? [n] : [],
    );
    expect(whole).toEqual([0, 300]);
    const [, next] = table.reads;
    expect(next?.ended).toBeLessThan(minute);
    expect(next?.started).toBeLessThanOrEqual(11 * second);
  });

  it("come to the same in every window as if all were read each time", () => {
    const table = new Table();
    table.fill(start - 70 * minute, start + 10 * minute);
    const remembered = new RecentCalls();
    for (let n = 0; n <= 400; n++)
      table.tick(remembered, start + n * second + 300);
    const fresh = new RecentCalls();
    table.tick(fresh, start + 400 * second + 300);
    expect(remembered.windows()).toEqual(fresh.windows());
    expect(remembered.perSecond()).toEqual(fresh.perSecond());
    const counts = remembered.windows().map(({ dialled }) => dialled);
    for (const [index, minutes] of [1, 5, 30, 60].entries()) {
      expect(counts[index]).toBeGreaterThanOrEqual(minutes * 120);
      expect(counts[index]).toBeLessThanOrEqual(
        minutes * 120 + (minutes < 6 ? 20 : 120),
      );
    }
  });

  it("find a call that was saved up to half a minute late, and any other within five minutes", () => {
    const table = new Table();
    const recent = new RecentCalls();
    table.tick(recent, start);
    table.tick(recent, start + 40 * second);
    table.calls.push(
      { at: start + 11 * second, campaignId: "a", answered: true },
      { at: start - 2 * minute, campaignId: "a", answered: true },
    );
    table.tick(recent, start + 41 * second);
    expect(recent.windows()[1]?.dialled).toBe(1);
    table.tick(recent, start + 301 * second);
    expect(recent.windows()[2]?.dialled).toBe(2);
  });

  it("are counted by campaign too", () => {
    const table = new Table();
    table.fill(start - minute, start, "a");
    table.fill(start - 10 * second, start, "b");
    const recent = new RecentCalls();
    table.tick(recent, start);
    expect(recent.byCampaign(60).get("a")?.dialled).toBe(120);
    expect(recent.byCampaign(60).get("b")).toMatchObject({
      dialled: 20,
      answered: 6,
    });
    expect(recent.byCampaign(60).get("c")).toBeUndefined();
  });

  it("are counted by minute for the plot of an hour", () => {
    const table = new Table();
    table.fill(start - 70 * minute, start + 20 * second);
    const recent = new RecentCalls();
    table.tick(recent, start + 20 * second);
    const { from, counts } = recent.minutes();
    expect(from).toEqual(new Date(start - 59 * minute));
    expect(counts.map(({ dialled }) => dialled)).toEqual([
      ...Array<number>(59).fill(120),
      40,
    ]);
  });

  it("are known from the beginning of a quarter of an hour on", () => {
    const recent = new RecentCalls();
    new Table().tick(recent, start + 7 * minute);
    expect(new Date(recent.fromMs).toISOString()).toBe(
      "2026-05-06T11:00:00.000Z",
    );
    new Table().tick(recent, start + 15 * minute);
    expect(new Date(recent.fromMs).toISOString()).toBe(
      "2026-05-06T11:00:00.000Z",
    );
  });

  it("are plotted for two minutes, without the second that is not over", () => {
    const table = new Table();
    table.fill(start - 30 * second, start + 500);
    const recent = new RecentCalls();
    table.tick(recent, start + 499);
    const plot = recent.perSecond();
    expect(plot).toHaveLength(120);
    expect(plot.slice(0, 90)).toEqual(Array(90).fill(0));
    expect(plot.slice(90)).toEqual(Array(30).fill(2));
  });
});
