/** The rules of concurrency of DESIGN.md §6 that stand or fall with an experiment on a real server. */
import { Logger, run } from "graphile-worker";
import type pg from "pg";
import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { completeIfIdle } from "../../../database/consequences.ts";
import { addJobs, runJobBy } from "../../../database/jobs.ts";
import { Lease } from "../../../database/lease.ts";
import { claimOriginates } from "../../../database/originating.ts";
import { createStatePool } from "../../../database/pools.ts";
import { applyEvents } from "../../../engine/apply-events.ts";
import { runSchedulingPass } from "../../../engine/scheduling-pass.ts";
import { createTestDatabase } from "../../support/database.ts";
import type { TestDatabase } from "../../support/database.ts";
import { waitFor } from "../../support/wait-for.ts";
import { addCampaign, addLeads, count, only, setTheScene } from "./scene.ts";

// Processes start in a second on an idle machine, and in many on a busy one.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

const NODE = "default";
const ENGINE = "00000000-0000-4000-8000-00000000000a";
const OTHER_ENGINE = "00000000-0000-4000-8000-00000000000b";
const PASS = { intervalMs: 250, random: Math.random };

let database: TestDatabase;
let state: pg.Pool;

beforeAll(async () => {
  database = await createTestDatabase();
  state = createStatePool(
    {
      url: database.url,
      schema: "public",
      workerSchema: "graphile_worker",
      applicationName: "concurrency rules",
    },
    10,
    () => undefined,
  );
  await setTheScene(database.pool, [
    { name: "wide", cps: 1_000, channels: 500 },
  ]);
});

afterAll(async () => {
  await state.end();
  await database.drop();
});

beforeEach(async () => {
  await state.query("delete from call_attempts");
  await state.query("delete from campaigns");
  await state.query("delete from graphile_worker._private_jobs");
  await state.query(
    `update voice_nodes set adapter = 'mock', lease_holder = $1, lease_epoch = 7, pbx_connected = true,
       max_concurrent_originates = 1000, lease_expires_at = clock_timestamp() + interval '5 minutes'`,
    [ENGINE],
  );
});

const identity = { engineId: ENGINE, node: NODE, epoch: 7 };

async function queuedAttempts(): Promise<string[]> {
  const { rows } = await state.query<{ id: string }>(
    "select id from call_attempts where state = 'QUEUED' order by id",
  );
  return rows.map(({ id }) => id);
}

/** A campaign with queued attempts. */
async function queueSome(leads: number): Promise<string> {
  const campaignId = await addCampaign(state, { concurrent: leads });
  await addLeads(state, campaignId, leads);
  await runSchedulingPass(state, campaignId, PASS);
  return campaignId;
}

function lease(engineId: string): Lease {
  return new Lease(
    {
      engineId,
      node: NODE,
      adapter: "mock",
      durationMs: 5_000,
      heartbeatStaleMs: 10_000,
      version: "0.0.0",
      host: "test",
      maxConcurrentOriginates: 50,
    },
    () => performance.now(),
  );
}

/** Statements of this database that wait for a lock. */
async function waitingForLocks(): Promise<number> {
  return count(
    database.pool,
    "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
  );
}

test("a keyed job added while workers lock it is never lost", async () => {
  const ADDS = 400;
  const acted: number[] = [];
  let latest = 0;
  const runner = await run({
    pgPool: state,
    schema: "graphile_worker",
    concurrency: 4,
    noHandleSignals: true,
    pollInterval: 50,
    logger: new Logger(() => () => undefined),
    taskList: {
      keyed_test: () => {
        acted.push(latest);
      },
    },
  });
  try {
    const adders = [1, 2, 3, 4];
    await Promise.all(
      adders.map(async () => {
        for (let i = 0; i < ADDS / adders.length; i++) {
          latest += 1;
          const mine = latest;
          await runJobBy(state, {
            task: "keyed_test",
            payload: {},
            runAt: new Date(),
            key: "keyed_test",
          });
          // Whatever was added last must be seen by a run that begins after it.
          if (i % 10 === 0)
            await waitFor(
              "a run after the add",
              () => (acted.at(-1) ?? 0) >= mine,
              {
                intervalMs: 1,
              },
            );
        }
      }),
    );
    await waitFor("the last add to be acted on", () => acted.at(-1) === latest);
    await waitFor(
      "the queue to be empty",
      async () =>
        (await count(state, "select count(*) from dialer_jobs")) === 0,
    );
  } finally {
    await runner.stop();
  }
  expect(latest).toBe(ADDS);
  expect(acted.length).toBeGreaterThan(10);
});

