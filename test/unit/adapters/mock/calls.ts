/** A mock PBX on a clock of the test's own, everything it says, and Originates to it. */
import { MockPbx } from "../../../../adapters/mock/pbx.ts";
import type { PbxMessage } from "../../../../adapters/mock/delivery.ts";
import type { MockScenarioInput } from "../../../../adapters/mock/scenario.ts";
import type {
  CallEvent,
  CallEventKind,
  OriginateRequest,
} from "../../../../adapters/port.ts";
import { FakeClock } from "./fake-clock.ts";

/** Our installation. */
export const OURS = "installation";
export const HOUR_MS = 3_600_000;

export function setUp(scenario: MockScenarioInput = {}, seed = 1) {
  const clock = new FakeClock();
  const pbx = new MockPbx({ scenario, seed, clock });
  const messages: PbxMessage[] = [];
  pbx.subscribe({
    onMessage: (message) => messages.push(message),
    onLine: () => undefined,
  });
  const events = (): CallEvent[] =>
    messages.flatMap((message) =>
      message.type === "event" ? [message.event] : [],
    );
  return { clock, pbx, messages, events };
}

/** The same index calls the same number. */
export function call(
  index: number,
  changes: Partial<OriginateRequest> = {},
): OriginateRequest {
  const number = `55119${String(index).padStart(8, "0")}`;
  return {
    attemptId: `00000000-0000-4000-8000-${String(index).padStart(12, "0")}`,
    campaignId: "campaign",
    leadId: "lead",
    dialString: `mock/north/${number}`,
    callerId: null,
    context: null,
    extension: "s",
    setupTimeoutSeconds: 20,
    ringTimeoutSeconds: 25,
    maxCallDurationSeconds: 60,
    variables: {},
    ...changes,
  };
}

/** What the dialplan does with an answered call. */
export type HandOver = NonNullable<MockScenarioInput["extensions"]>[string];
type EventOf<K extends CallEventKind> = Extract<CallEvent, { kind: K }>;

/** Everybody answers after 3 s, talks for 10 s, waits for ever; nothing is told late. */
const calm: MockScenarioInput = {
  shares: { answered: 1 },
  answeredBy: { HUMAN: 1 },
  setupMs: 1_000,
  ringMs: 2_000,
  talkMs: 10_000,
  patienceMs: HOUR_MS,
  chaos: 0,
  orders: { legsCross: 0 },
};

/** One call to an extension that does this, from its Originate to long after its end. */
export function runHandedOver(
  handOver: HandOver,
  changes: MockScenarioInput = {},
  { index = 1, seed = 1 } = {},
) {
  const scenario = { ...calm, ...changes, extensions: { queue: handOver } };
  const { clock, pbx, events } = setUp(scenario, seed);
  pbx.originate(OURS, call(index, { extension: "queue" }));
  clock.advance(HOUR_MS);
  const all = events();
  const of = <K extends CallEventKind>(kind: K): EventOf<K>[] =>
    all.filter((event): event is EventOf<K> => event.kind === kind);
  const [ended] = of("ENDED");
  if (ended === undefined) throw new Error("The call has no end");
  // Early media comes to every fifth call, and is not what these tests are about.
  const told = all
    .map(({ kind }) => kind)
    .filter((kind) => kind !== "EARLY_MEDIA");
  return { told, of, ended };
}
