/**
 * What `database/graphile-internals.ts` says of Graphile Worker, compared with the library and its schema. This file fails first
 * when an upgrade changes a part that we rely on; each test names who relies on it.
 */
import { EventEmitter } from "node:events";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { Logger, run } from "graphile-worker";
import type { Runner, WorkerEvents, WorkerPool } from "graphile-worker";
import pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach } from "vitest";
import { describe, expect, test } from "vitest";

import {
  availableJob,
  dueJobsIndex,
  fetchFailedLines,
  graphileColumns,
  graphileMigration,
  graphileVersion,
  isShuttingDown,
  jobsChannel,
  jobsTable,
  jobSpec,
  migrationsTable,
  newestGraphileMigration,
  smallPoolWord,
  tasksTable,
} from "../../../database/graphile-internals.ts";
import { createTestDatabase } from "../../support/database.ts";
import type { TestDatabase } from "../../support/database.ts";
import { waitFor } from "../../support/wait-for.ts";

const schema = "graphile_worker";
let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(async () => {
  await database.drop();
});

async function one<T>(sql: string, values: unknown[] = []): Promise<T> {
  const { rows } = await database.pool.query<{ value: T }>(sql, values);
  if (rows[0] === undefined) throw new Error(`No row: ${sql}`);
  return rows[0].value;
}

/** A pool as the library wants it: with listeners for lost connections. */
function openPool(max: number): pg.Pool {
  const pool = new pg.Pool({ connectionString: database.url, max });
  pool.on("error", () => undefined);
  pool.on("connect", (client) => client.on("error", () => undefined));
  return pool;
}

describe("the library", () => {
  const packageFile = createRequire(import.meta.url).resolve("graphile-worker");

  test("has the version that we know", async () => {
    const text = await readFile(
      new URL("../package.json", `file://${packageFile}`),
      "utf8",
    );
    expect((JSON.parse(text) as { version: string }).version).toBe(
      graphileVersion,
    );
  });

  test("has as many migrations of its own as we know, and they are in its schema", async () => {
    expect(await newestGraphileMigration()).toBe(graphileMigration);
    expect(
      await one(`select max(id) as value from ${schema}.${migrationsTable}`),
    ).toBe(graphileMigration);
  });

  test.each([
    ["localQueue.js", fetchFailedLines[0]],
    ["sql/getJobs.js", fetchFailedLines[1]],
  ])("says in %s that it fetches no jobs: %s", async (file, line) => {
    const text = await readFile(new URL(file, `file://${packageFile}`), "utf8");
    expect(text).toMatch(new RegExp(`logger\\.error\\([\`"']${line}`));
  });
});

