import { afterAll, expect, test } from "vitest";
import {
  createEmptyDatabase,
  createTestDatabase,
  type TestDatabase,
} from "../../support/database.ts";

const opened: TestDatabase[] = [];
afterAll(async () => {
  for (const database of opened) await database.drop();
});

test("a test database belongs to a role `postgres` that is no superuser", async () => {
  const database = await createTestDatabase();
  opened.push(database);
  const { rows } = await database.pool.query(
    "select current_user, rolsuper from pg_roles where rolname = current_user",
  );
  expect(rows).toEqual([{ current_user: "postgres", rolsuper: false }]);
});

test("statements run as a user carry the role and the claims, and are committed", async () => {
  const database = await createEmptyDatabase();
  opened.push(database);
  await database.pool.query(
    "create table seen (who text, sub text, account text); grant insert on seen to authenticated",
  );
  const user = "6f1d2f60-0000-4000-8000-000000000001";
  await database.asUser({ sub: user, accountId: "a1" }, async (client) => {
    await client.query(
      "insert into seen values (current_user, auth.uid(), auth.jwt() #>> '{app_metadata,account_id}')",
    );
  });
  const { rows } = await database.pool.query("select * from seen");
  expect(rows).toEqual([{ who: "authenticated", sub: user, account: "a1" }]);
  await expect(
    database.asUser("anon", (client) => client.query("select * from seen")),
  ).rejects.toThrow(/permission denied/);
  const after = await database.pool.query("select current_user as me");
  expect(after.rows).toEqual([{ me: "postgres" }]);
});

test("new tables are open to API roles only under the old default privileges", async () => {
  const open = async (oldDefaultPrivileges: boolean): Promise<unknown> => {
    const database = await createEmptyDatabase({ oldDefaultPrivileges });
    opened.push(database);
    await database.pool.query("create table fresh (id integer)");
    const { rows } = await database.pool.query<{ open: boolean }>(
      "select has_table_privilege('anon', 'fresh', 'select') as open",
    );
    return rows[0]?.open;
  };
  expect([await open(false), await open(true)]).toEqual([false, true]);
});

test("many databases are cloned at once, and two do not see each other", async () => {
  const databases = await Promise.all(
    Array.from({ length: 4 }, () => createTestDatabase()),
  );
  opened.push(...databases);
  expect(new Set(databases.map(({ name }) => name)).size).toBe(4);
  const [first, second] = databases;
  await first?.pool.query("create table only_here (id integer)");
  await expect(second?.pool.query("select from only_here")).rejects.toThrow(
    /does not exist/,
  );
});

test("dropping complains about a client that was not released, and drops all the same", async () => {
  const database = await createEmptyDatabase();
  const client = await database.pool.connect();
  client.on("error", () => undefined); // the drop cuts it
  await expect(database.drop()).rejects.toThrow(/1 clients .* not released/);
  client.release(true);
  await expect(
    createEmptyDatabase().then(async (other) => {
      opened.push(other);
      const { rowCount } = await other.pool.query(
        "select from pg_database where datname = $1",
        [database.name],
      );
      return rowCount;
    }),
  ).resolves.toBe(0);
});
