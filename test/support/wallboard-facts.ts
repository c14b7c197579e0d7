/** A fictitious busy moment, the same every time, for tests of the wallboard and its pictures. */
import type {
  BoardCampaign,
  WallboardFacts,
} from "../../health/wallboard-source.ts";

/** Overview of a call centre at work: two campaigns dial, one was paused, one trunk is out. */
export function busyMoment(): WallboardFacts {
  return {
    at: new Date("2026-05-06T14:03:22Z"),
    engine: {
      version: "1.0.0",
      node: "default",
      standby: false,
      uptimeSeconds: 86_400,
      pbxReason: null,
    },
    campaigns: [
      campaign("May renewals", {
        liveCalls: { QUEUED: 3, RINGING: 11, ANSWERED: 12 },
        maxConcurrentCalls: 40,
        blockers: [{ reason: "CPS", count: 214, nextAt: null }],
        lastHour: {
          dialled: 6_120,
          answered: 2_203,
          people: 1_981,
          abandoned: 22,
        },
        progress: { leads: 48_200, leadsDone: 30_100, percentDone: 62.4 },
      }),
      campaign("Invoices due in June", {
        liveCalls: { RINGING: 4, EARLY_MEDIA: 1, ANSWERED: 5 },
        maxConcurrentCalls: 10,
        blockers: [
          { reason: "CAMPAIGN_CONCURRENCY", count: 1, nextAt: null },
          {
            reason: "OUTSIDE_WINDOW",
            count: 310,
            nextAt: new Date("2026-05-07T12:00:00Z"),
          },
        ],
        lastHour: { dialled: 1_240, answered: 391, people: 350, abandoned: 3 },
        progress: { leads: 3_900, leadsDone: 700, percentDone: 18.2 },
      }),
      campaign("Survey of the north", {
        status: "PAUSED",
        pauseReason: "BRAKE",
        blockers: [{ reason: "BRAKE", count: 1, nextAt: null }],
        lastHour: { dialled: 180, answered: 60, people: 60, abandoned: 0 },
        progress: { leads: 12_000, leadsDone: 160, percentDone: 1.3 },
      }),
    ],
    states: { QUEUED: 3, RINGING: 15, EARLY_MEDIA: 1, ANSWERED: 17 },
    trunks: [
      trunk("carrier-a", {
        sentLastSecond: 4,
        cpsLimit: 5,
        liveChannels: 26,
        maxChannels: 30,
      }),
      trunk("carrier-b", {
        sentLastSecond: 1,
        cpsLimit: 2,
        liveChannels: 7,
        maxChannels: 20,
      }),
      trunk("carrier-c", {
        health: "OUT",
        disabledUntil: new Date("2026-05-06T14:08:00Z"),
        disabledReason: "SIP 503 from the carrier, 10 times",
      }),
    ],
    nodes: [
      { name: "default", hasEngine: true, hasLease: true, pbxConnected: true },
    ],
    windows: [
      { minutes: 1, dialled: 121, answered: 44, people: 40, abandoned: 0 },
      { minutes: 5, dialled: 628, answered: 226, people: 204, abandoned: 2 },
      {
        minutes: 30,
        dialled: 3_702,
        answered: 1_310,
        people: 1_190,
        abandoned: 12,
      },
      {
        minutes: 60,
        dialled: 7_540,
        answered: 2_654,
        people: 2_391,
        abandoned: 25,
      },
    ],
    perSecond: Array.from({ length: 120 }, (_, second) =>
      second < 18
        ? 0
        : Math.round(
            4.2 + 1.4 * Math.sin(second / 5) + 0.9 * Math.sin(second * 1.9),
          ),
    ),
  };
}

function campaign(name: string, values: Partial<BoardCampaign>): BoardCampaign {
  return {
    id: `00000000-0000-4000-8000-${String(name.length).padStart(12, "0")}`,
    name,
    status: "ACTIVE",
    pauseReason: null,
    dialMode: "BROADCAST",
    maxConcurrentCalls: 10,
    liveCalls: {},
    blockers: [],
    lastHour: { dialled: 0, answered: 0, people: 0, abandoned: 0 },
    progress: null,
    ...values,
  };
}

function trunk(
  name: string,
  values: Partial<WallboardFacts["trunks"][number]>,
): WallboardFacts["trunks"][number] {
  return {
    id: `trunk ${name}`,
    name,
    voiceNode: "default",
    isActive: true,
    health: "HEALTHY",
    disabledUntil: null,
    disabledReason: null,
    cpsLimit: 5,
    sentLastSecond: 0,
    liveChannels: 0,
    maxChannels: 30,
    ...values,
  };
}
