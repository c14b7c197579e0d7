/** Graphile's runner, broken at the moments at which it does not mend itself. */
import { pino } from "pino";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";

import { JobRunner } from "../../../engine/queue/job-runner.ts";
import { createTestDatabase } from "../../support/database.ts";
import type { TestDatabase } from "../../support/database.ts";
import { waitFor } from "../../support/wait-for.ts";

let database: TestDatabase;
const done: string[] = [];
const runners: JobRunner[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
});
afterEach(async () => {
  for (const runner of runners.splice(0)) await runner.stop(1_000);
  done.length = 0;
});
afterAll(async () => {
  await database.drop();
});

function createRunner(localQueueSize: number | null): JobRunner {
  const runner = new JobRunner({
    database: {
      url: database.url,
      schema: "public",
      workerSchema: "graphile_worker",
      applicationName: "job-runner-test",
    },
    connections: 2,
    concurrency: 4,
    localQueueSize,
    tasks: {
      probe: async (payload) => {
        const { tag } = payload as { tag: string };
        if (tag === "held") await new Promise(() => undefined);
        done.push(tag);
      },
    },
    crontab: "",
    log: pino({ level: "silent" }),
    onJobFailed: () => undefined,
    unlock: async (poolIds) => {
      await database.pool.query(
        "select graphile_worker.force_unlock_workers($1)",
        [poolIds],
      );
    },
  });
  runners.push(runner);
  return runner;
}

/** Runs `work` while nobody can read the names of tasks; it is given a way to break whoever waits for them. */
async function whileTasksAreLocked(
  work: (breakWaiting: () => Promise<void>) => Promise<void>,
): Promise<void> {
  const client = await database.pool.connect();
  try {
    await client.query(
      "begin; lock table graphile_worker._private_tasks in access exclusive mode",
    );
    await work(async () => {
      await waitFor("the runner to wait for its tasks", async () => {
        const { rowCount } = await database.pool.query(
          `select pg_terminate_backend(pid) from pg_stat_activity
           where application_name = 'job-runner-test' and wait_event_type = 'Lock'`,
        );
        return (rowCount ?? 0) > 0;
      });
    });
  } finally {
    await client.query("rollback");
    client.release();
  }
}

test.each([
  ["with a local queue", 4],
  ["without one", null],
] as const)(
  "a runner %s goes on when its first look at the tasks fails",
  async (_, localQueueSize) => {
    const runner = createRunner(localQueueSize);
    await whileTasksAreLocked(async (breakWaiting) => {
      await runner.start();
      await breakWaiting();
    });
    await database.pool.query(
      "select graphile_worker.add_job('probe', json_build_object('tag', 'after'))",
    );
    await waitFor("the job to be run", () => {
      runner.nudge(1);
      return done.includes("after");
    });
    expect(done).toEqual(["after"]);
    expect(runner.isRunning).toBe(true);
  },
);

test.each([
  ["with a local queue", 4],
  ["without one", null],
] as const)(
  "a runner %s goes on when its first look at the tasks finds none",
  async (_, localQueueSize) => {
    // The names of new tasks do not reach the table, as if somebody had taken them out at that moment.
    await database.pool.query(
      `delete from graphile_worker._private_jobs; delete from graphile_worker._private_tasks;
       create function swallow() returns trigger language plpgsql as 'begin return null; end';
       create trigger swallow before insert on graphile_worker._private_tasks for each row execute function swallow()`,
    );
    const runner = createRunner(localQueueSize);
    await runner.start();
    await waitFor("the runner to find nothing and to be rebuilt", () => {
      runner.nudge(1);
      return !runner.isRunning;
    });
    await database.pool.query("drop function swallow() cascade");
    await database.pool.query(
      "select graphile_worker.add_job('probe', json_build_object('tag', 'found'))",
    );
    await waitFor("the job to be run", () => {
      runner.nudge(1);
      return done.includes("found");
    });
    expect(done).toEqual(["found"]);
    expect(runner.isRunning).toBe(true);
  },
);

test("a runner that is stopped while it is being rebuilt gives back what it had locked before", async () => {
  const runner = createRunner(4);
  await runner.start();
  await database.pool.query(
    "select graphile_worker.add_job('probe', json_build_object('tag', 'held'))",
  );
  const locked = async (): Promise<number> => {
    const { rowCount } = await database.pool.query(
      "select from graphile_worker._private_jobs where locked_at is not null",
    );
    return rowCount ?? 0;
  };
  await waitFor("the job to be locked", async () => {
    runner.nudge(1);
    return (await locked()) === 1;
  });
  runner.restart("its connection was cut");
  await runner.stop(1_000);
  expect(await locked()).toBe(0);
});
