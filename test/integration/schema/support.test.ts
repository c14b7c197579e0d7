/** What support asks is answered by an index, among many calls of several accounts, and told to its account only. */
import type pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  createTestDatabase,
  type ActingAs,
  type TestDatabase,
} from "../../support/database.ts";
import {
  readStatement,
  type Column,
} from "../../support/postgrest/statements.ts";
import { anna, berta } from "./accounts.ts";
import { insertCampaign, insertTrunk, one } from "./rows.ts";

const leadsOfAnna = 6_000;
const callsOfLead = 10;
const moment = "2026-05-06 10:03:00-03";
/** Of Anna's lead 1, called at that moment. */
const phone = "+5511980000001";

let database: TestDatabase;

/** Calls of two weeks, one a second or so, spread over campaigns and trunks. */
async function fill(
  client: Pick<pg.PoolClient, "query">,
  account: string,
  leads: number,
): Promise<void> {
  const trunk = await insertTrunk(client, {
    name: `of ${account}`,
    account_id: account,
  });
  for (const name of ["Renewals", "Surveys"]) {
    const campaign = await insertCampaign(client, {
      account_id: account,
      name,
      status: "DRAFT",
    });
    await client.query(
      `insert into leads (campaign_id, account_id, phone, phone_e164, first_name, status, dials)
       select $1, $2, '+55119' || 80000000 + n, '+55119' || 80000000 + n, 'Person ' || n, 'DONE', 10
       from generate_series(1, $3::int) as n`,
      [campaign, account, leads / 2],
    );
    await client.query(
      `insert into call_attempts (campaign_id, account_id, lead_id, attempt_number, phone_e164, state, outcome, trunk_id,
         voice_node, queued_at, originate_at, ring_at, answer_at, end_at, answered_duration_ms)
       select campaign_id, account_id, id, n, phone_e164, case when n % 3 = 0 then 'ENDED' else 'BUSY' end,
         case when n % 3 = 0 then 'ANSWERED' else 'BUSY' end, $2, 'default', at, at, at, case when n % 3 = 0 then at end,
         at + interval '30 s', case when n % 3 = 0 then 30000 end
       from leads, generate_series(1, $3::int) as n,
         lateral (select $4::timestamptz + (n - 5) * interval '1 day' + (right(phone, 6)::int - 1) * interval '7 s' as at) as times
       where campaign_id = $1`,
      [campaign, trunk, callsOfLead, moment],
    );
  }
}

beforeAll(async () => {
  database = await createTestDatabase();
  const { pool } = database;
  for (const account of [anna.sub, berta.accountId])
    await pool.query(
      "insert into accounts (id, name) values ($1, 'Account') on conflict do nothing",
      [account],
    );
  const client = await pool.connect();
  try {
    await client.query("set dialer.engine = 'on'");
    await fill(client, anna.sub, leadsOfAnna);
    await fill(client, berta.accountId, 400);
  } finally {
    client.release(true);
  }
  await database.asUser(anna, (as) =>
    as.query(
      "insert into dnc_entries (phone_e164, reason) values ('(11) 98000-0001', 'asked')",
    ),
  );
  await pool.query(
    `insert into dnc_entries (account_id, phone_e164)
     select $1, '+55113555' || 1000 + n from generate_series(0, 2999) as n`,
    [anna.sub],
  );
  await pool.query("analyze");
});
afterAll(() => database.drop());

interface Read {
  readonly rows: readonly Record<string, unknown>[];
  /** Tables that were read from end to end, and rows read by index, of this statement alone. */
  readonly scanned: readonly string[];
  readonly fetched: number;
}

/** Runs a question and asks Postgres itself what it read for it. */
async function ask(
  who: ActingAs,
  sql: string,
  values: readonly unknown[] = [],
): Promise<Read> {
  return database.asUser(who, async (client) => {
    await client.query("set local max_parallel_workers_per_gather = 0");
    const before = await readsOf(client);
    const { rows } = await client.query<Record<string, unknown>>(sql, [
      ...values,
    ]);
    const after = await readsOf(client);
    const more = (name: string, kind: "scans" | "fetched"): number =>
      (after.get(name)?.[kind] ?? 0) - (before.get(name)?.[kind] ?? 0);
    const names = [...after.keys()];
    return {
      rows,
      scanned: names.filter((name) => more(name, "scans") > 0),
      fetched: names.reduce((sum, name) => sum + more(name, "fetched"), 0),
    };
  });
}

