/** "Why is nothing dialled?": every answer of `dialing_blockers`, each on a running engine or on none. */
import { expect, test } from "vitest";

import {
  attempts,
  blockers,
  e164,
  insertCampaign,
  insertLead,
  insertLeads,
  insertRow,
  insertTrunk,
  lead,
  must,
  phone,
  setAccount,
  setRetry,
  shareRig,
  startEngine,
  startRig,
  testDatabase,
  untilAttempts,
  untilBlocked,
  untilFinal,
  untilPass,
  untilWasBlocked,
} from "../../support/running-engine.ts";

const shared = shareRig();

test("no lead due: says so, and when the next one is", async () => {
  const { sql } = await shared.fresh({ shares: { busy: 1 } });
  await setRetry(sql, { delaySeconds: 600 }, "BUSY");
  await insertTrunk(sql);
  const campaign = await insertCampaign(sql);
  await insertLead(sql, campaign);
  await untilAttempts(sql, 1, "end_at is not null");
  const shown = await untilBlocked(sql, campaign, "NO_LEAD_DUE");
  const { next_attempt_at: next } = await lead(sql);
  expect(must(shown.nextAt).getTime()).toBeCloseTo(must(next).getTime(), -2);
});

test("do-not-call numbers and used-up attempts are counted in the pass that meets them", async () => {
  const { sql } = await shared.fresh();
  await insertTrunk(sql);
  await insertRow(sql, "dnc_entries", { phone_e164: e164(1) });
  await insertRow(sql, "dnc_entries", { phone_e164: e164(2) });
  const campaign = await insertCampaign(sql, {
    status: "DRAFT",
    auto_complete: false,
    max_attempts: 1,
  });
  await insertLeads(sql, campaign, 3);
  await sql.query("update leads set attempts = 1 where phone = $1", [phone(3)]);
  await sql.query("update campaigns set status = 'ACTIVE'");
  expect((await untilWasBlocked(sql, campaign, "DNC")).count).toBe(2);
  expect((await untilWasBlocked(sql, campaign, "MAX_ATTEMPTS")).count).toBe(1);
});

test("a trunk that is inactive, disabled or out is named, and dialling begins when it is well", async () => {
  const { sql } = await shared.fresh();
  const trunk = await insertTrunk(sql, { is_active: false });
  const campaign = await insertCampaign(sql);
  await insertLead(sql, campaign);
  await untilBlocked(sql, campaign, "TRUNK_INACTIVE");
  await sql.query(
    `update trunk_config set is_active = true, disabled_until = clock_timestamp() + interval '1 h', disabled_reason = 'bill'
     where id = $1`,
    [trunk],
  );
  const disabled = await untilBlocked(sql, campaign, "TRUNK_DISABLED");
  expect(must(disabled.nextAt).getTime() - Date.now()).toBeGreaterThan(
    3_500_000,
  );
  await sql.query(
    "update trunk_config set disabled_until = null, health = 'OUT'",
  );
  await untilBlocked(sql, campaign, "TRUNK_OUT");
  await untilPass(sql, campaign);
  const shown = (await blockers(sql, campaign)).map(({ reason }) => reason);
  expect(shown).toEqual([...new Set(shown)]);
  expect(await attempts(sql)).toEqual([]);
  await sql.query("update trunk_config set health = 'HEALTHY'");
  await untilFinal(sql, campaign);
});

test("CPS, channels and concurrency are each named when they are what limits", async () => {
  const { sql } = await shared.fresh({ talkMs: 600_000 });
  const cases = [
    ["CPS", { cps_limit: 1 }, {}],
    ["TRUNK_CHANNELS", { max_channels: 1 }, {}],
    ["CAMPAIGN_CONCURRENCY", {}, { max_concurrent_calls: 1 }],
  ] as const;
  for (const [index, [reason, trunkValues, values]] of cases.entries()) {
    const trunk = await insertTrunk(sql, { name: reason, ...trunkValues });
    const campaign = await insertCampaign(sql, { status: "DRAFT", ...values });
    await insertRow(
      sql,
      "campaign_trunks",
      { campaign_id: campaign, trunk_id: trunk },
      "trunk_id",
    );
    // At one a second they last for as long as anybody may have to wait for the reason.
    await insertLeads(sql, campaign, 60, { first: index * 100 + 1 });
    await sql.query("update campaigns set status = 'ACTIVE' where id = $1", [
      campaign,
    ]);
    await untilBlocked(sql, campaign, reason);
  }
});

