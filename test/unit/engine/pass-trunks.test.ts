import { describe, expect, it } from "vitest";

import type {
  CampaignToPass,
  PassFacts,
  Rival,
  TrunkRow,
} from "../../../database/scheduling.ts";
import { openLines, withLimitGroups } from "../../../engine/pass-trunks.ts";
import { PassVerdict } from "../../../engine/pass-verdict.ts";

const trunk = (id: string, values: Partial<TrunkRow> = {}): TrunkRow => ({
  id,
  name: id,
  node: "default",
  dialString: `mock/${id}/{number}`,
  callerId: null,
  cpsLimit: 100,
  maxChannels: 10,
  limitGroup: null,
  priority: 100,
  weight: 1,
  numberPattern: null,
  isActive: true,
  health: "HEALTHY",
  disabledUntilMs: null,
  isAllowed: true,
  isProbed: false,
  isDemoted: false,
  ...values,
});

/** Channels of trunk `b` that a campaign of priority 5 may still use, by who else waits for what. */
function channelsLeft(
  rivals: readonly Rival[],
  trunks: readonly TrunkRow[] = [trunk("a"), trunk("b")],
): number {
  const campaign: CampaignToPass = {
    id: "c",
    accountId: "one",
    priority: 5,
    maxConcurrentCalls: 100,
    maxAttempts: 5,
    maxDials: 15,
    callerId: null,
    timezone: "UTC",
    startTime: "00:00",
    endTime: "24:00",
    workDays: [1],
    autoComplete: true,
    isTestCall: false,
    validUntilMs: null,
    defaultCountry: "BR",
    accountTimezone: "UTC",
    minGapSeconds: 0,
    maxDialsPerPhonePerDay: 8,
    nowMs: 0,
    trunks: [...trunks],
  };
  const facts: PassFacts = {
    liveOfCampaign: 0,
    trunks: Object.fromEntries(
      trunks.map(({ id }) => [
        id,
        { live: 0, overdue: 0, hasBucket: true, nextSlotMs: null },
      ]),
    ),
    nodes: {
      default: {
        adapter: "mock",
        isHeld: true,
        pbxConnected: true,
        maxOriginates: 100,
        unanswered: 0,
        queued: 0,
        pbxCallsPerSecond: null,
        pbxFreeCalls: null,
      },
    },
    rivals: [...rivals],
    windows: [],
    buckets: [],
  };
  return openLines(campaign, facts, new PassVerdict()).book.freeChannels("b");
}

describe("a trunk that others wait for", () => {
  it("is shared evenly with those of the same priority, and left to those of an earlier one", () => {
    expect(channelsLeft([])).toBe(10);
    expect(channelsLeft([{ priority: 5, trunkIds: ["b"] }])).toBe(5);
    expect(channelsLeft([{ priority: 4, trunkIds: ["b"] }])).toBe(0);
    expect(channelsLeft([{ priority: 6, trunkIds: ["b"] }])).toBe(10);
  });

  it("is one that they wait for, not any that they may use", () => {
    expect(channelsLeft([{ priority: 1, trunkIds: ["a"] }])).toBe(10);
  });

  it("is left also when the limits of its group are opened by a trunk of others", () => {
    const group = [
      trunk("a", { limitGroup: "carrier", isAllowed: false }),
      trunk("b", { limitGroup: "carrier" }),
    ];
    const waitsForA = {
      priority: 1,
      trunkIds: withLimitGroups(new Set(["a"]), group),
    };
    expect(waitsForA.trunkIds).toEqual(["a", "b"]);
    expect(channelsLeft([waitsForA], group)).toBe(0);
  });
});

describe("who waits for a trunk", () => {
  it("waits for those of its limit group on the same node, and for no other", () => {
    const all = [
      trunk("a", { limitGroup: "g" }),
      trunk("b", { limitGroup: "g" }),
      trunk("c", { limitGroup: "g", node: "other" }),
      trunk("d"),
      trunk("e"),
    ];
    expect(withLimitGroups(new Set(["b", "d"]), all)).toEqual(["a", "b", "d"]);
  });
});
