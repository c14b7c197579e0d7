/** Rights that are taken away come back with grant_api_roles, all of them, whichever migration gave them. */
import { expect, onTestFinished, test } from "vitest";

import { createTestDatabase } from "../../support/database.ts";

const rights = `
  select proname as name, role from pg_proc, (values ('authenticated'), ('service_role')) as api (role)
  where pronamespace = 'public'::regnamespace and has_function_privilege(role, pg_proc.oid, 'execute')
  union all
  select relname || '.' || attname || ' ' || privilege, role
  from pg_class join pg_attribute on attrelid = pg_class.oid and attnum > 0 and not attisdropped,
    (values ('authenticated'), ('service_role')) as api (role), (values ('select'), ('insert'), ('update')) as kind (privilege)
  where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v')
    and has_column_privilege(role, pg_class.oid, attnum, privilege)
  union all
  select relname || ' delete', role
  from pg_class, (values ('authenticated'), ('service_role')) as api (role)
  where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v') and has_table_privilege(role, pg_class.oid, 'delete')
  order by 1, 2`;

test("grant_api_roles gives every right again", async () => {
  const database = await createTestDatabase();
  onTestFinished(() => database.drop());
  const { pool } = database;
  const before = (await pool.query(rights)).rows;
  expect(before.length).toBeGreaterThan(100);
  await pool.query(
    "revoke all on all functions in schema public from authenticated, service_role; revoke all on all tables in schema public from authenticated, service_role",
  );
  await pool.query("select grant_api_roles()");
  expect((await pool.query(rights)).rows).toEqual(before);
});
