/** A mock PBX as a process of its own: it outlives engines, freezes, comes back. */
import { randomUUID } from "node:crypto";
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";

import { createMockAdapter } from "../../../../adapters/mock/adapter.ts";
import { connectMockControl } from "../../../../adapters/mock/control.ts";
import type { MockPbxControl } from "../../../../adapters/mock/control.ts";
import { MockPbx } from "../../../../adapters/mock/pbx.ts";
import type { MockScenarioInput } from "../../../../adapters/mock/scenario.ts";
import { serveMockPbx } from "../../../../adapters/mock/server.ts";
import type {
  CallEvent,
  OriginateRequest,
  VoiceAdapter,
} from "../../../../adapters/port.ts";
import type { ConformanceBehaviour } from "../../../support/adapter-conformance.ts";
import { waitFor } from "../../../support/wait-for.ts";
import { dialString, fast, scenario } from "./calls.ts";

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

function request(
  behaviour: ConformanceBehaviour,
  changes: Partial<OriginateRequest> = {},
): OriginateRequest {
  return {
    attemptId: randomUUID(),
    campaignId: randomUUID(),
    leadId: randomUUID(),
    dialString: dialString(behaviour),
    callerId: null,
    context: null,
    extension: "s",
    setupTimeoutSeconds: 20,
    ringTimeoutSeconds: 25,
    maxCallDurationSeconds: 600,
    variables: {},
    ...changes,
  };
}