describe("the schema", () => {
  test.each(Object.entries(graphileColumns))(
    "has in %s the columns that statements name",
    async (table, columns) => {
      const { rows } = await database.pool.query<{
        name: string;
        type: string;
      }>(
        `select attname as name, format_type(atttypid, atttypmod) as type from pg_attribute
         where attrelid = $1::regclass and attname = any ($2)`,
        [`${schema}.${table}`, Object.keys(columns)],
      );
      expect(
        Object.fromEntries(rows.map(({ name, type }) => [name, type])),
      ).toEqual(columns);
    },
  );

  test("says with is_available that nobody runs a job and somebody may", async () => {
    const expression = await one(
      `select pg_get_expr(adbin, adrelid) as value from pg_attrdef
       join pg_attribute on attrelid = adrelid and attnum = adnum
       where adrelid = $1::regclass and attname = 'is_available'`,
      [`${schema}.${jobsTable}`],
    );
    expect(expression).toBe(availableJob);
  });

  test("has the index by which next_job looks for the next job", async () => {
    const { rows } = await database.pool.query<{ definition: string }>(
      "select pg_get_indexdef(indexrelid) as definition from pg_index where indrelid = $1::regclass",
      [`${schema}.${jobsTable}`],
    );
    const definitions = rows.map(({ definition }) => definition);
    expect(definitions).toContainEqual(expect.stringContaining(dueJobsIndex));
  });

  test("has no trigger on jobs: a row alone is announced to nobody", async () => {
    expect(
      await one(
        "select count(*)::int as value from pg_trigger where tgrelid = $1::regclass and not tgisinternal",
        [`${schema}.${jobsTable}`],
      ),
    ).toBe(0);
  });

  test("has one task for each identifier, on which migrations rely", async () => {
    const insert = `insert into ${schema}.${tasksTable} (identifier) values ('twice') on conflict do nothing returning 1 as value`;
    expect(await one(insert)).toBe(1);
    const { rowCount } = await database.pool.query(insert);
    expect(rowCount).toBe(0);
  });

  test("has the attributes of job_spec in the order in which statements give them", async () => {
    const attributes = await one(
      `select array_agg(attname::text order by attnum) as value from pg_attribute
       where attrelid = $1::regclass and attnum > 0 and not attisdropped`,
      [`${schema}.job_spec`],
    );
    expect(attributes).toEqual(jobSpec);
  });

  test("frees the jobs of a worker pool by its id", async () => {
    const id = await addSilently("nobody", "locked");
    await database.pool.query(
      `update ${schema}.${jobsTable} set locked_at = now(), locked_by = 'pool-dead' where id = $1`,
      [id],
    );
    await database.pool.query(
      `select ${schema}.force_unlock_workers('{pool-dead}')`,
    );
    expect(await lockOf(id)).toBeNull();
  });
});

/** Adds a job without any notice. @returns its id */
async function addSilently(task: string, tag: string): Promise<string> {
  await database.pool.query(
    `insert into ${schema}.${tasksTable} (identifier) values ($1) on conflict do nothing`,
    [task],
  );
  return one(
    `insert into ${schema}.${jobsTable} (task_id, payload)
     select id, json_build_object('tag', $2::text) from ${schema}.${tasksTable} where identifier = $1
     returning id::text as value`,
    [task, tag],
  );
}

/** @returns which pool has locked the job; undefined: the job is gone */
async function lockOf(id: string): Promise<string | null | undefined> {
  const { rows } = await database.pool.query<{ locked_by: string | null }>(
    `select locked_by from ${schema}.${jobsTable} where id = $1`,
    [id],
  );
  return rows[0]?.locked_by;
}

