/** Two engines on one node whose lines to the PBX come and go, in virtual time: who holds the node at every moment. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { HandOver } from "../../../../engine/leadership/failover.ts";

const beatMs = 1_000;
const leaseMs = 5_000;

/** One change of an engine's world: from `atMs` on its line is up or not, and its database answers or not. */
interface Change {
  readonly atMs: number;
  readonly engine: 0 | 1;
  readonly line?: boolean;
  readonly database?: boolean;
}

interface World {
  holder: number | null;
  leaseUntilMs: number;
}

/** What `voice_nodes`, `engines` and `Holder` do with a `HandOver`, without the rest. */
class SimulatedEngine {
  line = false;
  database = true;
  heartbeatMs = Number.NEGATIVE_INFINITY;
  couldTakeOver = false;
  readonly #handOver = new HandOver(leaseMs, 0);
  readonly #id: number;

  constructor(id: number) {
    this.#id = id;
  }

  /** @returns what it did with the node */
  beat(
    world: World,
    other: SimulatedEngine,
    nowMs: number,
  ): "HAND_OVER" | "TAKE" | null {
    this.#handOver.noteLine(this.line, nowMs);
    if (!this.database) return null;
    const holds = world.holder === this.#id && nowMs < world.leaseUntilMs;
    if (holds) world.leaseUntilMs = nowMs + leaseMs;
    this.heartbeatMs = nowMs;
    this.couldTakeOver = !holds && this.#handOver.isSteady(nowMs);
    const step = this.#handOver.next(
      {
        works: holds,
        takeable:
          !holds && (world.holder === null || nowMs >= world.leaseUntilMs),
        successor: other.couldTakeOver && other.heartbeatMs > nowMs - leaseMs,
      },
      nowMs,
    );
    if (step === "HAND_OVER") {
      this.#handOver.noteHandedOver(nowMs);
      world.holder = null;
      return step;
    }
    if (step !== "TAKE") return null;
    world.holder = this.#id;
    world.leaseUntilMs = nowMs + leaseMs;
    return step;
  }
}

interface Moment {
  readonly atMs: number;
  readonly holder: number | null;
  readonly lines: readonly [boolean, boolean];
}

/** Runs both engines' beats, half a beat apart, until `untilMs`. Both lines are up 0.3 s after the start. */
function simulate(changes: readonly Change[], untilMs: number) {
  const engines = [new SimulatedEngine(0), new SimulatedEngine(1)] as const;
  const world: World = { holder: null, leaseUntilMs: 0 };
  const plan = [
    { atMs: 300, engine: 0, line: true } as const,
    { atMs: 300, engine: 1, line: true } as const,
    ...changes,
  ].toSorted((one, two) => one.atMs - two.atMs);
  const handOvers: { readonly atMs: number; readonly by: number }[] = [];
  const moments: Moment[] = [];
  let next = 0;
  for (let nowMs = 500; nowMs <= untilMs; nowMs += beatMs / 2) {
    for (let change = plan[next]; change && change.atMs <= nowMs;) {
      const engine = engines[change.engine];
      engine.line = change.line ?? engine.line;
      engine.database = change.database ?? engine.database;
      next += 1;
      change = plan[next];
    }
    const turn = (nowMs / (beatMs / 2)) % 2 === 0 ? 0 : 1;
    const did = engines[turn].beat(world, engines[turn === 0 ? 1 : 0], nowMs);
    if (did === "HAND_OVER") handOvers.push({ atMs: nowMs, by: turn });
    moments.push({
      atMs: nowMs,
      holder: world.holder,
      lines: [engines[0].line, engines[1].line],
    });
  }
  return { handOvers, moments, holder: world.holder };
}

/** The engine that holds the node when both lines have been up from the start. */
const first = simulate([], 30_000).holder as 0 | 1;
const second = first === 0 ? 1 : 0;

