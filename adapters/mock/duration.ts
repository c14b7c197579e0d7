/** How long something takes at the mock PBX: fixed, or drawn for each call. */

import { z } from "zod";

import { lognormal } from "./random.ts";
import type { Random } from "./random.ts";

const milliseconds = z.number().min(0);

export const durationSchema = z.union([
  milliseconds,
  z.tuple([milliseconds, milliseconds]),
  z.strictObject({
    medianMs: milliseconds,
    sigma: z.number().min(0),
    maxMs: milliseconds,
  }),
]);

/** Milliseconds: fixed, uniform between two, or lognormal. */
export type MockDuration = z.infer<typeof durationSchema>;

/** @returns milliseconds */
export function sampleMs(duration: MockDuration, random: Random): number {
  if (typeof duration === "number") return duration;
  if (Array.isArray(duration)) {
    const [low, high] = duration;
    return low + random() * (high - low);
  }
  const drawn = lognormal(random, duration.medianMs, duration.sigma);
  return Math.min(drawn, duration.maxMs);
}
