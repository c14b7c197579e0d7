import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createStatePool } from "../../../database/pools.ts";
import type { Database } from "../../../database/pools.ts";
import { readStatus } from "../../../database/status.ts";
import { createTestDatabase } from "../../support/database.ts";
import type { TestDatabase } from "../../support/database.ts";

const workerSchema = "graphile_worker";
let database: TestDatabase;
let pool: Database;

beforeAll(async () => {
  database = await createTestDatabase();
  pool = openPool(database.url);
  await seed(pool);
});

afterAll(async () => {
  await pool.end();
  await database.drop();
});

function openPool(url: string): Database {
  return createStatePool(
    { url, schema: "public", workerSchema, applicationName: "status test" },
    2,
    () => undefined,
  );
}

const campaign = "11111111-1111-4111-8111-111111111111";
const trunk = "22222222-2222-4222-8222-222222222222";

async function seed(seeded: Database): Promise<void> {
  await seeded.query(
    `insert into campaigns (id, name, status) values ($1, 'First', 'ACTIVE'), (gen_random_uuid(), 'Draft', 'DRAFT'),
       (gen_random_uuid(), 'Paused', 'PAUSED')`,
    [campaign],
  );
  await seeded.query(
    `insert into trunk_config (id, name, dial_string, cps_limit, max_channels)
     values ($1, 'carrier-a', 'mock/{e164}', 7, 12)`,
    [trunk],
  );
  await seeded.query(
    `insert into leads (campaign_id, phone) select $1, '+551191234' || 5600 + n from generate_series(1, 5) as n`,
    [campaign],
  );
  await seeded.query(
    `insert into call_attempts (campaign_id, lead_id, account_id, attempt_number, phone_e164, trunk_id, voice_node,
       state, outcome, end_at)
     select campaign_id, id, account_id, 1, phone, $1, 'default',
       (array['QUEUED', 'RINGING', 'RINGING', 'FAILED', 'BUSY'])[n], (array[null, null, null, 'TRUNK_FAULT', 'BUSY'])[n],
       case when n > 3 then clock_timestamp() end
     from (select *, row_number() over (order by phone)::int as n from leads) as numbered`,
    [trunk],
  );
  await seeded.query(
    "insert into engines (id, voice_node, adapter, version) values (gen_random_uuid(), 'default', 'mock', '0.1.0')",
  );
  await seeded.query(
    `select add_job('fire_call_timer:default', run_at => now() - interval '2 seconds')`,
  );
  await seeded.query(
    `select add_job('fire_call_timer:default', run_at => now() + interval '1 hour')`,
  );
}