test("run_job_by moves a waiting job forward and never back", async () => {
  const key = "wake-up";
  const runAt = async (): Promise<number> => {
    const { rows } = await state.query<{ run_at: Date }>(
      "select run_at from dialer_jobs where key = $1",
      [key],
    );
    return only(rows).run_at.getTime();
  };
  const nowMs = Date.now();
  for (const inMs of [60_000, 10_000, 120_000])
    await runJobBy(state, {
      task: "keyed_test",
      payload: {},
      runAt: new Date(nowMs + inMs),
      key,
    });
  expect(await runAt()).toBe(nowMs + 10_000);
});

test("eight passes of one campaign at once never exceed max_concurrent_calls", async () => {
  for (const limit of [1, 3, 10]) {
    const campaignId = await addCampaign(state, { concurrent: limit });
    await addLeads(state, campaignId, 80);
    await Promise.all(
      Array.from({ length: 8 }, () =>
        runSchedulingPass(state, campaignId, PASS),
      ),
    );
    const live = await count(
      state,
      "select count(*) from call_attempts where campaign_id = $1 and end_at is null",
      [campaignId],
    );
    expect(live).toBe(limit);
  }
});

test("eight campaigns that pass at once never exceed a trunk's channels", async () => {
  await state.query("update trunk_config set max_channels = 25");
  try {
    const campaigns = await Promise.all(
      Array.from({ length: 8 }, () => addCampaign(state, { concurrent: 40 })),
    );
    for (const id of campaigns) await addLeads(state, id, 40);
    for (let round = 0; round < 3; round++)
      await Promise.all(
        campaigns.map((id) => runSchedulingPass(state, id, PASS)),
      );
    const live = await count(
      state,
      "select count(*) from call_attempts where end_at is null",
    );
    expect(live).toBeLessThanOrEqual(25);
    expect(live).toBeGreaterThan(20);
  } finally {
    await state.query("update trunk_config set max_channels = 500");
  }
});

test("a claim by many at once sends each attempt to one of them only", async () => {
  await queueSome(40);
  const ids = await queuedAttempts();
  const results = await Promise.all(
    Array.from({ length: 8 }, () => claimOriginates(state, identity, ids)),
  );
  const claimed = results.flatMap((result) =>
    result.claimed.map(({ id }) => id),
  );
  expect(claimed.toSorted()).toEqual(ids);
  expect(await count(state, "select sum(dials) from leads")).toBe(ids.length);
});

test.for([
  { what: "an older epoch", who: { ...identity, epoch: 6 } },
  { what: "another engine", who: { ...identity, engineId: OTHER_ENGINE } },
])("a claim under $what changes nothing", async ({ who }) => {
  await queueSome(5);
  const ids = await queuedAttempts();
  const result = await claimOriginates(state, who, ids);
  expect(result).toEqual({ held: false, claimed: [], refused: [] });
  expect(await queuedAttempts()).toEqual(ids);
});

test("a claim under a lease that has run out changes nothing", async () => {
  await queueSome(5);
  const ids = await queuedAttempts();
  await state.query(
    "update voice_nodes set lease_expires_at = clock_timestamp()",
  );
  expect((await claimOriginates(state, identity, ids)).held).toBe(false);
  expect(await queuedAttempts()).toEqual(ids);
});

