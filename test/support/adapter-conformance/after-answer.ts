/** What the PBX does with an answered call: agents, queue, answering machine detection, disposition. */
import { expect, it } from "vitest";

import type { CallEvent } from "../../../adapters/port.ts";
import { waitFor } from "../wait-for.ts";
import { place } from "./line.ts";
import type {
  ConformanceBehaviour,
  ConformanceHandOver,
  Context,
  Line,
} from "./line.ts";

export function describeAfterAnswer(context: Context): void {
  describeAgents(context);
  describeDetection(context);

  it("emits the disposition that was left", async () => {
    const line = await context.openLine();
    const id = await handOver(context, line, "talks", "disposition");
    const { disposition } = await line.expectEvent(id, "DISPOSITION");
    expect(disposition).toMatch(/^[^\p{Cc}]{1,80}$/u);
    await line.expectEvent(id, "ENDED");
  });
}

/** Two events may be about one moment, e.g. the dialplan's and the queue's, and the later one may arrive first. */
function earliest(line: Line, id: string, kind: CallEvent["kind"]): string {
  const times = line.events(id).filter((event) => event.kind === kind);
  return times.map(({ at }) => at).sort()[0] ?? "";
}

function describeAgents(context: Context): void {
  it.each(["agent", "queue"] as const)(
    "emits waiting, the agent's phone and the talk that follows: %s",
    async (how) => {
      const line = await context.openLine();
      const id = await handOver(context, line, "talks", how);
      await line.expectEvent(id, "WAITING_AGENT");
      const ringing = await line.expectEvent(id, "AGENT_RINGING");
      const bridged = await line.expectEvent(id, "BRIDGED");
      expect(ringing.agentChannel).not.toBeNull();
      expect(bridged.agentId).not.toBeNull();
      expect(bridged.agentChannel).toBe(ringing.agentChannel);
      expect(ringing.at <= bridged.at).toBe(true);
      expect(await line.adapter.isAlive(id)).toBe(true);
      await line.adapter.hangup(id);
      const { complete, cause, history } = await line.expectEvent(id, "ENDED");
      expect({ complete, cause }).toEqual({ complete: true, cause: 16 });
      const waitingAt = earliest(line, id, "WAITING_AGENT");
      expect(waitingAt <= ringing.at).toBe(true);
      expect(history).toMatchObject({
        waitingAgentAt: waitingAt,
        bridgeAt: bridged.at,
        agentId: bridged.agentId,
        agentChannel: bridged.agentChannel,
      });
      expect(history.answerAt).not.toBeNull();
    },
  );

  it("emits that a person gives up while the agent's phone rings", async () => {
    const line = await context.openLine();
    const id = await handOver(context, line, "answers", "ignored");
    const ringing = await line.expectEvent(id, "AGENT_RINGING");
    const ended = await line.expectEvent(id, "ENDED");
    expect(ended).toMatchObject({ complete: true, source: "CALLEE" });
    expect(ended.history.waitingAgentAt).not.toBeNull();
    expect(ended.history.agentChannel).toBe(ringing.agentChannel);
    expect(ended.history.bridgeAt).toBeNull();
    expect(line.kinds(id)).not.toContain("BRIDGED");
  });

  it("gives the person back whose agent declines", async () => {
    const line = await context.openLine();
    const id = await handOver(context, line, "talks", "declined");
    const ringing = await line.expectEvent(id, "AGENT_RINGING");
    const ended = await line.expectEvent(id, "ENDED");
    const [first, second] = await waitFor("the person to wait again", () => {
      const waits = line.events(id).filter((e) => e.kind === "WAITING_AGENT");
      const times = new Map(waits.map(({ dedupKey, at }) => [dedupKey, at]));
      return times.size >= 2 && [...times.values()].sort();
    });
    expect(first).toBeDefined();
    expect([first, ringing.at, second].sort()).toEqual([
      first,
      ringing.at,
      second,
    ]);
    expect(ended.history).toMatchObject({
      waitingAgentAt: first,
      agentId: null,
      agentChannel: null,
      bridgeAt: null,
    });
  });
}

function describeDetection(context: Context): void {
  it("emits a machine, which the PBX hangs up on", async () => {
    const line = await context.openLine();
    const id = await handOver(context, line, "machine", "amd");
    await line.expectEvent(id, "AMD_STARTED");
    const { complete, history } = await line.expectEvent(id, "ENDED");
    // An end that overtakes the verdict carries it, and no event follows.
    const verdicts = line
      .events(id)
      .flatMap((event) => (event.kind === "AMD_RESULT" ? [event.result] : []));
    expect(verdicts.every((verdict) => verdict === "MACHINE")).toBe(true);
    expect(complete).toBe(true);
    expect(history).toMatchObject({
      amdResult: "MACHINE",
      waitingAgentAt: null,
      bridgeAt: null,
    });
    expect(line.kinds(id)).not.toContain("WAITING_AGENT");
  });

  it("emits a person, who then gets an agent", async () => {
    const line = await context.openLine();
    const id = await handOver(context, line, "human", "amd");
    await line.expectEvent(id, "AMD_STARTED");
    const verdict = await line.expectEvent(id, "AMD_RESULT");
    expect(verdict.result).toBe("HUMAN");
    const bridged = await line.expectEvent(id, "BRIDGED");
    expect(verdict.at <= bridged.at).toBe(true);
    await line.adapter.hangup(id);
    const { history } = await line.expectEvent(id, "ENDED");
    expect(history).toMatchObject({
      amdResult: "HUMAN",
      bridgeAt: bridged.at,
    });
  });
}

function handOver(
  { harness }: Context,
  line: Line,
  behaviour: ConformanceBehaviour,
  how: ConformanceHandOver,
): Promise<string> {
  return place(line, behaviour, { extension: harness().extensionFor(how) });
}
