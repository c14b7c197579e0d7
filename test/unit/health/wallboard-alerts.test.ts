import { describe, expect, it } from "vitest";

import { findAlerts } from "../../../health/wallboard-alerts.ts";
import type { WallboardFacts } from "../../../health/wallboard-source.ts";
import { busyMoment } from "../../support/wallboard-facts.ts";

const busy = busyMoment();
const quietDay: WallboardFacts = {
  ...busy,
  trunks: busy.trunks.filter(({ health }) => health === "HEALTHY"),
  campaigns: busy.campaigns.filter(({ status }) => status === "ACTIVE"),
};
const idle = {
  ...busy.campaigns[0]!,
  name: "Idle",
  liveCalls: {},
  blockers: [] as { reason: string; count: number; nextAt: null }[],
};
const withBlockers = (...reasons: string[]): WallboardFacts => ({
  ...quietDay,
  campaigns: [
    {
      ...idle,
      blockers: reasons.map((reason) => ({ reason, count: 1, nextAt: null })),
    },
  ],
});
const codes = (facts: WallboardFacts) =>
  findAlerts(facts).map(({ code, subject }) => `${code} ${subject}`);

describe("alerts", () => {
  it("are none while everything dials, whatever slows it down", () => {
    expect(findAlerts(quietDay)).toEqual([]);
  });

  it("name a trunk that is out and until when, but not one that is switched off", () => {
    const [out] = findAlerts(busy);
    expect(out).toEqual({
      code: "TRUNK_OUT",
      subject: "carrier-c",
      reasons: ["SIP 503 from the carrier, 10 times"],
      until: new Date("2026-05-06T14:08:00Z"),
    });
    const off = busy.trunks.map((trunk) => ({ ...trunk, isActive: false }));
    expect(codes({ ...quietDay, trunks: off })).toEqual([]);
  });

  it("name a campaign that the engine paused, and why", () => {
    expect(codes(busy)).toContain("CAMPAIGN_PAUSED Survey of the north");
    expect(findAlerts(busy).at(-1)?.reasons).toEqual(["BRAKE"]);
    const byHand = { ...idle, status: "PAUSED", pauseReason: null };
    expect(codes({ ...quietDay, campaigns: [byHand] })).toEqual([]);
  });

  it("say why an active campaign without a call does not dial", () => {
    const [alert] = findAlerts(withBlockers("NO_TRUNK", "NO_LEAD_DUE"));
    expect(alert).toMatchObject({
      code: "NOT_DIALLING",
      subject: "Idle",
      reasons: ["NO_TRUNK"],
    });
  });

  it("leave out a campaign that waits for its hours or has nobody left to call", () => {
    expect(codes(withBlockers("OUTSIDE_WINDOW", "NO_LEADS", "DNC"))).toEqual(
      [],
    );
    const dialling = { ...withBlockers("NO_TRUNK") };
    const live = dialling.campaigns.map((one) => ({
      ...one,
      liveCalls: { RINGING: 1 },
    }));
    expect(codes({ ...dialling, campaigns: live })).toEqual([]);
  });

  it("say of a PBX the first thing that is wrong, and the engine's reason where it is its own", () => {
    const node = busy.nodes[0]!;
    const of = (changes: Partial<typeof node>, facts = quietDay) =>
      findAlerts({ ...facts, nodes: [{ ...node, ...changes }] });
    expect(of({ hasEngine: false, hasLease: false })).toMatchObject([
      { code: "NO_ENGINE", subject: "default" },
    ]);
    expect(of({ hasLease: false, pbxConnected: false })).toMatchObject([
      { code: "NO_LEASE" },
    ]);
    expect(of({ pbxConnected: false })).toMatchObject([
      { code: "PBX_DOWN", reasons: [] },
    ]);
    const engine = { ...busy.engine!, pbxReason: "ECONNREFUSED" };
    expect(of({ pbxConnected: false }, { ...quietDay, engine })).toMatchObject([
      { reasons: ["ECONNREFUSED"] },
    ]);
    const other = { ...engine, node: "another" };
    expect(
      of({ pbxConnected: false }, { ...quietDay, engine: other }),
    ).toMatchObject([{ reasons: [] }]);
  });
});
