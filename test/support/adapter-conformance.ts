/**
 * The guarantees of every adapter (`adapters/port.ts`), as tests. Each adapter's own test file provides a harness: a
 * PBX whose numbers behave as required, and control of the connection to it.
 */
import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import { AdapterError } from "../../adapters/port.ts";
import type { VoiceAdapter } from "../../adapters/port.ts";
import { describeAfterAnswer } from "./adapter-conformance/after-answer.ts";
import {
  describeCalls,
  describeCommands,
} from "./adapter-conformance/calls.ts";
import {
  commandsOf,
  connectLine,
  place,
  reconnection,
  written,
} from "./adapter-conformance/line.ts";
import type {
  ConformanceHarness,
  Context,
} from "./adapter-conformance/line.ts";
import { describeLastWord } from "./adapter-conformance/last-word.ts";
import { describeRefusals } from "./adapter-conformance/refusals.ts";
import { waitFor } from "./wait-for.ts";

export type {
  ConformanceBehaviour,
  ConformanceHandOver,
  ConformanceHarness,
} from "./adapter-conformance/line.ts";

/**
 * Declares the suite; call it at the top level of a test file.
 * @param hasWire false for an adapter whose PBX lives in the same process and cannot fall silent
 */
export function describeAdapterConformance(
  name: string,
  makeHarness: () => Promise<ConformanceHarness>,
  { hasWire = true }: { readonly hasWire?: boolean } = {},
): void {
  describe(`${name} keeps the promises of the port`, () => {
    let harness: ConformanceHarness | undefined;
    const opened: VoiceAdapter[] = [];
    const context: Context = {
      harness: () => {
        if (harness === undefined) throw new Error("The harness did not start");
        return harness;
      },
      openLine: async (installationId = randomUUID()) => {
        const adapter = context.harness().makeAdapter(installationId);
        opened.push(adapter);
        return connectLine(adapter, context.harness());
      },
    };
    beforeAll(async () => {
      harness = await makeHarness();
    });
    afterEach(async () => {
      for (const adapter of opened.splice(0)) await adapter.disconnect();
    });
    afterAll(async () => {
      await harness?.close();
    });
    describeCalls(context);
    describeAfterAnswer(context);
    describeLastWord(context);
    describeCommands(context);
    describeRefusals(context);
    describeLine(context);
    if (hasWire) describeSilence(context);
  });
}

function describeLine({ harness, openLine }: Context): void {
  it("says that it is connected, and how fresh that knowledge is", async () => {
    const { adapter, connections } = await openLine();
    expect(adapter.connection().status).toBe("CONNECTED");
    expect(connections.at(-1)).toMatchObject({
      state: { status: "CONNECTED" },
      restarted: false,
    });
    expect(adapter.lastAnswerAgeMs()).toBeGreaterThanOrEqual(0);
  });

  it("comes back by itself after a cut, and the calls are still there", async () => {
    const line = await openLine();
    const id = await place(line, "talks");
    await line.expectEvent(id, "ANSWERED");
    const seen = line.connections.length;
    await harness().cutLine();
    expect(await reconnection(line, seen)).toMatchObject({ restarted: false });
    expect(await line.adapter.isAlive(id)).toBe(true);
    await line.adapter.hangup(id);
    await line.expectEvent(id, "ENDED");
  });

  it("distinguishes a restart of the PBX from a cut", async () => {
    const line = await openLine();
    const id = await place(line, "talks");
    const seen = line.connections.length;
    await harness().restartPbx();
    expect(await reconnection(line, seen)).toMatchObject({ restarted: true });
    expect(await line.adapter.isAlive(id)).toBe(false);
  });
}

function describeSilence({ harness, openLine }: Context): void {
  it("settles every command when the PBX falls silent, then comes back", async () => {
    const line = await openLine();
    const seen = line.connections.length;
    await harness().silence(true);
    const asked = commandsOf(line.adapter).map((command) =>
      command().catch((error: unknown) => error),
    );
    const result = await line.adapter.originate(line.request("talks"), written);
    expect(result.status).toBe("unknown");
    for (const error of await Promise.all(asked)) {
      expect(error).toBeInstanceOf(AdapterError);
    }
    await waitFor(
      "the dead line to be noticed",
      () => line.adapter.lastAnswerAgeMs() === null,
    );
    await harness().silence(false);
    expect(await reconnection(line, seen)).toMatchObject({ restarted: false });
  });

  it("notices a silent PBX by its own ping", async () => {
    const line = await openLine();
    const seen = line.connections.length;
    await harness().silence(true);
    await waitFor("the dead line to be noticed", () =>
      line.connections
        .slice(seen)
        .find(({ state }) => state.status === "DISCONNECTED"),
    );
    await harness().silence(false);
    expect(await reconnection(line, seen)).toMatchObject({ restarted: false });
  });
}
