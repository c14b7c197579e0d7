/** However many lead partitions (zone, list, priority) a campaign has, its pass holds the trunks for as few statements as for one. */
import { afterEach, describe, expect, test } from "vitest";
import type pg from "pg";
import { lockPass, readPass, takeLeads } from "../../../database/scheduling.ts";
import { runSchedulingPass } from "../../../engine/scheduling/pass.ts";
import type { PassOptions } from "../../../engine/scheduling/pass.ts";
import { PASS, shareConcurrencyScene } from "../faults/concurrency-scene.ts";
import { addCampaign, count } from "../faults/scene.ts";
import { partitionStart } from "../../../dialing/pass-facts.ts";

const scene = shareConcurrencyScene();
/** Thousands of leads are not deleted one by one. */
afterEach(() =>
  scene.database.pool.query("truncate call_attempts, leads cascade"),
);
/** As the pass has it. */
const fewPartitions = 100;

interface Seen {
  readonly name: string;
  readonly rows: readonly unknown[];
}

type Asked = string | { name?: string; text: string };

/** Runs a pass. @returns with it, every statement by name, and what it answered */
async function watchPass(
  campaignId: string,
  options: Partial<PassOptions> = {},
) {
  const seen: Seen[] = [];
  const watched = new Proxy(scene.state, {
    get(pool, property) {
      if (property === "query") return watch(pool, seen);
      if (property !== "connect") return Reflect.get(pool, property) as unknown;
      return async () => {
        const client = await pool.connect();
        return new Proxy(client, {
          get: (target, name) => {
            if (name === "query") return watch(target, seen);
            const value = Reflect.get(target, name) as unknown;
            return typeof value === "function"
              ? (value.bind(target) as unknown)
              : value;
          },
        });
      };
    },
  });
  const result = await runSchedulingPass(watched, campaignId, {
    ...PASS,
    ...options,
  });
  if (result.kind !== "passed") throw new Error("The campaign is not ACTIVE");
  return { result, seen, underLocks: underLocks(seen) };
}

function watch(target: pg.Pool | pg.PoolClient, seen: Seen[]) {
  return async (asked: Asked, values?: unknown[]) => {
    const answer = await target.query(asked as string, values);
    const name = typeof asked === "string" ? asked : (asked.name ?? asked.text);
    seen.push({ name, rows: answer.rows });
    return answer;
  };
}

/** The longest time under locks: names of the statements from a lock to the end of its transaction. */
function underLocks(seen: readonly Seen[]): string[] {
  let longest: string[] = [];
  for (const [n, { name }] of seen.entries()) {
    if (name !== "scheduling/lock_pass") continue;
    const names = seen.slice(n).map((one) => one.name);
    const held = names.slice(0, names.indexOf("commit"));
    if (held.length > longest.length) longest = held;
  }
  return longest;
}

/** Leads of so many priorities, the last inserted first to be called. */
async function addPartitions(
  campaignId: string,
  partitions: number,
  phone = "'+55119' || (70000000 + n)",
): Promise<void> {
  await scene.state.query(
    `insert into leads (campaign_id, phone, priority)
     select $1, ${phone}, $2 - n from generate_series(1, $2::int) as n`,
    [campaignId, partitions],
  );
}

async function queuedPriorities(): Promise<number[]> {
  const { rows } = await scene.state.query<{ priority: number }>(
    `select leads.priority from call_attempts join leads on leads.id = call_attempts.lead_id
     order by call_attempts.slot_at, leads.priority`,
  );
  return rows.map(({ priority }) => priority);
}

/** Partitions that one look gives, as the look has it. */
const mostPartitions = 5_000;

/** Passes, each going on where the last one stopped, until a call is queued. @returns how many it took */
async function passesUntilQueued(
  campaignId: string,
  atMost: number,
): Promise<number> {
  let cursor: PassOptions["cursor"];
  for (let n = 1; n <= atMost; n++) {
    const { result, seen } = await watchPass(campaignId, {
      ...(cursor && { cursor }),
    });
    const looks = seen.filter(({ name }) =>
      /\bread_(partitions|zones)/.test(name),
    );
    expect(looks.length).toBeLessThanOrEqual(4);
    for (const { rows } of looks)
      expect(rows.length).toBeLessThanOrEqual(mostPartitions);
    if (result.scheduled > 0) return n;
    cursor = result.cursor;
  }
  return Infinity;
}

