import { describe, expect, it } from "vitest";

import type {
  AttemptEvent,
  AttemptFacts,
  HangupRequest,
} from "../../../dialing/call-facts.ts";
import { noHistory } from "../../../adapters/port.ts";
import {
  cancelQueued,
  foldEvents,
  settle,
  transition,
} from "../../../dialing/call-state.ts";
import { at, ended, eventAt, originateFailed, originating } from "./attempt.ts";
import type { Said } from "./attempt.ts";

const agent = { agentId: "a1", agentChannel: "PJSIP/a1" };
const ringing = eventAt(1_000, { kind: "RINGING" });
const earlyMedia = eventAt(2_000, { kind: "EARLY_MEDIA" });
const answered = eventAt(5_000, { kind: "ANSWERED" });
const amdStarted = eventAt(5_001, { kind: "AMD_STARTED" });
const human = eventAt(7_000, { kind: "AMD_RESULT", result: "HUMAN" });
const waiting = eventAt(7_100, { kind: "WAITING_AGENT" });
const agentRinging = eventAt(8_000, { kind: "AGENT_RINGING", ...agent });
const bridged = eventAt(9_000, { kind: "BRIDGED", ...agent });

const fold = (...events: AttemptEvent[]) => foldEvents(originating(), events);
const stateAfter = (...events: AttemptEvent[]) => fold(...events).state;

describe("the way of a call", () => {
  it.each<[string, AttemptEvent[], AttemptFacts["state"]]>([
    ["ringing", [ringing], "RINGING"],
    ["early media without ringing", [earlyMedia], "EARLY_MEDIA"],
    ["early media after ringing", [ringing, earlyMedia], "EARLY_MEDIA"],
    ["ringing told late", [earlyMedia, ringing], "EARLY_MEDIA"],
    ["answered", [ringing, answered], "ANSWERED"],
    ["answered at once", [answered], "ANSWERED"],
    ["ringing told after the answer", [answered, ringing], "ANSWERED"],
    ["detection begins", [answered, amdStarted], "AMD_PROCESSING"],
    ["detection begins first", [amdStarted, answered], "AMD_PROCESSING"],
    ["ringing told during detection", [amdStarted, ringing], "AMD_PROCESSING"],
    ["detection decides", [answered, amdStarted, human], "ANSWERED"],
    ["detection decided before", [human, amdStarted, answered], "ANSWERED"],
    ["a verdict alone is no answer", [ringing, human], "RINGING"],
    ["waiting for an agent", [answered, waiting], "WAITING_AGENT"],
    ["waiting without an answer told", [waiting], "WAITING_AGENT"],
    [
      "detection received in the agent phase",
      [waiting, amdStarted],
      "WAITING_AGENT",
    ],
    ["an agent rings", [waiting, agentRinging], "AGENT_RINGING"],
    ["an agent rings, told before", [agentRinging, waiting], "AGENT_RINGING"],
    ["bridged", [waiting, agentRinging, bridged], "BRIDGED"],
    ["the answer told after the bridge", [bridged, answered], "BRIDGED"],
    ["bridged from the answer", [answered, bridged], "BRIDGED"],
  ])("%s", (_name, events, state) => {
    expect(stateAfter(...events)).toBe(state);
  });

  it("gives the caller back when the agent does not pick up, and forgets that agent", () => {
    const back = eventAt(12_000, { kind: "WAITING_AGENT" });
    const row = fold(answered, waiting, agentRinging, back);
    expect(row).toMatchObject({
      state: "WAITING_AGENT",
      agentPhaseAt: at(12_000),
      agentId: null,
      agentChannel: null,
    });
    expect(fold(back, agentRinging, waiting, answered)).toEqual(row);
  });

  it("keeps the earliest of each time", () => {
    const again = (ms: number, said: Said) => eventAt(ms, said);
    const row = fold(
      again(5_500, { kind: "ANSWERED" }),
      answered,
      again(1_900, { kind: "RINGING" }),
      ringing,
      bridged,
      again(9_900, { kind: "BRIDGED", agentId: "a2", agentChannel: null }),
    );
    expect(row).toMatchObject({
      ringAt: at(1_000),
      answerAt: at(5_000),
      bridgeAt: at(9_000),
      agentId: "a2",
      agentChannel: null,
    });
  });

  it("has an answer wherever a later phase was received", () => {
    expect(fold(amdStarted).answerAt).toBe(at(5_001));
    expect(fold(bridged, agentRinging).answerAt).toBe(at(8_000));
  });

  it("takes detection's own word over what our timer said before it", () => {
    const unsure = eventAt(13_000, { kind: "AMD_RESULT", result: "NOTSURE" });
    const machine = eventAt(7_500, { kind: "AMD_RESULT", result: "MACHINE" });
    expect(fold(amdStarted, unsure, machine).amdResult).toBe("MACHINE");
    expect(fold(amdStarted, machine, unsure).amdResult).toBe("MACHINE");
  });

  it("records notes without moving", () => {
    const noted = eventAt(6_000, { kind: "NOTED", note: "hold" });
    expect(fold(answered, noted)).toEqual(fold(answered));
  });
});

