/** What one account sees and touches of another: nothing. */
import { describe, expect, it } from "vitest";
import type { ActingAs } from "../../support/database.ts";
import { anna, berta, clientTables, shareAccounts } from "./accounts.ts";
import { insertCampaign, insertTrunk, jobs, one } from "./rows.ts";

const scene = shareAccounts();

describe("a client of an account", () => {
  it("makes a campaign be scheduled by inserting rows, and nothing else", async () => {
    const waiting = await jobs(scene.database.pool, "schedule_campaign");
    expect(waiting.length).toBeGreaterThanOrEqual(2);
    expect(waiting[0]).toEqual({
      task: "schedule_campaign",
      payload: { campaignId: scene.campaignId },
    });
    const { account_id } = await one(
      scene.database.pool,
      "select account_id from leads where id = $1",
      [scene.leadId],
    );
    expect(account_id).toBe(anna.sub);
  });

  it.each(clientTables)(
    "sees its own rows of %s, another account none",
    async (table) => {
      const count = `select count(*)::int as rows from ${table} where account_id is not null`;
      const own = await scene.database.asUser(anna, (client) =>
        one(client, count),
      );
      const others = await scene.database.asUser(berta, (client) =>
        one(client, count),
      );
      expect(own["rows"]).toBeGreaterThan(0);
      expect(others["rows"]).toBe(0);
    },
  );

  it.each(["campaign_progress", "dialing_blockers", "call_attempt_timers"])(
    "sees its own campaigns in %s, another account none",
    async (view) => {
      const count = `select count(*)::int as rows from ${view}`;
      const own = await scene.database.asUser(anna, (client) =>
        one(client, count),
      );
      const others = await scene.database.asUser(berta, (client) =>
        one(client, count),
      );
      expect(own["rows"]).toBeGreaterThan(0);
      expect(others["rows"]).toBe(0);
    },
  );

  it("reads shared trunks, outcomes and the installation's retry rules", async () => {
    const counts = await scene.database.asUser(berta, (client) =>
      one(
        client,
        `select (select count(*)::int from trunk_config) as trunks,
           (select count(*)::int from outcomes) as outcomes, (select count(*)::int from retry_rules) as rules`,
      ),
    );
    expect(counts).toEqual({ trunks: 1, outcomes: 16, rules: 16 });
  });

  it("reads no trunk of another account", async () => {
    await insertTrunk(scene.database.pool, {
      name: "carrier-anna",
      account_id: anna.sub,
    });
    const sql = "select name from trunk_config order by name";
    const names = async (who: ActingAs) =>
      scene.database.asUser(who, async (client) =>
        (await client.query<{ name: string }>(sql)).rows.map((row) => row.name),
      );
    expect(await names(anna)).toEqual(["carrier-a", "carrier-anna"]);
    expect(await names(berta)).toEqual(["carrier-a"]);
  });

  it.each([
    ["campaigns", "name = 'stolen'"],
    ["leads", "first_name = 'stolen'"],
    ["lists", "name = 'stolen'"],
    ["dnc_entries", "reason = 'stolen'"],
    ["retry_rules", "max_tries = 9"],
    ["account_settings", "min_gap_seconds = 0"],
    ["campaign_windows", "weekday = 2"],
    ["call_attempts", "disposition = 'stolen'"],
  ])("changes no row of another account in %s", async (table, change) => {
    const changed = await scene.database.asUser(
      berta,
      async (client) =>
        (await client.query(`update ${table} set ${change}`)).rowCount,
    );
    expect(changed).toBe(0);
  });

  it.each([
    [
      "a lead",
      "insert into leads (campaign_id, phone) values ($1, '11 3555-0101')",
    ],
    ["a list", "insert into lists (campaign_id, name) values ($1, 'x')"],
    [
      "a window",
      "insert into campaign_windows (campaign_id, weekday, opens, closes) values ($1, 1, '10:00', '11:00')",
    ],
    [
      "a DNC entry",
      "insert into dnc_entries (campaign_id, phone_e164) values ($1, '+551135550102')",
    ],
    [
      "a retry rule",
      "insert into retry_rules (campaign_id, outcome, delay_seconds, max_tries) values ($1, 'BUSY', 1, 1)",
    ],
  ])("cannot hang %s on another account's campaign", async (_what, sql) => {
    expect(await scene.denied(berta, sql, [scene.campaignId])).toBe("23503");
  });

  it("cannot put a lead into a list of another campaign", async () => {
    const result = scene.database.asUser(anna, async (client) => {
      const other = await insertCampaign(client, { name: "Other" });
      const list = await one(
        client,
        "insert into lists (campaign_id, name) values ($1, 'June') returning id",
        [other],
      );
      await client.query("update leads set list_id = $1 where id = $2", [
        list["id"],
        scene.leadId,
      ]);
    });
    await expect(result).rejects.toMatchObject({ code: "23503" });
  });

  it("hangs up its own call, and cannot tell another account's from none", async () => {
    const hangUp = (who: ActingAs) =>
      scene.database.asUser(who, (client) =>
        one(client, "select hangup_attempt($1) as asked", [scene.attemptId]),
      );
    await expect(hangUp(berta)).rejects.toMatchObject({ code: "P0002" });
    expect(await hangUp(anna)).toEqual({ asked: true });
    expect(await hangUp("service_role")).toEqual({ asked: true });
    expect(await jobs(scene.database.pool, "hangup_call")).toEqual(
      Array(2).fill({
        task: "hangup_call:default",
        payload: { attemptId: scene.attemptId, reason: "OPERATOR" },
      }),
    );
  });

  it("sets the disposition of its own call, and its time is kept", async () => {
    await scene.database.asUser(anna, (client) =>
      client.query(
        "update call_attempts set disposition = 'SALE' where id = $1",
        [scene.attemptId],
      ),
    );
    const row = await one(
      scene.database.pool,
      "select disposition, disposition_at from call_attempts where id = $1",
      [scene.attemptId],
    );
    expect(row).toEqual({
      disposition: "SALE",
      disposition_at: expect.any(Date) as Date,
    });
  });

  it("deletes a lead or campaign only while no attempt refers to it", async () => {
    expect(
      await scene.denied(anna, "delete from campaigns where id = $1", [
        scene.campaignId,
      ]),
    ).toBe("23503");
    const deleted = await scene.database.asUser(
      anna,
      async (client) =>
        (await client.query("delete from leads where id = $1", [scene.leadId]))
          .rowCount,
    );
    expect(deleted).toBe(1);
  });
});
