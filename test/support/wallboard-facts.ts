/** Fictitious moments of a call centre, the same every time, for tests of the wallboard and its pictures. */
import { defaultAbandonPolicy } from "../../dialing/abandon-policy.ts";
import type {
  BoardCampaign,
  CallCounts,
  CallSeries,
  CampaignDay,
  WallboardFacts,
  WallboardReader,
} from "../../wallboard/source.ts";

export const momentOfFacts = new Date("2026-05-06T14:03:22Z");

export const counts = (
  dialled: number,
  answered: number,
  people: number,
  abandoned: number,
): CallCounts => ({ dialled, answered, people, abandoned });

const none = counts(0, 0, 0, 0);

/** Calls that rise and fall like a working day's. */
function series(stepMinutes: number, steps: number, most: number): CallSeries {
  const stepMs = stepMinutes * 60_000;
  const lastMs = momentOfFacts.getTime() - (momentOfFacts.getTime() % stepMs);
  const fromMs = lastMs - (steps - 1) * stepMs;
  return {
    stepMinutes,
    from: new Date(fromMs),
    counts: Array.from({ length: steps }, (_, index) => {
      // In São Paulo it is three hours earlier; people are called from nine to twenty.
      const hour = (new Date(fromMs + index * stepMs).getUTCHours() + 21) % 24;
      if (hour < 9 || hour >= 20) return none;
      const wave =
        0.72 + 0.2 * Math.sin(index / 5) + 0.08 * Math.sin(index * 1.9);
      const dialled = Math.round(most * wave);
      const answered = Math.round(
        dialled * (0.33 + 0.05 * Math.sin(index / 7)),
      );
      const people = Math.round(answered * 0.9);
      return counts(dialled, answered, people, Math.round(people * 0.011));
    }),
  };
}

/** Overview of a call centre at work: two campaigns dial, one was paused, one trunk is out. */
export function busyMoment(): WallboardFacts {
  return {
    at: momentOfFacts,
    engine: {
      version: "1.0.0",
      node: "default",
      standby: false,
      uptimeSeconds: 86_400,
      pbxReason: null,
    },
    abandonPolicy: defaultAbandonPolicy,
    campaigns: [
      campaign("May renewals", {
        liveCalls: { QUEUED: 3, RINGING: 11, ANSWERED: 12 },
        maxConcurrentCalls: 40,
        blockers: [{ reason: "CPS", count: 214, nextAt: null }],
        lastFiveMinutes: counts(510, 184, 166, 2),
        lastHour: counts(6_120, 2_203, 1_981, 22),
        day: counts(48_300, 17_100, 15_390, 180),
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
        lastFiveMinutes: counts(104, 32, 29, 0),
        lastHour: counts(1_240, 391, 350, 3),
        day: counts(9_120, 2_830, 2_540, 31),
        progress: { leads: 3_900, leadsDone: 700, percentDone: 18.2 },
      }),
      campaign("Survey of the north", {
        status: "PAUSED",
        pauseReason: "BRAKE",
        blockers: [{ reason: "BRAKE", count: 1, nextAt: null }],
        lastHour: counts(180, 60, 60, 0),
        day: counts(180, 60, 60, 0),
        progress: { leads: 12_000, leadsDone: 160, percentDone: 1.3 },
      }),
      campaign("Welcome calls", {
        status: "PAUSED",
        lastHour: counts(6, 3, 2, 1),
        day: counts(6, 3, 2, 1),
        progress: { leads: 240, leadsDone: 3, percentDone: 1.3 },
      }),
      campaign("April renewals", {
        status: "COMPLETED",
        day: counts(2_210, 640, 580, 6),
        progress: { leads: 31_400, leadsDone: 29_900, percentDone: 100 },
      }),
    ],
    hasMoreCampaigns: false,
    states: { QUEUED: 3, RINGING: 15, EARLY_MEDIA: 1, ANSWERED: 17 },
    trunks: [
      trunk("carrier-a", {
        callsPerSecond: 4,
        cpsLimit: 5,
        liveChannels: 26,
        maxChannels: 30,
      }),
      trunk("carrier-b", {
        callsPerSecond: 1,
        cpsLimit: 2,
        liveChannels: 7,
        maxChannels: 20,
      }),
      trunk("carrier-c", {
        health: "OUT",
        disabledUntil: new Date("2026-05-06T14:08:00Z"),
        disabledReason: "NETWORK_CONGESTION",
      }),
    ],
    nodes: [
      { name: "default", hasEngine: true, hasLease: true, pbxConnected: true },
    ],
    windows: [
      { minutes: 1, ...counts(121, 44, 40, 0) },
      { minutes: 5, ...counts(628, 226, 204, 2) },
      { minutes: 30, ...counts(3_702, 1_310, 1_190, 12) },
      { minutes: 60, ...counts(7_540, 2_654, 2_391, 25) },
    ],
    day: { ...counts(59_816, 20_630, 18_572, 218), hoursRead: 24 },
    perSecond: Array.from({ length: 120 }, (_, second) =>
      second < 18
        ? 0
        : Math.round(
            4.2 + 1.4 * Math.sin(second / 5) + 0.9 * Math.sin(second * 1.9),
          ),
    ).with(-1, 5),
    cpsLimit: 7,
    hourSeries: series(1, 60, 160),
    daySeries: series(15, 96, 2_000),
  };
}

