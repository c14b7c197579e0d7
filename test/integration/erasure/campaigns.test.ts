/** A campaign that has dialled can be put away and emptied; what nobody empties is emptied by its retention. */
import type pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createStatePool } from "../../../database/pools.ts";
import { purgeHistory } from "../../../database/retention.ts";
import { one } from "../schema/rows.ts";
import {
  accountId,
  admin,
  digitsOfMobile,
  mobile,
  otherAccount,
  shareErasureScene,
} from "./scene.ts";

const scene = shareErasureScene();
const empty = "select * from empty_campaign($1)";
const retention = { eventsDays: 30, attemptsDays: 1_825, leadsDays: 90 };

let state: pg.Pool;
beforeAll(() => {
  state = createStatePool(
    {
      url: scene.database.url,
      schema: "public",
      workerSchema: "graphile_worker",
      applicationName: "retention test",
    },
    1,
    () => undefined,
  );
});
afterAll(() => state.end());
const purge = () => purgeHistory(state, retention);

const end = (status = "COMPLETED") =>
  scene.pool.query("update campaigns set status = $2 where id = $1", [
    scene.campaignId,
    status,
  ]);

/** Leads with one call each, from one statement. */
const people = (count: number) =>
  scene.pool.query(
    `with made as (
       insert into leads (campaign_id, phone, phone_e164, first_name, status)
       select $1, '+551197' || 1000000 + n, '+551197' || 1000000 + n, 'Person ' || n, 'DONE' from generate_series(1, $2::int) as n
       returning id, account_id, campaign_id, phone_e164
     )
     insert into call_attempts (account_id, campaign_id, lead_id, attempt_number, phone_e164, state, outcome, trunk_id, voice_node, end_at)
     select account_id, campaign_id, id, 1, phone_e164, 'ENDED', 'ANSWERED', $3, 'default', clock_timestamp() from made`,
    [scene.campaignId, count, scene.trunkId],
  );

const persons = () =>
  one(
    scene.pool,
    `select (select count(*)::int from leads where erased_at is null) as leads,
       (select count(*)::int from call_attempts where phone_e164 is not null) as attempts`,
  );

