/** The database goes away under a dialling engine: calls go on, nothing is sent that may not be, no event is lost. */
import pg from "pg";
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  expect,
  test,
} from "vitest";
import { createRandom } from "../../../adapters/mock/random.ts";
import { startLocalPostgres } from "../../../local-postgres/local-postgres.ts";
import type { LocalPostgres } from "../../../local-postgres/local-postgres.ts";
import { createTestDatabase, prepareServer } from "../../support/database.ts";
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
import { startTcpProxy } from "../../support/tcp-proxy.ts";
import type { TcpProxy } from "../../support/tcp-proxy.ts";
import { waitFor } from "../../support/wait-for.ts";
import {
  addCampaign,
  addLeads,
  count,
  expectNothingTwiceNothingLost,
  expectOutcomesAsAtPbx,
  setTheScene,
  SHORT_CALLS,
  waitUntilDialled,
} from "./scene.ts";

const CONCURRENT = 40;
const UNHEALTHY_AFTER_MS = 4_000;

let server: LocalPostgres;
let database: TestDatabase;
let pbx: MockPbxProcess;
let proxy: TcpProxy;
let engine: EngineProcess;
let pool: pg.Pool;

beforeAll(async () => {
  server = await startLocalPostgres({
    superuser: "supabase_admin",
    binaries: "any",
    durable: false,
  });
  await prepareServer(server.url("postgres", "supabase_admin"));
});

afterAll(async () => {
  await server.stop();
});

beforeEach(async () => {
  database = await createTestDatabase(server.url("postgres", "supabase_admin"));
  pool = database.pool;
  proxy = await startTcpProxy({ host: server.host, port: server.port });
  pbx = await startMockPbx(SHORT_CALLS, 5);
  await setTheScene(pool, [{ name: "line", cps: 20, channels: CONCURRENT }]);
  const url = new URL(database.url);
  url.port = String(proxy.port);
  engine = await startEngine(
    engineEnv(url.href, pbx.url, {
      ...QUICK_TIMINGS,
      // What waited in memory is enqueued together; the word that a call is lost must not overtake its end.
      SETTLE_MS: "1500",
      UNHEALTHY_AFTER_MS: String(UNHEALTHY_AFTER_MS),
    }),
  );
  await engine.waitForLog("This engine dials now");
});

afterEach(async () => {
  pbx.control.close();
  await stopPrograms();
  await proxy.close();
  await database.drop({ sessionsMayRemain: true });
});

/** A campaign whose calls are up at the PBX. */
async function dial(leads: number): Promise<void> {
  const campaignId = await addCampaign(pool, { concurrent: CONCURRENT });
  await addLeads(pool, campaignId, leads);
  await waitForLive(10);
}

async function waitForLive(least: number): Promise<void> {
  await waitFor(
    `${String(least)} live calls`,
    async () => (await pbx.control.stats()).live >= least,
  );
}

/** For the message of a failure: jobs, blockers, and what the engine said last. */
async function whatIsOpen(
  from: pg.Pool,
  { lines }: EngineProcess,
): Promise<string> {
  const { rows } = await from.query(
    `select task, attempts, run_at - clock_timestamp() as in, locked_by, left(last_error, 100) as error
     from dialer_jobs order by run_at limit 15`,
  );
  const blockers = await from.query(
    "select reason, count from dialing_blockers",
  );
  // Each worker says so for each try: it would hide the rest.
  const said = lines.filter((line) => !line.includes("fetching jobs"));
  return [...rows, ...blockers.rows, ...said.slice(-25)]
    .map((row: unknown) => JSON.stringify(row))
    .join("\n");
}

/** No process was replaced, all leads are final, and the rows say what the PBX says. */
async function expectSurvived(pid: number): Promise<void> {
  await waitUntilDialled(pool, 120_000);
  expect(engine.isRunning()).toBe(true);
  expect(engine.pid).toBe(pid);
  await expectNothingTwiceNothingLost(pool, pbx.control, CONCURRENT);
  await expectOutcomesAsAtPbx(pool, pbx.control);
  expect((await engine.end("SIGTERM")).code).toBe(0);
}

