/** The PBX goes away, falls silent or restarts; and the engine dies while people talk. */
import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { OriginateRequest, VoiceAdapter } from "../../../adapters/port.ts";
import { createMockAdapter } from "../../../adapters/mock/adapter.ts";
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
import {
  addCampaign,
  addLeads,
  count,
  expectNothingTwiceNothingLost,
  only,
  setTheScene,
  SHORT_CALLS,
  waitUntilDialled,
} from "./scene.ts";

// Processes start in a second on an idle machine, and in many on a busy one.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

const CONCURRENT = 30;
const TALKS = { ...SHORT_CALLS, shares: { answered: 1 }, chaos: 0 };

let database: TestDatabase;
let pbx: MockPbxProcess;
let engine: EngineProcess;

beforeEach(async () => {
  database = await createTestDatabase();
  pbx = await startMockPbx(SHORT_CALLS, 21);
  await setTheScene(database.pool, [
    { name: "line", cps: 20, channels: CONCURRENT },
  ]);
  engine = await start();
  await engine.waitForLog("This engine dials now");
});

afterEach(async () => {
  pbx.control.close();
  await stopPrograms();
  await database.drop({ sessionsMayRemain: true });
});

function start(env: Record<string, string> = {}): Promise<EngineProcess> {
  return startEngine(
    engineEnv(database.url, pbx.url, {
      ...QUICK_TIMINGS,
      UNHEALTHY_AFTER_MS: "3000",
      ...env,
    }),
  );
}

async function dial(leads: number, least: number): Promise<void> {
  const { pool } = database;
  const campaignId = await addCampaign(pool, { concurrent: CONCURRENT });
  await addLeads(pool, campaignId, leads);
  await waitFor(
    `${String(least)} live calls`,
    async () => (await pbx.control.stats()).live >= least,
    {
      timeoutMs: 60_000,
    },
  );
}

async function waitForBlocker(reason: string): Promise<void> {
  await waitFor(
    `blocker ${reason}`,
    () =>
      count(
        database.pool,
        "select count(*) from dialing_blockers where reason = $1",
        [reason],
      ),
    { timeoutMs: 60_000 },
  );
}

function outcomes(outcome: string): Promise<number> {
  return count(
    database.pool,
    "select count(*) from call_attempts where outcome = $1",
    [outcome],
  );
}

test("the line to the PBX drops: the engine comes back, and no call is repeated", async () => {
  await dial(100, 10);
  for (let n = 0; n < 5; n++) {
    const { originates } = await pbx.control.stats();
    await pbx.control.dropConnections();
    await waitFor(
      "the engine to dial again",
      async () => (await pbx.control.stats()).originates > originates + 5,
      {
        timeoutMs: 60_000,
      },
    );
  }
  await waitUntilDialled(database.pool, 120_000);
  await expectNothingTwiceNothingLost(database.pool, pbx.control, CONCURRENT);
}, 300_000);

test("a PBX that falls silent: originates stop, blockers and /health say so, and it recovers", async () => {
  await dial(100, 10);
  await pbx.control.silence("lose");
  await waitForBlocker("PBX_DISCONNECTED");
  await waitFor(
    "/health to turn 503",
    async () => (await engine.health()).code === 503,
    { timeoutMs: 60_000 },
  );
  expect((await engine.health()).body["voiceAdapterConnected"]).toBe(false);
  const before = (await pbx.control.stats()).originates;
  await waitFor(
    "all calls to end unheard",
    async () => (await pbx.control.stats()).live === 0,
    { timeoutMs: 60_000 },
  );
  expect((await pbx.control.stats()).originates).toBe(before);
  await pbx.control.silence("off");
  await waitFor(
    "/health to turn 200",
    async () => (await engine.health()).code === 200,
    { timeoutMs: 60_000 },
  );
  await waitUntilDialled(database.pool, 90_000);
  await expectNothingTwiceNothingLost(database.pool, pbx.control, CONCURRENT);
}, 300_000);

test("a PBX that restarts loses every call: ORPHANED, or ANSWERED where somebody had answered", async () => {
  const { pool } = database;
  await pbx.control.setScenario({
    ...TALKS,
    shares: { answered: 0.5, no_answer: 0.5 },
    talkMs: 60_000,
    noAnswerRingMs: 20_000,
  });
  await dial(CONCURRENT, CONCURRENT);
  await waitFor("half of them to talk", () =>
    count(pool, "select count(*) from call_attempts where state = 'ANSWERED'"),
  );
  await waitFor("the others to ring", () =>
    count(
      pool,
      "select count(*) from call_attempts where state in ('RINGING', 'EARLY_MEDIA')",
    ),
  );
  const { rows } = await pool.query<{ id: string; answered: boolean }>(
    "select id, answer_at is not null as answered from call_attempts where originate_at < clock_timestamp() - interval '700 ms'",
  );
  await pbx.control.setScenario({ ...SHORT_CALLS });
  await pbx.control.restart();
  await waitFor(
    "the lost calls to be closed",
    async () =>
      (await count(
        pool,
        "select count(*) from call_attempts where id = any($1::uuid[]) and end_at is null",
        [rows.map(({ id }) => id)],
      )) === 0,
    { timeoutMs: 60_000 },
  );
  const answered = rows.filter((row) => row.answered).map(({ id }) => id);
  expect(answered.length).toBeGreaterThan(0);
  expect(
    await count(
      pool,
      "select count(*) from call_attempts where id = any($1::uuid[]) and outcome <> 'ANSWERED'",
      [answered],
    ),
  ).toBe(0);
  expect(await outcomes("ORPHANED")).toBeGreaterThan(0);
  await waitUntilDialled(pool, 120_000);
  // Whoever was talked to is not called again; the lost ones are, by their rule.
  expect(
    await count(
      pool,
      "select count(*) from call_attempts as later where exists (select from call_attempts as talk where talk.id = any($1::uuid[]) and talk.lead_id = later.lead_id and talk.id <> later.id and talk.queued_at < later.queued_at)",
      [answered],
    ),
  ).toBe(0);
  expect((await pbx.control.stats()).duplicates).toBe(0);
}, 300_000);