describe("a campaign that has ended", () => {
  it("is archived by its account, takes no leads then, and can be taken out again", async () => {
    await end();
    const archive = (value: boolean) =>
      scene.database.asUser(admin, (client) =>
        client.query("update campaigns set is_archived = $2 where id = $1", [
          scene.campaignId,
          value,
        ]),
      );
    await archive(true);
    expect(await scene.progress()).toMatchObject({ is_archived: true });
    for (const who of [admin, "service_role"] as const)
      await expect(
        scene.database.asUser(who, (client) =>
          client.query(
            "insert into leads (campaign_id, phone) values ($1, '11 3555-0199')",
            [scene.campaignId],
          ),
        ),
      ).rejects.toMatchObject({
        code: "23514",
        message: `campaign ${scene.campaignId} is archived and takes no leads`,
      });
    await expect(end("ACTIVE")).rejects.toMatchObject({
      code: "23514",
      hint: expect.stringContaining("is_archived") as string,
    });
    await archive(false);
    await end("ACTIVE");
  });

  it("is not archived while it dials, nor reopened by a lead that comes back", async () => {
    await expect(
      scene.pool.query("update campaigns set is_archived = true"),
    ).rejects.toMatchObject({
      code: "23514",
      hint: expect.stringContaining("Complete or cancel") as string,
    });
    const lead = await scene.lead();
    await scene.pool.query(
      "update campaigns set status = 'COMPLETED', completed_by = 'ENGINE'",
    );
    await scene.pool.query("update campaigns set is_archived = true");
    await scene.pool.query(
      "update leads set callback_at = now() + interval '1 day' where id = $1",
      [lead],
    );
    expect(await scene.progress()).toMatchObject({ status: "COMPLETED" });
  });

  it("is emptied: its people go, its counts stay, and its do-not-call entries as hashes", async () => {
    await scene.call(await scene.lead());
    await scene.lead({
      phone: "8888 casa",
      phone_e164: null,
      status: "INVALID",
      external_id: null,
    });
    await scene.pool.query(
      "insert into dnc_entries (account_id, phone_e164, campaign_id) values ($1, $2, $3)",
      [accountId, mobile, scene.campaignId],
    );
    await end();
    const before = await scene.progress();
    const done = await scene.erase(admin, empty, [scene.campaignId]);
    expect(done).toMatchObject({
      leads_erased: 2,
      attempts_erased: 1,
      events_erased: 2,
      do_not_call_kept: 1,
      leads_left: "0",
    });
    expect(await scene.search(...digitsOfMobile, "Zulmira")).toEqual([]);
    expect(await scene.progress()).toEqual({ ...before, is_archived: true });
    expect(
      await one(
        scene.pool,
        "select emptied_at is not null as is from campaigns",
      ),
    ).toEqual({ is: true });
    await expect(
      scene.pool.query("update campaigns set is_archived = false"),
    ).rejects.toMatchObject({ code: "23514", hint: "Make a new campaign." });
    expect(
      await one(scene.pool, "select scope, campaign_id from erasures"),
    ).toEqual({ scope: "CAMPAIGN", campaign_id: scene.campaignId });
    // Again: nothing.
    expect(await scene.erase(admin, empty, [scene.campaignId])).toMatchObject({
      leads_erased: 0,
      attempts_erased: 0,
      leads_left: "0",
    });
  });

  it("of many people is emptied in bites, the rest by the engine or by asking again", async () => {
    await people(2_600);
    await end();
    await scene.pool.query("delete from graphile_worker._private_jobs");
    const before = await scene.progress();
    const first = await scene.erase(admin, empty, [scene.campaignId]);
    expect(first).toMatchObject({ leads_erased: 1_000, leads_left: "1600" });
    expect(await scene.erase(admin, empty, [scene.campaignId])).toMatchObject({
      leads_left: "600",
    });
    const { rows } = await scene.pool.query(
      "select task from dialer_jobs where task = 'purge_history'",
    );
    expect(rows).toHaveLength(2);
    const purged = await purge();
    expect(purged.leadsErased).toBe(600);
    expect(await persons()).toEqual({ leads: 0, attempts: 0 });
    expect(await scene.progress()).toEqual({ ...before, is_archived: true });
    expect((await purge()).leadsErased).toBe(0);
  });

  it("keeps a person whose conversation lasts until it is over", async () => {
    const talking = await scene.lead({ status: "IN_PROGRESS" });
    await scene.call(talking, {
      state: "BRIDGED",
      outcome: null,
      end_at: null,
    });
    await scene.lead({
      phone: "+5511977776666",
      phone_e164: "+5511977776666",
      external_id: null,
    });
    await end("CANCELLED");
    expect(await scene.erase(admin, empty, [scene.campaignId])).toMatchObject({
      leads_erased: 1,
      leads_left: "1",
    });
    expect((await purge()).leadsErased).toBe(0);
    await scene.pool.query(
      "update call_attempts set state = 'ENDED', outcome = 'ANSWERED', end_at = now(); update leads set status = 'DONE' where status = 'IN_PROGRESS'",
    );
    expect((await purge()).leadsErased).toBe(1);
    expect(await scene.search(...digitsOfMobile)).toEqual([]);
  });

  it.each(["DRAFT", "ACTIVE", "PAUSED"])(
    "but not one that is %s",
    async (status) => {
      scene.campaignId = await scene.campaign({ status: "ACTIVE" });
      if (status === "DRAFT")
        scene.campaignId = await scene.campaign({ status });
      else await end(status);
      await scene.lead();
      expect(
        await scene.refusal(admin, empty, [scene.campaignId]),
      ).toMatchObject({
        code: "55000",
        hint: expect.stringContaining("COMPLETED or CANCELLED") as string,
      });
    },
  );

  it("is emptied by its own administrators only, and to others is as none", async () => {
    await end();
    expect(
      await scene.refusal({ ...admin, dialerRole: "supervisor" }, empty, [
        scene.campaignId,
      ]),
    ).toMatchObject({ code: "42501" });
    expect(
      await scene.refusal(otherAccount, empty, [scene.campaignId]),
    ).toMatchObject({
      code: "P0002",
      message: `there is no campaign ${scene.campaignId}`,
    });
  });
});

describe("the retention of leads", () => {
  it("takes a campaign's own do-not-call entries along, also where its people were erased one by one", async () => {
    await scene.lead();
    await scene.pool.query(
      "insert into dnc_entries (account_id, campaign_id, phone_e164) values ($1, $2, '+5511977776666')",
      [accountId, scene.campaignId],
    );
    await end();
    expect(await scene.erase(admin)).toMatchObject({ leads_erased: 1 });
    await scene.pool.query(
      "update campaigns set completed_at = now() - interval '91 days'",
    );
    await purge();
    expect(await scene.search("11977776666")).toEqual([]);
    expect(
      await one(
        scene.pool,
        `select emptied_at is not null as emptied, (select count(*)::int from erased_do_not_call) as kept
         from campaigns where id = $1`,
        [scene.campaignId],
      ),
    ).toEqual({ emptied: true, kept: 1 });
    expect((await purge()).leadsErased).toBe(0);
  });

  it("empties what ended longer ago, and nothing else", async () => {
    const old = scene.campaignId;
    await people(700);
    await end();
    const ids = [old];
    for (const status of ["COMPLETED", "PAUSED"]) {
      const id = await scene.campaign();
      await scene.lead({ campaign_id: id });
      await scene.pool.query("update campaigns set status = $2 where id = $1", [
        id,
        status,
      ]);
      ids.push(id);
    }
    await scene.pool.query(
      "update campaigns set completed_at = now() - interval '91 days' where id = $1",
      [old],
    );
    const purged = await purge();
    expect(purged.leadsErased).toBe(700);
    expect(await persons()).toEqual({ leads: 2, attempts: 0 });
    const { rows } = await scene.pool.query(
      "select distinct scope, erased_by from erasures",
    );
    expect(rows).toEqual([{ scope: "RETENTION", erased_by: "postgres" }]);
    expect((await purge()).leadsErased).toBe(0);
  });
});