test("Postgres crashes and comes back: the same process goes on where it was", async () => {
  const { pid } = engine;
  await dial(120);
  await server.stopImmediate();
  const sentBefore = (await pbx.control.stats()).originates;
  await waitFor(
    "live calls to end without a database",
    async () => (await pbx.control.stats()).live < 5,
  );
  // What was committed when the server went may still have been written, nothing after the lease.
  expect(
    (await pbx.control.stats()).originates - sentBefore,
  ).toBeLessThanOrEqual(20);
  await waitFor(
    "/health to turn 503",
    async () => (await engine.health()).code === 503,
  );
  const { originates } = await pbx.control.stats();
  await server.restart();
  await waitFor(
    "/health to turn 200",
    async () => (await engine.health()).code === 200,
    {
      timeoutMs: 60_000,
    },
  );
  const { uptime } = (await engine.health()).body;
  expect(uptime).toBeGreaterThanOrEqual(UNHEALTHY_AFTER_MS / 1_000);
  await waitFor(
    "the engine to dial again",
    async () => (await pbx.control.stats()).originates > originates,
    { timeoutMs: 60_000 },
  );
  await expectSurvived(pid);
});

test("all connections are cut at random moments, twelve times: the process stays and no event is lost", async () => {
  const { pid } = engine;
  const random = createRandom(12);
  await dial(150);
  for (let cut = 0; cut < 12; cut++) {
    const { originates } = await pbx.control.stats();
    proxy.cut();
    const ahead = 1 + Math.floor(random() * 10);
    await waitFor(
      "the engine to go on after the cut",
      async () =>
        (await pbx.control.stats()).originates >= originates + ahead ||
        (await count(
          pool,
          "select count(*) from leads where status in ('NEW', 'IN_PROGRESS', 'RETRY')",
        )) === 0,
      { timeoutMs: 60_000, intervalMs: 1 },
    ).catch(async (error: unknown) => {
      throw new Error(await whatIsOpen(pool, engine), { cause: error });
    });
  }
  await expectSurvived(pid);
});

test("single backends are terminated under it, again and again: the process stays and no event is lost", async () => {
  const { pid } = engine;
  const random = createRandom(77);
  await dial(150);
  const admin = new pg.Client({ connectionString: database.superUrl });
  await admin.connect();
  try {
    for (let n = 0; n < 25; n++) {
      const { originates } = await pbx.control.stats();
      await admin.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and application_name like 'dialer-engine%'
         order by md5(pid::text || $1) limit 2`,
        [String(random())],
      );
      await waitFor(
        "the engine to go on",
        async () =>
          (await pbx.control.stats()).originates > originates + 2 ||
          (await count(
            pool,
            "select count(*) from leads where status in ('NEW', 'IN_PROGRESS', 'RETRY')",
          )) === 0,
        { timeoutMs: 60_000, intervalMs: 1 },
      ).catch(async (error: unknown) => {
        throw new Error(await whatIsOpen(pool, engine), { cause: error });
      });
    }
  } finally {
    await admin.end();
  }
  await expectSurvived(pid);
});

test("a black hole of 8 s: nothing is sent while the lease is not to be trusted, and all goes on afterwards", async () => {
  const { pid } = engine;
  await dial(120);
  const startedMs = performance.now();
  const startedAt = Date.now();
  proxy.set("blackhole");
  // How long engine and PBX take to answer at the worst is how late this machine may be.
  let lateMs = 0;
  await waitFor("/health to turn 503", async () => {
    const askedMs = performance.now();
    const { code } = await engine.health();
    await pbx.control.stats();
    lateMs = Math.max(lateMs, performance.now() - askedMs);
    return code === 503;
  });
  const { originates } = await pbx.control.stats();
  await waitFor("8 s to pass", () => performance.now() - startedMs >= 8_000);
  expect((await pbx.control.stats()).originates).toBe(originates);
  // The last renewal began before the hole opened; half a second is for the way to the PBX and into its journal, more on a
  // machine that is late.
  const trustedUntil =
    startedAt + Number(QUICK_TIMINGS.LEASE_DURATION_MS) + 500 + 2 * lateMs;
  const untrusted = (await pbx.control.journal()).filter(
    ({ receivedAt }) => Date.parse(receivedAt) > trustedUntil,
  );
  expect(untrusted).toEqual([]);
  proxy.set("pass");
  await waitFor(
    "/health to turn 200",
    async () => (await engine.health()).code === 200,
    {
      timeoutMs: 40_000,
    },
  );
  await waitFor(
    "the engine to dial again",
    async () => (await pbx.control.stats()).originates > originates,
    { timeoutMs: 40_000 },
  );
  await expectSurvived(pid);
});
