/** What the judge must find in limits, leftovers, commands and processes, each planted in a good round. */
import {
  at,
  attempt,
  call,
  CAMPAIGN,
  goodRound,
  lead,
  life,
  phone,
  T0,
  twelve,
} from "./round-evidence.ts";
import type { Planted } from "./round-evidence.ts";

const good = goodRound();

export const plantedLimits: readonly Planted[] = [
  [
    "RATE",
    "twelve calls in a second at a limit of ten",
    {
      calls: twelve.map((n) => call(n, { at: at(n), endedAt: at(n) + 50 })),
      rows: {
        attempts: twelve.map((n) =>
          attempt(n, {
            queuedAt: at(n),
            originateAt: at(n),
            endAt: at(n) + 60,
          }),
        ),
        leads: twelve.map((n) => lead(n)),
      },
    },
  ],
  [
    "CHANNELS",
    "twelve calls at once on ten channels",
    {
      calls: twelve.map((n) =>
        call(n, { at: T0 + n * 200, endedAt: T0 + 9_000 }),
      ),
      rows: {
        attempts: twelve.map((n) =>
          attempt(n, {
            queuedAt: T0 + n * 200,
            originateAt: T0 + n * 200,
            endAt: T0 + 9_001,
          }),
        ),
        leads: twelve.map((n) => lead(n)),
        campaigns: good.rows.campaigns.map((c) => ({
          ...c,
          maxConcurrentCalls: 20,
        })),
      },
    },
  ],
  [
    "CONCURRENCY",
    "twelve rows at once in a campaign of ten",
    {
      calls: twelve.map((n) => call(n)),
      rows: {
        attempts: twelve.map((n) =>
          attempt(n, { queuedAt: T0, endAt: T0 + 20_000 }),
        ),
        leads: twelve.map((n) => lead(n)),
        trunks: good.rows.trunks.map((t) => ({ ...t, maxChannels: 20 })),
      },
    },
  ],
  [
    "STUCK",
    "an attempt that never ended",
    {
      rows: {
        attempts: [
          attempt(0, { endAt: null, outcome: null, state: "RINGING" }),
          attempt(1),
          attempt(2),
        ],
        leads: [lead(0, { attempts: 0 }), lead(1), lead(2)],
      },
    },
  ],
  [
    "STUCK",
    "a lead left IN_PROGRESS",
    { rows: { leads: [lead(0, { status: "IN_PROGRESS" }), lead(1), lead(2)] } },
  ],
  ["STUCK", "a channel left at the PBX", { liveAtPbx: 1 }],
  [
    "STUCK",
    "something open when the time was over",
    { stillOpen: "leads: 1 RETRY" },
  ],
  [
    "JOBS",
    "a job that a dead engine had locked",
    {
      rows: {
        jobs: [
          {
            task: "originate_call:default",
            attempts: 1,
            maxAttempts: 25,
            lockedBy: "worker-1",
            runAt: T0,
            error: null,
          },
        ],
      },
    },
  ],
  [
    "JOBS",
    "a job that failed for good",
    {
      rows: {
        jobs: [
          {
            task: "apply_call_events",
            attempts: 25,
            maxAttempts: 25,
            lockedBy: null,
            runAt: T0,
            error: "no",
          },
        ],
      },
    },
  ],
  [
    "CAMPAIGN",
    "a campaign that did not complete",
    {
      rows: {
        campaigns: good.rows.campaigns.map((c) => ({ ...c, status: "PAUSED" })),
      },
    },
  ],
  [
    "PAUSE",
    "a call 400 ms after a pause committed",
    {
      commands: [
        {
          what: "PAUSE",
          campaignId: CAMPAIGN,
          from: T0 + 1_500,
          to: T0 + 1_620,
        },
      ],
    },
  ],
  [
    "PAUSE",
    "a claim after a cancel committed",
    {
      commands: [
        {
          what: "CANCEL",
          campaignId: CAMPAIGN,
          from: T0 + 1_900,
          to: T0 + 2_005,
        },
      ],
      rows: {
        campaigns: good.rows.campaigns.map((c) => ({
          ...c,
          status: "CANCELLED",
        })),
      },
    },
  ],
  [
    "DO_NOT_CALL",
    "a call to a number that had been entered",
    {
      commands: [
        { what: "DO_NOT_CALL", phone: phone(2), from: T0 + 400, to: T0 + 500 },
      ],
    },
  ],
  [
    "HEALTH_SILENT",
    "healthy for five seconds without a database",
    {
      outages: [
        {
          engine: "A",
          of: "DATABASE",
          isSilent: false,
          from: T0 + 10_000,
          to: T0 + 15_000,
        },
      ],
    },
  ],
  [
    "HEALTH_SILENT",
    "healthy for twenty seconds with a PBX that is silent",
    {
      outages: [
        {
          ...{ engine: "B", of: "PBX", isSilent: true },
          ...{ from: T0 + 10_000, to: T0 + 30_000 },
        },
      ],
    },
  ],
  [
    "HEALTH_STAYS",
    "503 at the end",
    {
      health: good.health.map((s) =>
        s.engine === "B" ? { ...s, code: 503 } : s,
      ),
    },
  ],
  [
    "HEALTH_STAYS",
    "no answer at the end",
    { health: good.health.filter((s) => s.engine === "A" || s.at < T0) },
  ],
  [
    "CONNECTIONS",
    "eight connections for a while",
    {
      connections: [8, 8, 8].map((open, n) => ({
        engine: "A",
        at: T0 + n * 150,
        open,
      })),
    },
  ],
  [
    "LOG",
    "a line that is not JSON",
    {
      lives: [
        life({ strayOutput: ["Trace: an error"] }),
        life({ engine: "B" }),
      ],
    },
  ],
  [
    "PROCESS",
    "an engine that ended by itself",
    { lives: [life({ endedBy: null, code: 1 }), life({ engine: "B" })] },
  ],
  [
    "PROCESS",
    "a stop that took ten seconds",
    { lives: [life({ stopMs: 10_000 }), life({ engine: "B" })] },
  ],
  [
    "PROCESS",
    "a stop with exit code 1",
    { lives: [life({ code: 1 }), life({ engine: "B" })] },
  ],
];
