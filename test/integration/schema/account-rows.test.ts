/** Who is an account: nobody but whom the administrator made one. */
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  createTestDatabase,
  type TestDatabase,
} from "../../support/database.ts";
import { insertCampaign, insertRow, must } from "../../support/dialing-rows.ts";

const stranger = {
  sub: "57a26e00-0000-4000-8000-00000000000a",
  isAccount: false,
} as const;
const customer = { sub: "c0570000-0000-4000-8000-00000000000a" } as const;
const nil = "00000000-0000-0000-0000-000000000000";

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

const accountOf = async (user: Parameters<TestDatabase["asUser"]>[0]) => {
  const rows = await database.asUser(
    user,
    async (client) =>
      (
        await client.query<{ id: string | null }>(
          "select current_account_id() as id",
        )
      ).rows,
  );
  return must(rows[0]).id;
};

test("a user who signed up is no account; one whom the administrator made one is", async () => {
  expect(await accountOf(stranger)).toBeNull();
  expect(await accountOf(customer)).toBe(customer.sub);
  expect(await accountOf("service_role")).toBe(nil);
});

test.each([
  ["campaigns", { name: "Renewals" }],
  ["account_settings", { default_country: "SO" }],
  ["lists", { campaign_id: nil, name: "May" }],
  ["leads", { campaign_id: nil, phone: "11 3555-0100" }],
  [
    "campaign_windows",
    { campaign_id: nil, weekday: 1, opens: "09:00", closes: "10:00" },
  ],
  ["dnc_entries", { phone_e164: "+551135550100" }],
  ["retry_rules", { outcome: "BUSY", delay_seconds: 1, max_tries: 1 }],
])("a user without account is told so at %s", async (table, values) => {
  const refused = database.asUser(stranger, (client) =>
    insertRow(client, table, values, "created_at"),
  );
  await expect(refused).rejects.toMatchObject({
    code: "42501",
    message: `user ${stranger.sub} has no account here, so nothing can be written to ${table}`,
    hint: expect.stringContaining(
      `insert into accounts (id, name) values ('${stranger.sub}'`,
    ) as string,
  });
});

test("clients read their own account's row, and write none", async () => {
  await database.asUser(customer, async (client) => {
    const { rows } = await client.query("select id, is_active from accounts");
    expect(rows).toEqual([{ id: customer.sub, is_active: true }]);
  });
  for (const statement of [
    "update accounts set max_dials_per_day = null",
    "insert into accounts (id, name) values (gen_random_uuid(), 'x')",
    "delete from accounts",
    "update installation set every_user_is_account = true",
  ])
    await expect(
      database.asUser(customer, (client) => client.query(statement)),
    ).rejects.toMatchObject({ code: "42501" });
});

test("an administrator makes, limits and stops accounts with a service key", async () => {
  const id = "5e47ce00-0000-4000-8000-00000000000a";
  await database.asUser("service_role", async (client) => {
    await insertRow(client, "accounts", { id, name: "Customer C" });
    await client.query(
      "update accounts set is_active = false, allowed_countries = '{BR,PT}', allowed_caller_ids = '{+55113555*}' where id = $1",
      [id],
    );
  });
  for (const wrong of [
    "allowed_countries = '{Brazil}'",
    "allowed_countries = array['BR', null]",
    "allowed_caller_ids = '{anything}'",
    "max_calls_per_second = 0",
    "max_dials_per_day = 0",
    "name = ''",
  ])
    await expect(
      database.pool.query(`update accounts set ${wrong} where id = '${id}'`),
      wrong,
    ).rejects.toMatchObject({ code: "23514" });
});

test("where every user is an account, whoever signs in is one", async () => {
  await database.asUser("service_role", (client) =>
    client.query("update installation set every_user_is_account = true"),
  );
  try {
    expect(await accountOf(stranger)).toBe(stranger.sub);
    await database.asUser(stranger, (client) => insertCampaign(client));
  } finally {
    await database.pool.query(
      "update installation set every_user_is_account = false",
    );
  }
  expect(await accountOf(stranger)).toBeNull();
});

