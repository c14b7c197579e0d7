/** Jobs: broken ones harm nobody, those of the crontab do their work. */
import { expect, test } from "vitest";

import {
  attempts,
  insertCampaign,
  insertLead,
  insertRow,
  insertTrunk,
  lead,
  must,
  shareRig,
  untilAttempts,
  untilFinal,
} from "../../support/running-engine.ts";
import type { Sql } from "../../support/running-engine.ts";
import { waitFor } from "../../support/wait-for.ts";

const shared = shareRig();

function addJob(sql: Sql, task: string, payload: unknown): Promise<unknown> {
  return sql.query("select graphile_worker.add_job($1, $2::json)", [
    task,
    JSON.stringify(payload),
  ]);
}

async function failure(sql: Sql, task: string): Promise<string> {
  return waitFor(`${task} to fail`, async () => {
    const { rows } = await sql.query<{ last_error: string | null }>(
      "select last_error from dialer_jobs where task = $1 and last_error is not null",
      [task],
    );
    return rows[0]?.last_error ?? null;
  });
}

test.each([
  ["schedule_campaign", { campaign: "x" }, "campaignId"],
  ["originate_call:default", { attemptId: "x" }, "attemptId"],
  ["originate_call:default", { attemptId: crypto.randomUUID() }, "trunkId"],
  ["fire_call_timer:default", { attemptId: 7 }, "attemptId"],
  ["hangup_call:default", { attemptId: crypto.randomUUID() }, "reason"],
  ["apply_call_events", { events: "none" }, "events"],
])(
  "a %s job with a broken payload %j fails with a message that names %s, and the worker goes on",
  async (task, payload, field) => {
    const { sql } = await shared.fresh();
    await sql.query("delete from graphile_worker._private_jobs");
    await addJob(sql, task, payload);
    const message = await failure(sql, task);
    expect(message).toContain(field);
    expect(message).toContain(task.split(":")[0]);
    await insertTrunk(sql);
    const campaign = await insertCampaign(sql);
    await insertLead(sql, campaign);
    await untilFinal(sql, campaign);
  },
);

test("jobs about rows that are gone do nothing", async () => {
  const { sql } = await shared.fresh();
  await sql.query("delete from graphile_worker._private_jobs");
  const nobody = crypto.randomUUID();
  await addJob(sql, "schedule_campaign", { campaignId: nobody });
  await addJob(sql, "fire_call_timer:default", { attemptId: nobody });
  await addJob(sql, "hangup_call:default", {
    attemptId: nobody,
    reason: "OPERATOR",
  });
  await waitFor("the jobs to be done", async () => {
    const { rowCount } = await sql.query("select from dialer_jobs");
    return rowCount === 0;
  });
});

test("one event that cannot be read does not hold back the others of its batch", async () => {
  const { sql } = await shared.fresh({
    shares: { no_answer: 1 },
    noAnswerRingMs: 60_000,
    timeoutScale: 10,
  });
  await insertTrunk(sql);
  const campaign = await insertCampaign(sql);
  await insertLead(sql, campaign);
  const [ringing] = await untilAttempts(sql, 1, "state = 'RINGING'");
  const attemptId = must(ringing).id;
  const at = new Date().toISOString();
  await addJob(sql, "apply_call_events", {
    events: [
      { attemptId, at, kind: "NO_SUCH_KIND", dedupKey: "1" },
      { attemptId: "not an id", at, kind: "ANSWERED", dedupKey: "2" },
      { attemptId, at: "yesterday", kind: "ANSWERED", dedupKey: "3" },
      null,
      { attemptId, at, kind: "ANSWERED", dedupKey: "4" },
    ],
  });
  await untilAttempts(sql, 1, "state = 'ANSWERED'");
  await sql.query("select hangup_attempt($1)", [attemptId]);
  await untilFinal(sql, campaign);
});

async function passAt(sql: Sql, campaign: string): Promise<number> {
  const { rows } = await sql.query<{ at: Date | null }>(
    "select pass_at as at from campaign_passes where campaign_id = $1",
    [campaign],
  );
  return rows[0]?.at?.getTime() ?? 0;
}

test("the sweep wakes a campaign whose wake-up was lost", async () => {
  const { sql } = await shared.fresh();
  await insertTrunk(sql);
  const campaign = await insertCampaign(sql);
  await insertLead(sql, campaign, { callback_at: "2099-01-01" });
  await waitFor("the engine to be idle after its first pass", async () => {
    const { rowCount } = await sql.query(
      "select from dialer_jobs where run_at < clock_timestamp() + interval '1 s'",
    );
    return rowCount === 0 && (await passAt(sql, campaign)) > 0;
  });
  const client = await sql.connect();
  try {
    // As if every wake-up of this change were lost.
    await client.query("set dialer.engine = 'on'");
    await client.query(
      "update leads set next_attempt_at = '2020-01-01', callback_at = null",
    );
    await client.query("reset dialer.engine");
    await client.query(
      "delete from graphile_worker._private_jobs where locked_at is null",
    );
  } finally {
    client.release();
  }
  expect(await attempts(sql)).toEqual([]);
  await addJob(sql, "sweep_campaigns", {});
  await untilFinal(sql, campaign);
});