async function startProcess(
  changes: MockScenarioInput = {},
): Promise<{ url: string; control: MockPbxControl }> {
  const script = fileURLToPath(
    new URL("../../../../cli/mock-pbx.ts", import.meta.url),
  );
  const json = JSON.stringify({ ...scenario, ...changes });
  const child = spawn(process.execPath, [script, "--scenario", json], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = new Promise<number | null>((resolve) => {
    child.once("exit", resolve);
  });
  closers.push(async () => {
    child.kill("SIGTERM");
    expect(await exited).toBe(0);
  });
  const [line] = await Promise.race([
    createInterface(child.stdout)
      [Symbol.asyncIterator]()
      .next()
      .then(({ value }) => [String(value)] as const),
    exited.then((code) => {
      throw new Error(`The mock PBX ended with ${String(code)}`);
    }),
  ]);
  const { listening } = JSON.parse(line) as { listening: number };
  const url = `tcp://127.0.0.1:${String(listening)}`;
  const control = await connectMockControl(url);
  closers.push(() => {
    control.close();
  });
  return { url, control };
}

async function open(
  url: string,
  installationId: string,
): Promise<{ adapter: VoiceAdapter; events: CallEvent[] }> {
  const adapter = createMockAdapter({ installationId, url, ...fast });
  closers.push(() => adapter.disconnect());
  const events: CallEvent[] = [];
  await adapter.connect({
    onCallEvent: (event) => events.push(event),
    onConnection: () => undefined,
  });
  return { adapter, events };
}

const written = (): boolean => true;

describe("a mock PBX in a process of its own", () => {
  it("outlives its engines, sends events to all of them, and counts duplicates", async () => {
    const { url, control } = await startProcess();
    const installationId = randomUUID();
    const first = await open(url, installationId);
    const standby = await open(url, installationId);
    const talk = request("talks");
    await first.adapter.originate(talk, written);
    await waitFor("the standby to hear the answer", () =>
      standby.events.find(({ kind }) => kind === "ANSWERED"),
    );
    await first.adapter.disconnect();
    const next = await open(url, installationId);
    expect(await next.adapter.isAlive(talk.attemptId)).toBe(true);
    const repeated = await next.adapter.originate(talk, written);
    expect(repeated).toMatchObject({
      status: "refused",
      reason: "INVALID_REQUEST",
    });
    expect(await control.stats()).toMatchObject({
      originates: 2,
      duplicates: 1,
      live: 1,
    });
    const journal = await control.journal();
    expect(
      journal.map(({ attemptId, duplicate }) => [attemptId, duplicate]),
    ).toEqual([
      [talk.attemptId, false],
      [talk.attemptId, true],
    ]);
  });

  it("admits that a call was not followed from its start", async () => {
    const { url } = await startProcess({ tellsHistory: false, chaos: 0 });
    const installationId = randomUUID();
    const whole = await open(url, installationId);
    const talk = request("talks");
    await whole.adapter.originate(talk, written);
    await waitFor("the answer", () =>
      whole.events.find(({ kind }) => kind === "ANSWERED"),
    );
    const late = await open(url, installationId);
    await late.adapter.hangup(talk.attemptId);
    const endOf = (events: CallEvent[]) =>
      waitFor("the end", () => events.find((event) => event.kind === "ENDED"));
    const [full, partial] = await Promise.all([
      endOf(whole.events),
      endOf(late.events),
    ]);
    expect(full.complete).toBe(true);
    expect(full.history.answerAt).not.toBeNull();
    expect(partial.complete).toBe(false);
    expect(partial.history.answerAt).toBeNull();
    expect(partial.dedupKey).toBe(full.dedupKey);
  });

  it("takes scenario and trunk faults while it runs", async () => {
    const { url, control } = await startProcess();
    const { adapter } = await open(url, randomUUID());
    const call = async () =>
      (await adapter.originate(request("talks"), written)).status;
    expect(await call()).toBe("accepted");
    // Less than one: none, however far apart they come.
    await control.setTrunkFault("carrier", { maxPerSecond: 0.5 });
    expect(await call()).toBe("refused");
    await control.setTrunkFault("carrier", null);
    expect(await call()).toBe("accepted");
    await control.setScenario({ missingExtensions: ["nowhere"] });
    const lost = request("talks", { extension: "nowhere" });
    expect(await adapter.originate(lost, written)).toMatchObject({
      reason: "NO_SUCH_EXTENSION",
    });
    await expect(control.setScenario({ chaos: 2 })).rejects.toThrow(/chaos/);
  });

  it("acts late on what a frozen PBX was sent, as a real one does", async () => {
    const { url, control } = await startProcess();
    const { adapter } = await open(url, randomUUID());
    await control.silence("keep");
    const talk = request("talks");
    const result = await adapter.originate(talk, written);
    expect(result.status).toBe("unknown");
    expect(await control.stats()).toMatchObject({ originates: 0 });
    await control.silence("off");
    await waitFor(
      "the late Originate",
      async () => (await control.stats()).originates === 1,
    );
  });

  it("that freezes has been away since something was last received from it, not since that was noticed", async () => {
    const { url, control } = await startProcess();
    const { adapter } = await open(url, randomUUID());
    await control.silence("keep");
    await waitFor(
      "the silence to be noticed",
      () => adapter.connection().status !== "CONNECTED",
    );
    const state = adapter.connection();
    const awaySinceMs = "awaySinceMs" in state ? state.awaySinceMs : undefined;
    expect(awaySinceMs).toBeGreaterThan(0);
    // The ping alone waited for as long as a command does.
    expect(performance.now() - (awaySinceMs ?? 0)).toBeGreaterThanOrEqual(
      fast.commandTimeoutMs - 1,
    );
    await control.silence("off");
  });

  it("reports the first failure to connect and goes on trying", async () => {
    const pbx = new MockPbx({ scenario });
    const gone = await serveMockPbx(pbx);
    await gone.close();
    const { adapter } = await open(gone.url, randomUUID());
    expect(adapter.connection()).toMatchObject({
      status: "DISCONNECTED",
      reason: expect.stringContaining("No mock PBX") as unknown,
    });
    const back = await serveMockPbx(pbx, { port: gone.port });
    closers.push(() => back.close());
    await waitFor(
      "the connection",
      () => adapter.connection().status === "CONNECTED",
    );
  });
});
