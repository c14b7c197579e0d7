/**
 * A database that answers and does not write: read-only, out of disk, a right taken away. The engine dials nothing that it
 * cannot write down, says what the database said, keeps to its connections and its log, and comes back by itself.
 */
import pg from "pg";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { createTestDatabase } from "../../support/database.ts";
import type { TestDatabase } from "../../support/database.ts";
import {
  engineEnv,
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
  expectNothingTwiceNothingLost,
  setTheScene,
  SHORT_CALLS,
  waitUntilDialled,
} from "./scene.ts";

const CONCURRENT = 30;
const MAX_CONNECTIONS = 7;
const STATUS_TOKEN = "a-token-of-the-tests";

let database: TestDatabase;
let pbx: MockPbxProcess;
let engine: EngineProcess;
/** As the superuser, whom no refusal concerns. */
let admin: pg.Client;
let sampler: Sampler;

interface Sampler {
  readonly most: () => number;
  readonly stop: () => Promise<void>;
}

/** Counts the engine's connections at the server, as often as it can. */
async function countConnections(): Promise<Sampler> {
  const client = new pg.Client({ connectionString: database.superUrl });
  await client.connect();
  let most = 0;
  const state = { stopped: false };
  const counting = (async () => {
    while (!state.stopped) {
      const { rows } = await client.query<{ n: number }>(
        "select count(*)::int as n from pg_stat_activity where datname = $1 and application_name like 'dialer-engine%'",
        [database.name],
      );
      most = Math.max(most, rows[0]?.n ?? 0);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  })();
  return {
    most: () => most,
    stop: async () => {
      state.stopped = true;
      await counting;
      await client.end();
    },
  };
}

const cutAll = () =>
  admin.query(
    "select pg_terminate_backend(pid) from pg_stat_activity where datname = $1 and application_name like 'dialer-engine%'",
    [database.name],
  );

/** Of the engine. */
async function connectionsSince(at: string): Promise<number> {
  const { rows } = await admin.query<{ made: number }>(
    "select count(*)::int as made from pg_stat_activity where datname = $1 and application_name like 'dialer-engine%' and backend_start > $2::timestamptz",
    [database.name, at],
  );
  return rows[0]?.made ?? 0;
}

async function detailedReasons(): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${String(engine.port)}/health`, {
    headers: { authorization: `Bearer ${STATUS_TOKEN}` },
  });
  const { reasons } = (await answer.json()) as { reasons: string[] };
  return reasons.join(" ");
}

beforeEach(async () => {
  database = await createTestDatabase();
  admin = new pg.Client({ connectionString: database.superUrl });
  await admin.connect();
  pbx = await startMockPbx(SHORT_CALLS, 8);
  await setTheScene(database.pool, [
    { name: "line", cps: 20, channels: CONCURRENT },
  ]);
  sampler = await countConnections();
  engine = await startEngine(
    engineEnv(database.url, pbx.url, {
      LEASE_DURATION_MS: "2000",
      LEASE_RENEW_MS: "300",
      UNHEALTHY_AFTER_MS: "3000",
      STATUS_TOKEN,
    }),
  );
  await engine.waitForLog("This engine dials now");
});

afterEach(async () => {
  await sampler.stop();
  pbx.control.close();
  await stopPrograms();
  await admin.end();
  await database.drop({ sessionsMayRemain: true });
});

async function dial(leads: number): Promise<void> {
  const campaignId = await addCampaign(database.pool, {
    concurrent: CONCURRENT,
  });
  await addLeads(database.pool, campaignId, leads);
  await waitFor(
    "live calls",
    async () => (await pbx.control.stats()).live >= 10,
    { timeoutMs: 60_000 },
  );
}

const tablesOnDisk = ["engines", "call_attempts", "leads"] as const;

/** What each refusal is, and how it ends. */
const refusals = {
  "a read-only database, as Supabase makes it at 95 % of the disk": {
    code: "25006",
    begin: async () => {
      await admin.query(
        `alter database ${database.name} set default_transaction_read_only = on`,
      );
      await cutAll();
    },
    end: async () => {
      await admin.query(
        `alter database ${database.name} reset default_transaction_read_only`,
      );
      await cutAll();
    },
  },
  "a right taken away, on calls": {
    code: "42501",
    // The API roles name all columns of it, and postgres is a member of both.
    begin: () =>
      admin.query(
        "revoke insert, update on call_attempts from postgres, authenticated, service_role",
      ),
    end: () =>
      admin.query(
        "grant insert, update on call_attempts to postgres, authenticated, service_role",
      ),
  },
  "a right taken away, on what the PBX says of calls": {
    code: "42501",
    begin: () =>
      admin.query("revoke insert on call_attempt_events from postgres"),
    end: () => admin.query("grant insert on call_attempt_events to postgres"),
  },
  "a full disk": {
    code: "53100",
    // One table at a time: who holds one and waits for the next may meet a transaction of the engine that does so the other way round.
    begin: async () => {
      await admin.query(`
        create function public.no_disk() returns trigger language plpgsql as $$
        begin
          raise exception 'could not extend file "base/5/1": No space left on device' using errcode = '53100';
        end $$`);
      for (const table of tablesOnDisk)
        await admin.query(
          `create trigger no_disk before insert or update on ${table} for each row execute function public.no_disk()`,
        );
    },
    end: async () => {
      for (const table of tablesOnDisk)
        await admin.query(`drop trigger no_disk on ${table}`);
      await admin.query("drop function public.no_disk()");
    },
  },
} as const;

describe.each(Object.entries(refusals))("%s", (_, { code, begin, end }) => {
  test("nothing is dialled meanwhile, the reason is the database's, connections and log stay small, and all goes on by itself", async () => {
    await dial(80);
    const startedMs = Date.now();
    const linesBefore = engine.lines.length;
    await begin();
    await waitFor(
      "/health to turn 503 with what the database said",
      async () => {
        const { code: status, body } = await engine.health();
        return (
          status === 503 && (body["reasons"] as string[]).join().includes(code)
        );
      },
      { timeoutMs: 60_000 },
    );
    // In its own words for who has the token, and to nobody a name.
    const reasons = await detailedReasons();
    expect(reasons).toMatch(
      /read-only transaction|permission denied for|No space left on device/,
    );
    expect(reasons).not.toContain("has not answered");
    const { originates } = await pbx.control.stats();
    await waitFor(
      "all calls to end",
      async () => (await pbx.control.stats()).live === 0,
      { timeoutMs: 60_000 },
    );
    expect((await pbx.control.stats()).originates).toBe(originates);
    expect(sampler.most()).toBeLessThanOrEqual(MAX_CONNECTIONS);
    const minutes = Math.max(1, (Date.now() - startedMs) / 60_000);
    expect(engine.lines.length - linesBefore).toBeLessThan(400 * minutes);
    expect(engine.errors()).toBe("");
    for (const line of engine.lines) expect(line).toMatch(/^\{.*\}$/);
    await end();
    await waitFor(
      "/health to turn 200",
      async () => (await engine.health()).code === 200,
      { timeoutMs: 120_000 },
    );
    await waitUntilDialled(database.pool, 180_000);
    await expectNothingTwiceNothingLost(database.pool, pbx.control, CONCURRENT);
    expect(sampler.most()).toBeLessThanOrEqual(MAX_CONNECTIONS);
  });
});

test("never more connections than allowed: cut connections, a heartbeat that waits for a lock, runners rebuilt again and again", async () => {
  await dial(80);
  for (let n = 0; n < 8; n++) {
    const [{ at } = { at: "" }] = (
      await admin.query<{ at: string }>("select clock_timestamp()::text as at")
    ).rows;
    await cutAll();
    // Not by the log, which leaves out what repeats.
    if (n % 2 === 0)
      await waitFor(
        "a connection to be made anew",
        async () => (await connectionsSince(at)) > 0,
        { timeoutMs: 60_000 },
      );
  }
  // Both statements of the control line and of the state pool hang for longer than they are waited for.
  await admin.query("begin");
  await admin.query("select from voice_nodes for update");
  await engine.waitForLog("Control connection lost, reconnecting");
  const from = engine.lines.length;
  await engine.waitForLog(
    "Control connection lost, reconnecting",
    60_000,
    from,
  );
  await admin.query("rollback");
  await waitUntilDialled(database.pool, 120_000);
  expect(sampler.most()).toBeLessThanOrEqual(MAX_CONNECTIONS);
  // It does count: a dialling engine has all of them.
  expect(sampler.most()).toBeGreaterThanOrEqual(5);
});
