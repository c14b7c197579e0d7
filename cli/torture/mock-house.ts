/** The mock PBX in a process of its own: it outlives the engines and keeps the carrier's journal. */
import type { PlayedCall } from "../../adapters/mock/journal.ts";
import { startMockPbx } from "../../test/support/engine-process.ts";
import type { MockPbxProcess } from "../../test/support/engine-process.ts";
import { SHORT_CALLS } from "../../test/support/short-calls.ts";
import { playedOutcome } from "../demo/played-outcome.ts";
import type { CarrierCall } from "./evidence.ts";
import type { PbxHouse, RoundPbx } from "./pbx.ts";
import { createMutex } from "./mutex.ts";

const SCENARIO = {
  ...SHORT_CALLS,
  shares: { ...SHORT_CALLS.shares, silent: 0.02, mute: 0.02 },
  timeoutScale: 0.05,
};

const TRUNKS = [
  { name: "north", dialString: "mock/north/{number}", cps: 15, channels: 40 },
  { name: "south", dialString: "mock/south/{number}", cps: 8, channels: 20 },
];

const ENDED_BY = {
  PLAN: "CARRIER",
  HANGUP: "COMMAND",
  RESTART: "RESTART",
} as const;

export function createMockHouse(): PbxHouse {
  return {
    drainWithinMs: 75_000,
    leads: 60,
    open: async ({ pbxSeed, pbxRemembers }) => {
      const scenario = { ...SCENARIO, remembersCalls: pbxRemembers };
      const pbx = await startMockPbx(scenario, pbxSeed);
      return openRound(pbx, pbxRemembers ? "ALL" : "NOTHING");
    },
    close: () => Promise.resolve(),
  };
}

function openRound(pbx: MockPbxProcess, keeps: RoundPbx["keeps"]): RoundPbx {
  const { control } = pbx;
  return {
    address: { host: "127.0.0.1", port: Number(new URL(pbx.url).port) },
    trunks: TRUNKS,
    engineEnv: (port) => ({
      VOICE_ADAPTER: "mock",
      MOCK_PBX_URL: `tcp://127.0.0.1:${String(port)}`,
    }),
    phone: (n) => `+5511980${String(n).padStart(6, "0")}`,
    calls: async () => (await control.playedCalls()).map(seenByCarrier),
    recordedBy: "PBX",
    keeps,
    live: async () => (await control.stats()).live,
    freeze: () => {
      pbx.kill("SIGSTOP");
      return Promise.resolve(() => pbx.kill("SIGCONT"));
    },
    restart: () => control.restart(),
    refuse: async (size) => {
      const fault =
        size < 0.5
          ? ({ outcome: "switch_refused" } as const)
          : { maxPerSecond: Math.ceil(size * 6) };
      for (const { name } of TRUNKS) await control.setTrunkFault(name, fault);
      return async () => {
        for (const { name } of TRUNKS) await control.setTrunkFault(name, null);
      };
    },
    mutex: createMutex(),
    close: async () => {
      control.close();
      pbx.kill("SIGKILL");
      await pbx.exited;
    },
  };
}

function seenByCarrier(call: PlayedCall): CarrierCall {
  const { attemptId, number, duplicate, refusal, outcome, end } = call;
  const time = (text: string | null) =>
    text === null ? null : Date.parse(text);
  const at = Date.parse(call.receivedAt);
  return {
    attemptId,
    number,
    at,
    repeated: duplicate,
    outcome: refusal ?? played(outcome),
    rangAt: time(call.rangAt),
    answeredAt: time(call.answeredAt),
    endedAt: refusal === null ? time(call.endedAt) : at,
    endedBy: refusal === null ? end && ENDED_BY[end] : "REFUSAL",
  };
}

/** A call without any later event never reached a telephone. */
function played(outcome: PlayedCall["outcome"]): string | null {
  return outcome === null || outcome === "mute" ? null : playedOutcome[outcome];
}
