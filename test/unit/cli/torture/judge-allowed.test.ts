/** What is allowed is not taken for a finding. */
import { describe, expect, it } from "vitest";

import {
  again,
  at,
  attempt,
  call,
  CAMPAIGN,
  found,
  goodRound,
  lead,
  life,
  T0,
  TRUNK,
  twelve,
} from "./round-evidence.ts";
import type { Change } from "./round-evidence.ts";

const good = goodRound();

describe("the judge", () => {
  it.each<readonly [string, Change]>([
    ["a retry after its delay", again(2_000)],
    [
      "a call that the switch turned away, whose row tells no moment at which it was sent",
      {
        calls: [call(0, { outcome: "SWITCH_REFUSED" }), call(1), call(2)],
        rows: {
          attempts: [
            attempt(0, {
              ...{ state: "FAILED", outcome: "SWITCH_REFUSED" },
              ...{ originateAt: null, counts: false },
            }),
            attempt(1),
            attempt(2),
          ],
          leads: [lead(0, { attempts: 0, dials: 0 }), lead(1), lead(2)],
        },
      },
    ],
    [
      "a move to another trunk while nobody had been rung",
      {
        ...again(100, {
          attempts: [
            ...good.rows.attempts,
            attempt(0, {
              id: "attempt-9",
              previousAttemptId: "attempt-0",
              originateAt: T0 + 300,
              endAt: T0 + 400,
            }),
          ],
        }),
      },
    ],
    [
      "a call that was on the wire when the pause committed",
      {
        commands: [
          {
            what: "PAUSE",
            campaignId: CAMPAIGN,
            from: T0 + 1_900,
            to: T0 + 2_012,
          },
        ],
      },
    ],
    [
      "calls after a campaign was resumed",
      {
        commands: [
          { what: "PAUSE", campaignId: CAMPAIGN, from: T0 + 200, to: T0 + 300 },
          {
            what: "RESUME",
            campaignId: CAMPAIGN,
            from: T0 + 900,
            to: T0 + 950,
          },
        ],
      },
    ],
    [
      "twelve in the second in which the limit was raised",
      {
        calls: twelve.map((n) => call(n, { at: at(n), endedAt: at(n) + 50 })),
        commands: [
          {
            what: "CPS",
            trunkId: TRUNK,
            before: 10,
            after: 12,
            from: T0 + 4_000,
            to: T0 + 4_100,
          },
        ],
        rows: {
          attempts: twelve.map((n) =>
            attempt(n, {
              queuedAt: at(n),
              originateAt: at(n),
              endAt: at(n) + 60,
            }),
          ),
          leads: twelve.map((n) => lead(n)),
          trunks: good.rows.trunks.map((t) => ({ ...t, cpsLimit: 12 })),
        },
      },
    ],
    [
      "an outage that is shorter than what /health waits for",
      {
        outages: [
          {
            engine: "A",
            of: "PBX",
            isSilent: false,
            from: T0 + 10_000,
            to: T0 + 13_000,
          },
        ],
      },
    ],
    [
      "an engine that could not start while its database was away",
      {
        lives: [
          life({
            startedAt: T0 + 5_000,
            readyAt: null,
            endedAt: T0 + 6_000,
            endedBy: null,
            code: 1,
          }),
          life(),
          life({ engine: "B" }),
        ],
        outages: [
          {
            engine: "A",
            of: "DATABASE",
            isSilent: false,
            from: T0 + 4_000,
            to: T0 + 7_000,
          },
        ],
      },
    ],
    [
      "CANCELLED, where the carrier ended the call while it was being hung up",
      {
        commands: [
          {
            ...{ what: "CANCEL", campaignId: CAMPAIGN },
            ...{ from: T0 + 2_100, to: T0 + 2_120 },
          },
        ],
        rows: {
          attempts: [
            attempt(0),
            attempt(1),
            attempt(2, { outcome: "CANCELLED", counts: false }),
          ],
          leads: [lead(0), lead(1), lead(2, { attempts: 0 })],
          campaigns: good.rows.campaigns.map((c) => ({
            ...c,
            status: "CANCELLED",
          })),
        },
      },
    ],
    [
      "a PBX that fell silent for less than a ping and its time-out take",
      {
        outages: [
          {
            ...{ engine: "A", of: "PBX", isSilent: true },
            ...{ from: T0 + 10_000, to: T0 + 20_000 },
          },
        ],
      },
    ],
  ])("does not take it for a finding: %s", (_, change) => {
    expect(found(change)).toEqual([]);
  });
});
