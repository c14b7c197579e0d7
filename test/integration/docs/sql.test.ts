/**
 * Every statement of docs/sql.md and of the README is run, in the order of the page, by the role it names. Each must
 * return or change at least one row: a query that finds nothing would prove nothing.
 */
import { readdir, readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  createTestDatabase,
  type ActingAs,
  type TestDatabase,
} from "../../support/database.ts";
import { createRestClient, type RestClient } from "./rest-client.ts";
import { readBlocks, roleOf, statementsOf, type Block } from "./statements.ts";

const page = await readBlocks("docs/sql.md");
const readme = await readBlocks("README.md");
const isSql = (block: Block) => block.language === "sql";

const clara: ActingAs = { sub: "c1a7a000-0000-4000-8000-0000000000c1" };
const stranger: ActingAs = { sub: "57a26e00-0000-4000-8000-000000000001" };

const variables: Record<string, string> = Object.fromEntries(
  page
    .filter((block) => block.language === "text")
    .flatMap((block) => [...block.text.matchAll(/^\\set (\w+) +'([^']+)'/gm)])
    .map((match) => [match[1] ?? "", match[2] ?? ""]),
);

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

type Row = Record<string, unknown>;

/** Runs a block's statements in one transaction; gives the rows of the last. */
async function run(block: Block): Promise<Row[]> {
  const role = roleOf(block);
  const statements = statementsOf(block, variables);
  if (role === "authenticated")
    return database.asUser(clara, (client) => runAll(client, statements));
  const client = await database.pool.connect();
  try {
    return await runAll(client, statements);
  } finally {
    client.release();
  }
}

async function runAll(
  client: {
    query(sql: string): Promise<{ rowCount: number | null; rows: Row[] }>;
  },
  statements: readonly string[],
): Promise<Row[]> {
  expect(statements.length).toBeGreaterThan(0);
  let last: Row[] = [];
  for (const statement of statements) {
    const { rowCount, rows } = await client.query(statement);
    expect(rowCount, statement).toBeGreaterThan(0);
    last = rows;
  }
  return last;
}

async function one(sql: string): Promise<Row> {
  const { rows } = await database.pool.query<Row>(sql);
  expect(rows).toHaveLength(1);
  return rows[0] ?? {};
}

const id = (name: string) => `'${variables[name] ?? ""}'`;
const campaign = () =>
  one(
    `select status, completed_by, max_concurrent_calls from campaigns where id = ${id("campaign_id")}`,
  );
const trunk = () =>
  one(`select cps_limit::int, is_active, disabled_until <= clock_timestamp() as due,
         (select refill_rate::int from rate_limit_buckets where trunk_id = trunk.id) as rate
       from trunk_config as trunk where id = ${id("trunk_id")}`);

/** What the engine would have written by the time these questions are asked. */
async function workAsTheEngine(): Promise<void> {
  const { pool } = database;
  await pool.query(`
    insert into engines (id, voice_node, adapter, version, host, is_standby, pbx_connected)
    values ('e0000000-0000-4000-8000-000000000001', 'default', 'mock', '0.1.0', 'engine-1', false, true);
    update voice_nodes set adapter = 'mock', lease_holder = 'e0000000-0000-4000-8000-000000000001', lease_epoch = 1,
      lease_expires_at = clock_timestamp() + interval '1 hour', pbx_connected = true where name = 'default';
    insert into campaign_passes (campaign_id, pass_at, verdict)
    values (${id("campaign_id")}, clock_timestamp(), '[{"reason": "OUTSIDE_WINDOW", "count": 2, "next_at": "2031-01-06T12:00:00Z"}]');
    update leads set phone_e164 = '+551135550101', dial_timezone = 'America/Sao_Paulo', status = 'IN_PROGRESS', dials = 2,
      attempts = 1 where id = ${id("lead_id")};
    update leads set phone_e164 = '+552135550102', dial_timezone = 'America/Sao_Paulo', status = 'IN_PROGRESS'
    where external_id = 'crm-2';
    update leads set status = 'INVALID', status_reason = 'NO_AREA_CODE' where external_id = 'crm-3';
    insert into call_attempts (campaign_id, account_id, lead_id, attempt_number, phone_e164, state, outcome, trunk_id,
      voice_node, originate_at, ring_at, end_at)
    select campaign_id, account_id, id, 1, phone_e164, 'NO_ANSWER', 'NO_ANSWER', ${id("trunk_id")}, 'default',
      clock_timestamp() - interval '2 minutes', clock_timestamp() - interval '2 minutes', clock_timestamp() - interval '1 minute'
    from leads where id = ${id("lead_id")};
    insert into call_attempts (id, campaign_id, account_id, lead_id, attempt_number, phone_e164, state, trunk_id, voice_node,
      slot_at, originate_at, ring_at, deadline_at, deadline_type)
    select ${id("attempt_id")}, campaign_id, account_id, id, 2, phone_e164, 'RINGING', ${id("trunk_id")}, 'default',
      clock_timestamp(), clock_timestamp(), clock_timestamp(), clock_timestamp() - interval '1 ms', 'RING'
    from leads where id = ${id("lead_id")};
    insert into call_attempts (campaign_id, account_id, lead_id, attempt_number, phone_e164, trunk_id, voice_node, slot_at,
      deadline_at, deadline_type)
    select campaign_id, account_id, id, 1, phone_e164, ${id("trunk_id")}, 'default', clock_timestamp(),
      clock_timestamp() + interval '15 seconds', 'QUEUE'
    from leads where external_id = 'crm-2';
    insert into call_attempt_events (attempt_id, account_id, at, kind, dedup_key, detail)
    select id, account_id, clock_timestamp(), kind, kind, detail
    from call_attempts, (values ('RINGING', '{}'::jsonb), ('TIMER_FIRED', '{"timerType": "ORIGINATE"}')) as event (kind, detail)
    where id = ${id("attempt_id")};
    update rate_limit_buckets set sent_last_second = 1, worst_second = 4;
    update graphile_worker._private_jobs set attempts = 1, last_error = 'payload of schedule_campaign: campaignId'
    where id = (select min(id) from graphile_worker._private_jobs);`);
}

/** By heading: what has to be so before the statements are run. */
const before: Record<string, () => Promise<unknown>> = {
  "Why is nothing dialling?": workAsTheEngine,
  "Give a trunk back its row of calls per second": () =>
    database.pool.query("delete from rate_limit_buckets"),
  "Cancel a campaign": () =>
    database.pool.query(
      `update campaigns set status = 'ACTIVE' where id = ${id("campaign_id")}`,
    ),
};

/** By heading: what the last statement has to give, or to have changed. */
const after: Record<string, (rows: Row[]) => Promise<void> | void> = {
  "Create a campaign": async () =>
    expect(await campaign()).toMatchObject({ status: "DRAFT" }),
  "Give it hours by weekday": async () =>
    expect(
      await one(
        "select count(*)::int as windows, count(distinct weekday)::int as days from campaign_windows",
      ),
    ).toEqual({ windows: 11, days: 6 }),
  "See which rule holds for each outcome": (rows) => {
    expect(rows).toContainEqual(
      expect.objectContaining({
        outcome: "BUSY",
        delay_seconds: 300,
        rule_of: "campaign",
      }),
    );
    expect(rows).toContainEqual(
      expect.objectContaining({ outcome: "MACHINE", rule_of: "installation" }),
    );
    expect(rows).toHaveLength(16);
  },
  "Add leads": async () =>
    expect(await one("select count(*)::int as leads from leads")).toEqual({
      leads: 3,
    }),
  "Start it": async () =>
    expect(
      await one(
        "select count(*)::int as jobs from dialer_jobs where task = 'schedule_campaign'",
      ),
    ).toEqual({ jobs: 1 }),
  "Why is nothing dialling?": (rows) =>
    expect(rows).toEqual([
      {
        reason: "OUTSIDE_WINDOW",
        count: "2",
        next_at: new Date("2031-01-06T12:00:00Z"),
      },
    ]),
  "How far is it?": (rows) =>
    expect(rows).toEqual([
      expect.objectContaining({
        leads: "3",
        leads_in_progress: "2",
        live_dialling: "1",
        live_queued: "1",
      }),
    ]),
  "What happens at this moment?": (rows) =>
    expect(rows.map(({ state, trunk: name }) => [state, name])).toEqual([
      ["RINGING", "carrier-a"],
      ["QUEUED", "carrier-a"],
    ]),
  "Pause it, and go on": async () => {
    expect(await campaign()).toMatchObject({ status: "ACTIVE" });
    expect(
      await one(
        "select count(*)::int as dropped from call_attempts where state = 'CANCELLED'",
      ),
    ).toEqual({ dropped: 1 });
  },
  "Dial more or fewer at once": async () =>
    expect(await campaign()).toMatchObject({ max_concurrent_calls: 20 }),
  "Leave a list out": async () =>
    expect(await one("select is_active from lists")).toEqual({
      is_active: true,
    }),
  "Call a person back at a given time": async () =>
    expect(
      await one(
        `select status, callback_at > clock_timestamp() as later from leads where id = ${id("lead_id")}`,
      ),
    ).toEqual({ status: "IN_PROGRESS", later: true }),
  "Note the business result of a call": async () =>
    expect(
      await one(
        `select disposition, disposition_at is not null as noted from call_attempts where id = ${id("attempt_id")}`,
      ),
    ).toEqual({ disposition: "PROMISED_TO_PAY", noted: true }),
  "Hang up one call": async (rows) => {
    expect(rows).toEqual([{ hangup_attempt: true }]);
    expect(
      await one(
        "select attempt_id from dialer_jobs where task = 'hangup_call:default'",
      ),
    ).toEqual({ attempt_id: variables["attempt_id"] });
  },
  "Correct a wrong number": async () =>
    expect(
      await one(
        "select status, status_reason from leads where external_id = 'crm-3'",
      ),
    ).toEqual({ status: "NEW", status_reason: null }),
  "All calls to a lead": (rows) =>
    expect(rows.map(({ outcome, state }) => [outcome, state])).toEqual([
      ["NO_ANSWER", "NO_ANSWER"],
      [null, "RINGING"],
    ]),
  "The history of one call": (rows) =>
    expect(rows.map(({ kind }) => kind)).toEqual(["RINGING", "TIMER_FIRED"]),
  "Outcomes by hour": (rows) =>
    expect(rows).toContainEqual(
      expect.objectContaining({
        outcome: "NO_ANSWER",
        calls: "1",
        hour: expect.any(Date),
      }),
    ),
  "What each outcome means": (rows) => expect(rows).toHaveLength(16),
  "What is queued, and why?": (rows) =>
    expect(rows).toContainEqual(
      expect.objectContaining({
        task: "schedule_campaign",
        campaign_id: variables["campaign_id"],
      }),
    ),
  "Which jobs fail?": (rows) =>
    expect(rows).toEqual([
      expect.objectContaining({
        task: "schedule_campaign",
        tries: 1,
        last_error: expect.stringContaining("campaignId"),
      }),
    ]),
  "Which timers are armed, and which fired?": (rows) =>
    expect(rows.map(({ timer_type: type, fired }) => [type, fired])).toEqual([
      ["ORIGINATE", true],
      ["RING", false],
    ]),
  "Deadlines that should have fired": (rows) =>
    expect(rows.map((row) => row["id"])).toEqual([variables["attempt_id"]]),
  "Which engine dials?": (rows) =>
    expect(rows).toEqual([
      expect.objectContaining({
        name: "default",
        host: "engine-1",
        epoch: "1",
        lease_valid: true,
        pbx_connected: true,
      }),
    ]),
  "Change the calls per second of a trunk": async () =>
    expect(await trunk()).toMatchObject({ cps_limit: 10, rate: 10 }),
  "The worst second of each trunk, against its limit": (rows) =>
    expect(rows).toEqual([
      expect.objectContaining({ cps_limit: "10", worst_second: 4 }),
    ]),
  "Lines in use on each trunk": (rows) =>
    expect(rows).toEqual([
      { name: "carrier-a", live: "1", max_channels: 20, answered: "0" },
    ]),
  "Try a trunk again that the engine took out": async () =>
    expect(await trunk()).toMatchObject({ due: true }),
  "Switch a trunk off": async () =>
    expect(await trunk()).toMatchObject({ is_active: false }),
  "Give a trunk back its row of calls per second": async () =>
    expect(await trunk()).toMatchObject({ rate: 10 }),
  "Complete a campaign": async () =>
    expect(await campaign()).toMatchObject({
      status: "COMPLETED",
      completed_by: "USER",
    }),
  "Cancel a campaign": async () =>
    expect(await campaign()).toMatchObject({ status: "CANCELLED" }),
};

describe("docs/sql.md", () => {
  it.each(page.filter(isSql))("$heading", async (block) => {
    await before[block.heading]?.();
    const rows = await run(block);
    await after[block.heading]?.(rows);
  });

  it("has a block for each expectation above", () => {
    const headings = page.filter(isSql).map((block) => block.heading);
    expect(headings).toEqual(
      expect.arrayContaining([...Object.keys(before), ...Object.keys(after)]),
    );
    expect(new Set(headings).size).toBe(headings.length);
  });

  it("shows nothing of it to another account", async () => {
    const lookups = page.filter(
      (block) =>
        isSql(block) &&
        block.info === "authenticated" &&
        block.text.startsWith("select") &&
        /:'(campaign|lead|attempt)_id'/.test(block.text) &&
        !/outcomes|retry_rules|hangup_attempt/.test(block.text),
    );
    expect(lookups.length).toBeGreaterThan(5);
    for (const block of lookups) {
      const [statement = ""] = statementsOf(block, variables);
      const { rows } = await database.asUser(stranger, (client) =>
        client.query(statement),
      );
      expect(rows, block.heading).toEqual([]);
    }
  });

  it("explains every reason that the engine and the view can give", async () => {
    const text = await readFile(
      new URL("../../../docs/sql.md", import.meta.url),
      "utf8",
    );
    const table = text.slice(text.indexOf("## Reasons in dialing_blockers"));
    const explained = [
      ...table.matchAll(/`([A-Z_]+)`(?=[^|]*\|[^|]*\|[^|]*\|$)/gm),
    ].map((match) => match[1]);
    const words = await wordsOfPasses();
    const given = [...words].filter((word) => !notReasons.has(word));
    expect(given.length).toBeGreaterThan(20);
    expect(explained.toSorted()).toEqual(given.toSorted());
  });
});

/** Other words in capitals of the same files. A new word is either a reason, to be explained on the page, or one of these. */
const notReasons = new Set([
  "ACTIVE",
  "ANSWERED",
  "PAUSED",
  "FAILED",
  "HEALTHY",
  "DEGRADED",
  "OUT",
  "REJECTED",
  "TRUNK_FAULT",
  "SYSTEM_ERROR",
  "NO_SUCH_EXTENSION",
  "DEFAULT_COUNTRY",
  "NEVER",
  "BAD_PATTERN",
  "UNSAFE_PATTERN",
]);

/** Quoted words in capitals, of the code of passes and of what pauses a campaign, and of the view. */
async function wordsOfPasses(): Promise<Set<string>> {
  const root = new URL("../../../", import.meta.url);
  const passes = (await readdir(new URL("engine/", root))).filter((name) =>
    name.includes("pass"),
  );
  const files = [
    "engine/aftermath.ts",
    "dialing/trunk-choice.ts",
    "dialing/line-book.ts",
    ...passes.map((name) => `engine/${name}`),
  ];
  const texts = await Promise.all(
    files.map((name) => readFile(new URL(name, root), "utf8")),
  );
  const { definition } = await one(
    "select pg_get_viewdef('dialing_blockers'::regclass) as definition",
  );
  const quoted = `${texts.join("\n")}\n${String(definition)}`.matchAll(
    /["']([A-Z][A-Z_]{2,})["']/g,
  );
  return new Set([...quoted].flatMap((match) => match[1] ?? []));
}

describe("the README", () => {
  it.each(readme.filter(isSql))("$heading: its SQL", async (block) => {
    const rows = await run(block);
    if (block.text.includes("dialing_blockers"))
      expect(rows.map(({ reason }) => reason)).toContain("NO_PASS_YET");
  });

  it("has an example in supabase-js that makes a campaign dial and asks why it does not", async () => {
    const [example, ...more] = readme.filter(
      (block) => block.language === "js",
    );
    expect(more).toEqual([]);
    const code = `export const run = async (supabase) => { ${example?.text ?? ""}; return { campaign, blockers }; };`;
    const { run: runExample } = (await import(
      /* @vite-ignore */ `data:text/javascript,${encodeURIComponent(code)}`
    )) as {
      run: (
        supabase: RestClient,
      ) => Promise<{ campaign: { id: string }; blockers: Row[] }>;
    };
    const result = await database.asUser(clara, (client) =>
      runExample(createRestClient(client)),
    );
    expect(result.blockers.map(({ reason }) => reason)).toContain(
      "NO_PASS_YET",
    );
    expect(
      await one(`select status, (select count(*)::int from leads where campaign_id = campaign.id) as leads,
          (select count(*)::int from dialer_jobs where campaign_id = campaign.id) as jobs
        from campaigns as campaign where id = '${result.campaign.id}'`),
    ).toEqual({ status: "ACTIVE", leads: 2, jobs: 1 });
  });
});
