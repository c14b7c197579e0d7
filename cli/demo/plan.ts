/** What the demo dials, and how the people behind its mock PBX behave. */
import type { MockScenarioInput } from "../../adapters/mock/scenario.ts";
import type { DemoPlan, DemoRetryRule, DemoTrunk } from "./queries.ts";
import type { DemoOptions } from "./options.ts";
import { makeLeads } from "./people.ts";

const unsteadyTrunk = "demo-norte";
const steadyTrunk = "demo-sul";

/** Seconds where a real campaign has minutes to days, so that retries are seen. */
const retryRules: readonly DemoRetryRule[] = [
  { outcome: "NO_ANSWER", seconds: 5, tries: 3 },
  { outcome: "BUSY", seconds: 3, tries: 3 },
  { outcome: "DECLINED", seconds: 6, tries: 1 },
  { outcome: "UNREACHABLE", seconds: 6, tries: 2 },
  { outcome: "REJECTED", seconds: 6, tries: 1 },
  { outcome: "NETWORK_CONGESTION", seconds: 3, tries: 3 },
  { outcome: "TRUNK_FAULT", seconds: 3, tries: 3 },
  { outcome: "SWITCH_REFUSED", seconds: 1, tries: 10 },
  { outcome: "ORPHANED", seconds: 4, tries: 2 },
  { outcome: "SYSTEM_ERROR", seconds: 3, tries: 3 },
];

/** Shares of a cold list; a few of those who answer talk past the limit, and 3 % of the calls never get a response. */
const steadyShares = {
  answered: 0.3,
  no_answer: 0.34,
  busy: 0.1,
  declined: 0.06,
  early_media_no_answer: 0.03,
  invalid: 0.04,
  unreachable: 0.05,
  rejected: 0.02,
  congestion: 0.01,
  silent: 0.03,
} as const;

/** Short rings, but talks mostly of more than 3 s: shorter ones are what the short-call breaker takes for a broken hand-over. */
export const demoScenario: MockScenarioInput = {
  shares: steadyShares,
  byTrunk: {
    [unsteadyTrunk]: { shares: { ...steadyShares, congestion: 0.1 } },
  },
  setupMs: [100, 500],
  ringMs: [300, 2_500],
  noAnswerRingMs: [2_000, 4_000],
  talkMs: { medianMs: 5_500, sigma: 0.35, maxMs: 20_000 },
  timeScale: 1,
  // The PBX's own time-outs are later than the engine's, so that the demo shows the engine's timers at work.
  timeoutScale: 1.5,
  chaos: 0.1,
};

/** @param accountId, voiceNode whose the demo's rows are, and which PBX dials them */
export function planDemo(
  options: DemoOptions,
  accountId: string,
  voiceNode: string,
  startedAt: Date,
): DemoPlan {
  const trunks = planTrunks(options.cps);
  return {
    accountId,
    voiceNode,
    campaignName: `Demo ${startedAt.toISOString().slice(0, 19)}`,
    minGapSeconds: 1,
    maxConcurrentCalls: 6 * options.cps,
    maxAttempts: 4,
    setupTimeoutSeconds: 5,
    maxCallDurationSeconds: 10,
    trunks,
    retryRules,
    leads: makeLeads(options.leads, options.seed),
  };
}

function planTrunks(cps: number): DemoTrunk[] {
  const half = Math.floor(cps / 2);
  return [
    { name: unsteadyTrunk, cps, channels: 5 * cps, priority: 10 },
    { name: steadyTrunk, cps: half, channels: 5 * half, priority: 20 },
  ];
}
