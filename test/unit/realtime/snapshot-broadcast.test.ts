import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { createLogger } from "../../../logging.ts";
import { SnapshotBroadcast } from "../../../realtime/snapshot-broadcast.ts";
import type {
  BroadcastOptions,
  CampaignSnapshot,
} from "../../../realtime/snapshot-broadcast.ts";

const second = 1_000;

function scene(changes: Partial<BroadcastOptions> = {}) {
  const lines: string[] = [];
  const sent: string[] = [];
  const failed: string[] = [];
  const world = {
    campaigns: [] as CampaignSnapshot[],
    isAll: true,
    holder: true,
    failure: null as Error | null,
    reads: [] as (readonly string[])[],
  };
  const broadcast = new SnapshotBroadcast({
    read: (alsoIds) => {
      world.reads.push(alsoIds);
      return Promise.resolve({
        snapshots: world.campaigns,
        isAll: world.isAll,
      });
    },
    send: (topic, payload) => {
      if (world.failure !== null) return Promise.reject(world.failure);
      sent.push(`${topic.slice(-1)} ${String(payload["status"])}`);
      return Promise.resolve();
    },
    isLeader: () => world.holder,
    onSent: () => undefined,
    onFailed: (code) => failed.push(code),
    log: createLogger(
      { level: "info", phoneNumbers: false },
      { write: (line: string) => void lines.push(line) },
    ),
    nowMs: () => Date.now(),
    ...changes,
  });
  broadcast.start();
  stops.push(() => broadcast.stop());
  const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
  return { world, sent, failed, lines, pass, broadcast };
}

const stops: (() => Promise<void>)[] = [];
beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
  vi.useRealTimers();
});

const active = (id: string, ringing = 0): CampaignSnapshot => ({
  campaignId: id,
  status: "ACTIVE",
  liveCalls: { RINGING: ringing },
});

describe("a campaign's snapshot", () => {
  it("is sent once a second at most, and only when something changed", async () => {
    const { world, sent, pass } = scene();
    world.campaigns = [active("a"), active("b")];
    await pass(second);
    expect(sent).toEqual(["a ACTIVE", "b ACTIVE"]);
    await pass(5 * second);
    expect(sent).toHaveLength(2);
    world.campaigns = [active("a"), active("b", 1)];
    await pass(second);
    expect(sent).toEqual(["a ACTIVE", "b ACTIVE", "b ACTIVE"]);
    expect(world.reads).toHaveLength(7);
  });

  it("is sent a last time when the campaign is not active any more, and never again", async () => {
    const { world, sent, pass } = scene();
    world.campaigns = [active("a")];
    await pass(second);
    world.campaigns = [{ campaignId: "a", status: "COMPLETED" }];
    await pass(second);
    expect(world.reads.at(-1)).toEqual(["a"]);
    world.campaigns = [];
    await pass(3 * second);
    expect(world.reads.at(-1)).toEqual([]);
    expect(sent).toEqual(["a ACTIVE", "a COMPLETED"]);
  });

  it("is not sent by an engine that does not hold its node, which does not even read; a new holder begins anew", async () => {
    const { world, sent, pass } = scene();
    world.campaigns = [active("a")];
    world.holder = false;
    await pass(3 * second);
    expect(world.reads).toHaveLength(0);
    world.holder = true;
    await pass(second);
    world.holder = false;
    await pass(second);
    world.holder = true;
    await pass(second);
    expect(sent).toEqual(["a ACTIVE", "a ACTIVE"]);
  });

  it("waits its turn when more campaigns change than one second may tell", async () => {
    const { world, sent, pass } = scene({ maxPerRound: 2 });
    world.campaigns = ["a", "b", "c"].map((id) => active(id));
    await pass(second);
    expect(sent).toEqual(["a ACTIVE", "b ACTIVE"]);
    world.campaigns = ["a", "b", "c"].map((id) => active(id, 1));
    await pass(second);
    expect(sent.slice(2)).toEqual(["c ACTIVE", "a ACTIVE"]);
  });
});

describe("when Supabase does not take them", () => {
  it("a round ends with the failure, and pauses grow from two seconds to a minute", async () => {
    const { world, failed, pass } = scene();
    world.campaigns = Array.from({ length: 30 }, (_, n) =>
      active(String(n).padStart(2, "0")),
    );
    world.failure = Object.assign(new Error("away"), { code: "ECONNREFUSED" });
    await pass(second);
    // Eight are under way at once; the other 22 are not tried.
    expect(failed).toHaveLength(8);
    const atRounds = [world.reads.length];
    for (let n = 0; n < 240; n++) {
      await pass(second);
      if (world.reads.length > atRounds.length) atRounds.push(n + 2);
    }
    const pauses = atRounds.slice(1).map((at, n) => at - (atRounds[n] ?? 0));
    expect(pauses).toEqual([2, 4, 8, 16, 32, 60, 60]);
  });

  it("it is logged once, and once more when they arrive again", async () => {
    const { world, sent, lines, pass } = scene();
    world.campaigns = [active("a")];
    world.failure = Object.assign(new Error("?apikey=hidden"), {
      code: "HTTP_401",
    });
    await pass(20 * second);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain("SUPABASE_SECRET_KEY");
    expect(lines[0]).not.toContain("hidden");
    world.failure = null;
    await pass(30 * second);
    expect(sent).toEqual(["a ACTIVE"]);
    expect(lines[1]).toContain("again");
    expect(lines).toHaveLength(2);
  });

  it("a database that cannot be read is logged once and tried every second", async () => {
    let reads = 0;
    const { lines, pass } = scene({
      read: () => {
        reads += 1;
        return Promise.reject(new Error("away"));
      },
    });
    await pass(4 * second);
    expect(reads).toBe(4);
    expect(lines).toHaveLength(1);
  });
});

it("one that was not looked at this time is remembered, one that is gone is not", async () => {
  const { world, sent, pass } = scene();
  world.campaigns = [active("a"), active("b")];
  await pass(second);
  world.isAll = false;
  world.campaigns = [active("b", 1)];
  await pass(second);
  world.campaigns = [active("a")];
  await pass(second);
  expect(sent).toEqual(["a ACTIVE", "b ACTIVE", "b ACTIVE"]);
  world.isAll = true;
  world.campaigns = [active("a")];
  await pass(second);
  expect(world.reads.at(-1)).toEqual(["a", "b"]);
  await pass(second);
  expect(world.reads.at(-1)).toEqual(["a"]);
});

it("stopping lets the round under way end and begins no other", async () => {
  let release: () => void = () => undefined;
  const { world, broadcast, pass } = scene({
    send: () =>
      new Promise((resolve) => {
        release = resolve;
      }),
  });
  world.campaigns = [active("a")];
  await pass(second);
  const stopped = broadcast.stop();
  release();
  await stopped;
  await pass(5 * second);
  expect(world.reads).toHaveLength(1);
});
