/** What is announced while the control line is away is made up for when it is back. */
import type pg from "pg";
import { expect, test } from "vitest";
import { runSchedulingPass } from "../../../engine/scheduling/pass.ts";
import {
  attempts,
  blockers,
  insertCampaign,
  insertLead,
  insertLeads,
  insertTrunk,
  setAccount,
  startRig,
  untilFinal,
  untilPass,
  untilWasBlocked,
} from "../../support/running-engine.ts";
import { PATIENCE_MS, waitFor } from "../../support/wait-for.ts";
import { count } from "./scene.ts";

/** Ends the engine's control line and waits until its server process is gone; it needs 50 ms at least to come back. */
async function cutControlLine(sql: pg.Pool): Promise<void> {
  // Between two beats it may have said something else last.
  const pid = await waitFor(
    "the control connection to have renewed the lease",
    async () => {
      const { rows } = await sql.query<{ pid: number }>(
        `select pid from pg_stat_activity
       where datname = current_database() and query like '%renewed as%' and pid <> pg_backend_pid()`,
      );
      return rows.length === 1 ? rows[0]?.pid : null;
    },
  );
  const { rows } = await sql.query(
    "select pg_terminate_backend($1, $2) as gone",
    [pid, PATIENCE_MS],
  );
  expect(rows).toEqual([{ gone: true }]);
}

test("a trunk made while the control connection was away is used at once when it is back", async () => {
  const { sql } = await startRig();
  await setAccount(sql);
  const campaign = await insertCampaign(sql);
  await insertLead(sql, campaign);
  await cutControlLine(sql);
  await insertTrunk(sql);
  await untilFinal(sql, campaign);
  const made = await attempts(sql);
  expect(made.map((call) => call["outcome"])).toEqual(["ANSWERED"]);
});

test("a rate changed while the control connection was away is the rate when it is back", async () => {
  const { sql } = await startRig({
    scenario: { shares: { no_answer: 1 } },
  });
  await setAccount(sql);
  await insertTrunk(sql, { cps_limit: 1 });
  const campaign = await insertCampaign(sql, { max_concurrent_calls: 50 });
  await insertLeads(sql, campaign, 200);
  const sent =
    "select count(*) from call_attempts where originate_at is not null";
  await waitFor("a call at the old rate", () => count(sql, sent));
  await cutControlLine(sql);
  await sql.query("update trunk_config set cps_limit = 20");
  // At the old rate it would be one; how many of the twenty a second has is the machine's affair.
  await waitFor(
    "a second with five calls",
    async () =>
      (await count(
        sql,
        `select coalesce(max(n), 0) from (
           select count(*) over (order by originate_at range between interval '1 s' preceding and current row) as n
           from call_attempts where originate_at is not null) as counted`,
      )) >= 5,
    { intervalMs: 50 },
  );
  await sql.query("update campaigns set status = 'CANCELLED'");
});

test("a trunk whose rate the engine does not know is named in the blockers", async () => {
  const { sql, running } = await startRig();
  await setAccount(sql);
  const trunk = await insertTrunk(sql);
  const campaign = await insertCampaign(sql);
  await untilPass(sql, campaign);
  const pass = (trunksWithoutLimiter: string[]) =>
    runSchedulingPass(running.engine.database, campaign, {
      intervalMs: 60_000,
      random: () => 0.5,
      trunksWithoutLimiter,
    });
  const reasons = async () =>
    (await blockers(sql, campaign)).map(({ reason }) => reason);
  await pass([trunk]);
  // The engine's own passes go on beside these, and have the line.
  await untilWasBlocked(sql, campaign, "NO_LINE");
  await pass([]);
  expect(await reasons()).not.toContain("NO_LINE");
});