test("a take-over waits for an open claim, renewals do not", async () => {
  await state.query(
    "update voice_nodes set lease_expires_at = clock_timestamp() + interval '300 ms'",
  );
  const claim = await state.connect();
  await claim.query("begin");
  await claim.query("select from voice_nodes where name = $1 for key share", [
    NODE,
  ]);
  // A renewal beside the open claim; it would hang here if it waited.
  await state.query(
    "update voice_nodes set lease_expires_at = lease_expires_at where name = $1",
    [NODE],
  );
  await waitFor(
    "the lease to run out",
    async () =>
      (await count(
        state,
        "select count(*) from voice_nodes where lease_expires_at < clock_timestamp()",
      )) > 0,
  );
  let epoch: number | null | undefined;
  const taking = lease(OTHER_ENGINE)
    .take(state)
    .then((taken) => {
      epoch = taken;
    });
  await waitFor(
    "the take-over to wait",
    async () => (await waitingForLocks()) > 0,
  );
  expect(epoch).toBeUndefined();
  await claim.query("commit");
  claim.release();
  await taking;
  expect(epoch).toBe(8);
});

test("of eight engines that grab a free node at once, one gets it", async () => {
  await state.query(
    "update voice_nodes set lease_holder = null, lease_expires_at = null",
  );
  const epochs = await Promise.all(
    Array.from({ length: 8 }, (_, n) =>
      lease(
        `00000000-0000-4000-8000-0000000001${String(n).padStart(2, "0")}`,
      ).take(state),
    ),
  );
  expect(epochs.filter((epoch) => epoch !== null)).toEqual([8]);
});

test("a DNC that is set while the call is up stays when the call ends", async () => {
  await queueSome(1);
  const ids = await queuedAttempts();
  const { claimed } = await claimOriginates(state, identity, ids);
  const attemptId = only(claimed).id;
  await state.query("update leads set status = 'DNC', status_reason = 'ASKED'");
  const at = new Date().toISOString();
  const settled = await applyEvents(
    state,
    [
      {
        kind: "ENDED",
        attemptId,
        at,
        dedupKey: "end",
        complete: true,
        timedOut: false,
        source: "CALLEE",
        sipCallId: null,
        cause: 17,
        causeName: "USER_BUSY",
        sipStatus: 486,
        sipReason: null,
        history: {
          ringAt: null,
          earlyMediaAt: null,
          answerAt: null,
          bridgeAt: null,
          waitingAgentAt: null,
          agentId: null,
          agentChannel: null,
          amdResult: null,
        },
      },
    ],
    { settleMs: 100, random: Math.random },
  );
  expect(settled.ended.map(({ outcome }) => outcome)).toEqual(["BUSY"]);
  const { rows } = await state.query<{ status: string; attempts: number }>(
    "select status, attempts from leads",
  );
  expect(only(rows)).toEqual({ status: "DNC", attempts: 1 });
});

test("a campaign that completes while leads come in is ACTIVE afterwards, or the leads are seen", async () => {
  for (let round = 0; round < 15; round++) {
    const campaignId = await addCampaign(state);
    await addLeads(state, campaignId, 1);
    await state.query(
      "update leads set status = 'DONE' where campaign_id = $1",
      [campaignId],
    );
    const inserting = database.pool.query(
      `insert into leads (campaign_id, phone) select $1, '1196' || lpad(g::text, 7, '0') from generate_series(1, $2) as g`,
      [campaignId, 1 + (round % 3) * 200],
    );
    await Promise.all([
      inserting,
      completeIfIdle(state, campaignId),
      completeIfIdle(state, campaignId),
    ]);
    const { rows } = await state.query<{ status: string }>(
      "select status from campaigns where id = $1",
      [campaignId],
    );
    expect(only(rows).status).toBe("ACTIVE");
  }
});

test("jobs without keys in a client's open transaction hold nobody up", async () => {
  const campaignId = await addCampaign(state);
  const client = await database.pool.connect();
  await client.query("begin");
  await client.query(
    "insert into leads (campaign_id, phone) values ($1, '11970000001')",
    [campaignId],
  );
  // While that transaction stays open, another client's insert, a pass and a plain job go through.
  await addLeads(database.pool, campaignId, 1);
  await runSchedulingPass(state, campaignId, PASS);
  await addJobs(state, [
    { task: "schedule_campaign", payload: { campaignId } },
  ]);
  expect(await waitingForLocks()).toBe(0);
  await client.query("commit");
  client.release();
  expect((await queuedAttempts()).length).toBe(1);
});
