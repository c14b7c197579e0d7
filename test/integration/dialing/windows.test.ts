/** When a person may be called: by the clock where they are. */
import { DateTime } from "luxon";
import { expect, test } from "vitest";

import {
  attempts,
  holdClaims,
  insertCampaign,
  insertLead,
  insertRow,
  insertTrunk,
  lead,
  must,
  phone,
  shareRig,
  untilAttempts,
  untilBlocked,
  untilFinal,
  untilQueued,
} from "../../support/running-engine.ts";

const shared = shareRig();
const zone = "America/Sao_Paulo";
const clock = (at: DateTime): string => at.toFormat("HH:mm");
const here = (name = zone): DateTime => DateTime.now().setZone(name);

/** Hours that closed an hour ago and open again in two, by the clock of `name`. */
function closedNow(name = zone): { start_time: string; end_time: string } {
  return {
    start_time: clock(here(name).plus({ hours: 2 })),
    end_time: clock(here(name).minus({ hours: 1 })),
  };
}

test("outside its hours a campaign dials nobody and says when it opens", async () => {
  const { sql, pbx } = await shared.fresh();
  const before = pbx.stats().originates;
  await insertTrunk(sql);
  const campaign = await insertCampaign(sql, {
    timezone: zone,
    ...closedNow(),
  });
  await insertLead(sql, campaign, { timezone: zone });
  const shown = await untilBlocked(sql, campaign, "OUTSIDE_WINDOW");
  const minutes = (must(shown.nextAt).getTime() - Date.now()) / 60_000;
  expect(minutes).toBeGreaterThan(118);
  expect(minutes).toBeLessThanOrEqual(120);
  expect(pbx.stats().originates).toBe(before);
  await sql.query(
    "update campaigns set start_time = '00:00', end_time = '24:00'",
  );
  await untilFinal(sql, campaign);
});

test("a window is judged by the clock of the lead, not of the campaign or the server", async () => {
  const { sql } = await shared.fresh();
  await insertTrunk(sql);
  const far = "Asia/Tokyo";
  const campaign = await insertCampaign(sql, {
    timezone: zone,
    start_time: clock(here(far).minus({ hours: 1 })),
    end_time: clock(here(far).plus({ hours: 1 })),
  });
  const open = await insertLead(sql, campaign, {
    phone: phone(1),
    timezone: far,
  });
  const closed = await insertLead(sql, campaign, {
    phone: phone(2),
    timezone: zone,
  });
  await untilAttempts(sql, 1, "end_at is not null");
  await untilBlocked(sql, campaign, "OUTSIDE_WINDOW");
  expect(await lead(sql, open)).toMatchObject({ status: "DONE" });
  expect(await lead(sql, closed)).toMatchObject({ status: "NEW", dials: 0 });
});

test("without a zone of its own a lead has the one of its area code", async () => {
  const { sql } = await shared.fresh();
  await insertTrunk(sql);
  // Manaus is an hour behind São Paulo the whole year.
  const campaign = await insertCampaign(sql, { timezone: zone });
  const id = await insertLead(sql, campaign, { phone: "(92) 98000-0001" });
  await untilFinal(sql, campaign);
  expect(await lead(sql, id)).toMatchObject({
    dial_timezone: "America/Manaus",
  });
});

test("hours that go past midnight are open on both sides of it", async () => {
  const { sql } = await shared.fresh();
  await insertTrunk(sql);
  const start = here().plus({ minutes: 10 });
  const closed = await insertCampaign(sql, {
    timezone: zone,
    start_time: clock(start),
    end_time: clock(here().minus({ minutes: 10 })),
  });
  await insertLead(sql, closed, { timezone: zone });
  await untilBlocked(sql, closed, "OUTSIDE_WINDOW");
  const open = await insertCampaign(sql, {
    timezone: zone,
    start_time: clock(here().minus({ minutes: 10 })),
    // Twenty minutes before the start: past midnight, nearly the whole day.
    end_time: clock(here().minus({ minutes: 30 })),
  });
  await insertLead(sql, open, { phone: phone(2), timezone: zone });
  await untilFinal(sql, open);
  expect(await attempts(sql)).toHaveLength(1);
});

test("a weekday that is no work day is closed", async () => {
  const { sql } = await shared.fresh();
  await insertTrunk(sql);
  const today = here().weekday;
  const campaign = await insertCampaign(sql, {
    timezone: zone,
    work_days: [1, 2, 3, 4, 5, 6, 7].filter((day) => day !== today),
  });
  await insertLead(sql, campaign, { timezone: zone });
  const shown = await untilBlocked(sql, campaign, "OUTSIDE_WINDOW");
  expect(clock(DateTime.fromJSDate(must(shown.nextAt)).setZone(zone))).toBe(
    "00:00",
  );
});

test("rows in campaign_windows replace the campaign's own hours, to close and to open", async () => {
  const { sql } = await shared.fresh();
  await insertTrunk(sql);
  const closed = await insertCampaign(sql, { timezone: zone });
  await insertRow(sql, "campaign_windows", {
    campaign_id: closed,
    weekday: here().plus({ days: 2 }).weekday,
    opens: "09:00",
    closes: "18:00",
  });
  await insertLead(sql, closed, { timezone: zone });
  await untilBlocked(sql, closed, "OUTSIDE_WINDOW");
  const open = await insertCampaign(sql, { timezone: zone, ...closedNow() });
  for (const weekday of [1, 2, 3, 4, 5, 6, 7])
    await insertRow(sql, "campaign_windows", {
      campaign_id: open,
      weekday,
      opens: "00:00",
      closes: "24:00",
    });
  await insertLead(sql, open, { phone: phone(2), timezone: zone });
  await untilFinal(sql, open);
  expect(await attempts(sql)).toMatchObject([{ campaign_id: open }]);
});

test("a call that waits for its slot when the window closes is dropped, and its lead waits for the next opening", async () => {
  const { sql, pbx } = await shared.fresh();
  await insertTrunk(sql);
  const release = await holdClaims(sql);
  const campaign = await insertCampaign(sql, { timezone: zone });
  await insertLead(sql, campaign, { phone: phone(2), timezone: zone });
  await untilQueued(sql, "+5511980000002");
  const { start_time, end_time } = closedNow();
  await sql.query(
    "update campaigns set start_time = $2, end_time = $3 where id = $1",
    [campaign, start_time, end_time],
  );
  await release();
  const dropped = await untilAttempts(
    sql,
    1,
    "state = 'CANCELLED' and phone_e164 = $1",
    ["+5511980000002"],
  );
  await untilBlocked(sql, campaign, "OUTSIDE_WINDOW");
  const ids = new Set(dropped.map(({ id }) => id));
  expect(pbx.journal().filter(({ attemptId }) => ids.has(attemptId))).toEqual(
    [],
  );
  for (const call of dropped) expect(call["originate_at"]).toBeNull();
  const [waiting] = await attempts(sql, "phone_e164 = '+5511980000002'");
  expect(await lead(sql, must(waiting).lead_id)).toMatchObject({
    status: "NEW",
    dials: 0,
    attempts: 0,
  });
});
