/**
 * People who answered, or did not, while nobody listened: engine and standby dead, the PBX killed. What the PBX has kept of
 * a call decides before it is ORPHANED, by whichever way the call was lost.
 */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createMockAdapter } from "../../../adapters/mock/adapter.ts";
import { MockPbx } from "../../../adapters/mock/pbx.ts";
import type { MockScenarioInput } from "../../../adapters/mock/scenario.ts";
import { AdapterError, noHistory } from "../../../adapters/port.ts";
import type { LastWord, VoiceAdapter } from "../../../adapters/port.ts";
import { claimOriginates } from "../../../database/originating.ts";
import type { AttemptEvent } from "../../../dialing/call-facts.ts";
import { applyEvents } from "../../../engine/attempts/apply-events.ts";
import { fireTimer, hangUp } from "../../../engine/attempts/timers.ts";
import { reconcile } from "../../../engine/attempts/reconciliation.ts";
import { createLogger } from "../../../logging.ts";
import { createTestDatabase } from "../../support/database.ts";
import type { TestDatabase } from "../../support/database.ts";
import {
  engineEnv,
  QUICK_TIMINGS,
  startEngine,
  startMockPbx,
  stopPrograms,
} from "../../support/engine-process.ts";
import type {
  EngineProcess,
  MockPbxProcess,
} from "../../support/engine-process.ts";
import { waitFor } from "../../support/wait-for.ts";
import { NODE, identity, shareConcurrencyScene } from "./concurrency-scene.ts";
import { addCampaign, addLeads, count, only, setTheScene } from "./scene.ts";

const settle = { settleMs: 0, agentTimeoutMs: 300_000, random: Math.random };

