/** Jobs may be added by hand: what is wrong with a payload is said by field, before anything is done. */
import { randomUUID } from "node:crypto";

import type { JobHelpers, Task } from "graphile-worker";
import { describe, expect, it, vi } from "vitest";
import { z } from "zod";

import {
  PayloadError,
  readPayload,
} from "../../../engine/task-dependencies.ts";
import type { TaskDependencies } from "../../../engine/task-dependencies.ts";
import applyCallEvents from "../../../tasks/apply_call_events.ts";
import fireCallTimer from "../../../tasks/fire_call_timer.ts";
import hangupCall from "../../../tasks/hangup_call.ts";
import originateCall from "../../../tasks/originate_call.ts";
import scheduleCampaign from "../../../tasks/schedule_campaign.ts";

const attemptId = randomUUID();
const trunkId = randomUUID();
const campaignId = randomUUID();

/** Dependencies of which only what is given may be touched. */
function only(given: object): TaskDependencies {
  return given as TaskDependencies;
}

const run = async (task: Task, payload: unknown) => {
  await task(payload, {} as JobHelpers);
};

describe("payloads of tasks", () => {
  it.each<[string, (dependencies: TaskDependencies) => Task, unknown, string]>([
    ["originate_call", originateCall, { attemptId }, "trunkId"],
    ["originate_call", originateCall, { attemptId: 7, trunkId }, "attemptId"],
    ["originate_call", originateCall, null, "payload"],
    ["fire_call_timer", fireCallTimer, {}, "attemptId"],
    ["fire_call_timer", fireCallTimer, { attemptId: "x" }, "attemptId"],
    ["hangup_call", hangupCall, { attemptId }, "reason"],
    ["hangup_call", hangupCall, { attemptId, reason: "BORED" }, "reason"],
    ["schedule_campaign", scheduleCampaign, { campaign: 1 }, "campaignId"],
    ["apply_call_events", applyCallEvents, { events: "one" }, "events"],
    ["apply_call_events", applyCallEvents, [], "payload"],
  ])("of %s: what is wrong is named", async (name, create, payload, field) => {
    const failure = run(create(only({})), payload);
    await expect(failure).rejects.toThrow(PayloadError);
    await expect(failure).rejects.toMatchObject({ code: "PAYLOAD_INVALID" });
    await expect(failure).rejects.toThrow(
      new RegExp(`^Payload of ${name} is not valid: ${field}: \\S`),
    );
  });

  it("names every field that is wrong, and where it stands", () => {
    const shape = z.object({
      attemptId: z.uuid(),
      calls: z.array(z.object({ at: z.number() })),
    });
    const read = () =>
      readPayload("some_task", shape, { calls: [{ at: 1 }, { at: "noon" }] });
    expect(read).toThrow(/attemptId: .+; calls\.1\.at: /);
  });

  it("that are right reach their work", async () => {
    const submit = vi.fn(() => Promise.resolve("done" as const));
    await run(originateCall(only({ executor: { submit } })), {
      attemptId,
      trunkId,
    });
    expect(submit).toHaveBeenCalledWith({ attemptId, trunkId });
    const pass = vi.fn(() => Promise.resolve());
    const schedule = scheduleCampaign(only({ scheduler: { run: pass } }));
    await run(schedule, { campaignId });
    expect(pass).toHaveBeenLastCalledWith([campaignId]);
    await run(schedule, { campaignIds: [campaignId, campaignId] });
    expect(pass).toHaveBeenLastCalledWith([campaignId, campaignId]);
  });

  it("with one bad event leave that one out and say why", async () => {
    const error = vi.fn();
    const events = [{ kind: "RINGING", attemptId: "not an id" }];
    const apply = vi.fn(() => Promise.resolve());
    const dependencies = only({ log: { error }, applier: { apply } });
    await run(applyCallEvents(dependencies), { events });
    expect(apply).toHaveBeenCalledWith([]);
    expect(error).toHaveBeenCalledTimes(1);
    expect(error).toHaveBeenCalledWith(
      { index: 0, problem: expect.stringMatching(/attemptId/) },
      "An event could not be read and was left out",
    );
  });
});
