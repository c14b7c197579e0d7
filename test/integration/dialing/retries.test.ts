/** When a lead is tried again, how often, and by which timer a call ends that nobody answers. */
import { expect, test } from "vitest";

import {
  attempts,
  insertCampaign,
  insertLead,
  insertRow,
  insertTrunk,
  lead,
  leads,
  must,
  phone,
  ringOut,
  setAccount,
  setRetry,
  shareRig,
  untilAttempts,
  untilFinal,
} from "../../support/running-engine.ts";
import { PATIENCE_MS } from "../../support/wait-for.ts";

const shared = shareRig();

test("max_attempts ends the tries of a lead whose calls count", async () => {
  const { sql } = await shared.fresh({ shares: { busy: 1 } });
  await setAccount(sql);
  await setRetry(sql, { delaySeconds: 0, maxTries: 50 });
  await insertTrunk(sql);
  const campaign = await insertCampaign(sql, { max_attempts: 2 });
  await insertLead(sql, campaign);
  await untilFinal(sql, campaign);
  expect(await lead(sql)).toMatchObject({
    status: "FAILED",
    status_reason: "MAX_ATTEMPTS",
    attempts: 2,
    dials: 2,
  });
});

test("a rule's max_tries ends the tries, and each try waits its delay", async () => {
  const { sql } = await shared.fresh({ shares: { busy: 1 } });
  await setAccount(sql);
  await setRetry(sql, { delaySeconds: 1, maxTries: 2 }, "BUSY");
  await insertTrunk(sql);
  const campaign = await insertCampaign(sql);
  await insertLead(sql, campaign);
  await untilFinal(sql, campaign);
  expect(await lead(sql)).toMatchObject({
    status: "FAILED",
    status_reason: "MAX_TRIES",
    dials: 3,
  });
  const calls = await attempts(sql);
  expect(calls.map((call) => call["attempt_number"])).toEqual([1, 2, 3]);
  for (const [index, call] of calls.slice(1).entries()) {
    const earlier = must(calls[index])["end_at"] as Date;
    const later = call["originate_at"] as Date;
    expect(later.getTime() - earlier.getTime()).toBeGreaterThanOrEqual(990);
  }
});

test("the campaign's rule goes before the account's, and that before the installation's", async () => {
  const { sql } = await shared.fresh({
    suffixes: { "1": "busy", "2": "busy", "3": "no_answer" },
  });
  await insertTrunk(sql);
  const special = await insertCampaign(sql, { name: "special" });
  const plain = await insertCampaign(sql, { name: "plain" });
  await insertRow(sql, "retry_rules", {
    outcome: "BUSY",
    delay_seconds: 5000,
    max_tries: 2,
  });
  await insertRow(sql, "retry_rules", {
    outcome: "BUSY",
    delay_seconds: 200,
    max_tries: 2,
    campaign_id: special,
  });
  await insertLead(sql, special, { phone: phone(1) });
  await insertLead(sql, plain, { phone: phone(2) });
  await insertLead(sql, plain, { phone: phone(3) });
  await untilAttempts(sql, 3, "end_at is not null");
  const ends = new Map(
    (await attempts(sql)).map((call) => [call.lead_id, call["end_at"] as Date]),
  );
  const waits = (await leads(sql)).map(({ id, next_attempt_at: next }) =>
    Math.round((must(next).getTime() - must(ends.get(id)).getTime()) / 1_000),
  );
  const [ofCampaign = 0, ofAccount = 0, ofInstallation = 0] = waits;
  const late = PATIENCE_MS / 1_000;
  expect(ofCampaign).toBeGreaterThan(198);
  expect(ofCampaign).toBeLessThan(221 + late);
  expect(ofAccount).toBeGreaterThan(4_998);
  expect(ofAccount).toBeLessThan(5_301 + late);
  expect(ofInstallation).toBeGreaterThan(3_598);
  expect(ofInstallation).toBeLessThan(3_901 + late);
});

test("a carrier that only sends 183 until the time-out is a NO_ANSWER that counts", async () => {
  const { sql } = await shared.fresh({
    shares: { early_media_no_answer: 1 },
    noAnswerRingMs: 60_000,
  });
  await insertTrunk(sql);
  const campaign = await insertCampaign(sql);
  await insertLead(sql, campaign);
  const [call] = await untilAttempts(sql, 1, "end_at is not null");
  expect(call).toMatchObject({
    state: "NO_ANSWER",
    outcome: "NO_ANSWER",
    ring_at: null,
  });
  expect(must(call)["early_media_at"]).toBeInstanceOf(Date);
  expect(await lead(sql)).toMatchObject({ attempts: 1, status: "RETRY" });
});

test("a phone that rings for ever is hung up by the engine's own ring timer as NO_ANSWER", async () => {
  const { sql, pbx } = await shared.fresh({
    shares: { no_answer: 1 },
    noAnswerRingMs: 600_000,
    timeoutScale: 100,
  });
  await insertTrunk(sql);
  const campaign = await insertCampaign(sql);
  await insertLead(sql, campaign);
  const [ringing] = await untilAttempts(
    sql,
    1,
    "state = 'RINGING' and deadline_type = 'RING'",
  );
  const [rang, until] = [
    must(ringing)["ring_at"],
    must(ringing)["deadline_at"],
  ];
  const left = (until as Date).getTime() - (rang as Date).getTime();
  // Counted from the moment at which the ringing was read, on a busy machine some time after it began.
  expect(left).toBeGreaterThan(24_900);
  expect(left).toBeLessThan(25_100 + PATIENCE_MS);
  await ringOut(sql);
  const [call] = await untilAttempts(sql, 1, "end_at is not null");
  expect(call).toMatchObject({
    outcome: "NO_ANSWER",
    hangup_requested: "RING",
  });
  expect(pbx.stats().live).toBe(0);
  const { rows: fired } = await sql.query(
    "select timer_type from call_attempt_timers where fired",
  );
  expect(fired).toEqual([{ timer_type: "RING" }]);
});
