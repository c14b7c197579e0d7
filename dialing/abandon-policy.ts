/**
 * How many of the people who answer may be left without an agent, and from how many calls on that can be judged.
 *
 * The cap is the one of the FTC's Telemarketing Sales Rule (16 CFR 310.4(b)(4)) and of Ofcom's long-standing practice:
 * 3 % of the calls that a person answered, which is also what call centres in Brazil write into their contracts.
 */
export interface AbandonPolicy {
  /** Share of the people who answered, 0 to 1, that must not be exceeded. */
  readonly cap: number;
  /** Share to stay below. */
  readonly target: number;
  /** Over how long it is judged. */
  readonly windowHours: number;
  /** Fewer people than this say nothing: one in twenty would be 5 %. */
  readonly leastPeople: number;
}

/** What holds for every campaign until it can have a policy of its own. */
export const defaultAbandonPolicy: AbandonPolicy = {
  cap: 0.03,
  target: 0.02,
  windowHours: 24,
  leastPeople: 50,
};

/** NONE: nobody answered. FEW: too few to judge. GOOD, NEAR (at least two thirds of the cap, or the target), OVER. */
export type AbandonLevel = "NONE" | "FEW" | "GOOD" | "NEAR" | "OVER";

/** A handful of people says something only when it is glaring: five left alone, at five times the cap. */
const glaringPeople = 5;
const glaringTimes = 5;
/** 3 of 100 is the cap, not over it, whatever binary fractions make of it. */
const rounding = 1e-9;

/** @param counts people who answered, and those of them who were left without an agent */
export function judgeAbandon(
  counts: { readonly people: number; readonly abandoned: number },
  { cap, target, leastPeople }: AbandonPolicy,
): AbandonLevel {
  const { people, abandoned } = counts;
  if (people === 0) return "NONE";
  const share = abandoned / people;
  const isGlaring =
    abandoned >= glaringPeople && share > glaringTimes * cap + rounding;
  if (people < leastPeople && !isGlaring) return "FEW";
  if (share > cap + rounding) return "OVER";
  return share >= Math.min(target, (cap * 2) / 3) - rounding ? "NEAR" : "GOOD";
}
