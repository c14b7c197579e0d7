import { describe, expect, it } from "vitest";

import { findAlerts } from "../../../wallboard/alerts.ts";
import type { WallboardFacts } from "../../../wallboard/source.ts";
import {
  busyMoment,
  campaign,
  counts,
  troubledMoment,
  trunk,
} from "../../support/wallboard-facts.ts";

const busy = busyMoment();
const quietDay: WallboardFacts = {
  ...busy,
  trunks: busy.trunks.filter(({ health }) => health === "HEALTHY"),
  campaigns: busy.campaigns.filter(({ status }) => status === "ACTIVE"),
};
const waiting = (name: string, ...reasons: string[]) =>
  campaign(name, {
    blockers: reasons.map((reason) => ({ reason, count: 1, nextAt: null })),
  });
const withCampaigns = (
  ...campaigns: WallboardFacts["campaigns"]
): WallboardFacts => ({ ...quietDay, campaigns });
const codes = (facts: WallboardFacts) =>
  findAlerts(facts).map(({ code, subjects }) => [code, ...subjects].join(" "));

describe("alerts", () => {
  it("are none while everything dials, whatever slows it down", () => {
    expect(findAlerts(quietDay)).toEqual([]);
  });

  it("are one for each cause, however many campaigns suffer from it, the gravest first", () => {
    const alerts = findAlerts(troubledMoment());
    expect(alerts.map(({ code }) => code)).toEqual([
      "PBX_DOWN",
      "ABANDON_OVER",
      "TRUNK_OUT",
      "CAMPAIGNS_PAUSED",
      "CAMPAIGNS_PAUSED",
      "CAMPAIGNS_WAIT",
      "CAMPAIGNS_WAIT",
      "TRUNK_FULL",
    ]);
    expect(alerts[0]).toMatchObject({
      subjects: ["default"],
      waitingCampaigns: 25,
      reasons: ["REFUSED"],
      detail: expect.stringContaining("ECONNREFUSED") as string,
    });
  });

  it("count campaigns that wait for the same thing, and name the first three", () => {
    const facts = withCampaigns(
      ...["a", "b", "c", "d", "e"].map((name) => waiting(name, "NO_TRUNK")),
      waiting("f", "PASS_FAILED", "NO_TRUNK_FOR_NUMBER"),
    );
    expect(findAlerts(facts)).toMatchObject([
      {
        code: "CAMPAIGNS_WAIT",
        subjects: ["a", "b", "c"],
        subjectCount: 5,
        reasons: ["NO_TRUNK"],
      },
      { subjects: ["f"], subjectCount: 1, reasons: ["PASS_FAILED"] },
    ]);
  });

  it("are none for the ordinary limits and waits of a dialler", () => {
    const normal = [
      "HIGHER_PRIORITY_CAMPAIGN",
      "CAMPAIGN_CONCURRENCY",
      "TRUNK_CHANNELS",
      "MAX_CONCURRENT_ORIGINATES",
      "CPS",
      "SWITCH_CPS",
      "ACCOUNT_CPS",
      "ACCOUNT_CONCURRENCY",
      "ACCOUNT_SHARE",
      "OUTSIDE_WINDOW",
      "NO_LEADS",
      "LIST_INACTIVE",
      "DNC",
    ];
    expect(codes(withCampaigns(waiting("Idle", ...normal)))).toEqual([]);
    const paused = campaign("By hand", { status: "PAUSED" });
    const draft = campaign("Draft", { status: "DRAFT" });
    const live = { ...waiting("Dials", "NO_TRUNK"), liveCalls: { RINGING: 1 } };
    expect(codes(withCampaigns(paused, draft, live))).toEqual([]);
  });

  it("tell trunks that are out for the same reason together, with the first that is tried again, but not one that is switched off", () => {
    const out = (name: string, minutes: number, reason: string) =>
      trunk(name, {
        health: "OUT",
        disabledReason: reason,
        disabledUntil: new Date(Date.UTC(2026, 4, 6, 14, minutes)),
      });
    const facts: WallboardFacts = {
      ...withCampaigns(waiting("Waits", "TRUNK_DISABLED")),
      trunks: [
        out("a", 9, "TRUNK_FAULT"),
        out("b", 8, "TRUNK_FAULT"),
        { ...out("off", 7, "TRUNK_FAULT"), isActive: false },
      ],
    };
    expect(findAlerts(facts)).toMatchObject([
      {
        code: "TRUNK_OUT",
        subjects: ["a", "b"],
        reasons: ["TRUNK_FAULT"],
        until: new Date("2026-05-06T14:08:00Z"),
        waitingCampaigns: 1,
      },
    ]);
  });

  it("tell campaigns that the engine paused, by why", () => {
    const braked = (name: string) =>
      campaign(name, { status: "PAUSED", pauseReason: "BRAKE" });
    expect(findAlerts(withCampaigns(braked("a"), braked("b")))).toMatchObject([
      {
        code: "CAMPAIGNS_PAUSED",
        subjects: ["a", "b"],
        reasons: ["BRAKE"],
      },
    ]);
  });

  it("say of a PBX the first thing that is wrong, and of several with the same fault at once", () => {
    const node = busy.nodes[0]!;
    const of = (changes: Partial<typeof node>, facts = quietDay) =>
      findAlerts({ ...facts, nodes: [{ ...node, ...changes }] });
    expect(of({ hasEngine: false, hasLease: false })).toMatchObject([
      { code: "NO_ENGINE", subjects: ["default"] },
    ]);
    expect(of({ hasLease: false, pbxConnected: false })).toMatchObject([
      { code: "NO_LEASE" },
    ]);
    const engine = { ...busy.engine!, pbxReason: "connect ECONNREFUSED" };
    expect(of({ pbxConnected: false }, { ...quietDay, engine })).toMatchObject([
      { code: "PBX_DOWN", reasons: ["REFUSED"] },
    ]);
    const other = { ...engine, node: "another" };
    expect(
      of({ pbxConnected: false }, { ...quietDay, engine: other }),
    ).toMatchObject([{ reasons: [], detail: null }]);
    const away = { ...node, pbxConnected: false };
    const two = [away, { ...away, name: "second" }];
    expect(findAlerts({ ...quietDay, nodes: two })).toMatchObject([
      { subjects: ["default", "second"], subjectCount: 2 },
    ]);
  });

  it("tell the abandon rate of the day or the hour over the cap or near it, else campaigns of their own", () => {
    const of = (day: number, hour: number, own = 0) =>
      findAlerts({
        ...quietDay,
        day: { ...counts(9_000, 3_000, 1_000, day), hoursRead: 24 },
        windows: [{ minutes: 60, ...counts(900, 300, 200, hour) }],
        campaigns: [{ ...busy.campaigns[0]!, day: counts(900, 300, 100, own) }],
      }).map(({ code, about, figures }) => [code, about, figures?.part]);
    expect(of(10, 1)).toEqual([]);
    expect(of(25, 1)).toEqual([["ABANDON_NEAR", "ALL", 25]]);
    expect(of(31, 1)).toEqual([["ABANDON_OVER", "ALL", 31]]);
    expect(of(25, 9)).toEqual([["ABANDON_OVER", "ALL", 9]]);
    expect(of(10, 1, 4)).toEqual([["ABANDON_OVER", "CAMPAIGN", 4]]);
  });

  it("tell an answer rate that collapses, of all or of the campaigns whose own it is", () => {
    const collapsed: WallboardFacts = {
      ...quietDay,
      windows: [
        { minutes: 5, ...counts(600, 30, 27, 0) },
        { minutes: 60, ...counts(7_200, 2_200, 2_000, 5) },
      ],
    };
    expect(findAlerts(collapsed)).toMatchObject([
      { code: "ANSWERS_FELL", about: "ALL", figures: { part: 30, all: 600 } },
    ]);
    const [first] = quietDay.campaigns;
    const one = {
      ...first!,
      lastFiveMinutes: counts(300, 9, 9, 0),
      lastHour: counts(3_600, 1_100, 1_000, 5),
    };
    expect(
      codes({ ...quietDay, campaigns: [one, ...quietDay.campaigns.slice(1)] }),
    ).toEqual(["ANSWERS_FELL May renewals"]);
  });

  it("warn of a trunk that stays full, not of one that is full for a moment", () => {
    const full = (fullForSeconds: number): WallboardFacts => ({
      ...quietDay,
      trunks: [trunk("a", { fullForSeconds })],
    });
    expect(codes(full(29))).toEqual([]);
    expect(findAlerts(full(30))).toMatchObject([
      { code: "TRUNK_FULL", severity: "WARN", subjects: ["a"] },
    ]);
  });
});