const behind = "00000000-0000-4000-8000-0000000000ff";
const inFront = "00000000-0000-4000-8000-000000000001";
const zoned = "'+55119' || (60000000 + n), '+55119' || (60000000 + n)";
/** More leads that came due just now than a look sees of those, in a partition that cannot be dialled. */
const nearNow = 500;

describe("of more partitions than one look gives, those that cannot be dialled keep no lead waiting", () => {
  const shapes: Record<string, string> = {
    "priorities whose time has not come": `
      insert into leads (campaign_id, phone, priority, next_attempt_at)
      select $1, '+55119' || (60000000 + n), n, now() + interval '1 hour' from generate_series(1, $2::int) as n`,
    "times of their own that have not come": `
      insert into leads (campaign_id, phone, priority, next_attempt_at)
      select $1, '+55119' || (60000000 + n), n, now() + n * interval '1 min' from generate_series(1, $2::int) as n`,
    "a zone before": `
      insert into leads (campaign_id, phone, phone_e164, dial_timezone, priority, next_attempt_at)
      select $1::uuid, ${zoned}, 'America/Sao_Paulo', n % 10, now() + interval '1 hour' from generate_series(1, $2::int / 2) as n
      union all
      select $1, ${zoned}, 'Africa/Lagos', n, now() + interval '1 hour' from generate_series($2::int / 2 + 1, $2::int * 2) as n`,
    "a list that is switched off": `
      insert into leads (campaign_id, phone, list_id, priority)
      select $1, '+55119' || (60000000 + n), '${inFront}', n from generate_series(1, $2::int) as n`,
    "numbers that wait for a full trunk": `
      insert into leads (campaign_id, phone, phone_e164, dial_timezone, priority)
      select $1, '+3519' || (10000000 + n), '+3519' || (10000000 + n), 'America/Sao_Paulo', n
      from generate_series(1, $2::int) as n`,
  };

  test.each(Object.entries(shapes))("%s", async (_, sql) => {
    const { state } = scene;
    const campaignId = await addCampaign(state, { concurrent: 40 });
    await state.query(
      `insert into lists (id, campaign_id, name, is_active) values ($2, $1, 'off', false), ($3, $1, 'on', true)`,
      [campaignId, inFront, behind],
    );
    await state.query(
      `insert into trunk_config (name, dial_string, cps_limit, max_channels, number_pattern)
       values ('full', 'mock/full/{number}', 1, 1, '^\\+351') on conflict do nothing`,
    );
    await state.query(
      `update rate_limit_buckets set next_slot_at = now() + interval '1 day'
       where trunk_id = (select id from trunk_config where name = 'full')`,
    );
    await state.query(sql, [campaignId, mostPartitions + 500]);
    await state.query(
      `insert into leads (campaign_id, phone, phone_e164, dial_timezone, list_id, priority, next_attempt_at)
       values ($1, '+5511970000001', '+5511970000001', 'Europe/Lisbon', $2, 1000000, now() - interval '1 day')`,
      [campaignId, behind],
    );
    // What came due just now does not show the way.
    await state.query(
      `insert into leads (campaign_id, phone, list_id) select $1, '+55119' || (75000000 + n), $3
       from generate_series(1, $2::int) as n`,
      [campaignId, nearNow, inFront],
    );
    expect(await passesUntilQueued(campaignId, 20)).toBeLessThan(20);
    expect(await queuedPriorities()).toEqual([1_000_000]);
  });
});

test("a partition of an earlier priority goes first, wherever among the partitions it is found", async () => {
  const { state } = scene;
  const campaignId = await addCampaign(state, { concurrent: 1 });
  await state.query(
    `insert into leads (campaign_id, phone, phone_e164, dial_timezone, priority, next_attempt_at)
     select $1::uuid, ${zoned}, 'Africa/Lagos', n, now() - interval '1 hour' from generate_series(1, $2::int) as n
     union all
     select $1, '+5511970000001', '+5511970000001', 'Europe/Lisbon', 0, now() - interval '2 hours'`,
    [campaignId, mostPartitions + 500],
  );
  let cursor: PassOptions["cursor"];
  for (let n = 0; n < 5; n++) {
    const { result } = await watchPass(campaignId, {
      ...(cursor && { cursor }),
    });
    cursor = result.cursor;
    expect(result.scheduled).toBe(1);
    await state.query(
      `with ended as (update call_attempts set state = 'CANCELLED', outcome = 'CANCELLED', end_at = clock_timestamp(),
         deadline_at = null, deadline_type = null where end_at is null returning lead_id)
       update leads set status = 'DONE' from ended where leads.id = ended.lead_id`,
    );
  }
  expect(await queuedPriorities()).toEqual(expect.arrayContaining([0, 1, 2]));
});