describe("the end", () => {
  it("is entered at once by a complete ENDED, with its history", () => {
    const history = { ...noHistory, ringAt: at(900), answerAt: at(5_000) };
    expect(fold(ended(65_000, { history }))).toEqual({
      ...originating(),
      state: "ENDED",
      outcome: "ANSWERED",
      ringAt: at(900),
      answerAt: at(5_000),
      endAt: at(65_000),
      hangupCause: "NORMAL_CLEARING",
      hangupCauseCode: 16,
      sipCallId: "call@pbx",
      hangupSource: "CALLEE",
    });
  });

  it.each<[string, AttemptEvent[], AttemptFacts["state"], string]>([
    ["nobody answered", [ringing, ended(30_000)], "NO_ANSWER", "NO_ANSWER"],
    ["busy", [ended(800, { cause: 17 })], "BUSY", "BUSY"],
    [
      "rejected while ringing",
      [ringing, ended(3_000, { cause: 21, sipStatus: 486 })],
      "BUSY",
      "DECLINED",
    ],
    ["no such number", [ended(500, { cause: 1 })], "FAILED", "INVALID_NUMBER"],
    [
      "our time-out at the PBX",
      [ended(20_000, { timedOut: true, cause: 19 })],
      "FAILED",
      "NETWORK_CONGESTION",
    ],
    [
      "hung up while waiting for an agent",
      [answered, waiting, ended(9_000)],
      "ABANDONED",
      "ABANDONED",
    ],
    [
      "hung up while an agent rang",
      [
        answered,
        agentRinging,
        ended(9_000, { history: { ...noHistory, ...agent } }),
      ],
      "ABANDONED",
      "ABANDONED",
    ],
    [
      "a machine",
      [
        answered,
        eventAt(6_000, { kind: "AMD_RESULT", result: "MACHINE" }),
        ended(9_000),
      ],
      "ENDED",
      "MACHINE",
    ],
    ["a conversation", [waiting, bridged, ended(99_000)], "ENDED", "ANSWERED"],
    [
      "refused by the switch",
      [
        eventAt(20, {
          kind: "REFUSED",
          reason: "SWITCH_REFUSED",
          message: "Throttle Error!",
        }),
      ],
      "FAILED",
      "SWITCH_REFUSED",
    ],
    [
      "never sent",
      [eventAt(20, { kind: "NOT_SENT", message: "paused" })],
      "CANCELLED",
      "CANCELLED",
    ],
  ])("%s", (_name, events, state, outcome) => {
    expect(fold(...events)).toMatchObject({ state, outcome });
  });

  it.each<[HangupRequest, string, string]>([
    ["SETUP", "NETWORK_CONGESTION", "TIMEOUT"],
    ["RING", "NO_ANSWER", "TIMEOUT"],
    ["OPERATOR", "CANCELLED", "SYSTEM"],
    ["CAMPAIGN", "CANCELLED", "SYSTEM"],
  ])("says who asked for it: %s", (hangupRequested, outcome, hangupSource) => {
    const row = transition(originating({ hangupRequested }), ended(9_000));
    expect(row).toMatchObject({ outcome, hangupSource });
  });

  const requests = [
    { hangupRequested: "SETUP" },
    { hangupRequested: "RING" },
    { hangupRequested: null, timedOut: true },
  ] as const;
  const refusals = [
    { cause: 17 },
    { cause: 21, sipStatus: 486 },
    { cause: 21, sipStatus: 603 },
    { cause: 1 },
    { cause: 16, causeName: "DECLINE" },
  ];
  const sources = ["CALLEE", "SYSTEM", "TIMEOUT", null] as const;

  it.each(requests)(
    "is the callee's, whose refusal was quicker than our time-out (%o)",
    ({ hangupRequested, ...timedOut }) => {
      for (const refusal of refusals)
        for (const source of sources)
          for (const rung of [true, false]) {
            const end = ended(9_000, { ...refusal, ...timedOut, source });
            const before = originating({ hangupRequested });
            const row = foldEvents(before, rung ? [ringing, end] : [end]);
            expect(row.hangupSource, row.outcome ?? "").toBe("CALLEE");
          }
    },
  );

  it.each(requests)(
    "is our time-out's, where no code but the PBX's own came, or somebody had answered (%o)",
    ({ hangupRequested, ...timedOut }) => {
      const before = originating({ hangupRequested });
      for (const cause of [16, 19, 127, null])
        for (const source of sources)
          expect(
            transition(before, ended(9_000, { cause, ...timedOut, source })),
          ).toMatchObject({ hangupSource: "TIMEOUT" });
      const talked = ended(9_000, { cause: 17, ...timedOut });
      expect(foldEvents(before, [answered, talked])).toMatchObject({
        ...{ outcome: "ANSWERED", hangupSource: "TIMEOUT" },
      });
    },
  );

  it("waits for SETTLE where only a lesser word came, and takes the better one", () => {
    const held = fold(ringing, originateFailed(3_000));
    expect(held).toMatchObject({ state: "RINGING", outcome: null });
    expect(settle(held)).toMatchObject({
      state: "BUSY",
      outcome: "DECLINED",
      endAt: at(3_000),
      pendingEnd: null,
    });
    const better = transition(
      held,
      ended(3_050, { complete: false, cause: 1 }),
    );
    expect(settle(better)).toMatchObject({
      outcome: "INVALID_NUMBER",
      endAt: at(3_050),
    });
    const best = transition(better, ended(3_060, { cause: 27 }));
    expect(best).toMatchObject({ state: "NO_ANSWER", hangupCauseCode: 27 });
  });

  it("of a call that the PBX lost is ORPHANED, or ANSWERED if it had been answered", () => {
    const lost = eventAt(40_000, { kind: "LOST" });
    expect(settle(fold(ringing, lost))).toMatchObject({
      state: "FAILED",
      outcome: "ORPHANED",
      hangupSource: "ERROR",
    });
    expect(settle(fold(lost, answered))).toMatchObject({
      state: "ENDED",
      outcome: "ANSWERED",
    });
  });

  it("takes the gaps of an incomplete history from the events received", () => {
    const history = { ...noHistory, bridgeAt: at(9_500), agentId: "a2" };
    const incomplete = ended(60_000, { complete: false, history });
    const row = settle(fold(ringing, answered, waiting, incomplete));
    expect(row).toMatchObject({
      outcome: "ANSWERED",
      ringAt: at(1_000),
      answerAt: at(5_000),
      bridgeAt: at(9_500),
      agentId: "a2",
    });
  });

  it("is final", () => {
    const row = fold(ringing, ended(30_000));
    const later = [
      answered,
      amdStarted,
      bridged,
      ended(31_000, { cause: 1 }),
      originateFailed(31_000),
      eventAt(31_000, { kind: "LOST" }),
      eventAt(31_000, { kind: "NOT_SENT", message: "late" }),
    ];
    expect(foldEvents(row, later)).toEqual(row);
    expect(settle(row)).toEqual(row);
  });

  it("leaves room for a disposition that comes after it, and for one only", () => {
    const sold = eventAt(1, { kind: "DISPOSITION", disposition: "SOLD" });
    const other = eventAt(2, { kind: "DISPOSITION", disposition: "OTHER" });
    const row = fold(answered, ended(30_000));
    expect(transition(row, sold)).toEqual({ ...row, disposition: "SOLD" });
    expect(foldEvents(row, [sold, other]).disposition).toBe("SOLD");
  });

  it("of a queued attempt is CANCELLED", () => {
    const queued = originating({ state: "QUEUED" });
    expect(cancelQueued(queued, at(15_000))).toMatchObject({
      state: "CANCELLED",
      outcome: "CANCELLED",
      endAt: at(15_000),
      hangupSource: "SYSTEM",
    });
  });

  it("does not come from SETTLE when nothing is pending", () => {
    const row = fold(ringing);
    expect(settle(row)).toBe(row);
  });
});
