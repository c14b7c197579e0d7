/** Rows that somebody's open transaction holds: what does not need them goes on as if nothing were held. */
import type pg from "pg";
import { expect, test } from "vitest";
import {
  attempts,
  digitsOf,
  e164,
  holdClaims,
  insertCampaign,
  insertLeads,
  insertTrunk,
  must,
  setAccount,
  startRig,
  untilAttempts,
} from "../../support/running-engine.ts";
import type { Rig } from "../../support/running-engine.ts";
import { waitFor } from "../../support/wait-for.ts";
import { count } from "./scene.ts";

const env = { SCHEDULER_INTERVAL_MS: "250" };

/** Runs `work` while a transaction of somebody else has run `change` and does not end. */
async function whileHeld(
  sql: pg.Pool,
  change: string,
  values: unknown[],
  work: () => Promise<void>,
): Promise<void> {
  const client = await sql.connect();
  try {
    await client.query("begin");
    const { rowCount } = await client.query(change, values);
    expect(rowCount).toBeGreaterThan(0);
    await work();
  } finally {
    await client.query("rollback");
    client.release();
  }
}

function until(
  sql: pg.Pool,
  what: string,
  query: string,
  values: unknown[],
  least: number,
): Promise<unknown> {
  return waitFor(
    `${String(least)} ${what}`,
    async () => (await count(sql, query, values)) >= least,
    { intervalMs: 50 },
  );
}

/** So that a test's calls are over before its database goes. */
async function endAll({ sql }: Rig): Promise<void> {
  await sql.query("update campaigns set status = 'CANCELLED'");
  await waitFor("the calls to end", async () => {
    const live = await attempts(sql, "end_at is null");
    return live.length === 0;
  });
}

const sent =
  "select count(*) from call_attempts where campaign_id = $1 and originate_at is not null";

test("campaigns held by an open transaction keep no other from being dialled, and go on when they are free", async () => {
  const rig = await startRig({
    scenario: { shares: { no_answer: 1 }, noAnswerRingMs: 300 },
    env,
  });
  const { sql } = rig;
  await setAccount(sql);
  await insertTrunk(sql, { cps_limit: 20 });
  const held: string[] = [];
  for (let n = 0; n < 3; n++) {
    const id = await insertCampaign(sql, {
      name: `Held ${String(n)}`,
      auto_complete: false,
    });
    held.push(id);
  }
  const free = await insertCampaign(sql, { max_concurrent_calls: 50 });
  await whileHeld(
    sql,
    "update campaigns set name = name || '.' where id = any($1)",
    [held],
    async () => {
      // Their passes are asked for again and again, as by a front end that inserts leads.
      for (const [n, id] of held.entries())
        await insertLeads(sql, id, 1, { first: 900 + n });
      await insertLeads(sql, free, 400);
      await until(sql, "calls of the free campaign", sent, [free], 100);
      expect(await attempts(sql, "campaign_id = any($1)", [held])).toEqual([]);
    },
  );
  for (const id of held)
    await until(sql, "calls of a campaign that was held", sent, [id], 1);
  await endAll(rig);
});

test("a lead held by an open transaction keeps no other call from ending, and its own ends when it is free", async () => {
  const rig = await startRig({
    scenario: {
      shares: { no_answer: 1 },
      noAnswerRingMs: 250,
      // Rings until its lead is held, and ends while it is.
      numbers: {
        [digitsOf(1)]: { outcome: "no_answer", noAnswerRingMs: 8_000 },
      },
      timeoutScale: 1,
    },
    env,
  });
  const { sql, pbx } = rig;
  await setAccount(sql);
  await insertTrunk(sql, { cps_limit: 10 });
  const campaign = await insertCampaign(sql, { max_concurrent_calls: 50 });
  await insertLeads(sql, campaign, 600);
  const [ringing] = await untilAttempts(
    sql,
    1,
    "state = 'RINGING' and phone_e164 = $1",
    [e164(1)],
  );
  const { id, lead_id } = must(ringing);
  await whileHeld(
    sql,
    "update leads set first_name = 'Held' where id = $1",
    [lead_id],
    async () => {
      await waitFor("the held call to be over at the PBX", () =>
        pbx
          .playedCalls()
          .some((one) => one.attemptId === id && one.endedAt !== null),
      );
      const over =
        "select count(*) from call_attempts where campaign_id = $1 and end_at is not null";
      const before = await count(sql, over, [campaign]);
      await until(sql, "ended calls", over, [campaign], before + 30);
      expect(
        await attempts(sql, "call_attempts.id = $1 and end_at is null", [id]),
      ).toHaveLength(1);
    },
  );
  await waitFor("the held call to end", async () => {
    const [call] = await attempts(
      sql,
      "call_attempts.id = $1 and end_at is not null",
      [id],
    );
    return call?.outcome === "NO_ANSWER";
  });
  await endAll(rig);
});

test("queued calls whose leads are held keep no other from being sent, and are sent or dropped when they are free", async () => {
  const rig = await startRig({
    scenario: { shares: { no_answer: 1 } },
    env,
  });
  const { sql } = rig;
  await setAccount(sql);
  await insertTrunk(sql, { cps_limit: 10 });
  const release = await holdClaims(sql);
  const campaign = await insertCampaign(sql, { max_concurrent_calls: 50 });
  await insertLeads(sql, campaign, 200);
  const queued = (await untilAttempts(sql, 4, "state = 'QUEUED'")).slice(0, 4);
  const ids = queued.map(({ id }) => id);
  const ofThem = "call_attempts.id = any($1)";
  await whileHeld(
    sql,
    "update leads set first_name = 'Held' where id = any($1)",
    [queued.map(({ lead_id }) => lead_id)],
    async () => {
      await release();
      await until(sql, "calls", sent, [campaign], 50);
      expect(
        await attempts(sql, `${ofThem} and originate_at is not null`, [ids]),
      ).toEqual([]);
    },
  );
  await waitFor("the held calls to be sent or dropped", async () => {
    const left = await attempts(sql, `${ofThem} and state = 'QUEUED'`, [ids]);
    return left.length === 0;
  });
  await endAll(rig);
});