/** What this connection has read of the large tables. */
async function readsOf(
  client: Pick<pg.PoolClient, "query">,
): Promise<ReadonlyMap<string, { scans: number; fetched: number }>> {
  const { rows } = await client.query<{
    name: string;
    scans: number;
    fetched: number;
  }>(
    `select relname as name, seq_scan::int as scans, coalesce(idx_tup_fetch, 0)::int as fetched from pg_stat_xact_user_tables
     where relname in ('call_attempts', 'leads', 'dnc_entries')`,
  );
  return new Map(rows.map((row) => [row.name, row]));
}

/** As PostgREST asks for a page of a view, with its filters as in the address. */
async function askPage(
  who: ActingAs,
  name: string,
  address: string,
): Promise<Read> {
  const { rows: columns } = await database.pool.query<Column>(
    `select attname as name, format_type(atttypid, atttypmod) as type, false as "isKey", null as default
     from pg_attribute where attrelid = to_regclass($1) and attnum > 0`,
    [name],
  );
  const { sql, values } = readStatement(
    { schema: "public", name, columns },
    {
      method: "GET",
      query: new URLSearchParams(address),
      body: "",
      preferences: new Set(),
    },
  );
  const read = await ask(who, sql, values);
  const body = read.rows[0]?.["body"] as string;
  return { ...read, rows: JSON.parse(body) as Record<string, unknown>[] };
}

const hour =
  "originate_at=gte.2026-05-06T10:03:00-03:00&originate_at=lt.2026-05-06T11:03:00-03:00";

/** What a front end asks of the view by itself, with how many rows it is told. */
const pages: readonly (readonly [
  what: string,
  address: string,
  told: number,
])[] = [
  ["the last calls", "order=queued_at.desc&limit=50", 50],
  [
    "the last calls, those first that were not sent",
    "order=originate_at.desc&limit=50",
    50,
  ],
  [
    "the last calls that were sent in an hour",
    `${hour}&order=originate_at.desc&limit=50`,
    50,
  ],
  [
    "the first calls of an hour",
    `select=account_id,originate_at,campaign,first_name,trunk&${hour}&order=originate_at.asc&limit=50`,
    50,
  ],
  [
    "the second page of an hour",
    `${hour}&order=originate_at.asc&limit=50&offset=50`,
    50,
  ],
  [
    "what was queued in a minute",
    "queued_at=gte.2026-05-06T10:03:00-03:00&queued_at=lt.2026-05-06T10:04:00-03:00&order=queued_at.asc",
    18,
  ],
];

describe.each(pages)(
  "a client's page of call_details: %s",
  (_what, address, told) => {
    it("reads about as many rows as it tells of, asked for the first time or often", async () => {
      for (let time = 0; time < 7; time++) {
        const { rows, scanned, fetched } = await askPage(
          anna,
          "call_details",
          address,
        );
        expect(rows).toHaveLength(told);
        expect(scanned).toEqual([]);
        const passedOver = Number(/offset=(\d+)/.exec(address)?.[1] ?? 0);
        // A call, and its lead once for each of three names.
        expect(fetched).toBeLessThan(4 * (told + passedOver) + 60);
      }
    });

    it("tells an account of its own calls only, and an administrator of all", async () => {
      const of = async (who: ActingAs) => {
        const { rows, scanned } = await askPage(who, "call_details", address);
        return {
          scanned,
          accounts: new Set(rows.map((row) => row["account_id"])),
        };
      };
      const stranger = { sub: "57a26e00-0000-4000-8000-000000000001" };
      expect((await of(stranger)).accounts.size).toBe(0);
      expect((await of(berta)).scanned).toEqual([]);
      if (address.startsWith("order=queued_at"))
        expect((await of("service_role")).scanned).toEqual([]);
    });
  },
);

it("the progress of many campaigns reads a lead or two of each, however many wait", async () => {
  const carla = { sub: "ca21a000-0000-4000-8000-000000000001" };
  await database.pool.query(
    "insert into accounts (id, name) values ($1, 'Account')",
    [carla.sub],
  );
  await database.pool.query(
    `with made as (insert into campaigns (account_id, name) select $1, 'Campaign ' || n from generate_series(1, 40) as n returning id)
     insert into leads (campaign_id, account_id, phone, status)
     select id, $1, '11 3555-0100', 'NEW' from made, generate_series(1, 200)`,
    [carla.sub],
  );
  await database.pool.query("vacuum analyze leads");
  const { rows, scanned, fetched } = await askPage(
    carla,
    "campaign_progress",
    "order=name.asc",
  );
  expect(rows).toHaveLength(40);
  expect(rows[0]).toMatchObject({
    leads_new: 200,
    next_due_at: expect.any(String) as string,
  });
  expect(scanned).toEqual([]);
  expect(fetched).toBeLessThan(40 * 5);
});

