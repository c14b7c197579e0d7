/**
 * Whole days of a campaign in virtual time, through the same two decisions that the engine makes: what each call says
 * (`handOverOf`), whenever it changes, and whether the campaign is paused (`shortCallBreakerTrips`), whenever a call was short.
 */
import * as fc from "fast-check";
import { expect, it } from "vitest";

import { createRandom } from "../../../adapters/mock/random.ts";
import {
  shortCallBreakerTrips,
  handOverOf,
  mostCallsLookedAt,
} from "../../../dialing/short-call-breaker.ts";
import type { HandOver } from "../../../dialing/short-call-breaker.ts";
import type { AttemptFacts } from "../../../dialing/call-facts.ts";
import { at, originating } from "./attempt.ts";

const hourMs = 3_600_000;

/** Answers by chance, so many per second; of the calls a share ends at once, the others talk by a law. */
interface Campaign {
  readonly perSecond: number;
  readonly shareAtOnce: number;
  /** Of a number from 0 to 1, ms. */
  readonly talkMs: (chance: number) => number;
  readonly forMs: number;
  /** By how much the PBX's clock is ahead of the database's. */
  readonly pbxAheadMs: number;
  readonly seed: number;
}

interface Call {
  readonly answeredMs: number;
  readonly answerNotedMs: number;
  readonly endsMs: number;
  handOver: HandOver;
}

/** Calls that talk, the one that ends first on top: a binary heap. */
class Talking {
  readonly #heap: Call[] = [];

  get first(): Call | undefined {
    return this.#heap[0];
  }