test("more ACTIVE campaigns, leads and windows than an account may have are refused, with what it may", async () => {
  const { pool } = database;
  const id = "11a11700-0000-4000-8000-00000000000a";
  await insertRow(pool, "accounts", {
    id,
    name: "Limited",
    max_active_campaigns: 2,
    max_leads: 3,
  });
  const many =
    "insert into campaigns (account_id, name, status) select $1, 'x', 'ACTIVE' from generate_series(1, $2)";
  await expect(pool.query(many, [id, 3])).rejects.toThrow(
    `account ${id} may have 2 ACTIVE campaigns`,
  );
  await pool.query(many, [id, 2]);
  const third = await insertRow(pool, "campaigns", {
    account_id: id,
    name: "third",
  });
  await expect(
    pool.query("update campaigns set status = 'ACTIVE' where id = $1", [third]),
  ).rejects.toMatchObject({ code: "23514" });
  await expect(pool.query(many, [nil, 1_001])).rejects.toThrow(
    "may have 1000 ACTIVE campaigns",
  );
  const leads =
    "insert into leads (campaign_id, phone) select $1, '(11) 98000-000' || n from generate_series(1, $2) as n";
  await expect(pool.query(leads, [third, 4])).rejects.toThrow(
    `account ${id} may have 3 leads in all its campaigns`,
  );
  await pool.query(leads, [third, 3]);
  await expect(
    pool.query(
      `insert into campaign_windows (campaign_id, weekday, opens, closes)
       select $1, 1 + n % 7, time '00:00' + n * interval '1 min', time '00:01' + n * interval '1 min' from generate_series(0, 50) as n`,
      [third],
    ),
  ).rejects.toThrow(`campaign ${third} has more than 50 windows`);
});

test("leads count by who is left: deleted and erased ones make room, others do not, whoever inserts", async () => {
  const { pool } = database;
  const id = "11a11700-0000-4000-8000-00000000000b";
  await insertRow(pool, "accounts", { id, name: "Limited", max_leads: 10 });
  const campaign = await insertRow(pool, "campaigns", {
    account_id: id,
    name: "limited",
  });
  let next = 0;
  const insert = (count: number) =>
    pool
      .query(
        "insert into leads (campaign_id, phone) select $1, '(11) 98000-' || 1000 + n from generate_series($2::int, $3::int) as n",
        [campaign, (next += count) - count + 1, next],
      )
      .then(
        () => true,
        (error: unknown) => {
          expect(error).toMatchObject({
            code: "23514",
            message: `account ${id} may have 10 leads in all its campaigns`,
          });
          return false;
        },
      );
  expect(await insert(11)).toBe(false);
  for (let n = 0; n < 10; n++) expect(await insert(1)).toBe(true);
  expect(await insert(1)).toBe(false);
  await pool.query(
    `delete from leads where id in (select id from leads where campaign_id = $1 limit 2)`,
    [campaign],
  );
  expect(await insert(3)).toBe(false);
  expect(await insert(2)).toBe(true);
  // A person who is erased makes room, too.
  const { rows } = await pool.query<{ phone: string }>(
    "select phone from leads where campaign_id = $1 limit 1",
    [campaign],
  );
  await pool.query("select erase_person($1, account_id => $2)", [
    must(rows[0]).phone,
    id,
  ]);
  expect(await insert(1)).toBe(true);
  expect(await insert(1)).toBe(false);
  // And all of a campaign that is emptied; of the retention it is the same function.
  await pool.query("update campaigns set status = 'CANCELLED' where id = $1", [
    campaign,
  ]);
  await pool.query("select empty_campaign($1)", [campaign]);
  const another = await insertRow(pool, "campaigns", {
    account_id: id,
    name: "another",
  });
  await pool.query(
    "insert into leads (campaign_id, phone) select $1, '(21) 98000-' || 1000 + n from generate_series(1, 10) as n",
    [another],
  );
  // What came while there was no limit counts when there is one again.
  await pool.query("update accounts set max_leads = null where id = $1", [id]);
  await pool.query(
    "insert into leads (campaign_id, phone) select $1, '(31) 98000-' || 1000 + n from generate_series(1, 10) as n",
    [another],
  );
  await pool.query("update accounts set max_leads = 20 where id = $1", [id]);
  const one = pool.query(
    "insert into leads (campaign_id, phone) values ($1, '(41) 98000-1001')",
    [another],
  );
  await expect(one).rejects.toThrow("may have 20 leads");
});

test("inserts at the same moment do not exceed the leads of an account", async () => {
  const { pool } = database;
  const id = "11a11700-0000-4000-8000-00000000000c";
  await insertRow(pool, "accounts", { id, name: "Limited", max_leads: 12 });
  const campaign = await insertRow(pool, "campaigns", {
    account_id: id,
    name: "at once",
  });
  const inserts = Array.from({ length: 20 }, (_, n) =>
    pool.query("insert into leads (campaign_id, phone) values ($1, $2)", [
      campaign,
      `(51) 98000-${String(1001 + n)}`,
    ]),
  );
  const results = await Promise.allSettled(inserts);
  expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(
    12,
  );
});
