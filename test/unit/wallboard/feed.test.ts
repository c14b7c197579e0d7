import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { WallboardFeed } from "../../../wallboard/feed.ts";
import type { FeedOptions, Sink } from "../../../wallboard/feed.ts";
import type { Viewer } from "../../../wallboard/source.ts";
import { createLogger } from "../../../logging.ts";
import {
  busyMoment,
  campaign,
  dayOfCampaign,
} from "../../support/wallboard-facts.ts";

const second = 1_000;
const operator: Viewer = { kind: "operator" };
const user = (sub: string, more = {}): Viewer => ({
  kind: "account",
  claims: { sub, role: "authenticated", ...more },
  expiresAtMs: Infinity,
});

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

interface Seen extends Sink {
  readonly got: string[];
  ended: boolean;
}

function look(): Seen {
  const seen: Seen = {
    got: [],
    ended: false,
    send: (text) => void seen.got.push(text),
    end: () => {
      seen.ended = true;
    },
  };
  return seen;
}

function scene(options: Partial<FeedOptions> = {}) {
  const opened: Viewer[] = [];
  const lines: string[] = [];
  const world = {
    facts: busyMoment,
    reads: 0,
    failure: null as Error | null,
    atOnce: 0,
    most: 0,
  };
  const feed = new WallboardFeed({
    open: (viewer) => {
      opened.push(viewer);
      return {
        read: async () => {
          world.reads += 1;
          world.most = Math.max(world.most, ++world.atOnce);
          await new Promise((resolve) => setTimeout(resolve, 5));
          world.atOnce -= 1;
          if (world.failure !== null) throw world.failure;
          return world.facts();
        },
        campaignDay: (id) => (id === "known" ? dayOfCampaign(id) : null),
      };
    },
    log: createLogger(
      { level: "info", phoneNumbers: false },
      { write: (line: string) => void lines.push(line) },
    ),
    ...options,
  });
  return { feed, world, opened, lines };
}

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

describe("the wallboard's feed", () => {
  it("reads nothing while nobody looks, and stops when the last one leaves", async () => {
    const { feed, world } = scene();
    await pass(5 * second);
    expect(world.reads).toBe(0);
    const seat = feed.join(operator, look());
    await pass(3.5 * second);
    expect(world.reads).toBe(4);
    seat?.leave();
    seat?.leave();
    await pass(5 * second);
    expect(world.reads).toBe(4);
    expect(feed.viewers).toBe(0);
  });

  it("reads once a second for any number of operators, and gives all the same text", async () => {
    const { feed, world } = scene();
    const seen = Array.from({ length: 20 }, () => {
      const one = look();
      feed.join(operator, one);
      return one;
    });
    await pass(1.5 * second);
    expect(world.reads).toBe(2);
    for (const one of seen) expect(one.got).toEqual(seen[0]?.got);
    expect(seen[0]?.got).toHaveLength(2);
    const text = seen[0]?.got[0] ?? "";
    expect(text).toMatch(/^event: board\ndata: \{.*\}\n\n$/);
    expect(JSON.parse(text.slice(text.indexOf("{")))).toMatchObject({
      at: "2026-05-06T14:03:22.000Z",
      alerts: [{ code: "TRUNK_OUT" }, { code: "CAMPAIGNS_PAUSED" }],
    });
    await feed.close();
  });

  it("gives the last picture at once to who joins later", async () => {
    const { feed } = scene();
    feed.join(operator, look());
    await pass(100);
    const late = look();
    feed.join(operator, late);
    expect(late.got).toHaveLength(1);
    await feed.close();
  });

  it("reads apart for users whose claims differ, together for two tokens of one user, and never two at once", async () => {
    const { feed, world, opened } = scene();
    feed.join(operator, look());
    feed.join(user("a", { exp: 1, iat: 1, session_id: "x" }), look());
    feed.join(user("a", { exp: 2, iat: 2, session_id: "y" }), look());
    feed.join(user("b"), look());
    feed.join(user("a", { app_metadata: { account_id: "b" } }), look());
    await pass(100);
    expect(opened).toHaveLength(4);
    expect(world.reads).toBe(4);
    expect(world.most).toBe(1);
    await feed.close();
  });

  it("sends no viewer more than so many bytes a second, however many campaigns there are", async () => {
    const { feed, world } = scene();
    const many = Array.from({ length: 1_000 }, (_, n) =>
      campaign(`Campaign ${String(n)}`, { liveCalls: { RINGING: n % 7 } }),
    );
    world.facts = () => ({ ...busyMoment(), campaigns: many });
    const seen = [look(), look(), look()];
    for (const one of seen) feed.join(operator, one);
    await pass(60 * second);
    const bytes = (seen[0]?.got ?? []).reduce(
      (sum, text) => sum + text.length,
      0,
    );
    expect(bytes / 60).toBeLessThan(275_000);
    expect(seen[0]?.got.length).toBeGreaterThan(10);
    expect(world.reads).toBe(seen[0]?.got.length);
    await feed.close();
  });

  it("gives a campaign's day to who has a stream, and was shown it", async () => {
    const { feed } = scene();
    expect(feed.campaignDay(operator, "known")).toBeNull();
    const seat = feed.join(operator, look());
    expect(feed.campaignDay(operator, "known")).toMatchObject({ id: "known" });
    expect(feed.campaignDay(operator, "other")).toBeNull();
    expect(feed.campaignDay(user("a"), "known")).toBeNull();
    seat?.leave();
    expect(feed.campaignDay(operator, "known")).toBeNull();
    await feed.close();
  });

  it("has room for so many, and keeps some of it for operators", () => {
    const { feed } = scene({ maxViewers: 12, maxViewersPerUser: 3 });
    const join = (viewer: Viewer) => feed.join(viewer, look()) !== null;
    expect([1, 2, 3, 4].map(() => join(user("a")))).toEqual([
      true,
      true,
      true,
      false,
    ]);
    expect(join(user("b"))).toBe(true);
    expect(join(user("c"))).toBe(false);
    expect(Array.from({ length: 9 }, () => join(operator))).toEqual([
      ...Array.from({ length: 8 }, () => true),
      false,
    ]);
    void feed.close();
  });

  it("tells of trouble, waits longer each time, logs once, and tells when it is over", async () => {
    const { feed, world, lines } = scene();
    const seen = look();
    world.failure = new Error("database away");
    feed.join(operator, seen);
    await pass(60 * second);
    expect(seen.got[0]).toBe('event: trouble\ndata: {"code":"UNREADABLE"}\n\n');
    expect(world.reads).toBeLessThan(11);
    expect(lines).toHaveLength(1);
    world.failure = null;
    await pass(11 * second);
    expect(seen.got.at(-1)).toContain("event: board");
    expect(lines).toHaveLength(2);
    await feed.close();
  });

  it("ends every stream when it closes, lets nobody in again and reads no more", async () => {
    const { feed, world } = scene();
    const seen = [look(), look()];
    feed.join(operator, seen[0]!);
    feed.join(user("a"), seen[1]!);
    await pass(100);
    await feed.close();
    expect(seen.map(({ ended }) => ended)).toEqual([true, true]);
    expect(feed.join(operator, look())).toBeNull();
    const { reads } = world;
    await pass(5 * second);
    expect(world.reads).toBe(reads);
  });
});