test("the purge takes away attempts and events older than their retention, and nothing younger", async () => {
  const { sql } = await shared.fresh();
  await insertTrunk(sql);
  const campaign = await insertCampaign(sql);
  const old = await insertLead(sql, campaign, { phone: "11 98000-0001" });
  const young = await insertLead(sql, campaign, { phone: "11 98000-0002" });
  await untilFinal(sql, campaign);
  const [gone] = await attempts(sql, "lead_id = $1", [old]);
  await sql.query(
    `update call_attempts set queued_at = queued_at - interval '1826 d', originate_at = originate_at - interval '1826 d',
       end_at = end_at - interval '1826 d' where id = $1`,
    [must(gone).id],
  );
  await sql.query(
    "update call_attempt_events set at = at - interval '31 d' where attempt_id = $1",
    [must(gone).id],
  );
  await addJob(sql, "purge_history", {});
  await waitFor("the old attempt to go", async () => {
    const left = await attempts(sql);
    return left.length === 1;
  });
  const [kept] = await attempts(sql, "lead_id = $1", [young]);
  await waitFor("its events to go", async () => {
    const { rowCount } = await sql.query(
      "select from call_attempt_events where attempt_id = $1",
      [must(gone).id],
    );
    return rowCount === 0;
  });
  const { rows } = await sql.query<{ ids: string[] }>(
    "select array_agg(distinct attempt_id::text) as ids from call_attempt_events",
  );
  expect(must(rows[0]).ids).toContain(must(kept).id);
  expect(await lead(sql, old)).toMatchObject({ status: "DONE" });
});

test("the purge takes away jobs that failed for good long ago, ours only, and leaves those of late", async () => {
  const { sql } = await shared.fresh();
  const dead = async (task: string, updatedAt: string, tag: string) => {
    await sql.query(
      "select graphile_worker.add_job($1, json_build_object('tag', $2::text), run_at => now() + interval '1 d', max_attempts => 1)",
      [task, tag],
    );
    await sql.query(
      `update graphile_worker._private_jobs set attempts = max_attempts, updated_at = $1
       where payload ->> 'tag' = $2`,
      [updatedAt, tag],
    );
  };
  await dead("schedule_campaign", "2020-01-01", "old");
  await dead("schedule_campaign", new Date().toISOString(), "late");
  await dead("somebody_elses_task", "2020-01-01", "strange");
  await addJob(sql, "purge_history", {});
  const left = await waitFor("the old job to go", async () => {
    const { rows } = await sql.query<{ tag: string }>(
      "select payload ->> 'tag' as tag from graphile_worker._private_jobs where payload ->> 'tag' is not null order by 1",
    );
    return rows.length < 3 ? rows.map(({ tag }) => tag) : null;
  });
  expect(left).toEqual(["late", "strange"]);
});

test("cron asks for the sweep, the recovery, the trunks' health and the purge", async () => {
  const { sql } = await shared.fresh();
  const found = await waitFor("the crontab to be known", async () => {
    const { rows } = await sql.query<{ identifier: string }>(
      "select identifier from graphile_worker._private_known_crontabs order by identifier",
    );
    return rows.length >= 4 ? rows : null;
  });
  expect(found.map(({ identifier }) => identifier)).toEqual([
    "purge_history",
    "recover_engines",
    "refresh_trunk_health",
    "sweep_campaigns",
  ]);
});

test("one live attempt per phone is the database's own rule", async () => {
  const { sql } = await shared.fresh({
    shares: { no_answer: 1 },
    noAnswerRingMs: 60_000,
    timeoutScale: 10,
  });
  const trunk = await insertTrunk(sql);
  const campaign = await insertCampaign(sql);
  await insertLead(sql, campaign);
  const [ringing] = await untilAttempts(sql, 1, "state = 'RINGING'");
  const other = await insertCampaign(sql, { status: "DRAFT" });
  const second = await insertLead(sql, other);
  await expect(
    insertRow(sql, "call_attempts", {
      account_id: must(ringing)["account_id"],
      campaign_id: other,
      lead_id: second,
      attempt_number: 1,
      phone_e164: must(ringing)["phone_e164"],
      trunk_id: trunk,
      voice_node: "default",
    }),
  ).rejects.toThrow("call_attempts_one_live_per_phone");
});
