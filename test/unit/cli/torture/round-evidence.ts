/** The evidence of a round in which everything went well, for tests that plant one thing that did not. */
import type {
  AttemptRow,
  CarrierCall,
  Evidence,
  HealthSample,
  LeadRow,
  Life,
  Rows,
} from "../../../../cli/torture/evidence.ts";
import { judge } from "../../../../cli/torture/judge.ts";
import type { Rule } from "../../../../cli/torture/judge/finding.ts";
import { planRound } from "../../../../cli/torture/plan.ts";

/** When the campaigns began; times below are milliseconds after it. */
export const T0 = Date.parse("2026-03-02T12:00:00Z");
export const CAMPAIGN = "campaign-1";
export const TRUNK = "trunk-1";
const OVER = 60_000;

export function lead(n: number, values: Partial<LeadRow> = {}): LeadRow {
  return {
    id: `lead-${String(n)}`,
    campaignId: CAMPAIGN,
    phone: phone(n),
    furtherPhones: [],
    ...{ status: "FAILED", attempts: 1, dials: 1 },
    ...values,
  };
}

export function phone(n: number): string {
  return `+55119800${String(n).padStart(5, "0")}`;
}

export function attempt(
  n: number,
  values: Partial<AttemptRow> = {},
): AttemptRow {
  return {
    id: `attempt-${String(n)}`,
    leadId: `lead-${String(n)}`,
    campaignId: CAMPAIGN,
    trunkId: TRUNK,
    previousAttemptId: null,
    phone: phone(n),
    ...{ state: "BUSY", outcome: "BUSY", counts: true },
    hasRung: false,
    queuedAt: T0 + n * 1_000,
    originateAt: T0 + n * 1_000 + 10,
    endAt: T0 + n * 1_000 + 200,
    ...values,
  };
}

/** The carrier's record of `attempt(n)`. */
export function call(
  n: number,
  values: Partial<CarrierCall> = {},
): CarrierCall {
  return {
    attemptId: `attempt-${String(n)}`,
    number: phone(n).slice(1),
    at: T0 + n * 1_000 + 20,
    repeated: false,
    outcome: "BUSY",
    ...{ rangAt: null, answeredAt: null },
    endedAt: T0 + n * 1_000 + 150,
    endedBy: "CARRIER",
    ...values,
  };
}

export function life(values: Partial<Life> = {}): Life {
  return {
    engine: "A",
    startedAt: T0 - 3_000,
    readyAt: T0 - 2_000,
    ...{ endedAt: T0 + OVER + 1_000, endedBy: "SIGTERM", code: 0 },
    ...{ stopMs: 300, strayOutput: [] },
    ...values,
  };
}

function healthy(): HealthSample[] {
  const samples: HealthSample[] = [];
  for (let at = T0 - 1_000; at <= T0 + OVER + 500; at += 200)
    for (const engine of ["A", "B"] as const)
      samples.push({
        ...{ engine, at, code: 200 },
        ...{ standby: engine === "B", connected: true },
      });
  return samples;
}

/** A round of `count` leads, each called once and busy. */
export function goodRound(count = 3): Evidence & { rows: Rows } {
  const numbers = Array.from({ length: count }, (_, n) => n);
  return {
    plan: planRound(1, 1),
    beganAt: T0,
    healedAt: T0 + 30_000,
    drainedAt: T0 + OVER,
    stillOpen: null,
    ...{ faults: [], commands: [], outages: [], frozen: [], late: [] },
    calls: numbers.map((n) => call(n)),
    recordedBy: "PBX",
    pbxKeeps: "NOTHING",
    liveAtPbx: 0,
    rows: {
      attempts: numbers.map((n) => attempt(n)),
      leads: numbers.map((n) => lead(n)),
      campaigns: [
        {
          ...{ id: CAMPAIGN, name: "main", status: "COMPLETED" },
          ...{ maxConcurrentCalls: 10, maxAttempts: 3 },
        },
      ],
      trunks: [{ id: TRUNK, name: "north", cpsLimit: 10, maxChannels: 10 }],
      retryRules: [
        { outcome: "BUSY", delaySeconds: 2, maxTries: 3 },
        { outcome: "ANSWERED", delaySeconds: 0, maxTries: 0 },
      ],
      jobs: [],
      counts: [
        {
          campaignId: CAMPAIGN,
          kept: { leads: count, dials: count },
          counted: { leads: count, dials: count },
        },
      ],
      minGapSeconds: 0,
    },
    lives: [life(), life({ engine: "B" })],
    health: healthy(),
    connections: [],
    maxConnections: 7,
    unhealthyAfterMs: 1_500,
    lag: [],
  };
}

/** What a test plants in a good round. */
export type Change = Partial<Omit<Evidence, "rows">> & {
  readonly rows?: Partial<Rows>;
};

/** The rule that must fire, what was planted, and where. */
export type Planted = readonly [Rule, string, Change];

export function round({ rows, ...change }: Change): Evidence {
  const good = goodRound();
  return { ...good, ...change, rows: { ...good.rows, ...rows } };
}

/** The rules that fire, each once. */
export function found(change: Change): Rule[] {
  return [...new Set(judge(round(change)).findings.map(({ rule }) => rule))];
}

/** Twelve calls within a second on a trunk of ten, as attempts, leads and calls. */
export const twelve = Array.from({ length: 12 }, (_, n) => n);
export const at = (n: number): number => T0 + 5_000 + n * 80;

/** A second call of lead 0, `afterMs` after the first one's end. */
export function again(afterMs: number, first: Change["rows"] = {}): Change {
  const endAt = T0 + 200;
  const times = { queuedAt: endAt, originateAt: endAt + afterMs };
  return {
    calls: [
      ...goodRound().calls,
      call(0, {
        attemptId: "attempt-9",
        at: endAt + afterMs,
        endedAt: endAt + afterMs + 100,
      }),
    ],
    rows: {
      attempts: [
        ...goodRound().rows.attempts,
        attempt(0, { id: "attempt-9", ...times, endAt: endAt + afterMs + 200 }),
      ],
      leads: [lead(0, { attempts: 2, dials: 2 }), lead(1), lead(2)],
      ...first,
    },
  };
}