const questions: readonly (readonly [
  what: string,
  sql: string,
  values: readonly unknown[],
  /** Rows that Anna is told, and how many may be read for each. */
  told: number,
])[] = [
  ["who was called at 10:03", "select * from calls_at($1)", [moment], 18],
  [
    "everything about one number",
    "select * from number_history($1)",
    ["11 98000-0001"],
    23,
  ],
  [
    "the day by hour, campaign and trunk",
    "select * from calls_by_hour($1, 'America/Sao_Paulo')",
    ["2026-05-06"],
    12,
  ],
  ["an export of an hour", "select * from calls_at($1, 60)", [moment], 1030],
];

describe.each(questions)("%s", (_what, sql, values, told) => {
  it("reads rows by index only, and about as many as it tells of", async () => {
    const { rows, scanned, fetched } = await ask(anna, sql, values);
    expect(rows).toHaveLength(told);
    expect(scanned).toEqual([]);
    const calls = Math.max(
      told,
      ...rows.map((row) => Number(row["calls"] ?? 0) * told),
    );
    // A call, and its lead once for each of three names.
    expect(fetched).toBeLessThan(4 * calls + 60);
  });

  it("stays quick when it was asked often", async () => {
    for (let n = 0; n < 7; n++)
      expect((await ask(anna, sql, values)).scanned).toEqual([]);
  });

  it("tells another account nothing of it", async () => {
    const { rows } = await ask(
      { sub: "57a26e00-0000-4000-8000-000000000001" },
      sql,
      values,
    );
    expect(rows).toEqual([]);
  });
});

it("calls_at names people, campaign and trunk, in the order of the calls", async () => {
  const { rows } = await ask(anna, "select * from calls_at($1)", [moment]);
  expect(rows[0]).toMatchObject({
    first_name: "Person 1",
    phone_e164: phone,
    trunk: `of ${anna.sub}`,
    attempt_number: 5,
    outcome: "BUSY",
    originate_at: new Date(moment),
  });
  expect(new Set(rows.map((row) => row["campaign"]))).toEqual(
    new Set(["Renewals", "Surveys"]),
  );
  const times = rows.map((row) => Number(row["originate_at"]));
  expect(times).toEqual(times.toSorted((a, b) => a - b));
});

it.each([
  "11 98000-0001",
  "(011) 9 8000 0001",
  "+55 11 98000-0001",
  "5511980000001",
])(
  "number_history reads a number as a person writes it: %s",
  async (written) => {
    const { rows } = await ask(anna, "select * from number_history($1)", [
      written,
    ]);
    expect(rows.filter((row) => row["kind"] === "CALL")).toHaveLength(20);
    expect(rows).toContainEqual(
      expect.objectContaining({
        kind: "DO_NOT_CALL",
        status: "IN_FORCE",
        detail: "asked",
      }),
    );
    expect(rows).toContainEqual(
      expect.objectContaining({
        kind: "LEAD",
        campaign: "Surveys",
        status: "DONE",
      }),
    );
  },
);

it("says what is wrong with a question", async () => {
  await expect(
    ask(anna, "select number_history('98000-0001')"),
  ).rejects.toThrow(
    'phone "98000-0001" cannot be read as one telephone of country BR',
  );
  await expect(
    ask(anna, "select calls_at(now(), 100000)"),
  ).rejects.toMatchObject({
    hint: expect.stringContaining("1 to 1440") as string,
  });
});

it("the hours of a day add up to its calls, by the clock that is asked for", async () => {
  const total = async (zone: string) =>
    one(
      database.pool,
      `select sum(calls)::int as calls, sum(answered)::int as answered, sum(busy)::int as busy, min(hour) as first
       from calls_by_hour('2026-05-06', $1) as hours join campaigns on campaigns.id = campaign_id where account_id = $2`,
      [zone, anna.sub],
    );
  const counted = await one(
    database.pool,
    `select count(*)::int as calls, count(answer_at)::int as answered, (count(*) filter (where state = 'BUSY'))::int as busy
     from call_attempts where account_id = $1 and originate_at >= '2026-05-06 00:00-03' and originate_at < '2026-05-07 00:00-03'`,
    [anna.sub],
  );
  expect(await total("America/Sao_Paulo")).toEqual({
    ...counted,
    first: new Date("2026-05-06T10:00:00-03:00"),
  });
  expect(await total("Pacific/Auckland")).not.toMatchObject({
    first: new Date("2026-05-06T10:00:00-03:00"),
  });
});

it("an administrator sees every account, by index too", async () => {
  const { rows, scanned } = await ask(
    "service_role",
    "select distinct account_id from calls_at($1)",
    [moment],
  );
  expect(rows).toHaveLength(2);
  expect(scanned).toEqual([]);
});