describe("the status of the database", () => {
  it("has campaigns with their progress and live calls", async () => {
    const { campaigns } = await readStatus(pool, workerSchema);
    expect(campaigns).toMatchObject([
      {
        id: campaign,
        name: "First",
        status: "ACTIVE",
        liveCalls: { QUEUED: 1, RINGING: 2 },
        progress: { leads: 5, leadsNew: 5, percentDone: 0 },
      },
      {
        name: "Paused",
        status: "PAUSED",
        liveCalls: {},
        progress: { leads: 0, percentDone: 0 },
      },
    ]);
  });

  it("has trunks with their buckets and channels, and live attempts by state", async () => {
    const status = await readStatus(pool, workerSchema);
    expect(status.trunks).toMatchObject([
      {
        name: "carrier-a",
        voiceNode: "default",
        isActive: true,
        health: "HEALTHY",
        cpsLimit: 7,
        maxChannels: 12,
        liveChannels: 2,
        queued: 1,
        nextSlotAt: null,
        callsPerSecond: 0,
        bucketMissing: false,
      },
    ]);
    expect(status.liveAttempts).toEqual([
      { state: "QUEUED", attempts: 1 },
      { state: "RINGING", attempts: 2 },
    ]);
  });

  it("has the queue's depth and lag by task", async () => {
    const { queue } = await readStatus(pool, workerSchema);
    const rows = Array.isArray(queue) ? queue : [];
    const timers = rows.find(
      (row) => row["task"] === "fire_call_timer:default",
    );
    expect(timers).toMatchObject({
      pending: 2,
      due: 1,
      running: 0,
      givenUp: 0,
    });
    expect(timers?.["oldestLatenessMs"]).toBeGreaterThanOrEqual(2000);
  });

  it("has blockers, engines, nodes and the last failures with masked numbers", async () => {
    const status = await readStatus(pool, workerSchema);
    expect(status.blockers).toContainEqual(
      expect.objectContaining({ campaignId: campaign, reason: "NO_PASS_YET" }),
    );
    expect(status.engines).toMatchObject([
      { voiceNode: "default", version: "0.1.0", isStandby: true },
    ]);
    expect(status.voiceNodes).toMatchObject([
      { name: "default", leaseHeld: false, leaseEpoch: 0 },
    ]);
    expect(status.recentFailures).toMatchObject([
      { phone: "+55119****5604", trunk: "carrier-a", outcome: "TRUNK_FAULT" },
    ]);
    expect(JSON.stringify(status)).not.toContain("1234560");
  });

  it("reads the worker's jobs although the application has a table of that name", async () => {
    await pool.query("create table jobs (title text)");
    try {
      const { queue, failingJobs } = await readStatus(pool, workerSchema);
      expect(queue).toContainEqual(
        expect.objectContaining({ task: "fire_call_timer:default", due: 1 }),
      );
      expect(failingJobs).toEqual([]);
    } finally {
      await pool.query("drop table jobs");
    }
  });

  it("shows what failing jobs say, numbers masked", async () => {
    await pool.query(
      `update ${workerSchema}._private_jobs set last_error = 'no route to +5511912345678', attempts = 1
       where run_at < now()`,
    );
    const { failingJobs } = await readStatus(pool, workerSchema);
    expect(failingJobs).toContainEqual(
      expect.objectContaining({
        task: "fire_call_timer:default",
        error: "no route to +55119****5678",
      }),
    );
  });

  it("reports a section that fails in its place and reads the others", async () => {
    await pool.query(
      "alter view dialing_blockers rename to blockers_elsewhere",
    );
    try {
      const status = await readStatus(pool, workerSchema);
      expect(status.blockers).toEqual({
        error: 'relation "dialing_blockers" does not exist (42P01)',
      });
      expect(status.engines).toHaveLength(1);
      expect(status.queue).toHaveLength(1);
    } finally {
      await pool.query(
        "alter view blockers_elsewhere rename to dialing_blockers",
      );
    }
  });

  it("gives up a section that takes too long, and says so", async () => {
    const blocker = await database.pool.connect();
    try {
      await blocker.query("begin");
      await blocker.query("lock table rate_limit_buckets");
      const status = await readStatus(pool, workerSchema);
      expect(status.trunks).toEqual({
        error: "canceling statement due to statement timeout (57014)",
      });
      expect(status.liveAttempts).toHaveLength(2);
    } finally {
      await blocker.query("rollback");
      blocker.release();
    }
  });

  it("leaves the connection as it found it", async () => {
    await readStatus(pool, workerSchema);
    const { rows } = await pool.query<{ path: string; timeout: string }>(
      "select current_setting('search_path') as path, current_setting('statement_timeout') as timeout",
    );
    expect(rows).toEqual([
      { path: `public, ${workerSchema}, pg_temp`, timeout: "10s" },
    ]);
  });

  it("answers with the reason when the database is away", async () => {
    const away = openPool("postgresql://nobody@127.0.0.1:1/none");
    try {
      const status = await readStatus(away, workerSchema);
      for (const section of Object.values(status)) {
        expect(section).toMatchObject({
          error: expect.stringContaining("ECONNREFUSED") as string,
        });
      }
    } finally {
      await away.end();
    }
  });
});
