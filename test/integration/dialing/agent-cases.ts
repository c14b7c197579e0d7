/** People who answered, the dialplans that they met, and what is written of it. */
import type {
  MockScenario,
  MockScenarioInput,
} from "../../../adapters/mock/scenario.ts";

type Extensions = NonNullable<MockScenarioInput["extensions"]>;
type Person = MockScenario["numbers"][string];

/** Longer than any test. */
export const FOR_EVER = 3_600_000;
/** Answers, is heard as a person, and waits for ever unless told otherwise. */
export const person = (
  given: Partial<Exclude<Person, string>> = {},
): Person => ({
  outcome: "answered",
  answeredBy: "HUMAN",
  patienceMs: FOR_EVER,
  ...given,
});

export interface Case {
  readonly name: string;
  readonly person: Person;
  readonly handOver: Extensions[string];
  readonly attempt: Readonly<Record<string, unknown>>;
  readonly lead: Readonly<Record<string, unknown>>;
  /** Seconds until the lead's next try; none. */
  readonly seconds?: number;
  /** Kinds of its events, in the order of the PBX's time, from the answer on. */
  readonly kinds: readonly string[];
}

const waited = ["ANSWERED", "WAITING_AGENT"];
const bridged = [...waited, "AGENT_RINGING", "BRIDGED"];
const talked = { state: "ENDED", outcome: "ANSWERED", agent_id: "1001" };
const abandoned = {
  state: "ABANDONED",
  outcome: "ABANDONED",
  bridge_at: null,
  talk_duration_ms: null,
};
const done = { status: "DONE", last_outcome: "ANSWERED", attempts: 1 };
const retry = (outcome: string) => ({
  status: "RETRY",
  status_reason: outcome,
  last_outcome: outcome,
  attempts: 1,
});
/** One agent, quick in everything. */
export const quick = { agents: ["1001"], pickUpMs: 10, sorryMs: 10 };

export const cases: readonly Case[] = [
  {
    name: "talks until the agent hangs up",
    person: person(),
    handOver: { queue: { ...quick, agentEnds: 1 } },
    attempt: { ...talked, hangup_source: "AGENT", hangup_cause_code: 16 },
    lead: done,
    kinds: bridged,
  },
  {
    name: "talks and hangs up",
    person: person(),
    handOver: { queue: { ...quick, agentEnds: 0 } },
    attempt: { ...talked, hangup_source: "CALLEE" },
    lead: done,
    kinds: bridged,
  },
  {
    name: "is transferred",
    person: person(),
    handOver: { queue: { ...quick, transfers: 1 } },
    attempt: talked,
    lead: done,
    kinds: [...bridged, "NOTED", "BRIDGED"],
  },
  {
    name: "hangs up while waiting",
    person: person({ patienceMs: 40 }),
    handOver: { queue: { ...quick, busyMs: FOR_EVER } },
    attempt: { ...abandoned, agent_id: null, hangup_source: "CALLEE" },
    lead: retry("ABANDONED"),
    seconds: 259_200,
    kinds: waited,
  },
  {
    name: "hangs up while a phone rings",
    person: person({ patienceMs: 40 }),
    handOver: { queue: { ...quick, pickUpMs: FOR_EVER, limitMs: FOR_EVER } },
    attempt: { ...abandoned, agent_id: "1001", hangup_source: "CALLEE" },
    lead: retry("ABANDONED"),
    seconds: 259_200,
    kinds: [...waited, "AGENT_RINGING"],
  },
  {
    name: "finds all agents busy",
    person: person(),
    handOver: { queue: { ...quick, busyMs: FOR_EVER, limitMs: 30 } },
    attempt: { ...abandoned, agent_id: null, hangup_source: "SYSTEM" },
    lead: retry("ABANDONED"),
    seconds: 259_200,
    kinds: waited,
  },
  {
    name: "is declined by two agents",
    person: person(),
    handOver: { queue: { ...quick, ignores: 1, giveUpMs: 10, maxTries: 2 } },
    attempt: { ...abandoned, agent_id: null, agent_channel: null },
    lead: retry("ABANDONED"),
    seconds: 259_200,
    kinds: [
      ...waited,
      ...["AGENT_RINGING", "WAITING_AGENT"],
      ...["AGENT_RINGING", "WAITING_AGENT"],
    ],
  },
  {
    name: "is a machine",
    person: person({ answeredBy: "MACHINE" }),
    handOver: { amdMs: 10, queue: quick },
    attempt: { state: "ENDED", outcome: "MACHINE", amd_result: "MACHINE" },
    lead: retry("MACHINE"),
    seconds: 10_800,
    kinds: ["ANSWERED", "AMD_STARTED", "AMD_RESULT"],
  },
  {
    name: "is a fax",
    person: person({ answeredBy: "FAX" }),
    handOver: { amdMs: 10, queue: quick },
    attempt: { state: "ENDED", outcome: "FAX", amd_result: "FAX" },
    lead: { status: "INVALID", last_outcome: "FAX" },
    kinds: ["ANSWERED", "AMD_STARTED", "AMD_RESULT"],
  },
  {
    name: "is heard as a person",
    person: person(),
    handOver: { amdMs: 10, queue: quick },
    attempt: { ...talked, amd_result: "HUMAN" },
    lead: done,
    kinds: ["ANSWERED", "AMD_STARTED", "AMD_RESULT", ...bridged.slice(1)],
  },
  {
    name: "is doubted, and heard by no agent",
    person: person({ answeredBy: "NOTSURE", patienceMs: 60 }),
    handOver: { amdMs: 10, queue: { ...quick, busyMs: FOR_EVER } },
    attempt: { ...abandoned, amd_result: "NOTSURE" },
    lead: retry("ABANDONED"),
    seconds: 259_200,
    kinds: ["ANSWERED", "AMD_STARTED", "AMD_RESULT", "WAITING_AGENT"],
  },
  {
    name: "hangs up during detection",
    person: person({ patienceMs: 20 }),
    handOver: { amdMs: FOR_EVER, queue: quick },
    attempt: { state: "ENDED", outcome: "ANSWERED", amd_result: null },
    lead: done,
    kinds: ["ANSWERED", "AMD_STARTED"],
  },
  {
    name: "presses a key",
    person: person(),
    handOver: { disposition: { words: ["KEY_1"], afterMs: 10 } },
    attempt: { state: "ENDED", outcome: "ANSWERED", disposition: "KEY_1" },
    lead: { ...done, disposition: "KEY_1" },
    kinds: ["ANSWERED", "DISPOSITION"],
  },
  {
    name: "buys",
    person: person(),
    handOver: { queue: quick, disposition: { words: ["SALE"], afterMs: 80 } },
    attempt: { ...talked, disposition: "SALE" },
    lead: { ...done, disposition: "SALE" },
    kinds: [...bridged, "ENDED", "DISPOSITION"],
  },
  {
    name: "wants another call",
    person: person(),
    handOver: { queue: quick, disposition: { words: ["LATER"], afterMs: 80 } },
    attempt: { ...talked, disposition: "LATER" },
    lead: { status: "RETRY", status_reason: "LATER", disposition: "LATER" },
    seconds: 600,
    kinds: [...bridged, "ENDED", "DISPOSITION"],
  },
];
