/** Two engines on one node whose connections to the PBX come and go, in virtual time: which of them leads at every moment. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { Failover } from "../../../../engine/leadership/failover.ts";

const intervalMs = 1_000;
const leaseMs = 5_000;

/** One change of an engine's world: from `atMs` on its connection is up or not, and its database answers or not. */
interface Change {
  readonly atMs: number;
  readonly engine: 0 | 1;
  readonly connected?: boolean;
  readonly database?: boolean;
}

interface World {
  leader: number | null;
  leaseUntilMs: number;
}

/** What `voice_nodes`, `engines` and `Elector` do with a `Failover`, without the rest. */
class SimulatedEngine {
  connected = false;
  database = true;
  heartbeatMs = Number.NEGATIVE_INFINITY;
  couldTakeOver = false;
  readonly #failover = new Failover(leaseMs, 0);
  readonly #id: number;

  constructor(id: number) {
    this.#id = id;
  }

  /** @returns what it did with the node */
  heartbeat(
    world: World,
    other: SimulatedEngine,
    nowMs: number,
  ): "FAIL_OVER" | "TAKE" | null {
    this.#failover.noteConnection(this.connected, nowMs);
    if (!this.database) return null;
    const holds = world.leader === this.#id && nowMs < world.leaseUntilMs;
    if (holds) world.leaseUntilMs = nowMs + leaseMs;
    this.heartbeatMs = nowMs;
    this.couldTakeOver = !holds && this.#failover.isSteady(nowMs);
    const step = this.#failover.next(
      {
        works: holds,
        takeable:
          !holds && (world.leader === null || nowMs >= world.leaseUntilMs),
        successor: other.couldTakeOver && other.heartbeatMs > nowMs - leaseMs,
      },
      nowMs,
    );
    if (step === "FAIL_OVER") {
      this.#failover.noteFailedOver(nowMs);
      world.leader = null;
      return step;
    }
    if (step !== "TAKE") return null;
    world.leader = this.#id;
    world.leaseUntilMs = nowMs + leaseMs;
    return step;
  }
}

interface Moment {
  readonly atMs: number;
  readonly leader: number | null;
  readonly connected: readonly [boolean, boolean];
}

/** Runs both engines' heartbeats, half a heartbeat apart, until `untilMs`. Both connections are up 0.3 s after the start. */
function simulate(changes: readonly Change[], untilMs: number) {
  const engines = [new SimulatedEngine(0), new SimulatedEngine(1)] as const;
  const world: World = { leader: null, leaseUntilMs: 0 };
  const plan = [
    { atMs: 300, engine: 0, connected: true } as const,
    { atMs: 300, engine: 1, connected: true } as const,
    ...changes,
  ].toSorted((one, two) => one.atMs - two.atMs);
  const failovers: { readonly atMs: number; readonly by: number }[] = [];
  const moments: Moment[] = [];
  let next = 0;
  for (let nowMs = 500; nowMs <= untilMs; nowMs += intervalMs / 2) {
    for (let change = plan[next]; change && change.atMs <= nowMs;) {
      const engine = engines[change.engine];
      engine.connected = change.connected ?? engine.connected;
      engine.database = change.database ?? engine.database;
      next += 1;
      change = plan[next];
    }
    const turn = (nowMs / (intervalMs / 2)) % 2 === 0 ? 0 : 1;
    const did = engines[turn].heartbeat(
      world,
      engines[turn === 0 ? 1 : 0],
      nowMs,
    );
    if (did === "FAIL_OVER") failovers.push({ atMs: nowMs, by: turn });
    moments.push({
      atMs: nowMs,
      leader: world.leader,
      connected: [engines[0].connected, engines[1].connected],
    });
  }
  return { failovers, moments, leader: world.leader };
}

/** The engine that leads the node when both connections have been up from the start. */
const first = simulate([], 30_000).leader as 0 | 1;
const second = first === 0 ? 1 : 0;

