/** Jobs that many add, lock and run at once. */
import { Logger, run } from "graphile-worker";
import { expect, test } from "vitest";
import { addJobs, runJobBy } from "../../../database/jobs.ts";
import { runSchedulingPass } from "../../../engine/scheduling/pass.ts";
import { waitFor } from "../../support/wait-for.ts";
import { PASS, shareConcurrencyScene } from "./concurrency-scene.ts";
import { addCampaign, addLeads, count, only } from "./scene.ts";

const scene = shareConcurrencyScene();

test("a keyed job added while workers lock it is never lost", async () => {
  const ADDS = 400;
  const acted: number[] = [];
  let latest = 0;
  const runner = await run({
    pgPool: scene.state,
    schema: "graphile_worker",
    concurrency: 4,
    noHandleSignals: true,
    pollInterval: 50,
    logger: new Logger(() => () => undefined),
    taskList: {
      keyed_test: () => {
        acted.push(latest);
      },
    },
  });
  try {
    const adders = [1, 2, 3, 4];
    await Promise.all(
      adders.map(async () => {
        for (let i = 0; i < ADDS / adders.length; i++) {
          latest += 1;
          const mine = latest;
          await runJobBy(scene.state, {
            task: "keyed_test",
            payload: {},
            runAt: new Date(),
            key: "keyed_test",
          });
          // Whatever was added last must be seen by a run that begins after it.
          if (i % 10 === 0)
            await waitFor(
              "a run after the add",
              () => (acted.at(-1) ?? 0) >= mine,
              {
                intervalMs: 1,
              },
            );
        }
      }),
    );
    await waitFor("the last add to be acted on", () => acted.at(-1) === latest);
    await waitFor(
      "the queue to be empty",
      async () =>
        (await count(scene.state, "select count(*) from dialer_jobs")) === 0,
    );
  } finally {
    await runner.stop();
  }
  expect(latest).toBe(ADDS);
  expect(acted.length).toBeGreaterThan(10);
});

test("run_job_by moves a waiting job forward and never back", async () => {
  const key = "wake-up";
  const runAt = async (): Promise<number> => {
    const { rows } = await scene.state.query<{ run_at: Date }>(
      "select run_at from dialer_jobs where key = $1",
      [key],
    );
    return only(rows).run_at.getTime();
  };
  const nowMs = Date.now();
  for (const inMs of [60_000, 10_000, 120_000])
    await runJobBy(scene.state, {
      task: "keyed_test",
      payload: {},
      runAt: new Date(nowMs + inMs),
      key,
    });
  expect(await runAt()).toBe(nowMs + 10_000);
});

test("jobs without keys in a client's open transaction hold nobody up", async () => {
  // As a client, whose insert adds a job: the first job of a task ever inserts the task, and the second waits for that.
  const campaignId = await addCampaign(scene.database.pool);
  const client = await scene.database.pool.connect();
  await client.query("begin");
  await client.query(
    "insert into leads (campaign_id, phone) values ($1, '11970000001')",
    [campaignId],
  );
  // While that transaction stays open, another client's insert, a pass and a plain job go through.
  await addLeads(scene.database.pool, campaignId, 1);
  await runSchedulingPass(scene.state, campaignId, PASS);
  await addJobs(scene.state, [
    { task: "schedule_campaign", payload: { campaignId } },
  ]);
  expect(await scene.waitingForLocks()).toBe(0);
  await client.query("commit");
  client.release();
  expect((await scene.queuedAttempts()).length).toBe(1);
});
