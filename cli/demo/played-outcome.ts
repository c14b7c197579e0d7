import type { MockOutcome } from "../../adapters/mock/scenario.ts";

/** How `dialing/outcome.ts` names what the mock PBX played. */
export const playedOutcome: Readonly<Record<MockOutcome, string>> = {
  answered: "ANSWERED",
  no_answer: "NO_ANSWER",
  early_media_no_answer: "NO_ANSWER",
  busy: "BUSY",
  declined: "DECLINED",
  invalid: "INVALID_NUMBER",
  unreachable: "UNREACHABLE",
  rejected: "REJECTED",
  congestion: "NETWORK_CONGESTION",
  silent: "NETWORK_CONGESTION",
  mute: "NETWORK_CONGESTION",
  trunk_fault: "TRUNK_FAULT",
  switch_refused: "SWITCH_REFUSED",
};
