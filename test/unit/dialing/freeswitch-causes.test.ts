/** What FreeSWITCH's words for the end of an unanswered call become (facts/freeswitch.md §4, §7; DESIGN.md §5). */
import { describe, expect, it } from "vitest";

import { decideOutcome } from "../../../dialing/outcome.ts";
import type { EndFacts, Outcome } from "../../../dialing/outcome.ts";

const silent: EndFacts = {
  rung: false,
  answered: false,
  waitedForAgent: false,
  bridged: false,
  amdResult: null,
  cause: null,
  causeName: null,
  sipStatus: null,
  endedBy: "REMOTE",
  refusal: null,
  notSent: false,
  orphaned: false,
};

/** Name, its Q.850 number, SIP status; without ringing, and after it. */
const rows: readonly (readonly [
  string,
  number,
  number | null,
  Outcome,
  Outcome,
])[] = [
  ["UNALLOCATED_NUMBER", 1, 404, "INVALID_NUMBER", "INVALID_NUMBER"],
  ["UNALLOCATED_NUMBER", 1, null, "INVALID_NUMBER", "INVALID_NUMBER"],
  ["NUMBER_CHANGED", 22, 410, "INVALID_NUMBER", "INVALID_NUMBER"],
  ["INVALID_NUMBER_FORMAT", 28, 484, "INVALID_NUMBER", "INVALID_NUMBER"],
  ["NO_ROUTE_DESTINATION", 3, 604, "INVALID_NUMBER", "INVALID_NUMBER"],
  ["DOES_NOT_EXIST_ANYWHERE", 16, null, "INVALID_NUMBER", "INVALID_NUMBER"],
  ["USER_BUSY", 17, 486, "BUSY", "DECLINED"],
  ["USER_BUSY", 17, 600, "BUSY", "DECLINED"],
  ["USER_BUSY", 17, null, "BUSY", "DECLINED"],
  ["BUSY_EVERYWHERE", 16, null, "BUSY", "DECLINED"],
  ["CALL_REJECTED", 21, 403, "REJECTED", "DECLINED"],
  ["CALL_REJECTED", 21, 603, "REJECTED", "DECLINED"],
  ["CALL_REJECTED", 21, 401, "TRUNK_FAULT", "TRUNK_FAULT"],
  ["CALL_REJECTED", 21, 407, "TRUNK_FAULT", "TRUNK_FAULT"],
  ["UNWANTED", 16, 607, "REJECTED", "DECLINED"],
  ["UNWANTED", 16, null, "REJECTED", "DECLINED"],
  ["DECLINE", 16, null, "REJECTED", "DECLINED"],
  ["NO_USER_RESPONSE", 18, 480, "UNREACHABLE", "NO_ANSWER"],
  ["NETWORK_OUT_OF_ORDER", 38, 502, "UNREACHABLE", "NO_ANSWER"],
  ["SUBSCRIBER_ABSENT", 20, null, "UNREACHABLE", "NO_ANSWER"],
  ["USER_NOT_REGISTERED", 16, null, "UNREACHABLE", "NO_ANSWER"],
  ["DESTINATION_OUT_OF_ORDER", 27, null, "UNREACHABLE", "NO_ANSWER"],
  ["NO_USER_RESPONSE", 18, null, "NETWORK_CONGESTION", "NO_ANSWER"],
  ["RECOVERY_ON_TIMER_EXPIRE", 102, 408, "NETWORK_CONGESTION", "NO_ANSWER"],
  ["RECOVERY_ON_TIMER_EXPIRE", 102, 504, "NETWORK_CONGESTION", "NO_ANSWER"],
  ["NORMAL_TEMPORARY_FAILURE", 41, 500, "NETWORK_CONGESTION", "NO_ANSWER"],
  ["NORMAL_TEMPORARY_FAILURE", 41, 503, "NETWORK_CONGESTION", "NO_ANSWER"],
  ["NORMAL_CIRCUIT_CONGESTION", 34, null, "NETWORK_CONGESTION", "NO_ANSWER"],
  ["SWITCH_CONGESTION", 42, null, "NETWORK_CONGESTION", "NO_ANSWER"],
  ["PROGRESS_TIMEOUT", 16, null, "NETWORK_CONGESTION", "NO_ANSWER"],
  ["INCOMPATIBLE_DESTINATION", 88, 488, "TRUNK_FAULT", "TRUNK_FAULT"],
  ["INCOMPATIBLE_DESTINATION", 88, null, "TRUNK_FAULT", "TRUNK_FAULT"],
  ["INVALID_GATEWAY", 16, null, "TRUNK_FAULT", "TRUNK_FAULT"],
  ["GATEWAY_DOWN", 16, null, "TRUNK_FAULT", "TRUNK_FAULT"],
  ["CHAN_NOT_IMPLEMENTED", 66, null, "TRUNK_FAULT", "TRUNK_FAULT"],
  ["SYSTEM_SHUTDOWN", 16, null, "SWITCH_REFUSED", "NO_ANSWER"],
  ["NORMAL_CLEARING", 16, null, "UNREACHABLE", "NO_ANSWER"],
  ["A_NAME_OF_A_LATER_VERSION", 16, null, "UNREACHABLE", "NO_ANSWER"],
];

describe("FreeSWITCH's words for an end before the answer", () => {
  it.each(rows)("%s (%i / %s): %s, after ringing %s", (...row) => {
    const [causeName, cause, sipStatus, unrung, rung] = row;
    const facts = { ...silent, causeName, cause, sipStatus };
    expect(decideOutcome(facts)).toBe(unrung);
    expect(decideOutcome({ ...facts, rung: true })).toBe(rung);
  });

  it.each<[string, number]>([
    ["NO_ANSWER", 19],
    ["PROGRESS_TIMEOUT", 16],
    ["ALLOTTED_TIMEOUT", 16],
  ])(
    "%s is our own time-out: the phone rang or nothing came back",
    (...row) => {
      const [causeName, cause] = row;
      const facts: EndFacts = {
        ...silent,
        causeName,
        cause,
        endedBy: "PBX_TIMEOUT",
      };
      expect(decideOutcome(facts)).toBe("NETWORK_CONGESTION");
      expect(decideOutcome({ ...facts, rung: true })).toBe("NO_ANSWER");
    },
  );

  it("goes by the status before the name, and by the name before the number", () => {
    const name = { ...silent, causeName: "GATEWAY_DOWN", cause: 17 };
    expect(decideOutcome(name)).toBe("TRUNK_FAULT");
    expect(decideOutcome({ ...name, sipStatus: 404 })).toBe("INVALID_NUMBER");
    expect(decideOutcome({ ...name, sipStatus: 487 })).toBe("TRUNK_FAULT");
    expect(decideOutcome({ ...name, causeName: "User busy" })).toBe("BUSY");
  });
});