test("killed with talks up, back after they have ended: ANSWERED, and not dialled again", async () => {
  const { pool } = database;
  await pbx.control.setScenario({ ...TALKS, talkMs: 3_500 });
  await dial(20, 10);
  await waitFor(
    "talks that the engine knows of",
    async () =>
      (await count(
        pool,
        "select count(*) from call_attempts where state = 'ANSWERED'",
      )) >= 10,
  );
  await engine.end("SIGKILL");
  const { rows } = await pool.query<{ id: string }>(
    "select id from call_attempts where state = 'ANSWERED'",
  );
  await waitFor(
    "the talks to end",
    async () => (await pbx.control.stats()).live === 0,
    { timeoutMs: 20_000 },
  );
  engine = await start();
  await waitUntilDialled(pool, 120_000);
  const ids = rows.map(({ id }) => id);
  expect(ids.length).toBeGreaterThan(0);
  expect(
    await count(
      pool,
      "select count(*) from call_attempts where id = any($1::uuid[]) and outcome = 'ANSWERED'",
      [ids],
    ),
  ).toBe(ids.length);
  expect(
    await count(
      pool,
      "select count(*) from leads where dials <> 1 and id in (select lead_id from call_attempts where id = any($1::uuid[]))",
      [ids],
    ),
  ).toBe(0);
  await expectNothingTwiceNothingLost(pool, pbx.control, CONCURRENT);
}, 300_000);

test("killed with calls up, back before they end: they are adopted, and their ends are heard", async () => {
  const { pool } = database;
  await pbx.control.setScenario({ ...TALKS, talkMs: 900_000 });
  await dial(15, 15);
  const talking = "select count(*) from call_attempts where state = 'ANSWERED'";
  await waitFor("all to talk", async () => (await count(pool, talking)) === 15);
  await engine.end("SIGKILL");
  engine = await start();
  await waitFor(
    "the calls to be adopted",
    () =>
      engine.log().some(({ adopted, lost }) => adopted === 15 && lost === 0),
    { timeoutMs: 60_000 },
  );
  expect(await count(pool, talking)).toBe(15);
  const { rows } = await pool.query<{ id: string }>(
    "select id from call_attempts",
  );
  const phone = await connectAs(await installationId());
  for (const { id } of rows) await phone.hangup(id);
  await phone.disconnect();
  await waitUntilDialled(pool, 120_000);
  expect(
    await count(
      pool,
      "select count(*) from call_attempts where outcome = 'ANSWERED' and hangup_cause_code = 16",
    ),
  ).toBe(15);
  await expectNothingTwiceNothingLost(pool, pbx.control, CONCURRENT);
});

test("our orphans are hung up, strangers' channels on the same PBX never", async () => {
  await pbx.control.setScenario({ ...TALKS, talkMs: 900_000 });
  const ours = await connectAs(await installationId());
  const strangers = await connectAs(randomUUID());
  try {
    for (let n = 0; n < 3; n++) {
      await ours.originate(callTo(n), () => true);
      await strangers.originate(callTo(n + 10), () => true);
    }
  } finally {
    await Promise.all([ours.disconnect(), strangers.disconnect()]);
  }
  // A lost line makes the engine compare.
  await pbx.control.dropConnections();
  await waitFor(
    "our orphans to be hung up",
    async () => (await pbx.control.stats()).ended >= 3,
    { timeoutMs: 60_000 },
  );
  const { ended, live } = await pbx.control.stats();
  expect({ ended, live }).toEqual({ ended: 3, live: 3 });
});

async function installationId(): Promise<string> {
  const { rows } = await database.pool.query<{ id: string }>(
    "select id from installation",
  );
  return only(rows).id;
}

/** A line to the PBX beside the engine's. */
async function connectAs(installation: string): Promise<VoiceAdapter> {
  const adapter = createMockAdapter({
    installationId: installation,
    url: pbx.url,
  });
  await adapter.connect({
    onCallEvent: () => undefined,
    onConnection: () => undefined,
  });
  return adapter;
}

function callTo(n: number): OriginateRequest {
  return {
    attemptId: randomUUID(),
    campaignId: randomUUID(),
    leadId: randomUUID(),
    dialString: `mock/line/55119777700${String(n).padStart(2, "0")}`,
    callerId: null,
    context: null,
    extension: "s",
    setupTimeoutSeconds: 20,
    ringTimeoutSeconds: 30,
    maxCallDurationSeconds: 1_800,
    variables: {},
  };
}
