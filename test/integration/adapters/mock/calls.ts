/** The calls that every test of the mock PBX makes: what a number does is told by its last two digits. */
import type { MockScenarioInput } from "../../../../adapters/mock/scenario.ts";
import type { ConformanceBehaviour } from "../../../support/adapter-conformance.ts";

const endings: Readonly<Record<ConformanceBehaviour, string>> = {
  answers: "00",
  talks: "01",
  rings: "02",
  busy: "03",
  declines: "04",
  early_media: "05",
  invalid: "06",
  silent: "07",
  no_such_trunk: "08",
};

export const scenario: MockScenarioInput = {
  suffixes: {
    "00": "answered",
    "01": { outcome: "answered", talkMs: 3_600_000 },
    "02": { outcome: "no_answer", noAnswerRingMs: 3_600_000 },
    "03": "busy",
    "04": "declined",
    "05": "early_media_no_answer",
    "06": "invalid",
    "07": "silent",
  },
  setupMs: [2, 5],
  ringMs: [5, 15],
  noAnswerRingMs: 20,
  talkMs: 20,
  timeScale: 1,
  chaos: 0.5,
};

let calls = 0;
/** A number of its own for each call. */
export function dialString(behaviour: ConformanceBehaviour): string {
  calls += 1;
  const trunk = behaviour === "no_such_trunk" ? "" : "carrier/";
  return `mock/${trunk}5511${String(calls).padStart(6, "0")}${endings[behaviour]}`;
}

/** Options of an adapter that gives up soon. */
export const fast = {
  pingIntervalMs: 100,
  commandTimeoutMs: 300,
  reconnect: { minMs: 10, maxMs: 50, random: () => 0.5 },
};
