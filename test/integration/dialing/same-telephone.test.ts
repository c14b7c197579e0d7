/** One telephone, however it is spelled: on the do-not-call list, in another campaign, twice in a list. */
import { expect, test } from "vitest";

import {
  attempts,
  insertCampaign,
  insertLead,
  insertRow,
  insertTrunk,
  lead,
  leads,
  setAccount,
  shareRig,
  untilAttempts,
  untilFinal,
  untilWasBlocked,
} from "../../support/running-engine.ts";
import { waitFor } from "../../support/wait-for.ts";

const shared = shareRig();

test.each([
  ["(31) 98888-7777", "+553188887777"],
  ["(31) 8888-7777", "+5531988887777"],
  ["(11) 3555-0142", "+5501135550142"],
  ["(11) 3555-0142", "(0xx11) 3555-0142"],
  ["+54 11 2345-6789", "+5491123456789"],
  ["+54 9 11 2345-6789", "+541123456789"],
  ["+52 55 1234 5678", "+5215512345678"],
  ["+44 20 7946 0000", "+4402079460000"],
])(
  "a lead written %s is not rung when the list says %s",
  async (phone, entry) => {
    const { sql, pbx } = await shared.fresh();
    const before = pbx.stats().originates;
    await insertTrunk(sql, { number_pattern: "^\\+" });
    await insertRow(sql, "dnc_entries", { phone_e164: entry });
    const campaign = await insertCampaign(sql);
    await insertLead(sql, campaign, { phone });
    await untilFinal(sql, campaign);
    expect(await lead(sql)).toMatchObject({ status: "DNC", dials: 0 });
    expect(pbx.stats().originates).toBe(before);
  },
);

test("a gap holds for a telephone that another campaign spells otherwise", async () => {
  const { sql } = await shared.fresh();
  await setAccount(sql, { min_gap_seconds: 3600 });
  await insertTrunk(sql, { number_pattern: "^\\+" });
  const one = await insertCampaign(sql);
  await insertLead(sql, one, { phone: "+54 9 11 2345-6789" });
  await untilFinal(sql, one);
  const two = await insertCampaign(sql);
  await insertLead(sql, two, { phone: "+54 11 2345-6789" });
  await untilWasBlocked(sql, two, "PHONE_GAP");
  expect(await attempts(sql)).toHaveLength(1);
});

test("a telephone is in one call at a time, and counts to one daily maximum, in both spellings", async () => {
  const { sql, pbx } = await shared.fresh({ talkMs: 400 });
  await setAccount(sql, { min_gap_seconds: 0, max_dials_per_phone_per_day: 1 });
  await insertTrunk(sql, { number_pattern: "^\\+" });
  const one = await insertCampaign(sql);
  const two = await insertCampaign(sql);
  await insertLead(sql, one, { phone: "+54 9 11 2345-6789" });
  await untilAttempts(sql, 1, "true");
  await insertLead(sql, two, { phone: "+54 11 2345-6789" });
  await untilFinal(sql, one);
  // A lead whose number is in another call is looked at again after half a minute: bring that forward, whenever it is written.
  await waitFor("the daily maximum to be met", async () => {
    await sql.query(
      "update leads set next_attempt_at = now() where status_reason = 'PHONE_BUSY' and next_attempt_at > now()",
    );
    const { rowCount } = await sql.query(
      "select from leads where campaign_id = $1 and status_reason = 'PHONE_DAILY_MAX'",
      [two],
    );
    return rowCount === 1;
  });
  await untilWasBlocked(sql, two, "PHONE_DAILY_MAX");
  expect(pbx.stats().live).toBeLessThanOrEqual(1);
  expect(await attempts(sql)).toHaveLength(1);
});

test("the second spelling in a list is a duplicate", async () => {
  const { sql } = await shared.fresh();
  await setAccount(sql);
  await insertTrunk(sql, { number_pattern: "^\\+" });
  const campaign = await insertCampaign(sql);
  await insertLead(sql, campaign, { phone: "+54 9 11 2345-6789" });
  await insertLead(sql, campaign, { phone: "+54 11 2345-6789" });
  await untilFinal(sql, campaign);
  const found = (await leads(sql)).map(
    (one) => `${one.status} ${one.status_reason ?? ""}`,
  );
  expect(found.toSorted()).toEqual(["DONE ANSWERED", "INVALID DUPLICATE"]);
});