describe("failover of a node whose leader is cut off from the PBX", () => {
  it("happens within a lease's length and two heartbeats, once, and stays", () => {
    const { failovers, leader, moments } = simulate(
      [
        { atMs: 60_000, engine: first, connected: false },
        { atMs: 90_000, engine: first, connected: true },
      ],
      600_000,
    );
    expect(failovers).toHaveLength(1);
    expect(failovers[0]?.by).toBe(first);
    expect(failovers[0]?.atMs).toBeGreaterThanOrEqual(60_000 + leaseMs);
    const taken = moments.find((moment) => moment.leader === second);
    expect(taken?.atMs).toBeLessThanOrEqual(60_000 + leaseMs + 2 * intervalMs);
    expect(leader).toBe(second);
  });

  it("does not happen for an outage of a moment, however early", () => {
    const changes = [2_000, 8_000, 30_000, 61_000].flatMap((atMs) => [
      { atMs, engine: first, connected: false },
      { atMs: atMs + 900, engine: first, connected: true },
    ]);
    expect(simulate(changes, 120_000).failovers).toEqual([]);
  });

  it("does not happen when nobody is there, or both have lost their connections", () => {
    const alone = simulate(
      [
        { atMs: 20_000, engine: second, database: false },
        { atMs: 60_000, engine: first, connected: false },
      ],
      300_000,
    );
    expect(alone.failovers).toEqual([]);
    expect(alone.leader).toBe(first);
    const both = simulate(
      [
        { atMs: 60_000, engine: first, connected: false },
        { atMs: 60_000, engine: second, connected: false },
      ],
      300_000,
    );
    expect(both.failovers).toEqual([]);
    expect(both.leader).toBe(first);
  });

  it("to a standby whose database fell silent: the old leader has the node back, and asks less often", () => {
    const { failovers, moments } = simulate(
      [
        { atMs: 60_000, engine: first, connected: false },
        // Its last heartbeat says that it could, and it takes nothing.
        { atMs: 64_300, engine: second, database: false },
      ],
      300_000,
    );
    expect(failovers).toHaveLength(1);
    const free = moments.filter(({ leader }) => leader === null);
    expect(free.length * (intervalMs / 2)).toBeLessThanOrEqual(leaseMs + 3_000);
    expect(moments.at(-1)?.leader).toBe(first);
  });

  it("is not fought for when the old leader's connection returns in the same second", () => {
    for (let backMs = 64_000; backMs <= 68_000; backMs += 100) {
      const { failovers, leader } = simulate(
        [
          { atMs: 60_000, engine: first, connected: false },
          { atMs: backMs, engine: first, connected: true },
        ],
        300_000,
      );
      expect(failovers.length).toBeLessThanOrEqual(1);
      expect(leader).toBe(failovers.length === 1 ? second : first);
    }
  });

  it("a connection that is up only for a moment counts as down", () => {
    const flaps = Array.from({ length: 60 }, (_, n) => [
      { atMs: 60_000 + n * 3_000, engine: first, connected: false },
      { atMs: 62_000 + n * 3_000, engine: first, connected: true },
    ]).flat();
    const { failovers, leader } = simulate(flaps, 300_000);
    expect(failovers).toHaveLength(1);
    expect(leader).toBe(second);
  });

  it("whatever the connections do: only to an engine with one, at most a few times, and the node is never left alone", () => {
    const outage = fc.record({
      engine: fc.constantFrom<0 | 1>(0, 1),
      atMs: fc.integer({ min: 1_000, max: 900_000 }),
      forMs: fc.integer({ min: 100, max: 60_000 }),
    });
    fc.assert(
      fc.property(fc.array(outage, { maxLength: 60 }), (outages) => {
        const changes = merged(outages);
        const { failovers, moments } = simulate(changes, 1_000_000);
        for (const { atMs, by } of failovers) {
          const { connected } = moments.find(
            (moment) => moment.atMs === atMs,
          ) ?? {
            connected: [],
          };
          expect(connected[by]).toBe(false);
        }
        // One engine's steadiness doubles with each: in 1,000 s at most so many, were both to flap all the time.
        expect(failovers.length).toBeLessThanOrEqual(24);
        expect(longestWithout(moments)).toBeLessThanOrEqual(
          leaseMs + 3 * intervalMs,
        );
        expect(longestCutOff(moments)).toBeLessThanOrEqual(
          24 * leaseMs + 10_000,
        );
      }),
      { numRuns: 300 },
    );
  });
});

/** Outages of one engine that overlap are one. */
function merged(
  outages: readonly { engine: 0 | 1; atMs: number; forMs: number }[],
): Change[] {
  return ([0, 1] as const).flatMap((engine) => {
    const changes: Change[] = [];
    let untilMs = 0;
    for (const { atMs, forMs } of outages
      .filter((outage) => outage.engine === engine)
      .toSorted((one, two) => one.atMs - two.atMs)) {
      if (atMs <= untilMs) continue;
      untilMs = atMs + forMs;
      changes.push({ atMs, engine, connected: false });
      changes.push({ atMs: untilMs, engine, connected: true });
    }
    return changes;
  });
}

function longest(
  moments: readonly Moment[],
  holds: (moment: Moment) => boolean,
): number {
  let sinceMs: number | null = null;
  let most = 0;
  for (const moment of moments) {
    if (!holds(moment)) sinceMs = null;
    else {
      sinceMs ??= moment.atMs;
      most = Math.max(most, moment.atMs - sinceMs);
    }
  }
  return most;
}

const longestWithout = (moments: readonly Moment[]) =>
  longest(moments, ({ leader }) => leader === null);

/** The leader has no connection, and the other has one. */
const longestCutOff = (moments: readonly Moment[]) =>
  longest(
    moments,
    ({ leader, connected }) =>
      leader !== null && !connected[leader] && connected[leader === 0 ? 1 : 0],
  );