test("a lead that comes while the looks at many partitions rest is called at once", async () => {
  const { state } = scene;
  const campaignId = await addCampaign(state, { concurrent: 40 });
  await state.query(
    `insert into leads (campaign_id, phone, priority, next_attempt_at)
     select $1, '+55119' || (60000000 + n), n, now() + interval '1 hour' from generate_series(1, $2::int) as n`,
    [campaignId, mostPartitions + 500],
  );
  const first = await watchPass(campaignId);
  const second = await watchPass(campaignId, { cursor: first.result.cursor });
  const { cursor } = second.result;
  expect(cursor.partitions?.restEndsMs).not.toBeNull();
  await state.query(
    "insert into leads (campaign_id, phone, priority) values ($1, '+5511970000001', 7777777)",
    [campaignId],
  );
  const third = await watchPass(campaignId, { cursor });
  expect(third.result.scheduled).toBe(1);
  expect(
    third.seen.some(({ name }) => name === "scheduling/read_partitions"),
  ).toBe(false);
});

const partitionsRead = (seen: readonly Seen[]) =>
  seen
    .filter(({ name }) => name === "scheduling/read_pass")
    .map(
      ({ rows }) => (rows[0] as { partitions: unknown[] }).partitions.length,
    );

test.each([1, fewPartitions, fewPartitions + 1, 5_000, 6_000])(
  "a pass over leads of %i priorities makes five statements under its locks, and keeps their order",
  async (partitions) => {
    const campaignId = await addCampaign(scene.state, { concurrent: 40 });
    await addPartitions(campaignId, partitions);
    const { underLocks: names, seen, result } = await watchPass(campaignId);
    expect(names).toEqual([
      "scheduling/lock_pass",
      "scheduling/read_pass",
      "scheduling/take_leads",
      "scheduling/prepare_leads",
      "scheduling/write_pass",
    ]);
    expect(result.scheduled).toBe(Math.min(partitions, 40));
    expect(await queuedPriorities()).toEqual(
      Array.from({ length: Math.min(partitions, 40) }, (_, n) => n),
    );
    expect(partitionsRead(seen)).toEqual(
      partitions > fewPartitions ? [fewPartitions + 1, 0] : [partitions],
    );
  },
);

test("leads that cannot be dialled, each of a partition of its own, cost a pass no more statements than of one partition", async () => {
  const statements: number[] = [];
  for (const each of ["0", "1"]) {
    const campaignId = await addCampaign(scene.state, { concurrent: 40 });
    await scene.state.query(
      `insert into leads (campaign_id, phone, priority)
       select $1, '99' || n, n * ${each} from generate_series(1, 3000) as n`,
      [campaignId],
    );
    const { underLocks: names, result } = await watchPass(campaignId);
    expect(result.scheduled).toBe(0);
    statements.push(names.length);
  }
  const [one, many] = statements;
  expect(many).toBe(one);
  expect(one).toBeLessThan(25);
});

test("a pass gives up on partitions whose leads somebody else holds, and the next goes on behind them", async () => {
  const campaignId = await addCampaign(scene.state, { concurrent: 40 });
  await addPartitions(campaignId, 1_500);
  const other = await scene.database.pool.connect();
  try {
    await other.query("begin");
    await other.query(
      "select from leads where campaign_id = $1 and priority < 1200 for update",
      [campaignId],
    );
    const first = await watchPass(campaignId);
    expect(first.result.scheduled).toBe(0);
    expect(
      first.underLocks.filter((name) => name === "scheduling/take_leads"),
    ).toHaveLength(5);
    const { cursor } = first.result;
    const second = await watchPass(campaignId, { cursor });
    expect(second.result.scheduled).toBe(40);
    const priorities = Array.from({ length: 40 }, (_, n) => 1_200 + n);
    expect(await queuedPriorities()).toEqual(priorities);
  } finally {
    await other.query("rollback");
    other.release();
  }
});

