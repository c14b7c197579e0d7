/**
 * An event that the engine has received is never overtaken by a timer, a hang-up or a comparison, wherever it is by then: in
 * the engine's memory, in a job of the queue that nobody can take up, or on its way while the decision is being made. The
 * order is forced: nothing here waits for luck.
 */
import { expect, test } from "vitest";

import { createMockAdapter } from "../../../adapters/mock/adapter.ts";
import { MockPbx } from "../../../adapters/mock/pbx.ts";
import { noHistory } from "../../../adapters/port.ts";
import type { CallEvent, VoiceAdapter } from "../../../adapters/port.ts";
import { claimOriginates } from "../../../database/originating.ts";
import type {
  AttemptEvent,
  DeadlineType,
} from "../../../dialing/call-facts.ts";
import { applyEvents } from "../../../engine/attempts/apply-events.ts";
import { fireTimer, hangUp } from "../../../engine/attempts/timers.ts";
import { EventInbox } from "../../../engine/attempts/inbox.ts";
import { reconcile } from "../../../engine/attempts/reconciliation.ts";
import { createLogger } from "../../../logging.ts";
import { NODE, identity, shareConcurrencyScene } from "./concurrency-scene.ts";
import { only } from "./scene.ts";

const scene = shareConcurrencyScene();
const settle = { settleMs: 0, agentTimeoutMs: 300_000, random: Math.random };
const log = createLogger({ level: "silent", phoneNumbers: false });

/** An event without what every event has. */
type Said = Pick<CallEvent, "kind"> & Readonly<Record<string, unknown>>;

function say(attemptId: string, said: Said): AttemptEvent {
  const at = new Date().toISOString();
  const event = { attemptId, at, dedupKey: said.kind, ...said };
  return event as unknown as AttemptEvent;
}

