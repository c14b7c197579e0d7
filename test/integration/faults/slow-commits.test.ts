/** A database whose commits take longer than a claim may be old: nothing is sent, and nothing is used up. */
import { expect, test } from "vitest";
import {
  attempts,
  insertCampaign,
  insertLead,
  insertTrunk,
  lead,
  setAccount,
  startRig,
  untilFinal,
} from "../../support/running-engine.ts";
import { waitFor } from "../../support/wait-for.ts";

/** Stands in for a slow disk: the commit of a claim takes 1.2 s. */
const slowCommits = `
  create function slow_commit() returns trigger language plpgsql as $$
  begin perform pg_sleep(1.2); return null; end $$;
  create constraint trigger slow after update on call_attempts deferrable initially deferred
  for each row when (new.state = 'ORIGINATING' and old.state = 'QUEUED') execute function slow_commit()`;

test("a call that was claimed and not sent gives its dial back, and is sent when commits are quick again", async () => {
  const { sql, pbx } = await startRig();
  await setAccount(sql);
  await insertTrunk(sql);
  await sql.query(slowCommits);
  const campaign = await insertCampaign(sql, { max_dials: 1 });
  const id = await insertLead(sql, campaign);
  await waitFor(
    "two calls not to be sent",
    async () => (await attempts(sql, "end_at is not null")).length >= 2,
  );
  for (const call of await attempts(sql, "end_at is not null"))
    expect(call).toMatchObject({ outcome: "CANCELLED", originate_at: null });
  expect(pbx.stats().originates).toBe(0);
  await sql.query("drop trigger slow on call_attempts");
  await untilFinal(sql, campaign);
  expect(await lead(sql, id)).toMatchObject({ status: "DONE", dials: 1 });
  expect(pbx.stats().originates).toBe(1);
});
