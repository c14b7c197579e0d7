/** How the people and carriers behind a mock PBX behave; plain JSON, so that it can come from a file. */

import { z } from "zod";

import { durationSchema } from "./duration.ts";
import {
  amdResultSchema,
  handOverSchema,
  ordersSchema,
} from "./hand-over-scenario.ts";

/** What can become of a call. */
export const mockOutcomes = [
  "answered",
  /** Rings (180), nobody answers. */
  "no_answer",
  /** Busy at once, without ringing. */
  "busy",
  /** Rings, then the reject button. */
  "declined",
  /** The carrier sends 183 only and never 180; nobody answers. */
  "early_media_no_answer",
  "invalid",
  "unreachable",
  "rejected",
  "congestion",
  /** Unknown endpoint, dead gateway or refused registration. */
  "trunk_fault",
  /** The PBX itself says no before it dials. */
  "switch_refused",
  /** The far end never says anything; the PBX gives up by its time-outs. */
  "silent",
  /** Acknowledged, then the PBX never says anything either, and knows no such channel. */
  "mute",
] as const;

export type MockOutcome = (typeof mockOutcomes)[number];

const durationFields = {
  /** Originate to the first word of the far end. */
  setupMs: durationSchema,
  /** Ringing until somebody answers or declines. */
  ringMs: durationSchema,
  /** Ringing until the carrier gives up, when nobody answers. */
  noAnswerRingMs: durationSchema,
  /** Answer to hang-up; with an agent, from his first word. */
  talkMs: durationSchema,
  /** Answer until a person hangs up who has no agent by then. Asked only where there is a queue. */
  patienceMs: durationSchema,
};

const outcomeSchema = z.enum(mockOutcomes);

const behaviourSchema = z.union([
  outcomeSchema,
  z.strictObject({
    outcome: outcomeSchema,
    /** Who picks up, according to detection; default: as `answeredBy` of the scenario says. */
    answeredBy: amdResultSchema.optional(),
    ...z.strictObject(durationFields).partial().shape,
  }),
]);

/** What one number does: an outcome, or one with durations and a person of its own. */
export type MockBehaviour = z.infer<typeof behaviourSchema>;

const share = z.number().min(0);
function hasOneAbove0(shares: Readonly<Record<string, number>>): boolean {
  return Object.values(shares).some((value) => value > 0);
}

const sharesSchema = z
  .partialRecord(outcomeSchema, share)
  .refine(hasOneAbove0, { error: "at least one share must be above 0" });

export type MockShares = z.infer<typeof sharesSchema>;

const scenarioSchema = z.strictObject({
  /** Weights of the outcomes; they need not add up to 1. */
  shares: sharesSchema,
  /** By whole number, digits only. Decides before `suffixes`, `byTrunk` and `shares`. */
  numbers: z.record(z.string(), behaviourSchema),
  /** By last digits; the longest that fits. */
  suffixes: z.record(z.string(), behaviourSchema),
  byTrunk: z.record(
    z.string(),
    z.union([behaviourSchema, z.strictObject({ shares: sharesSchema })]),
  ),
  ...durationFields,
  /** Weights of who picks up. Asked only where there is detection or a queue. */
  answeredBy: z
    .partialRecord(amdResultSchema, share)
    .refine(hasOneAbove0, { error: "at least one share must be above 0" }),
  /** What the dialplan does with an answered call, by extension. One that is not named lets the person talk. */
  extensions: z.record(z.string(), handOverSchema),
  orders: ordersSchema,
  /** Multiplies every duration above, those of `extensions` too. */
  timeScale: z.number().positive(),
  /** Multiplies the time-outs of the request, which the PBX enforces; null: as `timeScale`. */
  timeoutScale: z.number().positive().nullable(),
  /** Share of calls whose events come late, twice and in another order, by some milliseconds. */
  chaos: z.number().min(0).max(1),
  /** Share of calls whose `ENDED` gets lost. */
  lostEnds: z.number().min(0).max(1),
  /** False: `ENDED` comes without the call's history, as over AMI. */
  tellsHistory: z.boolean(),
  /** True: it keeps the final event of each call for later queries, as a dialplan or a CDR does. */
  remembersCalls: z.boolean(),
  /** Contexts and extensions that this PBX does not have. */
  missingExtensions: z.array(z.string()),
  /** False: it does not report whether an extension exists until a call is sent to it. */
  tellsHandOver: z.boolean(),
});

export type MockScenario = z.infer<typeof scenarioSchema>;
const inputSchema = scenarioSchema.partial();

/** A scenario in which what is left out is as in `defaultScenario`. */
export type MockScenarioInput = z.input<typeof inputSchema>;

/** Shares and durations as a cold consumer list in Brazil shows them (facts of published products). */
const defaultScenario: MockScenario = {
  shares: {
    answered: 0.28,
    no_answer: 0.38,
    busy: 0.09,
    declined: 0.06,
    early_media_no_answer: 0.03,
    invalid: 0.05,
    unreachable: 0.04,
    rejected: 0.02,
    congestion: 0.04,
    silent: 0.01,
  },
  numbers: {},
  suffixes: {},
  byTrunk: {},
  setupMs: [800, 3_000],
  ringMs: [2_000, 18_000],
  noAnswerRingMs: [15_000, 25_000],
  talkMs: { medianMs: 40_000, sigma: 0.8, maxMs: 900_000 },
  patienceMs: { medianMs: 40_000, sigma: 0.8, maxMs: 300_000 },
  answeredBy: { HUMAN: 0.75, MACHINE: 0.2, NOTSURE: 0.05 },
  extensions: {},
  orders: ordersSchema.parse({}),
  timeScale: 1,
  timeoutScale: null,
  chaos: 0.05,
  lostEnds: 0,
  tellsHistory: true,
  remembersCalls: false,
  missingExtensions: [],
  tellsHandOver: true,
};

/**
 * @param input JSON of a `MockScenarioInput`
 * @throws Error that names every wrong field
 */
export function parseMockScenario(input: unknown): MockScenario {
  const parsed = inputSchema.safeParse(input);
  if (!parsed.success) {
    throw new Error(
      `The mock PBX cannot use this scenario:\n${z.prettifyError(parsed.error)}`,
      { cause: parsed.error },
    );
  }
  const given = Object.entries(parsed.data).filter(
    ([, value]) => value !== undefined,
  );
  return { ...defaultScenario, ...Object.fromEntries(given) };
}

const trunkFaultSchema = z.strictObject({
  /** Every call of the trunk ends like this; null: as the scenario says. */
  outcome: outcomeSchema.nullable().default(null),
  /** Originates above this many in the last second are refused; null: no such limit. */
  maxPerSecond: z.number().positive().nullable().default(null),
});

export { trunkFaultSchema };
/** A fault of one trunk that is set while the PBX runs. */
export type MockTrunkFault = z.input<typeof trunkFaultSchema>;