describe("a call that is lost", () => {
  const scene = shareConcurrencyScene();
  const answerAt = "2026-03-01T12:00:00.000Z";
  const endAt = "2026-03-01T12:00:20.000Z";

  async function sent(): Promise<string> {
    const ids = await scene.queueSome(1);
    const { claimed } = await claimOriginates(scene.state, identity, ids);
    const { id } = only(claimed);
    await scene.state.query(
      "update call_attempts set originate_at = originate_at - interval '1 min' where id = $1",
      [id],
    );
    return id;
  }

  function timers(answers: Partial<VoiceAdapter>) {
    const mock = createMockAdapter({ installationId: "x", pbx: new MockPbx() });
    const pbx: Partial<VoiceAdapter> = {
      isAlive: () => Promise.resolve(false),
      listLiveCalls: () => Promise.resolve([]),
      hangup: () => Promise.resolve("no_such_channel"),
      connection: () => ({ status: "CONNECTED", since: new Date() }),
      ...answers,
    };
    const adapter = new Proxy(mock, {
      get: (target, name) =>
        (Reflect.get(pbx, name) ?? Reflect.get(target, name)) as unknown,
    });
    return {
      database: scene.state,
      adapter,
      node: NODE,
      settle,
      onLateness: () => undefined,
    };
  }

  type Timers = ReturnType<typeof timers>;
  const roads: Readonly<
    Record<string, (with_: Timers, id: string) => Promise<unknown>>
  > = {
    "by a deadline": async (with_, id) => {
      await due(id);
      await fireTimer(with_, id);
    },
    "by a hang-up": (with_, id) => hangUp(with_, id, "OPERATOR"),
    "by a comparison": async (with_) => {
      const lost: AttemptEvent[] = [];
      await reconcile({
        ...with_,
        log: createLogger({ level: "silent", phoneNumbers: false }),
        isReceived: () => false,
        onLost: (event) => lost.push(event),
      });
      await applyEvents(scene.state, lost, settle);
    },
  };

  async function due(id: string): Promise<void> {
    await scene.state.query(
      "update call_attempts set deadline_at = clock_timestamp() - interval '1 s' where id = $1",
      [id],
    );
  }

  async function rowOf(id: string): Promise<Record<string, unknown>> {
    const { rows } = await scene.state.query<Record<string, unknown>>(
      "select outcome, answer_at, end_at, hangup_cause_code from call_attempts where id = $1",
      [id],
    );
    return only(rows);
  }

  function word(id: string, changes: object): LastWord {
    return {
      kind: "ENDED",
      attemptId: id,
      at: endAt,
      dedupKey: "past",
      complete: true,
      timedOut: false,
      source: null,
      sipCallId: null,
      cause: 16,
      causeName: "NORMAL_CLEARING",
      sipStatus: null,
      sipReason: null,
      history: { ...noHistory, answerAt },
      ...changes,
    };
  }

  test.each(Object.keys(roads))(
    "%s is what the PBX has kept of it",
    async (road) => {
      const id = await sent();
      const recalled: string[] = [];
      const with_ = timers({
        recallCall: (asked) => {
          recalled.push(asked);
          return Promise.resolve(word(asked, {}));
        },
      });
      await roads[road]?.(with_, id);
      await fireTimer(with_, id);
      expect(recalled).toEqual([id]);
      expect(await rowOf(id)).toEqual({
        outcome: "ANSWERED",
        answer_at: new Date(answerAt),
        end_at: new Date(endAt),
        hangup_cause_code: 16,
      });
      expect(
        await count(
          scene.state,
          "select count(*) from call_attempt_events where attempt_id = $1 and kind = 'ENDED'",
          [id],
        ),
      ).toBe(1);
    },
  );

  const words: [string, object, string][] = [
    ["a partial answer", { complete: false }, "ANSWERED"],
    ["busy", { cause: 17, causeName: "USER_BUSY", history: noHistory }, "BUSY"],
    [
      "ringing without an answer",
      { cause: 19, history: { ...noHistory, ringAt: answerAt } },
      "NO_ANSWER",
    ],
    [
      "a hand-over that did not exist",
      { refusal: "NO_SUCH_EXTENSION" },
      "SWITCH_REFUSED",
    ],
    [
      "a refusal",
      { kind: "REFUSED", reason: "TRUNK_FAULT", message: "no route" },
      "TRUNK_FAULT",
    ],
    ["times that are none", { at: "yesterday" }, "ORPHANED"],
    [
      "the word of another call",
      { attemptId: "00000000-0000-4000-8000-000000000001" },
      "ORPHANED",
    ],
  ];
  test.each(words)("kept: %s", async (_what, changes, outcome) => {
    const id = await sent();
    const with_ = timers({
      recallCall: (asked) => Promise.resolve(word(asked, changes)),
    });
    await due(id);
    await fireTimer(with_, id);
    await fireTimer(with_, id);
    expect(await rowOf(id)).toMatchObject({ outcome });
  });

  const lesser: [string, object | null, string][] = [
    [
      "the ringing before a failed originate",
      { cause: 19, history: { ...noHistory, ringAt: answerAt } },
      "NO_ANSWER",
    ],
    ["the answer", {}, "ANSWERED"],
    ["nothing more", null, "UNREACHABLE"],
  ];
  test.each(lesser)(
    "only a provisional end was received, kept is %s",
    async (_what, changes, outcome) => {
      const id = await sent();
      const asked = vi.fn((about: string) =>
        Promise.resolve(changes === null ? null : word(about, changes)),
      );
      await applyEvents(
        scene.state,
        [
          {
            kind: "ORIGINATE_FAILED",
            attemptId: id,
            at: endAt,
            dedupKey: "failed",
            cause: 20,
            causeName: "SUBSCRIBER_ABSENT",
            sipStatus: 480,
            sipReason: null,
            timedOut: false,
          },
        ],
        settle,
      );
      await due(id);
      await fireTimer(timers({ recallCall: asked }), id);
      expect(asked.mock.calls).toEqual([[id]]);
      expect(await rowOf(id)).toMatchObject({ outcome });
    },
  );

  test("kept: nothing", async () => {
    const id = await sent();
    const with_ = timers({ recallCall: () => Promise.resolve(null) });
    await due(id);
    await fireTimer(with_, id);
    await fireTimer(with_, id);
    expect(await rowOf(id)).toMatchObject({ outcome: "ORPHANED" });
  });

  test("a PBX that cannot be asked is asked again, and not for ever", async () => {
    const id = await sent();
    const with_ = timers({
      recallCall: () => Promise.reject(new AdapterError("TIMEOUT", "silent")),
    });
    await due(id);
    await fireTimer(with_, id);
    await due(id);
    await fireTimer(with_, id);
    expect(await rowOf(id)).toMatchObject({ outcome: null });
    await scene.state.query(
      "update call_attempts set deadline_at = clock_timestamp() - interval '16 s' where id = $1",
      [id],
    );
    await fireTimer(with_, id);
    expect(await rowOf(id)).toMatchObject({ outcome: "ORPHANED" });
  });
});

