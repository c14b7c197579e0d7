import { describe, expect, it } from "vitest";

import type { CampaignProgress } from "../../../database/wallboard.ts";
import { ProgressCounts } from "../../../engine/progress-counts.ts";

const progress = (leads: number): CampaignProgress => ({
  leads,
  leadsNew: 0,
  leadsInProgress: 0,
  leadsRetry: 0,
  leadsDone: 0,
  leadsFailed: 0,
  leadsDnc: 0,
  leadsInvalid: 0,
  percentDone: 0,
});

/** A clock that a count moves on by what it takes. */
function scene(tookMs: (id: string) => number) {
  const world = { nowMs: 0, counted: [] as string[], broken: "" };
  const counts = new ProgressCounts(
    (id) => {
      world.nowMs += tookMs(id);
      world.counted.push(id);
      return id === world.broken
        ? Promise.reject(new Error("took too long"))
        : Promise.resolve(progress(world.counted.length));
    },
    () => world.nowMs,
  );
  return { world, counts };
}

describe("the progress of campaigns", () => {
  it("of small ones is counted together, and again after five seconds", async () => {
    const { world, counts } = scene(() => 1);
    await counts.refresh(["a", "b", "c"]);
    expect(world.counted).toEqual(["a", "b", "c"]);
    for (; world.nowMs < 4_900; world.nowMs += 100)
      await counts.refresh(["a", "b", "c"]);
    expect(world.counted).toHaveLength(3);
    world.nowMs = 5_010;
    await counts.refresh(["a", "b", "c"]);
    expect(world.counted).toHaveLength(6);
  });

  it("of a huge one takes at most a twentieth of the time, and the others have their turn", async () => {
    const { world, counts } = scene((id) => (id === "huge" ? 400 : 2));
    const ids = ["huge", "a", "b"];
    const spent = { huge: 0 };
    for (let n = 0; n < 120; n++) {
      const before = world.nowMs;
      await counts.refresh(ids);
      spent.huge += world.nowMs - before;
      world.nowMs = before + 1_000;
    }
    expect(spent.huge / 120_000).toBeLessThan(1 / 20);
    for (const id of ids)
      expect(
        world.counted.filter((counted) => counted === id).length,
      ).toBeGreaterThan(5);
  });

  it("stays as last counted when a count fails, which is thrown, and does not hold up the others", async () => {
    const { world, counts } = scene(() => 60);
    await counts.refresh(["a"]);
    world.broken = "a";
    world.nowMs = 10_000;
    await expect(counts.refresh(["a", "b"])).resolves.toBeUndefined();
    expect(counts.of("b")?.leads).toBe(2);
    world.nowMs = 20_000;
    await expect(counts.refresh(["a", "b"])).rejects.toThrow("too long");
    expect(counts.of("a")?.leads).toBe(1);
    world.nowMs = 30_000;
    await counts.refresh(["a", "b"]);
    expect(world.counted.at(-1)).toBe("b");
  });

  it("of a campaign that is not asked for any more is forgotten", async () => {
    const { counts } = scene(() => 1);
    await counts.refresh(["a", "b"]);
    await counts.refresh(["b"]);
    expect(counts.of("a")).toBeNull();
    expect(counts.of("b")).not.toBeNull();
  });
});
