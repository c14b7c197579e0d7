/** A PBX that dials but says nothing of its calls: few are made, dialling stops with its own reason, and a word lets it go on. */
import { expect, test } from "vitest";

import {
  attempts,
  e164,
  insertCampaign,
  insertLeads,
  insertTrunk,
  setRetry,
  startEngine,
  startRig,
  untilAttempts,
  untilBlocked,
} from "../../support/running-engine.ts";
import type { Sql } from "../../support/running-engine.ts";
import { waitFor } from "../../support/wait-for.ts";

/** What was queued when dialling stopped keeps its place for 15 s. */
const patience = { timeoutMs: 45_000 };

/** Reconciliation notices a call that the PBX does not know as soon as it is old enough; retries come at once. */
async function deafRig() {
  const rig = await startRig({ scenario: { shares: { mute: 1 } } });
  await insertTrunk(rig.sql);
  await setRetry(rig.sql, { delaySeconds: 0 }, "ORPHANED");
  const campaign = await insertCampaign(rig.sql, {
    setup_timeout_seconds: 5,
    max_concurrent_calls: 100,
  });
  await insertLeads(rig.sql, campaign, 30);
  return { ...rig, campaign };
}

async function nodeOf(sql: Sql) {
  const { rows } = await sql.query<{ calls: number; held: boolean }>(
    "select unheard_calls as calls, coalesce(unheard_until > now(), false) as held from voice_nodes where name = 'default'",
  );
  return rows[0];
}

/** Those that were sent, and those that wait for their turn until their place in the queue is over. */
function untilAllOver(sql: Sql): Promise<unknown> {
  const isOver = async () => {
    const live = await attempts(sql, "end_at is null");
    return live.length === 0;
  };
  return waitFor("the calls that were out to end", isOver);
}

/** Dialling is looked at again at once; the sweep does so each minute. */
async function wake(sql: Sql): Promise<void> {
  for (const status of ["PAUSED", "ACTIVE"])
    await sql.query("update campaigns set status = $1", [status]);
}

test("thirty leads become a handful of calls; the reason says why; a restart of the engine changes nothing", async () => {
  const { sql, pbx, campaign, logs, stop, database } = await deafRig();
  await untilBlocked(sql, campaign, "CALLS_UNHEARD");
  expect(logs).toContainEqual(
    expect.objectContaining({ level: 50, node: "default" }),
  );
  await untilAllOver(sql);
  const made = pbx.journal().length;
  // Ten at once, and others in their places before the third that ended without a word is noted.
  expect(made).toBeLessThanOrEqual(20);
  expect(await nodeOf(sql)).toEqual({ calls: 3, held: true });
  await stop();
  // The next engine has a new line, on which one call probes the PBX; that is all.
  const second = await startEngine(database, { pbx });
  await untilAttempts(sql, made + 1, "originate_at is not null");
  await untilAllOver(sql);
  await untilBlocked(sql, campaign, "CALLS_UNHEARD");
  expect(pbx.journal().length).toBe(made + 1);
  expect(await nodeOf(sql)).toEqual({ calls: 4, held: true });
  await second.stop();
});

test("events arrive about the call that probes it, and all go on", async () => {
  const { sql, pbx, campaign } = await deafRig();
  await untilBlocked(sql, campaign, "CALLS_UNHEARD");
  await untilAllOver(sql);
  pbx.setScenario({ shares: { busy: 1 }, setupMs: 10, timeScale: 1, chaos: 0 });
  await sql.query("update voice_nodes set unheard_until = now()");
  await wake(sql);
  const areSpokenOf = async () => {
    const busy = await attempts(sql, "outcome = 'BUSY'");
    return busy.length >= 20;
  };
  await waitFor("the leads to be spoken of", areSpokenOf, patience);
  expect(await nodeOf(sql)).toEqual({ calls: 0, held: false });
});

test("an administrator who knows better lets it go on at once", async () => {
  const { sql, pbx, campaign } = await deafRig();
  await untilBlocked(sql, campaign, "CALLS_UNHEARD");
  // What was out when dialling stopped would count again.
  await untilAllOver(sql);
  const made = pbx.journal().length;
  await sql.query(
    "update voice_nodes set unheard_calls = 0, unheard_until = null where name = 'default'",
  );
  await wake(sql);
  await waitFor("another call", () => pbx.journal().length > made, patience);
});

test("single calls that are lost among others stop nothing", async () => {
  const { sql } = await startRig({
    scenario: {
      shares: { busy: 1 },
      suffixes: { 1: "mute" },
    },
  });
  await insertTrunk(sql);
  const campaign = await insertCampaign(sql, { setup_timeout_seconds: 5 });
  await insertLeads(sql, campaign, 40);
  await untilAttempts(sql, 4, "outcome = 'ORPHANED'");
  expect(await attempts(sql, "phone_e164 = $1", [e164(1)])).toHaveLength(1);
  await untilAttempts(sql, 36, "outcome = 'BUSY'");
  expect((await nodeOf(sql))?.held).toBe(false);
});
