import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type pg from "pg";
import {
  createTestDatabase,
  type TestDatabase,
} from "../../support/database.ts";
import { waitFor } from "../../support/wait-for.ts";
import {
  forgetCampaigns,
  forgetJobs,
  insertCampaign,
  insertLead,
  one,
  wakes,
} from "./rows.ts";

let database: TestDatabase;
let pool: pg.Pool;

beforeAll(async () => {
  database = await createTestDatabase();
  pool = database.pool;
});
afterAll(() => database.drop());
beforeEach(() => forgetCampaigns(pool));

describe("a campaign that the engine completed", () => {
  async function completed(
    by: "ENGINE" | "USER",
    values = {},
  ): Promise<string> {
    const campaignId = await insertCampaign(pool, values);
    await pool.query(
      "update campaigns set status = 'COMPLETED', completed_by = $2 where id = $1",
      [campaignId, by],
    );
    await forgetJobs(pool);
    return campaignId;
  }
  const read = (campaignId: string) =>
    one(
      pool,
      "select status, completed_at, completed_by from campaigns where id = $1",
      [campaignId],
    );

  it("is ACTIVE again when leads are inserted, and woken once", async () => {
    const campaignId = await completed("ENGINE");
    await insertLead(pool, campaignId);
    expect(await read(campaignId)).toEqual({
      status: "ACTIVE",
      completed_at: null,
      completed_by: null,
    });
    expect(await wakes(pool)).toEqual([campaignId]);
  });

  it("is ACTIVE again when a person asks to be called back", async () => {
    const campaignId = await insertCampaign(pool);
    const leadId = await insertLead(pool, campaignId, { status: "DONE" });
    await pool.query(
      "update campaigns set status = 'COMPLETED', completed_by = 'ENGINE' where id = $1",
      [campaignId],
    );
    await pool.query(
      "update leads set callback_at = now() + interval '1 hour' where id = $1",
      [leadId],
    );
    expect(await read(campaignId)).toMatchObject({ status: "ACTIVE" });
  });

  it("stays completed once its validity is over", async () => {
    const campaignId = await completed("ENGINE", { valid_until: new Date(0) });
    await insertLead(pool, campaignId);
    expect(await read(campaignId)).toMatchObject({
      status: "COMPLETED",
      completed_by: "ENGINE",
    });
  });

  it("stays completed if it was a person who completed it", async () => {
    const campaignId = await completed("USER");
    await insertLead(pool, campaignId);
    expect(await read(campaignId)).toMatchObject({
      status: "COMPLETED",
      completed_by: "USER",
    });
    expect(await wakes(pool)).toEqual([]);
  });

  it("is reopened also by leads whose insert waited for the completion", async () => {
    const campaignId = await insertCampaign(pool);
    const engine = await pool.connect();
    try {
      await engine.query("begin");
      await engine.query("select from campaigns where id = $1 for update", [
        campaignId,
      ]);
      const inserted = insertLead(pool, campaignId);
      await waitFor("the insert to wait", async () => {
        const { rows } = await pool.query(
          "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
        );
        return rows.length > 0;
      });
      await engine.query(
        "update campaigns set status = 'COMPLETED', completed_by = 'ENGINE' where id = $1",
        [campaignId],
      );
      await engine.query("commit");
      await inserted;
    } finally {
      engine.release();
    }
    expect(await read(campaignId)).toMatchObject({ status: "ACTIVE" });
  });
});
