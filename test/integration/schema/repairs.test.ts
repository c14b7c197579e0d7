/** Rows that earlier versions let in are mended by the migration that keeps new ones out. */
import { cp, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { expect, it, onTestFinished } from "vitest";

import { migrate } from "../../../database/migrate.ts";
import { migrationsFolder } from "../../../database/migration-files.ts";
import { createEmptyDatabase } from "../../support/database.ts";
import { insertCampaign, insertLead, one } from "./rows.ts";

/** A database as it was before the migration with this name. */
async function databaseBefore(name: string) {
  const database = await createEmptyDatabase();
  onTestFinished(() => database.drop());
  const path = await mkdtemp(join(tmpdir(), "migrations-"));
  onTestFinished(() => rm(path, { recursive: true }));
  const files = (await readdir(migrationsFolder)).sort();
  const first = files.findIndex((file) => file.endsWith(`_${name}.sql`));
  expect(first).toBeGreaterThan(0);
  for (const file of files.slice(0, first))
    await cp(new URL(file, migrationsFolder), join(path, file));
  const run = (folder: URL) =>
    migrate({
      databaseUrl: database.url,
      dialerSchema: "public",
      workerSchema: "graphile_worker",
      folder,
    });
  await run(pathToFileURL(`${path}/`));
  return { pool: database.pool, migrateOn: () => run(migrationsFolder) };
}

it("a lead that got a zone before anybody looked at it is fresh again, and days of work become a plain list", async () => {
  const { pool, migrateOn } = await databaseBefore("zones_and_countries");
  const campaignId = await insertCampaign(pool, {
    status: "DRAFT",
    work_days: "{{3,1},{1,2}}",
  });
  const leadId = await insertLead(pool, campaignId);
  await pool.query("update leads set timezone = 'America/Manaus'");
  const zone = () =>
    one(pool, "select dial_timezone from leads where id = $1", [leadId]);
  expect(await zone()).toEqual({ dial_timezone: "America/Manaus" });
  await migrateOn();
  expect(await zone()).toEqual({ dial_timezone: null });
  expect(await one(pool, "select work_days from campaigns")).toEqual({
    work_days: [1, 2, 3],
  });
});
