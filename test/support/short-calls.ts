/** Calls for the mock PBX that are over in seconds, so that many fit into a test. */
import type { MockScenarioInput } from "../../adapters/mock/scenario.ts";

/** Below three seconds the short-call breaker takes answered calls for a broken hand-over. */
export const SHORTEST_TALK_MS = 3_200;

/** Calls that last milliseconds until somebody picks up. */
export const SHORT_CALLS: MockScenarioInput = {
  shares: {
    answered: 0.25,
    no_answer: 0.4,
    busy: 0.15,
    declined: 0.1,
    invalid: 0.05,
    unreachable: 0.05,
  },
  setupMs: [20, 150],
  ringMs: [50, 500],
  noAnswerRingMs: [300, 900],
  talkMs: [SHORTEST_TALK_MS, 4_500],
  chaos: 0.2,
};