test("the leads of a partition keep their order of due times over several looks, and none is taken twice", async () => {
  const campaignId = await addCampaign(scene.state, { concurrent: 300 });
  await scene.state.query(
    `insert into leads (campaign_id, phone, priority, next_attempt_at)
     select $1, '+55119' || (70000000 + n), 100 + n % 3, clock_timestamp() - n * interval '1 s'
     from generate_series(1, 150) as n`,
    [campaignId],
  );
  const { result } = await watchPass(campaignId);
  expect(result.scheduled).toBe(150);
  const { rows } = await scene.state.query<{ n: number }>(
    `select (right(leads.phone, 8)::int - 70000000) as n from call_attempts join leads on leads.id = call_attempts.lead_id
     order by slot_at`,
  );
  const wanted = Array.from({ length: 150 }, (_, n) => 150 - n);
  wanted.sort((a, b) => (a % 3) - (b % 3) || b - a);
  expect(rows.map(({ n }) => n)).toEqual(wanted);
  expect(
    await count(
      scene.state,
      "select count(distinct lead_id) from call_attempts",
    ),
  ).toBe(150);
});

describe("a pass does not read", () => {
  /** Rows and index entries of a table that work in a transaction as a pass's has read. */
  async function readBy(
    table: string,
    work: (client: pg.PoolClient) => Promise<unknown>,
  ): Promise<number> {
    const client = await scene.state.connect();
    const soFar = async () => {
      const { rows } = await client.query<{ read: number }>(
        `select (sum(pg_stat_get_xact_tuples_returned(oid)) + sum(pg_stat_get_xact_tuples_fetched(oid)))::int as read
         from pg_class where oid = $1::regclass
           or oid in (select indexrelid from pg_index where indrelid = $1::regclass)`,
        [table],
      );
      return rows[0]?.read ?? NaN;
    };
    try {
      await client.query("begin");
      await client.query("set local enable_sort = off");
      const before = await soFar();
      await work(client);
      return (await soFar()) - before;
    } finally {
      await client.query("rollback");
      client.release();
    }
  }

  test("leads of a partition that are not due, however many", async () => {
    const { state } = scene;
    const campaignId = await addCampaign(state, { concurrent: 40 });
    await state.query(
      `insert into leads (campaign_id, phone, next_attempt_at)
       select $1, '+55119' || (60000000 + n), now() + case when n <= 5 then interval '-1 s' else interval '1 hour' end
       from generate_series(1, 3000) as n`,
      [campaignId],
    );
    const partition = {
      ...{ zone: "", listId: "00000000-0000-0000-0000-000000000000" },
      ...{ priority: 100, dueMs: 0, listPriority: 100, listActive: true },
    };
    const read = await readBy("leads", async (client) => {
      const cursor = { partition, after: partitionStart };
      const leads = await takeLeads(client, campaignId, [cursor], 200, []);
      expect(leads).toHaveLength(5);
    });
    expect(read).toBeLessThan(100);
  });

  test("calls of an account that were made before the time in which its calls per second are counted", async () => {
    const { state } = scene;
    const campaignId = await addCampaign(state, { concurrent: 40 });
    await addPartitions(campaignId, 1);
    await state.query(
      `insert into call_attempts (account_id, campaign_id, lead_id, attempt_number, phone_e164, state, outcome, trunk_id, voice_node,
         queued_at, originate_at, end_at)
       select account_id, campaign_id, leads.id, n, '+5511970000001', 'BUSY', 'BUSY', (select id from trunk_config limit 1),
         'default', now() - interval '1 hour', now() - interval '1 hour', now() - interval '59 min'
       from leads, generate_series(1, 3000) as n`,
    );
    const read = await readBy("call_attempts", async (client) => {
      const campaign = await lockPass(client, campaignId);
      if (campaign === null) throw new Error("The campaign is not ACTIVE");
      const limited = { ...campaign, accountCallsPerSecond: 5 };
      const facts = await readPass(client, limited, new Date(), 0);
      expect(facts.account.sentLately).toBe(0);
    });
    expect(read).toBeLessThan(100);
  });
});