/** The PBX is away, people are abandoned, campaigns wait. */
export function troubledMoment(): WallboardFacts {
  const busy = busyMoment();
  const waiting = Array.from({ length: 25 }, (_, n) =>
    campaign(`Region ${String(n + 1)}`, {
      blockers: [{ reason: "PBX_DISCONNECTED", count: 1, nextAt: null }],
      lastHour: counts(240, 71, 64, 4),
      day: counts(1_900, 610, 548, 21),
      progress: { leads: 5_000, leadsDone: 900, percentDone: 18 },
    }),
  );
  return {
    ...busy,
    engine: {
      ...busy.engine!,
      pbxReason:
        "AMI connection failed: connect ECONNREFUSED 192.0.2.10:5038 as dialer",
    },
    nodes: [
      { name: "default", hasEngine: true, hasLease: true, pbxConnected: false },
    ],
    campaigns: [
      ...waiting,
      ...busy.campaigns.map((one) => ({ ...one, liveCalls: {} })),
      campaign("Without a way out", {
        blockers: [{ reason: "NO_TRUNK", count: 1, nextAt: null }],
      }),
      campaign("Unknown zone", {
        blockers: [{ reason: "UNKNOWN_TIMEZONE", count: 3, nextAt: null }],
      }),
      campaign("No such extension", {
        status: "PAUSED",
        pauseReason: "MISSING_EXTENSION",
        blockers: [{ reason: "MISSING_EXTENSION", count: 1, nextAt: null }],
      }),
    ],
    states: {},
    trunks: busy.trunks.map((one, n) => ({
      ...one,
      callsPerSecond: 0,
      liveChannels: n === 0 ? one.maxChannels : 0,
      fullForSeconds: n === 0 ? 90 : 0,
    })),
    windows: busy.windows.map(({ minutes, dialled, answered, people }) => ({
      minutes,
      ...counts(dialled, answered, people, Math.round(people * 0.05)),
    })),
    day: { ...counts(59_816, 20_630, 18_572, 631), hoursRead: 24 },
    perSecond: busy.perSecond.map((calls, n) => (n < 90 ? calls : 0)),
  };
}

/** A new installation: nothing is there yet. */
export function emptyMoment(): WallboardFacts {
  const busy = busyMoment();
  const still = (given: CallSeries): CallSeries => ({
    ...given,
    counts: given.counts.map(() => none),
  });
  return {
    ...busy,
    campaigns: [],
    states: {},
    trunks: [],
    nodes: [],
    windows: busy.windows.map(({ minutes }) => ({ minutes, ...none })),
    day: { ...none, hoursRead: 24 },
    perSecond: busy.perSecond.map(() => 0),
    cpsLimit: null,
    hourSeries: still(busy.hourSeries),
    daySeries: still(busy.daySeries),
  };
}

/** The day of one campaign of these moments. */
export function dayOfCampaign(id: string): CampaignDay {
  return {
    id,
    series: series(15, 96, 1_500),
    outcomes: {
      NO_ANSWER: 24_100,
      ANSWERED: 16_920,
      MACHINE: 3_200,
      BUSY: 2_410,
      INVALID_NUMBER: 1_100,
      DECLINED: 390,
      ABANDONED: 180,
    },
    hoursRead: 24,
  };
}

/** A reader that gives what `facts` gives, and each campaign a day. */
export function readerOf(
  facts: () => WallboardFacts | Error | Promise<WallboardFacts>,
): WallboardReader {
  return {
    read: async () => {
      const given = await facts();
      if (given instanceof Error) throw given;
      return given;
    },
    campaignDay: dayOfCampaign,
  };
}

export function campaign(
  name: string,
  values: Partial<BoardCampaign>,
): BoardCampaign {
  const number = Array.from(name).reduce(
    (hash, letter) => (hash * 31 + (letter.codePointAt(0) ?? 0)) % 1e12,
    7,
  );
  return {
    id: `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`,
    name,
    status: "ACTIVE",
    pauseReason: null,
    dialMode: "BROADCAST",
    maxConcurrentCalls: 10,
    liveCalls: {},
    blockers: [],
    lastFiveMinutes: none,
    lastHour: none,
    day: none,
    progress: null,
    ...values,
  };
}

export function trunk(
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
    callsPerSecond: 0,
    liveChannels: 0,
    maxChannels: 30,
    fullForSeconds: 0,
    ...values,
  };
}
