/** Zones and countries that a client may write are ones that the engine can reckon with. */
import { getCountries } from "libphonenumber-js/max";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { isKnownZone } from "../../../dialing/calling-windows.ts";
import { createTestDatabase } from "../../support/database.ts";
import type { TestDatabase } from "../../support/database.ts";
import { insertCampaign, insertLead } from "./rows.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

const alice = { sub: "00000000-0000-4000-8000-00000000a11c" };

describe("a time zone", () => {
  it.each([
    "Etc/UTC+5",
    "Etc/UTC-3",
    "Etc/GMT+13",
    "Etc/GMT-15",
    "Etc/GMT+99",
    "Etc/GMT+05",
    "UTC+3",
    "EST5EDT",
    "America/Nowhere",
    "Foo/Bar-baz",
  ])("named %s is refused on every table, from every client", async (zone) => {
    const campaignId = await insertCampaign(database.pool, {
      account_id: alice.sub,
    });
    await insertLead(database.pool, campaignId, { account_id: alice.sub });
    for (const [sql, values] of [
      ["update leads set timezone = $1", [zone]],
      ["update campaigns set timezone = $1", [zone]],
      ["insert into account_settings (timezone) values ($1)", [zone]],
    ] as const)
      await expect(
        database.asUser(alice, (client) => client.query(sql, [...values])),
      ).rejects.toThrow(/time zone/);
    await database.pool.query("delete from campaigns");
  });

  it("of the database is taken if the engine knows it too, with few exceptions", async () => {
    const { rows } = await database.pool.query<{ name: string }>(
      "select name from pg_timezone_names where name like '%/%' or name in ('UTC', 'GMT')",
    );
    const campaignId = await insertCampaign(database.pool);
    const taken: string[] = [];
    for (const { name } of rows)
      await database.pool
        .query("update campaigns set timezone = $2 where id = $1", [
          campaignId,
          name,
        ])
        .then(
          () => taken.push(name),
          () => undefined,
        );
    expect(taken.length).toBeGreaterThan(400);
    for (const name of ["Etc/GMT+12", "Etc/GMT-14", "Etc/GMT-0", "Etc/UTC"])
      expect(taken).toContain(name);
    expect(taken.filter((name) => !isKnownZone(name))).toEqual([]);
  });
});

describe("a default country", () => {
  it("is one of those whose numbers can be read", async () => {
    const set = (country: string) =>
      database.pool.query(
        `insert into account_settings (default_country) values ($1)
         on conflict (account_id) do update set default_country = excluded.default_country`,
        [country],
      );
    for (const country of getCountries()) await set(country);
    for (const country of ["ZZ", "XX", "EU"])
      await expect(set(country)).rejects.toThrow(
        `default_country "${country}" is not a country with phone numbers`,
      );
  });
});

describe("days of work", () => {
  it("are a plain list", async () => {
    await expect(
      insertCampaign(database.pool, { work_days: "{{1,2},{3,4}}" }),
    ).rejects.toMatchObject({
      constraint: "campaigns_work_days_is_a_plain_list",
    });
  });
});