describe("engine and standby are killed while telephones ring", () => {
  let database: TestDatabase;
  let pbx: MockPbxProcess;
  const people: MockScenarioInput = {
    shares: { answered: 0.6, no_answer: 0.2, declined: 0.2 },
    setupMs: 20,
    // Everybody is dead before anybody answers, on a busy machine too.
    ringMs: 9_000,
    noAnswerRingMs: 9_000,
    talkMs: 500,
    chaos: 0,
  };

  beforeEach(async () => {
    database = await createTestDatabase();
    pbx = await startMockPbx(people, 21);
    await setTheScene(database.pool, [
      { name: "line", cps: 100, channels: 30 },
    ]);
  });
  afterEach(async () => {
    pbx.control.close();
    await stopPrograms();
    await database.drop({ sessionsMayRemain: true });
  });

  function start(): Promise<EngineProcess> {
    return startEngine(engineEnv(database.url, pbx.url, QUICK_TIMINGS));
  }

  /** Twenty telephones ring, everybody dies, all calls end, an engine comes back and has judged them all. */
  async function killAndComeBack(): Promise<Date> {
    const { pool } = database;
    const engines = [await start(), await start()];
    await addLeads(pool, await addCampaign(pool, { concurrent: 30 }), 20);
    await waitFor(
      "20 telephones to ring at the PBX",
      async () =>
        (await pbx.control.playedCalls()).filter(
          ({ rangAt }) => rangAt !== null,
        ).length === 20,
      { intervalMs: 20 },
    );
    await Promise.all(engines.map((engine) => engine.end("SIGKILL")));
    await waitFor(
      "all calls to end",
      async () => (await pbx.control.stats()).live === 0,
    );
    const cameBack = new Date();
    await start();
    await untilJudged();
    return cameBack;
  }

  function untilJudged(): Promise<unknown> {
    return waitFor(
      "all to be judged",
      async () =>
        (await count(
          database.pool,
          "select count(*) from call_attempts where end_at is null",
        )) === 0,
      { timeoutMs: 60_000 },
    );
  }

  async function outcomes(): Promise<Record<string, number>> {
    const { rows } = await database.pool.query<{ outcome: string; n: number }>(
      "select outcome, count(*)::int as n from call_attempts group by outcome",
    );
    return Object.fromEntries(rows.map(({ outcome, n }) => [outcome, n]));
  }

  test("a PBX that remembers tells each end, and nobody who answered is rung again", async () => {
    await pbx.control.setScenario({ ...people, remembersCalls: true });
    await database.pool.query(
      "update retry_rules set delay_seconds = 3600 where max_tries > 0",
    );
    const cameBack = await killAndComeBack();
    const played = await pbx.control.playedCalls();
    const answered = played.filter(({ answeredAt }) => answeredAt !== null);
    expect(answered.length).toBeGreaterThan(0);
    const { rows } = await database.pool.query<{ id: string; heard: boolean }>(
      `select id, end_at > $1 or answer_at > end_at as heard from call_attempts where outcome = 'ANSWERED'`,
      [cameBack],
    );
    expect(rows.map(({ id }) => id).toSorted()).toEqual(
      answered.map(({ attemptId }) => attemptId).toSorted(),
    );
    // The PBX's own times, not those at which it was asked.
    expect(rows.filter(({ heard }) => heard)).toEqual([]);
    expect(await outcomes()).not.toHaveProperty("ORPHANED");
    expect(played).toHaveLength(20);
    expect(
      await count(
        database.pool,
        "select count(*) from leads where status = 'DONE'",
      ),
    ).toBe(answered.length);
  });

  test("one that keeps nothing leaves them ORPHANED, and nobody is rung again either", async () => {
    await database.pool.query(
      "update retry_rules set delay_seconds = 86400 where max_tries > 0",
    );
    await killAndComeBack();
    expect(await outcomes()).toMatchObject({ ORPHANED: 20 });
    expect(await pbx.control.playedCalls()).toHaveLength(20);
  });

  test("the PBX is killed under the calls: who had answered before is known", async () => {
    await pbx.control.setScenario({
      ...people,
      shares: { answered: 1 },
      talkMs: 900_000,
      remembersCalls: true,
    });
    const { pool } = database;
    const engine = await start();
    await addLeads(pool, await addCampaign(pool, { concurrent: 30 }), 5);
    await waitFor(
      "five calls at the PBX",
      async () => (await pbx.control.stats()).live === 5,
      { intervalMs: 20 },
    );
    await engine.end("SIGKILL");
    await waitFor(
      "five talks",
      async () => (await pbx.control.stats()).answered === 5,
    );
    await pbx.control.restart();
    await start();
    await untilJudged();
    expect(await outcomes()).toEqual({ ANSWERED: 5 });
    expect(
      await count(pool, "select count(*) from leads where status = 'DONE'"),
    ).toBe(5);
  });
});
