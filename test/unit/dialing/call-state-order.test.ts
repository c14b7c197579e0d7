/** The order and the repeats of events decide nothing: for whole calls as an adapter sees them. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { noHistory } from "../../../adapters/port.ts";
import type { CallHistory } from "../../../adapters/port.ts";
import { isEnded, phaseOf } from "../../../dialing/call-facts.ts";
import type {
  AttemptEvent,
  AttemptFacts,
} from "../../../dialing/call-facts.ts";
import { foldEvents, settle } from "../../../dialing/call-state.ts";
import { at, ended, eventAt, originateFailed, originating } from "./attempt.ts";

interface Path {
  readonly events: readonly AttemptEvent[];
  readonly history: CallHistory;
  readonly endMs: number;
}

/** Gaps of 0 make events of the same millisecond, as a PBX under load has them. */
const gap = fc.constantFrom(0, 0, 1, 40, 3_000);
const anyAgent = fc.record({
  agentId: fc.constantFrom("a1", "a2", null),
  agentChannel: fc.constantFrom("PJSIP/a1", "PJSIP/a2"),
});
const agentSteps = fc.array(
  fc.oneof(
    fc.constant({ kind: "WAITING_AGENT" } as const),
    anyAgent.map((who) => ({ kind: "AGENT_RINGING", ...who }) as const),
    anyAgent.map((who) => ({ kind: "BRIDGED", ...who }) as const),
  ),
  { maxLength: 6 },
);
const anyShape = fc.record({
  early: fc.subarray(["RINGING", "EARLY_MEDIA"] as const),
  earlySwapped: fc.boolean(),
  answered: fc.boolean(),
  amd: fc.option(fc.constantFrom("HUMAN", "MACHINE", "FAX", "NOTSURE", null)),
  hasAmd: fc.boolean(),
  agents: agentSteps,
  noted: fc.boolean(),
  disposition: fc.option(fc.constantFrom("SOLD", "CALLBACK")),
  gaps: fc.array(gap, { minLength: 20, maxLength: 20 }),
});
type Shape = typeof anyShape extends fc.Arbitrary<infer T> ? T : never;

/** Walks through a call as a PBX would, keeping the history that an adapter keeps. */
function walk(shape: Shape): Path {
  const events: AttemptEvent[] = [];
  const history = { ...noHistory } as {
    -readonly [K in keyof CallHistory]: CallHistory[K];
  };
  let ms = 0;
  let step = 0;
  const next = () => (ms += shape.gaps[step++] ?? 1);
  const early = shape.earlySwapped ? shape.early.toReversed() : shape.early;
  for (const kind of early) {
    events.push(eventAt(next(), { kind }));
    history[kind === "RINGING" ? "ringAt" : "earlyMediaAt"] = at(ms);
  }
  if (shape.answered) {
    events.push(eventAt(next(), { kind: "ANSWERED" }));
    history.answerAt = at(ms);
    if (shape.hasAmd) {
      events.push(eventAt(next(), { kind: "AMD_STARTED" }));
      if (shape.amd !== null) {
        const result = shape.amd;
        events.push(eventAt(next(), { kind: "AMD_RESULT", result }));
        history.amdResult = result;
      }
    }
    for (const said of shape.agents) {
      events.push(eventAt(next(), said));
      history.waitingAgentAt ??= at(ms);
      if (said.kind === "BRIDGED") history.bridgeAt ??= at(ms);
      if (said.kind !== "WAITING_AGENT") {
        history.agentId = said.agentId;
        history.agentChannel = said.agentChannel;
      }
    }
  }
  if (shape.noted)
    events.push(eventAt(next(), { kind: "NOTED", note: "hold" }));
  const { disposition } = shape;
  if (disposition !== null)
    events.push(eventAt(next(), { kind: "DISPOSITION", disposition }));
  return { events, history, endMs: next() };
}

const anyPath = anyShape.map(walk);
const anyCause = fc.constantFrom(
  { cause: 16, causeName: "NORMAL_CLEARING", sipStatus: null },
  { cause: 17, causeName: "USER_BUSY", sipStatus: 486 },
  { cause: 19, causeName: "NO_ANSWER", sipStatus: 480 },
  { cause: 34, causeName: "NORMAL_CIRCUIT_CONGESTION", sipStatus: 503 },
);

/** The same events in another order, each at least once, cut into batches. */
function anyDelivery(
  events: readonly AttemptEvent[],
): fc.Arbitrary<AttemptEvent[][]> {
  return fc
    .array(fc.nat({ max: Math.max(0, events.length - 1) }), { maxLength: 12 })
    .map((repeats) => [
      ...events,
      ...repeats.flatMap((index) => events[index] ?? []),
    ])
    .chain((all) =>
      fc.record({
        order: fc.shuffledSubarray(all, {
          minLength: all.length,
          maxLength: all.length,
        }),
        cuts: fc.array(fc.nat({ max: all.length }), { maxLength: 6 }),
      }),
    )
    .map(({ order, cuts }) => {
      const marks = [0, ...cuts.toSorted((a, b) => a - b), order.length];
      return marks.slice(1).map((to, n) => order.slice(marks[n], to));
    });
}

