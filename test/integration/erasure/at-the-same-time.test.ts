/** A person who is erased while a pass, a claim, a call or another request is under way. */
import type pg from "pg";
import { describe, expect, it } from "vitest";
import { loadSql } from "../../../database/sql.ts";
import { waitFor } from "../../support/wait-for.ts";
import { one } from "../schema/rows.ts";
import { admin, mobile, shareErasureScene, type Erased } from "./scene.ts";

const scene = shareErasureScene();

/** Runs `work` in a transaction of its own that is left open until `commit`. */
async function holding(
  work: (client: pg.PoolClient) => Promise<unknown>,
): Promise<{ commit: () => Promise<void> }> {
  const client = await scene.pool.connect();
  await client.query("begin");
  await work(client);
  return {
    commit: async () => {
      await client.query("commit");
      client.release();
    },
  };
}

const untilSomebodyWaits = () =>
  waitFor("a statement to wait for a lock", async () => {
    const { rowCount } = await scene.pool.query(
      "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
    );
    return rowCount === 1;
  });

const queued = {
  state: "QUEUED",
  outcome: null,
  originate_at: null,
  answer_at: null,
  end_at: null,
};

describe("a person who is erased", () => {
  it("while the call is queued is not called", async () => {
    const leadId = await scene.lead({ status: "IN_PROGRESS" });
    const attemptId = await scene.call(leadId, queued);
    expect(await scene.erase(admin)).toMatchObject({
      calls_cancelled: 1,
      leads_erased: 1,
      attempts_erased: 1,
    });
    // What a claim would find of it now.
    const { rows } = await scene.pool.query(loadSql("originating/queued_of"), [
      [attemptId],
    ]);
    expect(rows).toEqual([]);
    expect(
      await one(scene.pool, "select state, phone_e164 from call_attempts"),
    ).toEqual({ state: "CANCELLED", phone_e164: null });
    expect(await one(scene.pool, "select status from leads")).toEqual({
      status: "FAILED",
    });
  });

  it("while a pass queues the call loses that call too", async () => {
    const leadId = await scene.lead({ status: "NEW" });
    const pass = await holding(async (client) => {
      await client.query(
        "select from campaigns where id = $1 for no key update",
        [scene.campaignId],
      );
      await client.query(
        "update leads set status = 'IN_PROGRESS' where id = $1",
        [leadId],
      );
      await client.query(
        `insert into call_attempts (account_id, campaign_id, lead_id, attempt_number, phone_e164, state, trunk_id, voice_node)
         select account_id, campaign_id, id, 1, phone_e164, 'QUEUED', $2, 'default' from leads where id = $1`,
        [leadId, scene.trunkId],
      );
    });
    const erased = scene.erase(admin);
    await untilSomebodyWaits();
    await pass.commit();
    expect(await erased).toMatchObject({
      leads_erased: 1,
      attempts_erased: 1,
      calls_cancelled: 1,
    });
  });

  it("while a claim sends the call is not, and the request says to wait; afterwards it is", async () => {
    const leadId = await scene.lead({ status: "IN_PROGRESS" });
    const attemptId = await scene.call(leadId, queued);
    const before = await scene.progress();
    const claim = await holding((client) =>
      client.query(
        "update call_attempts set state = 'ORIGINATING', originate_at = now() where id = $1",
        [attemptId],
      ),
    );
    const refused = scene.refusal(admin);
    await untilSomebodyWaits();
    await claim.commit();
    expect(await refused).toMatchObject({
      code: "55006",
      message: `call ${attemptId} to this person is under way`,
      hint: expect.stringContaining(`hangup_attempt('${attemptId}')`) as string,
    });
    expect(await scene.progress()).toMatchObject({
      leads: before["leads"],
      leads_in_progress: "1",
    });
    await scene.pool.query(
      "update call_attempts set state = 'ENDED', outcome = 'ANSWERED', end_at = now()",
    );
    await scene.pool.query("update leads set status = 'DONE'");
    expect(await scene.erase(admin)).toMatchObject({ attempts_erased: 1 });
  });

  it("by two requests at once is erased once, and both are answered", async () => {
    for (let round = 0; round < 5; round++) {
      await scene.call(await scene.lead());
      await scene.lead({ campaign_id: await scene.campaign() });
      const answers: Erased[] = await Promise.all([
        scene.erase(admin),
        scene.erase("service_role", "select * from erase_person($1, $2)", [
          mobile,
          admin.accountId,
        ]),
        scene.erase(admin),
      ]);
      const leads = answers.map(({ leads_erased }) => leads_erased);
      expect(leads.toSorted()).toEqual([0, 0, 2]);
    }
  });

  it("while events of the last call come late loses their particulars as well", async () => {
    const attemptId = await scene.call(await scene.lead());
    await scene.erase(admin);
    await scene.pool.query(loadSql("attempts/insert_events"), [
      JSON.stringify([
        {
          attempt_id: attemptId,
          at: new Date().toISOString(),
          kind: "NOTED",
          dedup_key: "late",
          detail: { note: "transfer to 11 98888-7777" },
        },
      ]),
    ]);
    expect(
      await one(
        scene.pool,
        "select detail from call_attempt_events where dedup_key = 'late'",
      ),
    ).toEqual({ detail: {} });
  });
});
