/** A disposition is the result of one call. What follows from it is over with the next call. */
import { expect, test } from "vitest";

import {
  attempts,
  insertCampaign,
  insertLead,
  insertRow,
  insertTrunk,
  lead,
  must,
  quickScenario,
  setAccount,
  shareRig,
  untilAttempts,
  untilFinal,
  untilStatus,
} from "../../support/running-engine.ts";
import type { Rig } from "../../support/running-engine.ts";
import { waitFor } from "../../support/wait-for.ts";

const shared = shareRig();
const ended = "end_at is not null";

/** A lead whose only call was answered, under a rule that calls it again some time after CALL_LATER. */
async function answeredOnce(maxTries: number, delaySeconds = 1): Promise<Rig> {
  const rig = await shared.fresh();
  const { sql } = rig;
  await setAccount(sql);
  await insertTrunk(sql);
  await insertRow(sql, "retry_rules", {
    disposition: "CALL_LATER",
    delay_seconds: delaySeconds,
    max_tries: maxTries,
  });
  const campaign = await insertCampaign(sql, { auto_complete: false });
  await insertLead(sql, campaign);
  await untilFinal(sql, campaign);
  return rig;
}

/** Gives the last call its disposition, and waits for so many calls to have ended. */
async function disposeLast({ sql }: Rig, name: string): Promise<void> {
  const last = must((await attempts(sql)).at(-1));
  await sql.query("update call_attempts set disposition = $2 where id = $1", [
    last.id,
    name,
  ]);
}

test("a person who declines the call that a disposition asked for is left alone as long as DECLINED says", async () => {
  const rig = await answeredOnce(3);
  const { sql, pbx } = rig;
  pbx.setScenario({ ...quickScenario, shares: { declined: 1 } });
  await disposeLast(rig, "CALL_LATER");
  await untilAttempts(sql, 2, ended);
  const waiting = await lead(sql);
  expect(waiting).toMatchObject({
    status: "RETRY",
    status_reason: "DECLINED",
    disposition: "CALL_LATER",
  });
  const waitMs = must(waiting.next_attempt_at).getTime() - Date.now();
  expect(waitMs).toBeGreaterThan(23 * 3_600_000);
});

test("a second call that is answered and given no disposition ends the lead as DONE", async () => {
  const rig = await answeredOnce(3);
  await disposeLast(rig, "CALL_LATER");
  await untilAttempts(rig.sql, 2, ended);
  expect(await lead(rig.sql)).toMatchObject({
    status: "DONE",
    status_reason: "ANSWERED",
    dials: 2,
  });
});

test("the same disposition after the next call counts again, up to the rule's tries", async () => {
  const rig = await answeredOnce(2);
  for (const calls of [2, 3]) {
    await disposeLast(rig, "CALL_LATER");
    await untilAttempts(rig.sql, calls, ended);
  }
  expect(await lead(rig.sql)).toMatchObject({ status: "DONE" });
  await disposeLast(rig, "CALL_LATER");
  expect(await lead(rig.sql)).toMatchObject({
    status: "FAILED",
    status_reason: "MAX_TRIES",
    dials: 3,
  });
});

test("a disposition set on the lead during its call decides when that call ends", async () => {
  const rig = await answeredOnce(3, 3_600);
  const { sql, pbx } = rig;
  pbx.setScenario({ ...quickScenario, talkMs: 600_000 });
  await sql.query("update leads set callback_at = clock_timestamp()");
  const calls = await untilAttempts(sql, 2, "answer_at is not null");
  await sql.query("update leads set disposition = 'CALL_LATER'");
  expect(await lead(sql)).toMatchObject({ status: "IN_PROGRESS" });
  pbx.setScenario(quickScenario);
  await sql.query("select hangup_attempt($1)", [must(calls[1]).id]);
  await untilAttempts(sql, 2, ended);
  expect(await lead(sql)).toMatchObject({ status: "RETRY" });
  await sql.query("update leads set next_attempt_at = now()");
  await untilAttempts(sql, 3, ended);
  expect(await lead(sql)).toMatchObject({ status: "DONE", dials: 3 });
});

test("a disposition that the PBX tells after the campaign is complete reopens it", async () => {
  const rig = await answeredOnce(1);
  const { sql } = rig;
  await sql.query("update campaigns set auto_complete = true");
  const { campaign_id: campaign, id } = must((await attempts(sql))[0]);
  await untilStatus(sql, String(campaign), "COMPLETED");
  const event = {
    kind: "DISPOSITION",
    attemptId: id,
    at: new Date().toISOString(),
    dedupKey: "late",
    disposition: "CALL_LATER",
  };
  await sql.query(
    "select graphile_worker.add_job('apply_call_events', $1::json)",
    [JSON.stringify({ events: [event] })],
  );
  await untilAttempts(sql, 2, ended);
  await untilStatus(sql, String(campaign), "COMPLETED");
});

test("a callback asked for in the very moment in which the campaign completes is not lost", async () => {
  const { sql } = await answeredOnce(1);
  const { campaign_id: campaign } = must((await attempts(sql))[0]);
  const client = await sql.connect();
  try {
    await client.query("begin");
    await client.query(
      "update leads set callback_at = clock_timestamp() + interval '1 s'",
    );
    await sql.query("update campaigns set auto_complete = true");
    // The pass that this wakes would complete the campaign: it sees a lead that is DONE.
    await waitFor("that pass", async () => {
      const { rowCount } = await sql.query(
        "select from campaign_passes join campaigns on campaigns.id = campaign_id where pass_at > updated_at",
      );
      return rowCount === 1;
    });
    await client.query("commit");
  } finally {
    client.release();
  }
  await untilAttempts(sql, 2, ended);
  await untilStatus(sql, String(campaign), "COMPLETED");
});