test("a PBX that is not connected is named, nothing is sent, and dialling goes on when it is back", async () => {
  const { sql, pbx } = await startRig();
  await insertTrunk(sql);
  const campaign = await insertCampaign(sql, { auto_complete: false });
  pbx.setLine(false);
  await untilBlocked(sql, campaign, "PBX_DISCONNECTED");
  await insertLead(sql, campaign);
  await untilPass(sql, campaign);
  expect(pbx.stats().originates).toBe(0);
  pbx.setLine(true);
  await untilFinal(sql, campaign);
  expect(await blockers(sql, campaign)).not.toContainEqual(
    expect.objectContaining({ reason: "PBX_DISCONNECTED" }),
  );
});

test("with no engine alive the view still answers: no engine, no trunk, inactive trunk, never looked at", async () => {
  const { pool: sql } = await testDatabase();
  const campaign = await insertCampaign(sql);
  const reasons = async () =>
    (await blockers(sql, campaign)).map(({ reason }) => reason);
  expect(await reasons()).toEqual([
    "NO_ACTIVE_ENGINE",
    "NO_PASS_YET",
    "NO_TRUNK",
  ]);
  await insertTrunk(sql, { is_active: false });
  expect(await reasons()).toContain("TRUNK_INACTIVE");
  await sql.query("update trunk_config set is_active = true, health = 'OUT'");
  expect(await reasons()).toEqual([
    "NO_ACTIVE_ENGINE",
    "NO_PASS_YET",
    "TRUNK_OUT",
  ]);
});

test("when its engine has stopped a campaign shows NO_ACTIVE_ENGINE", async () => {
  const { sql, stop } = await startRig();
  await insertTrunk(sql);
  const campaign = await insertCampaign(sql, { auto_complete: false });
  await untilPass(sql, campaign);
  expect(await blockers(sql, campaign)).not.toContainEqual(
    expect.objectContaining({ reason: "NO_ACTIVE_ENGINE" }),
  );
  await stop();
  // Its last heartbeat lies ten seconds back.
  await sql.query(
    "update engines set heartbeat_at = heartbeat_at - interval '11 s'",
  );
  await untilBlocked(sql, campaign, "NO_ACTIVE_ENGINE");
});

test("a mock engine on a database with real trunks dials nobody, completes nothing and is named as the reason", async () => {
  const { sql, pbx } = await shared.fresh();
  const before = pbx.stats().originates;
  await insertTrunk(sql, {
    name: "real",
    dial_string: "PJSIP/{number}@carrier",
  });
  const campaign = await insertCampaign(sql);
  await insertLead(sql, campaign);
  await untilBlocked(sql, campaign, "ADAPTER_MISMATCH");
  await untilPass(sql, campaign);
  expect(pbx.stats().originates).toBe(before);
  expect(await attempts(sql)).toEqual([]);
  expect(await lead(sql)).toMatchObject({
    status: "NEW",
    dials: 0,
    attempts: 0,
  });
  const { rows } = await sql.query("select status from campaigns");
  expect(rows).toEqual([{ status: "ACTIVE" }]);
});

test("an engine whose adapter is not the node's gets no lease while a call of the node lives, and the blockers say why", async () => {
  const database = await testDatabase();
  const { pool: sql } = database;
  const trunk = await insertTrunk(sql);
  await sql.query("update voice_nodes set adapter = 'asterisk_ami'");
  const campaign = await insertCampaign(sql);
  const leadId = await insertLead(sql, campaign, {
    phone_e164: e164(1),
    status: "IN_PROGRESS",
    dials: 1,
  });
  const { rows } = await sql.query<{ account_id: string }>(
    "select account_id from campaigns",
  );
  await insertRow(sql, "call_attempts", {
    account_id: must(rows[0]).account_id,
    campaign_id: campaign,
    lead_id: leadId,
    attempt_number: 1,
    phone_e164: e164(1),
    state: "ANSWERED",
    trunk_id: trunk,
    voice_node: "default",
    originate_at: new Date(),
    answer_at: new Date(),
  });
  const { running, pbx } = await startEngine(database, { awaitLease: false });
  await untilBlocked(sql, campaign, "ADAPTER_MISMATCH");
  expect(running.engine.isLeader).toBe(false);
  expect(pbx.stats().originates).toBe(0);
});

test("a signed-in client sees the reasons of its own campaigns and of no other", async () => {
  const { sql, database } = await shared.fresh();
  const alice = { sub: "00000000-0000-0000-0000-00000000a11c" };
  await setAccount(sql);
  const mine = await database.asUser(alice, (client) => insertCampaign(client));
  await insertCampaign(sql);
  await untilBlocked(sql, mine, "NO_TRUNK");
  const seen = await database.asUser(alice, async (client) => {
    const { rows } = await client.query<{ campaign_id: string }>(
      "select distinct campaign_id from dialing_blockers",
    );
    return rows;
  });
  expect(seen).toEqual([{ campaign_id: mine }]);
});
