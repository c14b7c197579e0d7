/** An engine that takes its node and cannot begin to work: it neither keeps the node nor says that all is well. */
import { expect, test } from "vitest";
import {
  insertCampaign,
  insertLead,
  insertTrunk,
  setAccount,
  startEngine,
  testDatabase,
  untilFinal,
} from "../../support/running-engine.ts";
import type { TestEngine } from "../../support/running-engine.ts";
import { waitFor } from "../../support/wait-for.ts";

const env = {
  LEASE_DURATION_MS: "1000",
  LEASE_RENEW_MS: "200",
  UNHEALTHY_AFTER_MS: "2500",
};

interface Health {
  readonly code: number;
  readonly standby: boolean;
  readonly reasons: readonly string[];
}

async function health({ httpUrl }: TestEngine): Promise<Health> {
  const answer = await fetch(`${httpUrl}/health`);
  const body = (await answer.json()) as Omit<Health, "code">;
  return { ...body, code: answer.status };
}

test("a take-over that fails gives the node up, turns /health to 503 with the reason, and is tried again until it works", async () => {
  const database = await testDatabase();
  const sql = database.pool;
  const first = await startEngine(database, { env });
  const second = await startEngine(database, { env, awaitLease: false });
  await setAccount(sql);
  await insertTrunk(sql);
  const client = await sql.connect();
  try {
    await client.query(
      "begin; lock table trunk_config in access exclusive mode",
    );
    await first.stop();
    const ill = await waitFor(
      "the engine to say that it does not work",
      async () => {
        const found = await health(second);
        return found.code === 503 && found;
      },
      { intervalMs: 50 },
    );
    expect(ill.standby).toBe(false);
    expect(ill.reasons.join()).toMatch(
      /should dial for node default and has not for \d+ s: .*lock timeout/,
    );
    await waitFor("the node to be given up", async () => {
      const { rowCount } = await sql.query(
        "select from voice_nodes where lease_holder is null",
      );
      return rowCount === 1;
    });
  } finally {
    await client.query("rollback");
    client.release();
  }
  const campaign = await insertCampaign(sql);
  await insertLead(sql, campaign);
  await untilFinal(sql, campaign);
  expect(await health(second)).toMatchObject({
    code: 200,
    standby: false,
    reasons: [],
  });
});

test("of two engines that want the node after a take-over failed, one works and the other stands by", async () => {
  const database = await testDatabase();
  const sql = database.pool;
  const client = await sql.connect();
  const first = await startEngine(database, { env });
  const healthy = await startEngine(database, { env, awaitLease: false });
  try {
    await client.query(
      "begin; lock table trunk_config in access exclusive mode",
    );
    await first.stop();
    const failed = await waitFor(
      "the take-over to fail",
      () =>
        healthy.logs.filter(({ msg }) => msg.startsWith("Could not begin"))
          .length > 0,
    );
    expect(failed).toBe(true);
  } finally {
    await client.query("rollback");
    client.release();
  }
  const third = await startEngine(database, { env, awaitLease: false });
  const { engine } = third.running;
  await waitFor(
    "one of the two to work",
    () =>
      engine.term?.isRunning === true ||
      healthy.running.engine.term?.isRunning === true,
  );
  const holders = [engine, healthy.running.engine].filter(
    ({ isLeader }) => isLeader,
  );
  expect(holders.length).toBe(1);
});