describe("hand-over of a node whose holder is cut off from the PBX", () => {
  it("happens within a lease's length and two beats, once, and stays", () => {
    const { handOvers, holder, moments } = simulate(
      [
        { atMs: 60_000, engine: first, line: false },
        { atMs: 90_000, engine: first, line: true },
      ],
      600_000,
    );
    expect(handOvers).toHaveLength(1);
    expect(handOvers[0]?.by).toBe(first);
    expect(handOvers[0]?.atMs).toBeGreaterThanOrEqual(60_000 + leaseMs);
    const taken = moments.find((moment) => moment.holder === second);
    expect(taken?.atMs).toBeLessThanOrEqual(60_000 + leaseMs + 2 * beatMs);
    expect(holder).toBe(second);
  });

  it("does not happen for an outage of a moment, however early", () => {
    const changes = [2_000, 8_000, 30_000, 61_000].flatMap((atMs) => [
      { atMs, engine: first, line: false },
      { atMs: atMs + 900, engine: first, line: true },
    ]);
    expect(simulate(changes, 120_000).handOvers).toEqual([]);
  });

  it("does not happen when nobody is there, or both have lost their lines", () => {
    const alone = simulate(
      [
        { atMs: 20_000, engine: second, database: false },
        { atMs: 60_000, engine: first, line: false },
      ],
      300_000,
    );
    expect(alone.handOvers).toEqual([]);
    expect(alone.holder).toBe(first);
    const both = simulate(
      [
        { atMs: 60_000, engine: first, line: false },
        { atMs: 60_000, engine: second, line: false },
      ],
      300_000,
    );
    expect(both.handOvers).toEqual([]);
    expect(both.holder).toBe(first);
  });

  it("to a standby whose database fell silent: the old holder has the node back, and asks less often", () => {
    const { handOvers, moments } = simulate(
      [
        { atMs: 60_000, engine: first, line: false },
        // Its last beat says that it could, and it takes nothing.
        { atMs: 64_300, engine: second, database: false },
      ],
      300_000,
    );
    expect(handOvers).toHaveLength(1);
    const free = moments.filter(({ holder }) => holder === null);
    expect(free.length * (beatMs / 2)).toBeLessThanOrEqual(leaseMs + 3_000);
    expect(moments.at(-1)?.holder).toBe(first);
  });

  it("is not fought for when the old holder's line returns in the same second", () => {
    for (let backMs = 64_000; backMs <= 68_000; backMs += 100) {
      const { handOvers, holder } = simulate(
        [
          { atMs: 60_000, engine: first, line: false },
          { atMs: backMs, engine: first, line: true },
        ],
        300_000,
      );
      expect(handOvers.length).toBeLessThanOrEqual(1);
      expect(holder).toBe(handOvers.length === 1 ? second : first);
    }
  });

  it("a line that is up for a moment only counts as down", () => {
    const flaps = Array.from({ length: 60 }, (_, n) => [
      { atMs: 60_000 + n * 3_000, engine: first, line: false },
      { atMs: 62_000 + n * 3_000, engine: first, line: true },
    ]).flat();
    const { handOvers, holder } = simulate(flaps, 300_000);
    expect(handOvers).toHaveLength(1);
    expect(holder).toBe(second);
  });

  it("whatever the lines do: only to an engine with a line, at most a few times, and the node is never left alone", () => {
    const outage = fc.record({
      engine: fc.constantFrom<0 | 1>(0, 1),
      atMs: fc.integer({ min: 1_000, max: 900_000 }),
      forMs: fc.integer({ min: 100, max: 60_000 }),
    });
    fc.assert(
      fc.property(fc.array(outage, { maxLength: 60 }), (outages) => {
        const changes = merged(outages);
        const { handOvers, moments } = simulate(changes, 1_000_000);
        for (const { atMs, by } of handOvers) {
          const { lines } = moments.find((moment) => moment.atMs === atMs) ?? {
            lines: [],
          };
          expect(lines[by]).toBe(false);
        }
        // One engine's steadiness doubles with each: in 1,000 s at most so many, were both to flap all the time.
        expect(handOvers.length).toBeLessThanOrEqual(24);
        expect(longestWithout(moments)).toBeLessThanOrEqual(
          leaseMs + 3 * beatMs,
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
      changes.push({ atMs, engine, line: false });
      changes.push({ atMs: untilMs, engine, line: true });
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
  longest(moments, ({ holder }) => holder === null);

/** The holder has no line, and the other has one. */
const longestCutOff = (moments: readonly Moment[]) =>
  longest(
    moments,
    ({ holder, lines }) =>
      holder !== null && !lines[holder] && lines[holder === 0 ? 1 : 0],
  );