describe.each([
  ["a plain runner", null],
  ["a runner with a local queue", 4],
])("%s", (_, localQueueSize) => {
  const concurrency = 4;
  let pool: pg.Pool;
  let started: Runner | null;
  let created: WorkerPool | null;
  /** How often a worker, or the local queue, asked for jobs, and how often all of them found none. */
  let looks: number;
  let emptyLooks: number;
  let notices: number;
  let succeeded: string[];
  /** Jobs that run, by their tag: called, they end. */
  const running = new Map<string, () => void>();

  beforeEach(() => {
    pool = openPool(3);
    [started, created] = [null, null];
    [looks, emptyLooks, notices, succeeded] = [0, 0, 0, []];
    running.clear();
  });
  afterEach(async () => {
    for (const end of running.values()) end();
    if (!isShuttingDown(workerPool())) await runner().stop();
    await pool.end();
    await database.pool.query(`delete from ${schema}.${jobsTable}`);
  });

  function runner(): Runner {
    if (started === null) throw new Error("The runner has not started");
    return started;
  }

  function workerPool(): WorkerPool {
    if (created === null) throw new Error("There was no event pool:create");
    return created;
  }

  function watch(): WorkerEvents {
    const events = new EventEmitter() as WorkerEvents;
    events.on("pool:create", (event) => {
      created = event.workerPool;
    });
    events.on("pool:listen:notification", () => (notices += 1));
    events.on("job:success", ({ job }) => succeeded.push(job.id));
    if (localQueueSize === null) {
      events.on("worker:getJob:start", () => (looks += 1));
      events.on("worker:getJob:empty", () => (emptyLooks += 1 / concurrency));
    } else {
      events.on("localQueue:getJobs:complete", ({ jobs }) => {
        looks += 1;
        if (jobs.length === 0) emptyLooks += 1;
      });
    }
    return events;
  }

  /** Starts a runner that never polls by itself while a test lasts, and waits until it is idle. */
  async function start(): Promise<void> {
    started = await run({
      pgPool: pool,
      events: watch(),
      taskList: {
        probe: (payload) =>
          new Promise<void>((resolve) => {
            running.set((payload as { tag: string }).tag, resolve);
          }),
      },
      ...{ schema, parsedCronItems: [], concurrency, pollInterval: 600_000 },
      noHandleSignals: true,
      logger: new Logger(() => () => undefined),
      preset: {
        worker: {
          completeJobBatchDelay: 0,
          failJobBatchDelay: 0,
          ...(localQueueSize !== null && {
            localQueue: { size: localQueueSize },
          }),
        },
      },
    });
    await waitFor("the runner to be idle", () => emptyLooks >= 1);
    await waitFor("the runner to listen", () =>
      one<number>(
        `select count(*)::int as value from pg_stat_activity
         where datname = current_database() and query like 'LISTEN%' and state = 'idle'`,
      ),
    );
  }

  test("is woken by a nudge, and locks jobs under its pool's id", async () => {
    await start();
    const id = await addSilently("probe", "silent");
    workerPool().nudge(1);
    await waitFor("the job to run", () => running.has("silent"));
    expect(await lockOf(id)).toBe(workerPool().id);
  });

  test("is woken by a notice with a count, and not by one with a count of 0", async () => {
    await start();
    const id = await addSilently("probe", "noticed");
    const before = looks;
    const notify = (payload: string) =>
      database.pool.query("select pg_notify($1, $2)", [jobsChannel, payload]);
    await notify('{"count":0}');
    await waitFor("the first notice", () => notices === 1);
    // Had it woken anybody, the job would be locked by the end of a look, which would have begun before these round trips.
    await lockOf(id);
    expect(await lockOf(id)).toBeNull();
    expect(looks).toBe(before);
    await notify('{"count":1}');
    await waitFor("the job to run", () => running.has("noticed"));
  });

  test("says while it shuts down that it does", async () => {
    await start();
    await addSilently("probe", "long");
    workerPool().nudge(1);
    await waitFor("the job to run", () => running.has("long"));
    expect(isShuttingDown(workerPool())).toBe(false);
    const stopping = runner().stop();
    expect(isShuttingDown(workerPool())).toBe(true);
    // Its idle workers have ended: the reason why it must be asked first.
    if (localQueueSize === null)
      expect(() => {
        workerPool().nudge(concurrency);
      }).toThrow("nudge called after worker terminated");
    running.get("long")?.();
    await stopping;
  });

  test("stops only when finished jobs are completed", async () => {
    await start();
    const id = await addSilently("probe", "slow to complete");
    workerPool().nudge(1);
    await waitFor("the job to run", () => running.has("slow to complete"));
    const other = await database.pool.connect();
    try {
      await other.query("begin");
      await other.query(
        `select from ${schema}.${jobsTable} where id = $1 for update`,
        [id],
      );
      running.get("slow to complete")?.();
      await waitFor("the task to end", () => succeeded.includes(id));
      let isStopped = false;
      const stopping = runner()
        .stop()
        .then(() => {
          isStopped = true;
        });
      await waitFor("its workers to end", () => created?._workers.length === 0);
      await waitFor("the completion to wait for the row", () =>
        one<boolean>(
          `select exists (select from pg_stat_activity
             where datname = current_database() and wait_event_type = 'Lock' and query like 'delete%${jobsTable}%') as value`,
        ),
      );
      expect(isStopped).toBe(false);
      await other.query("rollback");
      await stopping;
      expect(await lockOf(id)).toBeUndefined();
    } finally {
      await other.query("rollback");
      other.release();
    }
  });
});

