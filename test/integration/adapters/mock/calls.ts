/** The calls that every test of the mock PBX makes: what a number does is told by its last two digits. */
import type { MockScenarioInput } from "../../../../adapters/mock/scenario.ts";
import type {
  ConformanceBehaviour,
  ConformanceHandOver,
} from "../../../support/adapter-conformance.ts";

/** Longer than any test. */
const FOR_EVER = 3_600_000;
const STAYS = {
  outcome: "answered",
  talkMs: FOR_EVER,
  patienceMs: FOR_EVER,
} as const;

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
  human: "09",
  machine: "10",
};

type HandOver = NonNullable<MockScenarioInput["extensions"]>[string];

const extensions: Readonly<Record<ConformanceHandOver, HandOver>> = {
  agent: { queue: { pickUpMs: 20 } },
  queue: { queue: { busyMs: 20, pickUpMs: 20 } },
  ignored: { queue: { ignores: 1, giveUpMs: FOR_EVER, limitMs: FOR_EVER } },
  declined: { queue: { ignores: 1, giveUpMs: 10, maxTries: 1, sorryMs: 20 } },
  amd: { amdMs: 20, queue: { pickUpMs: 20 } },
  disposition: { disposition: { words: ["SALE", "NO_KEY"], afterMs: 20 } },
};

/** The mock's extensions are named after what they do. */
export function extensionFor(handOver: ConformanceHandOver): string {
  return handOver;
}

export const scenario: MockScenarioInput = {
  suffixes: {
    "00": "answered",
    "01": STAYS,
    "02": { outcome: "no_answer", noAnswerRingMs: FOR_EVER },
    "03": "busy",
    "04": "declined",
    "05": "early_media_no_answer",
    "06": "invalid",
    "07": "silent",
    "09": { ...STAYS, answeredBy: "HUMAN" },
    "10": { ...STAYS, answeredBy: "MACHINE" },
  },
  extensions,
  setupMs: [2, 5],
  ringMs: [5, 15],
  noAnswerRingMs: 20,
  talkMs: 20,
  patienceMs: 30,
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

/** Options of an adapter that gives up soon, and not because this machine is late. */
export const fast = {
  pingIntervalMs: 100,
  commandTimeoutMs: 1_500,
  reconnect: { minMs: 10, maxMs: 50, random: () => 0.5 },
};