/** Through JSON between batches, as the row goes through the database. */
function deliver(batches: readonly AttemptEvent[][]): AttemptFacts {
  return batches.reduce<AttemptFacts>((row, batch) => {
    const next = foldEvents(row, batch);
    expect(phaseOf[next.state]).toBeGreaterThanOrEqual(phaseOf[row.state]);
    return JSON.parse(JSON.stringify(next)) as AttemptFacts;
  }, originating());
}

const twoWays = (events: readonly AttemptEvent[]) =>
  fc.record({ one: anyDelivery(events), other: anyDelivery(events) });

describe(
  "for all calls, in any order, with any repeats, in any batches",
  { timeout: 20_000 },
  () => {
    it("a call followed to its end ends in the same row", () => {
      const anyCall = fc
        .record({ path: anyPath, cause: anyCause, timedOut: fc.boolean() })
        .chain(({ path, cause, timedOut }) => {
          const { history, endMs } = path;
          const end = ended(endMs, { ...cause, history, timedOut });
          const alsoFailed = originateFailed(endMs, { ...cause, timedOut });
          const events = history.answerAt === null ? [alsoFailed, end] : [end];
          return twoWays([...path.events, ...events]);
        });
      fc.assert(
        fc.property(anyCall, ({ one, other }) => {
          const row = deliver(one);
          expect(isEnded(row.state)).toBe(true);
          expect(deliver(other)).toEqual(row);
        }),
        { numRuns: 500 },
      );
    });

    it("that row is the one of the events as they happened", () => {
      const anyCall = anyPath.chain((path) => {
        const inOrder = [
          ...path.events,
          ended(path.endMs, { history: path.history }),
        ];
        return fc.record({
          inOrder: fc.constant(inOrder),
          delivery: anyDelivery(inOrder),
          path: fc.constant(path),
        });
      });
      fc.assert(
        fc.property(anyCall, ({ inOrder, delivery, path: { history } }) => {
          const row = deliver(delivery);
          expect(row).toEqual(foldEvents(originating(), inOrder));
          const { ringAt, earlyMediaAt, answerAt, bridgeAt, amdResult } =
            history;
          expect(row).toMatchObject({
            ringAt,
            earlyMediaAt,
            answerAt,
            bridgeAt,
          });
          expect(row).toMatchObject({ amdResult, agentId: history.agentId });
        }),
        { numRuns: 500 },
      );
    });

    it("a call that goes on is in the same row", () => {
      const anyCall = anyPath.chain(({ events }) => twoWays(events));
      fc.assert(
        fc.property(anyCall, ({ one, other }) => {
          const row = deliver(one);
          expect(isEnded(row.state)).toBe(false);
          expect(deliver(other)).toEqual(row);
        }),
        { numRuns: 500 },
      );
    });

    it("a call of which only lesser words came ends in the same row after SETTLE", () => {
      const lesser = fc.array(
        fc.record({
          cause: anyCause,
          lateMs: gap,
          timedOut: fc.boolean(),
          kind: fc.constantFrom("FAILED", "LOST", "ENDED", "ENDED_KNOWING"),
        }),
        { minLength: 1, maxLength: 4 },
      );
      const anyCall = fc
        .record({ path: anyPath, lesser })
        .chain(({ path, lesser }) => {
          const ends = lesser.map(({ cause, lateMs, timedOut, kind }) => {
            const ms = path.endMs + lateMs;
            if (kind === "LOST") return eventAt(ms, { kind });
            if (kind === "FAILED")
              return originateFailed(ms, { ...cause, timedOut });
            const history = kind === "ENDED" ? noHistory : path.history;
            return ended(ms, { ...cause, timedOut, history, complete: false });
          });
          return twoWays([...path.events, ...ends]);
        });
      fc.assert(
        fc.property(anyCall, ({ one, other }) => {
          const held = deliver(one);
          expect(isEnded(held.state)).toBe(false);
          const row = settle(held);
          expect(isEnded(row.state)).toBe(true);
          expect(settle(deliver(other))).toEqual(row);
        }),
        { numRuns: 500 },
      );
    });

    it("an ended call changes no more but for its first disposition", () => {
      const anyCall = fc.tuple(
        anyPath.map(({ events, endMs, history }) =>
          foldEvents(originating(), [...events, ended(endMs, { history })]),
        ),
        anyPath.chain(({ events, endMs, history }) =>
          anyDelivery([...events, ended(endMs, { history, cause: 1 })]),
        ),
      );
      fc.assert(
        fc.property(anyCall, ([row, later]) => {
          const after = later.reduce(foldEvents, row);
          const disposition = row.disposition ?? after.disposition;
          expect(settle(after)).toEqual({ ...row, disposition });
        }),
        { numRuns: 500 },
      );
    });
  },
);
