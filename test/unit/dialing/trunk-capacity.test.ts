import { describe, expect, it } from "vitest";

import {
  findUsableTrunks,
  withLimitGroups,
} from "../../../dialing/trunk-capacity.ts";
import { Blockers } from "../../../dialing/blockers.ts";
import type {
  CampaignToPass,
  PassFacts,
  Rival,
  TrunkRow,
} from "../../../dialing/pass-facts.ts";

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
    accountFlaw: null,
    destinationFlaw: null,
    hasTrunkLimit: false,
    allowedCountries: null,
    allowedCallerIds: null,
    accountConcurrentCalls: null,
    accountCallsPerSecond: null,
    accountDialsPerDay: null,
    minGapSeconds: 0,
    maxDialsPerPhonePerDay: 8,
    nowMs: 0,
    trunks: [...trunks],
  };
  const facts: PassFacts = {
    liveOfCampaign: 0,
    account: { live: 0, queued: 0, sentLately: 0, dialsToday: 0 },
    trunks: Object.fromEntries(
      trunks.map(({ id }) => [
        id,
        {
          live: 0,
          liveOf: {},
          given: {},
          overdue: 0,
          hasBucket: true,
          nextSlotMs: null,
        },
      ]),
    ),
    nodes: {
      default: {
        adapter: "mock",
        isHeld: true,
        pbxConnected: true,
        pbxPause: null,
        maxOriginates: 100,
        unanswered: 0,
        queued: 0,
        accounts: {},
        pbxCallsPerSecond: null,
        pbxFreeCalls: null,
        unheardCalls: 0,
        unheardUntilMs: null,
      },
    },
    rivals: [...rivals],
    windows: [],
    partitions: [],
  };
  return findUsableTrunks(
    campaign,
    facts,
    new Blockers(),
  ).capacity.freeChannels("b");
}

/** Campaigns of the same account, or of `values`, that wait for these trunks. */
const waiting = (
  earliest: number,
  trunkIds: readonly string[],
  values: Partial<Rival> = {},
): Rival[] =>
  trunkIds.map((trunkId) => ({
    accountId: "one",
    trunkId,
    node: null,
    earliest,
    equals: earliest === 5 ? 1 : 0,
    ...values,
  }));

describe("a trunk that others of the account wait for", () => {
  it("is shared evenly with those of the same priority, and left to those of an earlier one", () => {
    expect(channelsLeft([])).toBe(10);
    expect(channelsLeft(waiting(5, ["b"]))).toBe(5);
    expect(channelsLeft(waiting(4, ["b"]))).toBe(0);
    expect(channelsLeft(waiting(6, ["b"]))).toBe(10);
  });

  it("is one that they wait for, not any that they may use", () => {
    expect(channelsLeft(waiting(1, ["a"]))).toBe(10);
  });

  it("is left also when the limits of its group are opened by a trunk of others", () => {
    const group = [
      trunk("a", { limitGroup: "carrier", isAllowed: false }),
      trunk("b", { limitGroup: "carrier" }),
    ];
    const trunkIds = withLimitGroups(new Set(["a"]), group);
    expect(trunkIds).toEqual(["a", "b"]);
    expect(channelsLeft(waiting(1, trunkIds), group)).toBe(0);
  });
});

describe("a trunk that another account waits for", () => {
  const other = { accountId: "two" };

  it("is shared with it, whatever its priority and however many its campaigns", () => {
    expect(channelsLeft(waiting(-2_147_483_648, ["b"], other))).toBe(5);
    expect(channelsLeft(waiting(5, ["b"], { ...other, equals: 50 }))).toBe(5);
  });

  it("is shared by account first, then by priority inside the account", () => {
    const rivals = waiting(1, ["b"], other);
    expect(channelsLeft([...rivals, ...waiting(4, ["b"])])).toBe(0);
    expect(channelsLeft([...rivals, ...waiting(5, ["b"])])).toBe(3);
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
