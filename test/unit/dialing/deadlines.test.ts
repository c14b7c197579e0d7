import { describe, expect, it } from "vitest";

import type {
  AttemptEvent,
  AttemptFacts,
} from "../../../dialing/call-facts.ts";
import { foldEvents } from "../../../dialing/call-state.ts";
import { deadlineAfter } from "../../../dialing/deadlines.ts";
import { ended, eventAt, originateFailed, originating } from "./attempt.ts";

const policy = {
  setupTimeoutMs: 20_000,
  ringTimeoutMs: 25_000,
  maxCallDurationMs: 1_800_000,
  settleMs: 2_000,
  agentTimeoutMs: 300_000,
};
/** The engine's clock, deliberately nowhere near the PBX's. */
const nowMs = Date.UTC(2031, 5, 1);
const ringing = eventAt(1_000, { kind: "RINGING" });
const earlyMedia = eventAt(2_000, { kind: "EARLY_MEDIA" });
const answered = eventAt(5_000, { kind: "ANSWERED" });
const amdStarted = eventAt(5_000, { kind: "AMD_STARTED" });
const human = eventAt(7_000, { kind: "AMD_RESULT", result: "HUMAN" });
const waiting = eventAt(8_000, { kind: "WAITING_AGENT" });
const who = { agentId: "a1", agentChannel: "PJSIP/a1" };
const agentRinging = eventAt(10_000, { kind: "AGENT_RINGING", ...who });
const bridged = eventAt(15_000, { kind: "BRIDGED", ...who });

function after(
  known: readonly AttemptEvent[],
  news: readonly AttemptEvent[],
  given: Partial<typeof policy> = {},
) {
  const before = foldEvents(originating(), known);
  const now = foldEvents(before, news);
  return deadlineAfter(before, now, { ...policy, ...given }, nowMs);
}

const inMs = (type: string, ms: number) => ({ type, atMs: nowMs + ms });

describe("deadlines", () => {
  it("are counted from the moment a state is seen", () => {
    expect(after([], [ringing])).toEqual(inMs("RING", 25_000));
    expect(after([], [earlyMedia])).toEqual(inMs("RING", 25_000));
    expect(after([], [amdStarted])).toEqual(inMs("AMD", 8_000));
    expect(after([answered], [waiting])).toEqual(inMs("AGENT_ASSIGN", 300_000));
    expect(after([waiting], [agentRinging])).toEqual(
      inMs("AGENT_RING", 300_000),
    );
    const queued: AttemptFacts = originating({ state: "QUEUED" });
    expect(deadlineAfter(queued, originating(), policy, nowMs)).toEqual(
      inMs("ORIGINATE", 20_000),
    );
    expect(deadlineAfter(originating(), queued, policy, nowMs)).toEqual(
      inMs("QUEUE", 15_000),
    );
  });

  it("of ringing do not start again with early media, nor the other way round", () => {
    expect(after([ringing], [earlyMedia])).toBeNull();
    expect(after([earlyMedia], [ringing])).toBeNull();
  });

  it("stand while the state stands", () => {
    expect(after([ringing], [ringing])).toBeNull();
    expect(after([answered], [ringing])).toBeNull();
  });

  it("of a call's whole length count from its answer", () => {
    expect(after([ringing], [answered])).toEqual(
      inMs("MAX_DURATION", 1_800_000),
    );
    expect(after([waiting, answered, agentRinging], [bridged])).toEqual(
      inMs("MAX_DURATION", 1_790_000),
    );
    expect(after([ringing], [answered, waiting, bridged])).toEqual(
      inMs("MAX_DURATION", 1_790_000),
    );
  });

  it("of a call's whole length count detection in, whatever the PBX's clock says", () => {
    const before = foldEvents(originating(), [answered, amdStarted]);
    const now = foldEvents(before, [human]);
    const decidedMs = Date.parse(answered.at) + 3_000;
    expect(deadlineAfter(before, now, policy, decidedMs)).toEqual({
      type: "MAX_DURATION",
      atMs: Date.parse(answered.at) + 1_800_000,
    });
    expect(deadlineAfter(before, now, policy, nowMs)).toEqual(
      inMs("MAX_DURATION", 1_792_000),
    );
    expect(deadlineAfter(before, now, policy, 0)?.atMs).toBe(1_800_000);
  });

  it("of agents do not cut a conversation that is being transferred", () => {
    const known = [answered, waiting, agentRinging, bridged];
    const again = eventAt(60_000, { kind: "AGENT_RINGING", ...who });
    expect(after(known, [again])).toMatchObject({ type: "MAX_DURATION" });
    const back = eventAt(70_000, { kind: "WAITING_AGENT" });
    expect(after([...known, again], [back])).toMatchObject({
      type: "MAX_DURATION",
    });
  });

  it("of agents and detection never reach beyond a call's whole length", () => {
    const short = { maxCallDurationMs: 6_000 };
    expect(after([], [amdStarted], short)).toEqual(inMs("MAX_DURATION", 6_000));
    expect(after([answered], [waiting], short)).toEqual(
      inMs("MAX_DURATION", 3_000),
    );
    expect(after([answered, waiting], [bridged], short)).toEqual(
      inMs("MAX_DURATION", 0),
    );
  });

  it("give a lesser word of the end SETTLE, once", () => {
    const failed = originateFailed(6_000);
    const again = ended(6_100, { complete: false });
    expect(after([ringing], [failed])).toEqual(inMs("SETTLE", 2_000));
    expect(after([ringing, failed], [again])).toBeNull();
    expect(after([ringing, failed], [answered])).toBeNull();
  });

  it("end with the call", () => {
    expect(after([ringing], [ended(9_000)])).toBeNull();
  });
});
