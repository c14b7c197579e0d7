/** What one account writes wrongly stops neither an engine nor another account, and the blockers name it. */
import { expect, test } from "vitest";

import { claimOriginates } from "../../../database/originating.ts";
import { createStatePool } from "../../../database/pools.ts";
import {
  attempts,
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
  startRig,
  testDatabase,
  untilAttempts,
  untilBlocked,
  untilFinal,
  untilWasBlocked,
} from "../../support/running-engine.ts";
import type { Sql } from "../../support/running-engine.ts";
import { waitFor } from "../../support/wait-for.ts";

const alice = "00000000-0000-0000-0000-00000000a11c";
const bob = "00000000-0000-0000-0000-000000000b0b";

/** As rows of before the check, or a zone that Postgres has and this engine does not. */
async function withoutChecks(sql: Sql): Promise<void> {
  for (const table of ["leads", "campaigns", "account_settings"])
    for (const trigger of ["validate_insert", "validate_update"])
      await sql.query(`alter table ${table} disable trigger ${trigger}`);
}

test("a lead in a zone that is none waits with that reason; the others are called", async () => {
  const { sql } = await startRig();
  await withoutChecks(sql);
  await setAccount(sql);
  await insertTrunk(sql);
  const campaign = await insertCampaign(sql, { status: "DRAFT" });
  await insertLeads(sql, campaign, 3);
  const lost = await insertLead(sql, campaign, {
    phone: phone(7),
    timezone: "Etc/UTC+5",
  });
  await sql.query("update campaigns set status = 'ACTIVE'");
  await untilAttempts(sql, 3, "outcome = 'ANSWERED'");
  await untilWasBlocked(sql, campaign, "UNKNOWN_TIMEZONE");
  expect(await lead(sql, lost)).toMatchObject({
    status: "NEW",
    status_reason: "UNKNOWN_TIMEZONE",
    dials: 0,
  });
  await sql.query(
    "update leads set timezone = 'America/Manaus', next_attempt_at = null where id = $1",
    [lost],
  );
  await untilFinal(sql, campaign);
});

test("an account whose country or zone is none dials nothing, says why, and dials when it is corrected", async () => {
  const { sql } = await startRig();
  await withoutChecks(sql);
  await setAccount(sql, { default_country: "ZZ" });
  await insertTrunk(sql);
  const campaign = await insertCampaign(sql);
  await insertLead(sql, campaign);
  await untilBlocked(sql, campaign, "UNKNOWN_COUNTRY");
  await sql.query(
    "update account_settings set default_country = 'BR', timezone = 'Etc/UTC-3'",
  );
  await untilBlocked(sql, campaign, "UNKNOWN_TIMEZONE");
  expect(await attempts(sql)).toEqual([]);
  await sql.query("update account_settings set timezone = 'UTC'");
  await untilFinal(sql, campaign);
});

test("times without end and dates beyond every calendar stop no pass", async () => {
  const { sql } = await startRig();
  await setAccount(sql);
  await insertTrunk(sql);
  const campaign = await insertCampaign(sql, { valid_until: "infinity" });
  await insertLead(sql, campaign, { callback_at: "infinity" });
  await insertLead(sql, campaign, {
    phone: phone(2),
    callback_at: "-infinity",
  });
  await insertRow(sql, "dnc_entries", {
    phone_e164: e164(3),
    expires_at: "290000-01-01",
  });
  await insertLead(sql, campaign, { phone: phone(3) });
  await untilAttempts(sql, 1, "phone_e164 = $1 and end_at is not null", [
    e164(2),
  ]);
  await untilBlocked(sql, campaign, "NO_LEAD_DUE");
  const { rows } = await sql.query(
    "select status from leads where phone_e164 = $1",
    [e164(3)],
  );
  expect(rows).toEqual([{ status: "DNC" }]);
});

test("a pass that fails for any other reason shows in the blockers, how often, until one does not", async () => {
  const { sql } = await startRig();
  await setAccount(sql);
  await insertTrunk(sql);
  await sql.query("alter table leads rename column metadata to hidden");
  await sql.query("alter table leads rename column phone to written");
  const campaign = await insertCampaign(sql, { auto_complete: false });
  await insertRow(sql, "leads", { campaign_id: campaign, written: phone(1) });
  await waitFor("the next try to be named", async () => {
    const { nextAt } = await untilBlocked(sql, campaign, "PASS_FAILED");
    return must(nextAt).getTime() > Date.now();
  });
  const again = await sql.query(
    "select graphile_worker.add_job('schedule_campaign', json_build_object('campaignId', $1::text))",
    [campaign],
  );
  expect(again.rowCount).toBe(1);
  await untilAgain(sql, campaign);
  await sql.query("alter table leads rename column written to phone");
  await sql.query("alter table leads rename column hidden to metadata");
  await sql.query("update campaigns set priority = 7");
  await untilFinal(sql, campaign);
});

async function untilAgain(sql: Sql, campaign: string): Promise<void> {
  await waitFor("the failure to be counted again", async () => {
    const { count } = await untilBlocked(sql, campaign, "PASS_FAILED");
    return count > 1;
  });
}

test("a claim refuses what cannot be judged and sends the others, of whatever account", async () => {
  const database = await testDatabase();
  const { pool: sql } = database;
  await withoutChecks(sql);
  const trunk = await insertTrunk(sql);
  const ids: string[] = [];
  for (const account_id of [alice, bob]) {
    const campaign = await insertCampaign(sql, { account_id });
    const lead_id = await insertLead(sql, campaign, {
      account_id,
      phone_e164: e164(1),
      dial_timezone: account_id === alice ? "Etc/GMT+99" : "America/Sao_Paulo",
      status: "IN_PROGRESS",
    });
    ids.push(
      await insertRow(sql, "call_attempts", {
        account_id,
        campaign_id: campaign,
        lead_id,
        attempt_number: 1,
        phone_e164: e164(1),
        trunk_id: trunk,
        voice_node: "default",
        slot_at: new Date(),
        deadline_at: new Date(Date.now() + 60_000),
        deadline_type: "QUEUE",
      }),
    );
  }
  const engineId = "00000000-0000-4000-8000-00000000e001";
  await sql.query(
    `update voice_nodes set lease_holder = $1, lease_epoch = 1, lease_expires_at = clock_timestamp() + interval '1 min'`,
    [engineId],
  );
  const state = createStatePool(
    {
      url: database.url,
      schema: "public",
      workerSchema: "graphile_worker",
      applicationName: "test",
    },
    1,
    () => undefined,
  );
  const identity = { engineId, node: "default", epoch: 1 };
  const result = await claimOriginates(state, identity, ids).finally(() =>
    state.end(),
  );
  expect(result.claimed.map(({ id }) => id)).toEqual([ids[1]]);
  expect(result.refused).toMatchObject([
    { id: ids[0], reason: "UNKNOWN_TIMEZONE" },
  ]);
});
