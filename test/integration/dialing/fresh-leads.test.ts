/** A lead that nobody has looked at is looked at, whatever a client has written on it. */
import { expect, test } from "vitest";

import {
  attempts,
  digitsOf,
  e164,
  insertCampaign,
  insertLead,
  insertTrunk,
  leads,
  phone,
  setAccount,
  shareRig,
  untilFinal,
} from "../../support/running-engine.ts";

const shared = shareRig();

test("a zone set before the first look hides neither a number that is none nor one that is there twice", async () => {
  const { sql } = await shared.fresh();
  await setAccount(sql);
  await insertTrunk(sql);
  const campaign = await insertCampaign(sql, { status: "DRAFT" });
  for (const [external_id, number] of [
    ["a", phone(1)],
    ["b", digitsOf(1)],
    ["c", "98000-0002"],
  ])
    await insertLead(sql, campaign, { phone: number, external_id });
  await sql.query("update leads set timezone = 'America/Manaus'");
  await sql.query("update campaigns set status = 'ACTIVE'");
  await untilFinal(sql, campaign);
  const rows = await leads(sql);
  const byId = Object.fromEntries(
    rows.map((row) => [String(row["external_id"]), row]),
  );
  expect(byId["c"]).toMatchObject({
    status: "INVALID",
    status_reason: "NO_AREA_CODE",
    dials: 0,
  });
  expect(byId["a"]).toMatchObject({
    status: "DONE",
    phone_e164: e164(1),
    dial_timezone: "America/Manaus",
  });
  expect(byId["b"]).toMatchObject({
    status: "INVALID",
    status_reason: "DUPLICATE",
    dials: 0,
  });
  expect(await attempts(sql)).toHaveLength(1);
});

test("a zone that is taken away before the first look is found by the number", async () => {
  const { sql } = await shared.fresh();
  await setAccount(sql);
  await insertTrunk(sql);
  const campaign = await insertCampaign(sql, { status: "DRAFT" });
  await insertLead(sql, campaign, { timezone: "America/Manaus" });
  await sql.query("update leads set timezone = null");
  await sql.query("update campaigns set status = 'ACTIVE'");
  await untilFinal(sql, campaign);
  expect(await leads(sql)).toMatchObject([
    { status: "DONE", dial_timezone: "America/Sao_Paulo" },
  ]);
});
