/** Lets tests control a mock PBX that runs in a process of its own. */

import { z } from "zod";

import { journalSchema, playedCallsSchema, statsSchema } from "./journal.ts";
import type { JournalEntry, MockPbxStats, PlayedCall } from "./journal.ts";
import { MockSession, parseMockUrl } from "./session.ts";
import type { SessionRequest } from "./session.ts";
import { answerSchemas } from "./protocol.ts";
import type { MockScenarioInput, MockTrunkFault } from "./scenario.ts";
import { trunkFaultSchema } from "./scenario.ts";

export interface MockPbxControl {
  stats(): Promise<MockPbxStats>;
  journal(): Promise<readonly JournalEntry[]>;
  /** The journal, with what became of each call. */
  playedCalls(): Promise<readonly PlayedCall[]>;
  setScenario(scenario: MockScenarioInput): Promise<void>;
  setTrunkFault(trunk: string, fault: MockTrunkFault | null): Promise<void>;
  /** Closes the engines' connections; they may come back at once. */
  dropConnections(): Promise<void>;
  /** See `server.ts`: `lose` and `keep` make the engines' connections half-open. */
  silence(mode: "off" | "lose" | "keep"): Promise<void>;
  restart(): Promise<void>;
  close(): void;
}

/** @throws AdapterError when no mock PBX answers at `url` (`tcp://host:port`) */
export async function connectMockControl(url: string): Promise<MockPbxControl> {
  const session = await MockSession.open({
    ...parseMockUrl(url),
    timeoutMs: 10_000,
    pingIntervalMs: 10_000,
    onMessage: () => undefined,
    onClose: () => undefined,
  });
  const hello = { type: "hello", installationId: "", role: "control" } as const;
  await session.ask(hello, answerSchemas.hello);
  const command = async (request: SessionRequest): Promise<void> => {
    await session.ask(request, z.null());
  };
  return {
    stats: () => session.ask({ type: "stats" }, statsSchema),
    journal: () => session.ask({ type: "journal" }, journalSchema),
    playedCalls: () => session.ask({ type: "playedCalls" }, playedCallsSchema),
    setScenario: (scenario) => command({ type: "setScenario", scenario }),
    setTrunkFault: (trunk, fault) =>
      command({
        type: "setTrunkFault",
        trunk,
        fault: fault === null ? null : trunkFaultSchema.parse(fault),
      }),
    dropConnections: () => command({ type: "dropConnections" }),
    silence: (mode) => command({ type: "silence", mode }),
    restart: () => command({ type: "restart" }),
    close: () => {
      session.close("closed by the test");
    },
  };
}
