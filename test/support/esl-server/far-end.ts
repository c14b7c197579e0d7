/** The people and carriers behind the gateway, selected by the last three digits dialled, as in the recordings. */
import type { Voice } from "./applications.ts";
import type { Leg } from "./leg.ts";
import type { ScriptedSwitch } from "./switch.ts";

interface FarEnd {
  /** What comes before an answer or a rejection. */
  readonly first: "ring" | "early_media" | "nothing";
  /** `stays`: until somebody else hangs up. `at_once`: BYE with the answer. */
  readonly then:
    | { readonly answers: "talks" | "stays" | "at_once" }
    | { readonly rejects: string }
    /** Nothing more, for ever. */
    | null;
  readonly voice?: Voice;
}

export const FAR_END = {
  answers: "200",
  /** Answers without ringing, and hangs up with the answer. */
  answersAndLeaves: "201",
  machine: "202",
  human: "203",
  answersAtOnceAndStays: "205",
  talks: "206",
  /** Answers and sends no sound. */
  mute: "207",
  rings: "180",
  earlyMediaThenTimer: "183",
  earlyMediaThenAnswers: "184",
  silent: "000",
  declines: "486",
  busy: "600",
  invalid: "404",
} as const;

const rejections = "403 404 408 410 484 488 500 600 603 607".split(" ");

const farEnds: ReadonlyMap<string, FarEnd> = new Map<string, FarEnd>([
  ["200", { first: "ring", then: { answers: "talks" } }],
  ["201", { first: "nothing", then: { answers: "at_once" } }],
  ["202", { first: "ring", then: { answers: "stays" }, voice: "machine" }],
  ["203", { first: "ring", then: { answers: "stays" }, voice: "human" }],
  ["205", { first: "nothing", then: { answers: "stays" } }],
  ["206", { first: "ring", then: { answers: "stays" } }],
  ["207", { first: "ring", then: { answers: "stays" }, voice: null }],
  ["180", { first: "ring", then: null }],
  ["183", { first: "early_media", then: { rejects: "408" } }],
  ["184", { first: "early_media", then: { answers: "talks" } }],
  ["000", { first: "nothing", then: null }],
  ["486", { first: "ring", then: { rejects: "486" } }],
  ...rejections.map(
    (status) =>
      [status, { first: "nothing", then: { rejects: status } }] as const,
  ),
]);

/** @throws for a number that the script does not know: a test's mistake */
function farEndOf(number: string): FarEnd {
  const found = farEnds.get(number.slice(-3));
  if (found === undefined) {
    throw new Error(`No far end behind a number ending in ${number.slice(-3)}`);
  }
  return found;
}

export function voiceOf(number: string): Voice {
  const { voice } = farEnds.get(number.slice(-3)) ?? {};
  return voice === undefined ? "human" : voice;
}

/** Plays the far end of a call over the gateway. */
export async function playFarEnd(
  owner: ScriptedSwitch,
  leg: Leg,
): Promise<void> {
  const { pace } = owner.options;
  const { first, then } = farEndOf(leg.number);
  await owner.pause(pace.setupMs);
  if (first === "ring") leg.ring();
  if (first === "early_media") leg.earlyMedia();
  if (then === null) return;
  if (first !== "nothing") await owner.pause(pace.ringMs);
  if ("rejects" in then) {
    leg.hangup(null, { rejected: then.rejects });
    return;
  }
  leg.answer();
  if (then.answers === "at_once") leg.hangup("NORMAL_CLEARING", "far_end");
  if (then.answers !== "talks") return;
  await owner.pause(pace.talkMs);
  leg.hangup("NORMAL_CLEARING", "far_end");
}
