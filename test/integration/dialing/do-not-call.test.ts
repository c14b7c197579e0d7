/** A do-not-call entry forbids as long as it is there and not a moment longer; the gap is kept by our own clock. */
import { expect, test } from "vitest";

import {
  attempts,
  e164,
  insertCampaign,
  insertLead,
  insertRow,
  insertTrunk,
  lead,
  must,
  quickScenario,
  ringOut,
  setAccount,
  setRetry,
  shareRig,
  untilAttempts,
  untilFinal,
  untilPass,
  untilWasBlocked,
} from "../../support/running-engine.ts";
import { waitFor } from "../../support/wait-for.ts";

const shared = shareRig();
const ended = "end_at is not null";

test("an entry with an end makes its lead wait for that end, and then it is called", async () => {
  const { sql } = await shared.fresh();
  await setAccount(sql);
  await insertTrunk(sql);
  const entry = await insertRow(sql, "dnc_entries", {
    phone_e164: e164(1),
    expires_at: new Date(Date.now() + 3_600_000),
  });
  const campaign = await insertCampaign(sql);
  await insertLead(sql, campaign);
  // The verdict of the pass that met it may be gone: the lead keeps the reason.
  const waiting = await waitFor("the lead to wait", async () => {
    const row = await lead(sql);
    return row.status_reason === "DNC" ? row : null;
  });
  expect(waiting.status).toBe("NEW");
  expect(must(waiting.next_attempt_at).getTime() - Date.now()).toBeGreaterThan(
    3_500_000,
  );
  await sql.query(
    "update dnc_entries set expires_at = clock_timestamp() + interval '1 s' where id = $1",
    [entry],
  );
  const [call] = await untilAttempts(sql, 1, ended);
  const { rows } = await sql.query<{ at: Date }>(
    "select expires_at as at from dnc_entries",
  );
  expect((must(call)["originate_at"] as Date).getTime()).toBeGreaterThanOrEqual(
    must(rows[0]).at.getTime(),
  );
});

test("a call that ends while an entry with an end holds is tried again after that end", async () => {
  const { sql, pbx } = await shared.fresh({
    shares: { no_answer: 1 },
    noAnswerRingMs: 600_000,
    timeoutScale: 100,
  });
  await setAccount(sql);
  await setRetry(sql, { delaySeconds: 0 }, "NO_ANSWER");
  await insertTrunk(sql);
  const campaign = await insertCampaign(sql, { max_attempts: 2 });
  await insertLead(sql, campaign);
  await untilAttempts(sql, 1, "state = 'RINGING'");
  const { rows } = await sql.query<{ at: Date }>(
    "insert into dnc_entries (phone_e164, expires_at) values ($1, clock_timestamp() + interval '2 s') returning expires_at as at",
    [e164(1)],
  );
  pbx.setScenario({ ...quickScenario, shares: { busy: 1 } });
  await ringOut(sql);
  const [, again] = await untilAttempts(sql, 2, ended);
  expect(
    (must(again)["originate_at"] as Date).getTime(),
  ).toBeGreaterThanOrEqual(must(rows[0]).at.getTime());
});

test("deleting the entry lets the lead that it took out be called, but not one that was reached before", async () => {
  const { sql } = await shared.fresh();
  await setAccount(sql);
  await insertTrunk(sql);
  await insertRow(sql, "dnc_entries", { phone_e164: e164(1) });
  const campaign = await insertCampaign(sql, { auto_complete: false });
  const waiting = await insertLead(sql, campaign);
  const over = await insertCampaign(sql, { auto_complete: false });
  const reached = await insertLead(sql, over);
  await untilFinal(sql, campaign);
  await untilFinal(sql, over);
  await sql.query("update leads set last_outcome = 'ANSWERED' where id = $1", [
    reached,
  ]);
  expect(await lead(sql, waiting)).toMatchObject({ status: "DNC" });
  await sql.query("delete from dnc_entries");
  await waitFor(
    "the call",
    async () => (await lead(sql, waiting)).status === "DONE",
  );
  expect(await lead(sql, reached)).toMatchObject({ status: "DNC", dials: 0 });
});

test("deleting the entry reopens no campaign that is over", async () => {
  const { sql } = await shared.fresh();
  await setAccount(sql);
  await insertTrunk(sql);
  await insertRow(sql, "dnc_entries", { phone_e164: e164(1) });
  const campaign = await insertCampaign(sql);
  await insertLead(sql, campaign);
  await waitFor("completion", async () => {
    const { rowCount } = await sql.query(
      "select from campaigns where status = 'COMPLETED'",
    );
    return rowCount === 1;
  });
  await sql.query("delete from dnc_entries");
  expect(await lead(sql)).toMatchObject({ status: "DNC", dials: 0 });
});

test("a PBX whose clock is an hour behind shortens no gap between calls", async () => {
  const { sql } = await shared.fresh();
  await setAccount(sql, { min_gap_seconds: 1800 });
  await insertTrunk(sql);
  const one = await insertCampaign(sql);
  await insertLead(sql, one);
  await untilFinal(sql, one);
  await sql.query(
    `update call_attempts set ring_at = ring_at - interval '1 h', answer_at = answer_at - interval '1 h',
       end_at = end_at - interval '1 h'`,
  );
  const two = await insertCampaign(sql);
  const id = await insertLead(sql, two);
  await untilPass(sql, two);
  expect(await lead(sql, id)).toMatchObject({
    status: "NEW",
    status_reason: "PHONE_GAP",
  });
  await untilWasBlocked(sql, two, "PHONE_GAP");
  expect(await attempts(sql)).toHaveLength(1);
});