test("jobs are announced with their number", async () => {
  const listener = new pg.Client({ connectionString: database.url });
  await listener.connect();
  try {
    const counts: unknown[] = [];
    listener.on("notification", ({ channel, payload }) => {
      expect(channel).toBe(jobsChannel);
      counts.push((JSON.parse(payload ?? "") as { count: unknown }).count);
    });
    await listener.query(`listen ${pg.escapeIdentifier(jobsChannel)}`);
    await database.pool.query(`select ${schema}.add_job('announced')`);
    await database.pool.query(
      `select ${schema}.add_jobs(array(
         select row('announced', '{}', null, null, null, null, null, null)::${schema}.job_spec from generate_series(1, 3)))`,
    );
    await waitFor("two notices", () => counts.length === 2);
    expect(counts).toEqual([1, 3]);
  } finally {
    await listener.end();
    await database.pool.query(`delete from ${schema}.${jobsTable}`);
  }
});

test("a pool smaller than the jobs at once is complained of in words that the log leaves out", async () => {
  const pool = openPool(2);
  const messages: string[] = [];
  const runner = await run({
    ...{ pgPool: pool, schema, parsedCronItems: [], concurrency: 4 },
    ...{ noHandleSignals: true, taskList: { probe: () => undefined } },
    logger: new Logger(() => (level, message) => {
      if (level === "warning") messages.push(message);
    }),
  });
  await runner.stop();
  await pool.end();
  expect(messages).toEqual([expect.stringContaining(smallPoolWord)]);
});

test("the listening client is released twice when it breaks while the runner stops", async () => {
  const pool = openPool(3);
  const connect = pool.connect.bind(pool) as (callback?: Callback) => unknown;
  const listening = { begun: false, lost: (): void => undefined, released: 0 };
  let unused = 0;
  pool.connect = ((callback?: Callback) => {
    if (callback === undefined) return connect();
    return connect((error, client, release) => {
      if (client === undefined || listening.released > 0) {
        // It asks for another client, which it gives back unused.
        callback(error, client, () => {
          unused += 1;
          release();
        });
        return;
      }
      let listens = false;
      callback(
        error,
        withQuery(client, (text) => {
          if (!/^(UN)?LISTEN/.test(text)) return null;
          listens = true;
          if (text.startsWith("UNLISTEN")) return Promise.resolve();
          return new Promise((_resolve, reject) => {
            listening.begun = true;
            listening.lost = () => {
              reject(new Error("the connection broke"));
            };
          });
        }),
        (destroy) => {
          if (listens) listening.released += 1;
          if (listening.released < 2) release(destroy);
        },
      );
    });
  }) as typeof pool.connect;
  const runner = await run({
    ...{ pgPool: pool, schema, parsedCronItems: [], concurrency: 1 },
    ...{ noHandleSignals: true, taskList: { probe: () => undefined } },
    logger: new Logger(() => () => undefined),
  });
  await waitFor("the runner to listen", () => listening.begun);
  await runner.stop();
  expect(listening.released).toBe(1);
  listening.lost();
  await waitFor("another client", () => unused === 1);
  expect(listening.released).toBe(2);
  await pool.end();
});

type Callback = (
  error: Error | undefined,
  client: pg.PoolClient | undefined,
  release: (destroy?: unknown) => void,
) => void;

/** A client whose statements `answer` answers; null: the server does. */
function withQuery(
  client: pg.PoolClient,
  answer: (text: string) => Promise<unknown> | null,
): pg.PoolClient {
  return new Proxy(client, {
    get: (target, name) => {
      const value = Reflect.get(target, name) as unknown;
      if (typeof value !== "function") return value;
      const method = value.bind(target) as (...given: unknown[]) => unknown;
      if (name !== "query") return method;
      return (...given: unknown[]) => {
        const [text] = given;
        return (
          (typeof text === "string" ? answer(text) : null) ?? method(...given)
        );
      };
    },
  });
}
