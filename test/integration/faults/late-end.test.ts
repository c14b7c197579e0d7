/** A call that the PBX no longer knew, while its end already waits to be written. */
import { expect, test } from "vitest";
import { createMockAdapter } from "../../../adapters/mock/adapter.ts";
import { MockPbx } from "../../../adapters/mock/pbx.ts";
import { noHistory } from "../../../adapters/port.ts";
import { claimOriginates } from "../../../database/originating.ts";
import type { AttemptEvent } from "../../../dialing/call-facts.ts";
import { applyEvents } from "../../../engine/attempts/apply-events.ts";
import { fireTimer } from "../../../engine/attempts/timers.ts";
import { NODE, identity, shareConcurrencyScene } from "./concurrency-scene.ts";
import { only } from "./scene.ts";

const scene = shareConcurrencyScene();
const settle = { settleMs: 0, agentTimeoutMs: 300_000, random: Math.random };

/** A call that is LOST and whose SETTLE is over. */
async function loseOne(): Promise<string> {
  const ids = await scene.queueSome(1);
  const { claimed } = await claimOriginates(scene.state, identity, ids);
  const { id } = only(claimed);
  const at = new Date().toISOString();
  const lost = { kind: "LOST", attemptId: id, at, dedupKey: "lost" } as const;
  await applyEvents(scene.state, [lost], settle);
  return id;
}

async function fire(attemptId: string) {
  const adapter = createMockAdapter({
    installationId: "x",
    pbx: new MockPbx(),
  });
  await adapter.connect({
    onCallEvent: () => undefined,
    onConnection: () => undefined,
  });
  return fireTimer(
    {
      database: scene.state,
      adapter,
      node: NODE,
      settle,
      onLateness: () => undefined,
    },
    attemptId,
  );
}

function busy(attemptId: string): AttemptEvent {
  return {
    kind: "ENDED",
    attemptId,
    at: new Date().toISOString(),
    dedupKey: "end",
    complete: true,
    timedOut: false,
    source: "CALLEE",
    sipCallId: null,
    cause: 17,
    causeName: "USER_BUSY",
    sipStatus: 486,
    sipReason: null,
    history: noHistory,
  };
}

test("waits for that end, however long SETTLE is over", async () => {
  const id = await loseOne();
  const end = busy(id);
  await scene.state.query(
    "select graphile_worker.add_job('apply_call_events', $1::json)",
    [JSON.stringify({ events: [end] })],
  );
  expect((await fire(id)).ended).toEqual([]);
  const settled = await applyEvents(scene.state, [end], settle);
  expect(settled.ended.map(({ outcome }) => outcome)).toEqual(["BUSY"]);
});

test("is ORPHANED when there is nothing to wait for", async () => {
  const id = await loseOne();
  const { ended } = await fire(id);
  expect(ended.map(({ outcome }) => outcome)).toEqual(["ORPHANED"]);
});