  add(call: Call): void {
    let place = this.#heap.push(call) - 1;
    while (place > 0) {
      const above = (place - 1) >> 1;
      if (this.#endOf(above) <= call.endsMs) break;
      this.#swap(place, above);
      place = above;
    }
  }

  take(): void {
    const last = this.#heap.pop();
    if (last === undefined || this.#heap.length === 0) return;
    this.#heap[0] = last;
    for (let place = 0; ;) {
      const left = 2 * place + 1;
      const sooner =
        this.#endOf(left + 1) < this.#endOf(left) ? left + 1 : left;
      if (this.#endOf(sooner) >= this.#endOf(place)) return;
      this.#swap(place, sooner);
      place = sooner;
    }
  }

  #endOf(place: number): number {
    return this.#heap[place]?.endsMs ?? Infinity;
  }

  #swap(a: number, b: number): void {
    const [one, other] = [this.#heap[a], this.#heap[b]];
    if (one !== undefined) this.#heap[b] = one;
    if (other !== undefined) this.#heap[a] = other;
  }
}

const talking: AttemptFacts = originating({
  state: "ANSWERED",
  answerAt: at(0),
});
const over: AttemptFacts = originating({ state: "ENDED", outcome: "ANSWERED" });

const longOver = { ...over, answerAt: at(0), endAt: at(60_000) };

const nothing: HandOver = { atMs: null, isShort: false };

/** What the query reads: newest first, all of the last 3 s and 25 more. */
function looksAt(calls: readonly Call[], nowMs: number) {
  const found: { ageMs: number; isShort: boolean }[] = [];
  let old = 0;
  for (let index = calls.length - 1; index >= 0 && old < mostCallsLookedAt;) {
    const { handOver } = calls[index--] ?? { handOver: nothing };
    if (handOver.atMs === null) continue;
    const ageMs = nowMs - handOver.atMs;
    if (ageMs > 3_000) old += 1;
    found.push({ ageMs, isShort: handOver.isShort });
  }
  return found;
}

/** Of the short calls of a day so many are judged by `shortCallBreakerTrips` whatever they are, the others when it may be that they trip it. */
const judgedAnyway = 1 / 50;

/** Whether more than the half of any 20 calls in a row, the newest of them among those that are looked at, were short. */
function mayTrip(calls: readonly Call[], nowMs: number): boolean {
  let short = 0;
  let old = 0;
  for (let seen = 1; seen <= calls.length && old < mostCallsLookedAt; seen++) {
    const call = calls[calls.length - seen];
    if (call === undefined) return false;
    if (nowMs - call.answerNotedMs > 3_000) old += 1;
    if (call.handOver.isShort) short += 1;
    if (calls[calls.length - seen + 20]?.handOver.isShort === true) short -= 1;
    if (short > 10) return true;
  }
  return false;
}

/** @returns how many calls had been answered when it was paused, and more than 3 s ago; null when it never was */
function pausedAfter(
  campaign: Campaign,
): { answered: number; old: number } | null {
  const chance = createRandom(campaign.seed);
  const iso = (ms: number) => new Date(ms + campaign.pbxAheadMs).toISOString();
  const startMs = 10 * 24 * hourMs;
  const talks = new Talking();
  let calls: Call[] = [];
  let dropped = 0;
  const end = (call: Call): boolean => {
    const nowMs = call.endsMs + 5;
    // Times as texts are slow to make, and of a long call nobody reads them.
    const isLong = nowMs - call.answerNotedMs > 5_000;
    const facts = isLong
      ? longOver
      : { ...over, answerAt: iso(call.answeredMs), endAt: iso(call.endsMs) };
    const { answerNotedMs } = call;
    const times = { answerNotedMs, nowMs, endIsAssumed: false };
    call.handOver = handOverOf(facts, times);
    return (
      call.handOver.isShort &&
      (mayTrip(calls, nowMs) || chance() < judgedAnyway) &&
      shortCallBreakerTrips(looksAt(calls, nowMs))
    );
  };
  for (let nowMs = startMs; nowMs < startMs + campaign.forMs;) {
    nowMs -= (Math.log(1 - chance()) * 1_000) / campaign.perSecond;
    for (let call = talks.first; call !== undefined; call = talks.first) {
      if (call.endsMs > nowMs) break;
      talks.take();
      if (end(call)) {
        const isOld = (one: Call) => one.answerNotedMs < call.endsMs - 3_000;
        return {
          answered: dropped + calls.length,
          old: dropped + calls.filter(isOld).length,
        };
      }
    }
    const lastsMs =
      chance() < campaign.shareAtOnce
        ? 2_900 * chance()
        : campaign.talkMs(chance());
    const answerNotedMs = nowMs + 5;
    const call = {
      answeredMs: nowMs,
      answerNotedMs,
      endsMs: nowMs + lastsMs,
      handOver: handOverOf(talking, {
        answerNotedMs: null,
        nowMs: answerNotedMs,
        endIsAssumed: false,
      }),
    };
    calls.push(call);
    talks.add(call);
    if (calls.length > 20_000) {
      dropped += calls.length - 2_000;
      calls = calls.slice(-2_000);
    }
  }
  return null;
}

const laws: Readonly<Record<string, Campaign["talkMs"]>> = {
  "5 s each": () => 5_000,
  "a minute each": () => 60_000,
  "10 min each": () => 600_000,
  "from 5 s to 10 min": (chance) => 5_000 + 595_000 * chance,
  "mostly short ones": (chance) =>
    Math.min(600_000, 5_000 - 40_000 * Math.log(1 - chance)),
};

it.each([
  [0.1, "10 min each"],
  [3, "mostly short ones"],
  [10, "a minute each"],
  [50, "from 5 s to 10 min"],
])(
  "a day of %d answers a second, %s, with one person in ten who hangs up at once: never paused",
  (perSecond, law) => {
    const talkMs = laws[law];
    expect(talkMs).toBeDefined();
    if (talkMs === undefined) return;
    const campaign = { perSecond, talkMs, shareAtOnce: 0.1 };
    const day = { forMs: 24 * hourMs, pbxAheadMs: 0, seed: 1 };
    expect(pausedAfter({ ...campaign, ...day })).toBe(null);
  },
  120_000,
);

const anyCampaign = {
  // From 0.1 to 50 a second, as many slow ones as quick ones.
  perSecond: fc
    .double({ min: -1, max: Math.log10(50), noNaN: true })
    .map((power) => 10 ** power),
  talkMs: fc
    .constantFrom(...Object.keys(laws))
    .map((name) => laws[name] ?? (() => 60_000)),
  pbxAheadMs: fc.constantFrom(-hourMs, 0, 4_000, hourMs),
  seed: fc.integer(),
};

it("a healthy hand-over is never paused, whatever the pace, the talks and the PBX's clock", () => {
  const healthy = fc.record({
    ...anyCampaign,
    shareAtOnce: fc.double({ min: 0, max: 0.1, noNaN: true }),
  });
  fc.assert(
    fc.property(healthy, (campaign) => {
      const forMs = Math.min(
        24 * hourMs,
        (60_000 / campaign.perSecond) * 1_000,
      );
      expect(pausedAfter({ ...campaign, forMs })).toBe(null);
    }),
    { numRuns: 30 },
  );
});

it("a broken hand-over is paused within 25 calls that could be judged, whatever the pace and the PBX's clock", () => {
  const broken = fc.record({
    ...anyCampaign,
    shareAtOnce: fc.double({ min: 0.95, max: 1, noNaN: true }),
  });
  fc.assert(
    fc.property(broken, (campaign) => {
      const paused = pausedAfter({ ...campaign, forMs: 24 * hourMs });
      expect(paused?.old).toBeLessThanOrEqual(25);
      expect(paused?.answered).toBeGreaterThanOrEqual(20);
    }),
    { numRuns: 200 },
  );
});
