/** What happens to calls, and the commands about them. */
import { randomUUID } from "node:crypto";
import { expect, it } from "vitest";

import { place, written } from "./line.ts";
import type { Context } from "./line.ts";

export function describeCalls({ harness, openLine }: Context): void {
  it("emits ringing, answer and end of an answered call, made by one Originate", async () => {
    const line = await openLine();
    const before = await harness().originatesReceived();
    const id = await place(line, "answers");
    const ended = await line.expectEvent(id, "ENDED");
    await line.expectEvent(id, "RINGING");
    await line.expectEvent(id, "ANSWERED");
    expect(ended).toMatchObject({ complete: true, cause: 16, timedOut: false });
    expect(ended.history.ringAt).not.toBeNull();
    expect(ended.history.answerAt).not.toBeNull();
    expect(await harness().originatesReceived()).toBe(before + 1);
    expect(await line.adapter.isAlive(id)).toBe(false);
  });

  it("gives each event the PBX's time and a key that only a repeat shares", async () => {
    const line = await openLine();
    const id = await place(line, "answers");
    for (const kind of ["RINGING", "ANSWERED", "ENDED"] as const) {
      await line.expectEvent(id, kind);
    }
    const byKey = new Map<string, string>();
    for (const event of line.events(id)) {
      expect(new Date(event.at).toISOString()).toBe(event.at);
      expect(event.dedupKey.length).toBeLessThanOrEqual(120);
      const content = JSON.stringify(event);
      expect(byKey.get(event.dedupKey) ?? content).toBe(content);
      byKey.set(event.dedupKey, content);
    }
    expect(byKey.size).toBeGreaterThanOrEqual(3);
  });

  it.each([
    { behaviour: "busy", causes: [17], rings: false },
    { behaviour: "declines", causes: [17, 21], rings: true },
    { behaviour: "invalid", causes: [1, 22, 28], rings: false },
  ] as const)(
    "emits the cause when the number is one that $behaviour",
    async ({ behaviour, causes, rings }) => {
      const line = await openLine();
      const id = await place(line, behaviour);
      const ended = await line.expectEvent(id, "ENDED");
      expect(causes).toContain(ended.cause);
      expect(ended.history.answerAt).toBeNull();
      expect(ended.history.ringAt !== null).toBe(rings);
      expect(line.kinds(id)).not.toContain("ANSWERED");
      if (rings) await line.expectEvent(id, "RINGING");
    },
  );

  it("distinguishes early media from ringing and from an answer", async () => {
    const line = await openLine();
    const id = await place(line, "early_media");
    const ended = await line.expectEvent(id, "ENDED");
    await line.expectEvent(id, "EARLY_MEDIA");
    expect(ended.history.earlyMediaAt).not.toBeNull();
    expect(ended.history.answerAt).toBeNull();
    expect(line.kinds(id)).not.toContain("RINGING");
    expect(line.kinds(id)).not.toContain("ANSWERED");
  });

  it("lets the PBX give up by the time-outs of the request", async () => {
    const line = await openLine();
    const id = await place(line, "silent", {
      setupTimeoutSeconds: 1,
      ringTimeoutSeconds: 1,
    });
    const ended = await line.expectEvent(id, "ENDED");
    expect(ended.timedOut).toBe(true);
    expect(ended.history.ringAt).toBeNull();
  });

  it("lets the PBX end a talk that exceeds the longest duration", async () => {
    const line = await openLine();
    const id = await place(line, "talks", { maxCallDurationSeconds: 1 });
    const ended = await line.expectEvent(id, "ENDED");
    expect(ended.history.answerAt).not.toBeNull();
  });

  it("reports a broken trunk as a refusal", async () => {
    const line = await openLine();
    const request = line.request("no_such_trunk");
    const result = await line.adapter.originate(request, written);
    if (result.status === "refused") {
      expect(result.reason).toBe("TRUNK_FAULT");
    } else {
      const event = await line.expectEvent(request.attemptId, "REFUSED");
      expect(event.reason).toBe("TRUNK_FAULT");
    }
    expect(line.kinds(request.attemptId)).not.toContain("ENDED");
  });
}

export function describeCommands({ openLine }: Context): void {
  it("hangs up a ringing call", async () => {
    const line = await openLine();
    const id = await place(line, "rings");
    await line.expectEvent(id, "RINGING");
    expect(await line.adapter.hangup(id)).toBe("requested");
    const ended = await line.expectEvent(id, "ENDED");
    expect(ended.history.answerAt).toBeNull();
    expect(await line.adapter.hangup(id)).toBe("no_such_channel");
  });

  it("says so when there is no channel to hang up or to ask about", async () => {
    const { adapter } = await openLine();
    expect(await adapter.hangup(randomUUID())).toBe("no_such_channel");
    expect(await adapter.isAlive(randomUUID())).toBe(false);
  });

  it("lists the calls that are alive, and whether they were answered", async () => {
    const line = await openLine();
    const talking = await place(line, "talks");
    const ringing = await place(line, "rings");
    await line.expectEvent(talking, "ANSWERED");
    await line.expectEvent(ringing, "RINGING");
    const calls = await line.adapter.listLiveCalls();
    const answered = new Map(
      calls.map((call) => [call.attemptId, call.answered]),
    );
    expect(answered).toEqual(
      new Map([
        [talking, true],
        [ringing, false],
      ]),
    );
    expect(await line.adapter.isAlive(talking)).toBe(true);
    await Promise.all([talking, ringing].map((id) => line.adapter.hangup(id)));
    await line.expectEvent(talking, "ENDED");
    await line.expectEvent(ringing, "ENDED");
    expect(await line.adapter.listLiveCalls()).toEqual([]);
  });

  it("neither lists nor hangs up nor emits another installation's calls", async () => {
    const [ours, theirs] = [await openLine(), await openLine()];
    const id = await place(theirs, "talks");
    await theirs.expectEvent(id, "ANSWERED");
    expect(await ours.adapter.listLiveCalls()).toEqual([]);
    expect(await ours.adapter.hangup(id)).toBe("no_such_channel");
    expect(await theirs.adapter.isAlive(id)).toBe(true);
    expect(ours.events(id)).toEqual([]);
    await theirs.adapter.hangup(id);
    await theirs.expectEvent(id, "ENDED");
  });
}