const busy: Said = {
  kind: "ENDED",
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

/** A call that was sent a while ago and of which these things have been written down. */
async function sent(...said: Said[]): Promise<string> {
  const ids = await scene.queueSome(1);
  const { claimed } = await claimOriginates(scene.state, identity, ids);
  const { id } = only(claimed);
  await apply(said.map((one) => say(id, one)));
  await scene.state.query(
    "update call_attempts set originate_at = originate_at - interval '1 min' where id = $1",
    [id],
  );
  return id;
}

async function apply(events: readonly AttemptEvent[]): Promise<void> {
  if (events.length > 0) await applyEvents(scene.state, events, settle);
}

async function due(id: string, type: DeadlineType): Promise<void> {
  const { rowCount } = await scene.state.query(
    "update call_attempts set deadline_at = now() - interval '1 s' where id = $1 and deadline_type = $2",
    [id, type],
  );
  expect(rowCount).toBe(1);
}

async function lose(id: string): Promise<void> {
  const at = new Date().toISOString();
  await apply([{ kind: "LOST", attemptId: id, at, dedupKey: "lost" }]);
}

/** A job of a worker that died with it, and that nobody has freed: a minute old, taken up once. */
async function inStuckJob(events: readonly AttemptEvent[]): Promise<void> {
  await scene.state.query(
    "select graphile_worker.add_job('apply_call_events', $1::json)",
    [JSON.stringify({ events })],
  );
  await scene.state.query(
    `update graphile_worker._private_jobs set created_at = now() - interval '1 min', attempts = 1, locked_at = now(),
       locked_by = 'worker-of-the-dead' where task_id = (
         select id from graphile_worker._private_tasks where identifier = 'apply_call_events')`,
  );
}

interface Watched {
  readonly dependencies: Parameters<typeof fireTimer>[0];
  readonly inbox: EventInbox;
  readonly hungUp: string[];
}

/** A timer's surroundings: the database takes no events, so what the inbox hears stays in memory. */
function watch(pbx: Partial<VoiceAdapter> = {}): Watched {
  const inbox = new EventInbox({
    enqueue: () => new Promise(() => undefined),
    log,
    nowMs: () => performance.now(),
    onDropped: () => undefined,
  });
  inbox.startEnqueueing();
  const hungUp: string[] = [];
  const mock = createMockAdapter({ installationId: "x", pbx: new MockPbx() });
  const answers: Partial<VoiceAdapter> = {
    isAlive: () => Promise.resolve(false),
    recallCall: () => Promise.resolve(null),
    connection: () => ({ status: "CONNECTED", since: new Date() }),
    listLiveCalls: () => Promise.resolve([]),
    hangup: (id) => {
      hungUp.push(id);
      return Promise.resolve("requested");
    },
    ...pbx,
  };
  const adapter = new Proxy(mock, {
    // Bound: a private member is the target's own, not the proxy's.
    get: (target, name): unknown => {
      const own: unknown = Reflect.get(answers, name);
      if (own !== undefined) return own;
      const value: unknown = Reflect.get(target, name);
      return typeof value === "function"
        ? (value.bind(target) as unknown)
        : value;
    },
  });
  const dependencies = {
    database: scene.state,
    adapter,
    node: NODE,
    settle,
    received: (id: string) => inbox.receivedOf(id),
    onLateness: () => undefined,
  };
  return { dependencies, inbox, hungUp };
}

async function rowOf(id: string): Promise<Record<string, unknown>> {
  const { rows } = await scene.state.query<Record<string, unknown>>(
    "select state, outcome, hangup_requested, sip_final_code from call_attempts where id = $1",
    [id],
  );
  return only(rows);
}

const alive: Partial<VoiceAdapter> = { isAlive: () => Promise.resolve(true) };
const busyRow = { outcome: "BUSY", sip_final_code: 486 };

test("SETTLE of a lost call decides by the end that is only in memory", async () => {
  const id = await sent();
  await lose(id);
  const { dependencies, inbox } = watch();
  inbox.push(say(id, busy));
  await due(id, "SETTLE");
  const { ended } = await fireTimer(dependencies, id);
  expect(ended.map(({ outcome }) => outcome)).toEqual(["BUSY"]);
});

test("SETTLE of a lost call decides by the end that lies in a job of a dead worker, however old", async () => {
  const id = await sent();
  await lose(id);
  await inStuckJob([say(id, busy)]);
  await due(id, "SETTLE");
  await fireTimer(watch().dependencies, id);
  expect(await rowOf(id)).toMatchObject(busyRow);
});

test("an end that comes while the PBX answers 'no such channel' goes before the answer", async () => {
  const id = await sent();
  const { dependencies, inbox } = watch({
    isAlive: () => {
      inbox.push(say(id, busy));
      return Promise.resolve(false);
    },
  });
  await due(id, "ORIGINATE");
  await fireTimer(dependencies, id);
  expect(await rowOf(id)).toMatchObject(busyRow);
});

test("a set-up time-out is not put on a call whose ringing was received, be it in memory or in a stuck job", async () => {
  for (const place of ["memory", "job"]) {
    const id = await sent();
    const { dependencies, inbox } = watch(alive);
    if (place === "memory") inbox.push(say(id, { kind: "RINGING" }));
    else await inStuckJob([say(id, { kind: "RINGING" })]);
    await due(id, "ORIGINATE");
    await fireTimer(dependencies, id);
    expect(await rowOf(id)).toMatchObject({
      state: "RINGING",
      hangup_requested: null,
    });
  }
});

test("an agent's limit does not end a talk that has begun, and no hang-up is queued", async () => {
  const who = { agentId: "7", agentChannel: "PJSIP/7-1" };
  const id = await sent({ kind: "ANSWERED" }, { kind: "WAITING_AGENT" });
  const { dependencies, inbox, hungUp } = watch(alive);
  inbox.push(say(id, { kind: "BRIDGED", ...who }));
  await due(id, "AGENT_ASSIGN");
  await fireTimer(dependencies, id);
  expect(await rowOf(id)).toMatchObject({
    state: "BRIDGED",
    hangup_requested: null,
  });
  const { rows } = await scene.state.query(
    "select from graphile_worker.jobs where task_identifier like 'hangup_call%'",
  );
  expect(rows).toEqual([]);
  // One that was queued before the talk began finds it.
  await hangUp(dependencies, id, "AGENT");
  expect(hungUp).toEqual([]);
});

test("the hang-up of a call that is just answered is not sent, and who asked for it is taken back", async () => {
  const id = await sent({ kind: "RINGING" });
  const { dependencies, inbox, hungUp } = watch();
  // Received between the transaction that asks for the end and the command: the first look finds nothing yet.
  let looks = 0;
  const received = (attemptId: string) => {
    looks += 1;
    if (looks === 2) inbox.push(say(id, { kind: "ANSWERED" }));
    return inbox.receivedOf(attemptId);
  };
  await hangUp({ ...dependencies, received }, id, "RING");
  expect(hungUp).toEqual([]);
  await hangUp(dependencies, id, "RING");
  expect(hungUp).toEqual([]);
  expect(await rowOf(id)).toMatchObject({
    state: "ANSWERED",
    hangup_requested: null,
  });
});

test("a hang-up of a channel that is gone waits for the end that has been received", async () => {
  const id = await sent({ kind: "RINGING" });
  const { dependencies, inbox } = watch({
    hangup: () => {
      inbox.push(say(id, busy));
      return Promise.resolve("no_such_channel");
    },
  });
  await hangUp(dependencies, id, "OPERATOR");
  expect(await rowOf(id)).toMatchObject({ sip_final_code: 486 });
});

test("a comparison loses no call of which something is on its way, however much else is", async () => {
  const receivedCall = await sent();
  const gone = await sent();
  const { dependencies, inbox } = watch();
  inbox.push(say(receivedCall, busy));
  const lost: string[] = [];
  const result = await reconcile({
    database: scene.state,
    adapter: dependencies.adapter,
    node: NODE,
    log,
    isReceived: (id) => inbox.receivedOf(id).length > 0,
    onLost: ({ attemptId }) => lost.push(attemptId),
  });
  expect(lost).toContain(gone);
  expect(lost).not.toContain(receivedCall);
  expect(result.tooYoung).toBeGreaterThanOrEqual(1);
});

test("a call whose end its adapter still awaits is not given up, though the PBX has no such channel any more", async () => {
  const id = await sent({ kind: "RINGING" });
  await lose(id);
  const awaiting = watch({ awaitsEnd: () => true });
  await due(id, "SETTLE");
  await fireTimer(awaiting.dependencies, id);
  expect(await rowOf(id)).toMatchObject({ state: "RINGING", outcome: null });
  const { dependencies, inbox } = watch();
  inbox.push(say(id, busy));
  await fireTimer(dependencies, id);
  expect(await rowOf(id)).toMatchObject({ sip_final_code: 486 });
});

/** A person answers, waits for an agent and leaves; the end tells all of it once more, as every adapter's does. */
function story(id: string): AttemptEvent[] {
  const rung = say(id, { kind: "RINGING" });
  const answered = say(id, { kind: "ANSWERED" });
  const waits = say(id, { kind: "WAITING_AGENT" });
  const ended = say(id, {
    ...busy,
    cause: 16,
    causeName: "NORMAL_CLEARING",
    sipStatus: null,
    history: {
      ...noHistory,
      ringAt: rung.at,
      answerAt: answered.at,
      waitingAgentAt: waits.at,
    },
  });
  return [rung, answered, waits, ended];
}

test("wherever each event of a call lies when SETTLE fires, the row is the same", async () => {
  const rows: Record<string, unknown>[] = [];
  // Each event in the row, in a stuck job, or in memory; one that is further on than its predecessor is no less true.
  for (let places = 0; places < 3 ** 4; places++) {
    const id = await sent();
    const events = story(id);
    const at = (place: number) =>
      events.filter(
        (_event, index) => Math.floor(places / 3 ** index) % 3 === place,
      );
    await apply(at(0));
    if (at(1).length > 0) await inStuckJob(at(1));
    const { dependencies, inbox } = watch();
    for (const event of at(2)) inbox.push(event);
    const isOver = (await rowOf(id))["outcome"] !== null;
    if (!isOver) {
      await lose(id);
      await due(id, "SETTLE");
      await fireTimer(dependencies, id);
    }
    rows.push(await rowOf(id));
    await scene.state.query("delete from graphile_worker._private_jobs");
  }
  expect(new Set(rows.map((row) => JSON.stringify(row))).size).toBe(1);
  expect(rows[0]).toMatchObject({ outcome: "ABANDONED" });
});
