/** What the administrator has lowered since a call was queued holds at its claim, and at its answer. */
import { expect, test } from "vitest";
import { claimOriginates } from "../../../database/originating.ts";
import { applyEvents } from "../../../engine/attempts/apply-events.ts";
import { runSchedulingPass } from "../../../engine/scheduling/pass.ts";
import { identity, PASS, shareConcurrencyScene } from "./concurrency-scene.ts";
import { addCampaign, addLeads, count, only } from "./scene.ts";

const scene = shareConcurrencyScene();
const nobody = "00000000-0000-0000-0000-000000000000";
const other = "acc00000-0000-4000-8000-00000000000b";

/** All limits anew. Without the triggers that drop what is queued at once: this is about calls that they came too late for. */
async function setAccount(values: Record<string, unknown> = {}): Promise<void> {
  const columns = ["id", "name", ...Object.keys(values)];
  await scene.database.pool.query(
    `alter table accounts disable trigger user; delete from accounts where id = '${nobody}'`,
  );
  await scene.database.pool.query(
    `insert into accounts (${columns.join(", ")}) values (${columns.map((_, nth) => `$${String(nth + 1)}`).join(", ")})`,
    [nobody, "lowered", ...Object.values(values)],
  );
}

const claim = (ids: readonly string[]) =>
  claimOriginates(scene.state, identity, ids);

/** Calls of another account in the same batch. */
async function queueOther(leads: number): Promise<string[]> {
  const before = new Set(await scene.queuedAttempts());
  const campaignId = await addCampaign(scene.state, { concurrent: leads });
  await scene.state.query(
    "insert into accounts (id, name) values ($1, 'other') on conflict do nothing",
    [other],
  );
  await scene.state.query(
    "update campaigns set account_id = $2 where id = $1",
    [campaignId, other],
  );
  await addLeads(scene.state, campaignId, leads);
  await runSchedulingPass(scene.state, campaignId, PASS);
  const ids = await scene.queuedAttempts();
  return ids.filter((id) => !before.has(id));
}

test.each<[string, Record<string, unknown>]>([
  ["ACCOUNT_INACTIVE", { is_active: false }],
  ["ACCOUNT_TRUNKS", { allowed_trunk_ids: [] }],
  ["ACCOUNT_COUNTRY", { allowed_countries: ["PT"] }],
  ["ACCOUNT_CALLER_ID", { allowed_caller_ids: ["+55113555*"] }],
])(
  "%s since a call was queued: its claim refuses it, and nobody else's",
  async (reason, values) => {
    await setAccount();
    const ids = await scene.queueSome(3);
    await scene.state.query(
      "update call_attempts set caller_id_used = '551140000100'",
    );
    const others = await queueOther(2);
    await setAccount(values);
    const { claimed, refused } = await claim([...ids, ...others]);
    expect(claimed.map(({ id }) => id).sort()).toEqual(others.sort());
    expect(refused.map((one) => one.reason)).toEqual([reason, reason, reason]);
  },
);

test("an account that was deleted since is refused", async () => {
  await setAccount();
  const ids = await scene.queueSome(1);
  await scene.state.query("delete from accounts where id = $1", [nobody]);
  const { refused } = await claim(ids);
  expect(refused.map(({ reason }) => reason)).toEqual(["ACCOUNT_UNKNOWN"]);
});

test.each<[string, Record<string, unknown>]>([
  ["ACCOUNT_CONCURRENCY", { max_concurrent_calls: 3 }],
  ["ACCOUNT_CPS", { max_calls_per_second: 3 }],
  ["ACCOUNT_DIALS_PER_DAY", { max_dials_per_day: 3 }],
])(
  "%s: lowered after calls were queued, it holds over all claims together",
  async (reason, values) => {
    await setAccount();
    const ids = await scene.queueSome(6);
    expect(ids).toHaveLength(6);
    await setAccount(values);
    const first = await claim(ids.slice(0, 2));
    expect(first.claimed).toHaveLength(2);
    // Still within the second, however late the next claim is.
    await scene.state.query(
      "update call_attempts set originate_at = clock_timestamp() + interval '30 s' where originate_at is not null",
    );
    const second = await claim(ids.slice(2));
    expect(second.claimed).toHaveLength(1);
    expect(second.refused.map((one) => one.reason)).toEqual([
      reason,
      reason,
      reason,
    ]);
    const { rows } = await scene.state.query(
      "select status, count(*)::int as n from leads group by status order by status",
    );
    expect(rows).toEqual([
      { status: "IN_PROGRESS", n: 3 },
      { status: "NEW", n: 3 },
    ]);
  },
);

test("less than a call per second: one, and the next after its span", async () => {
  await setAccount();
  const ids = await scene.queueSome(3);
  await setAccount({ max_calls_per_second: 0.01 });
  expect((await claim(ids.slice(0, 2))).claimed).toHaveLength(1);
  await scene.state.query(
    "update call_attempts set originate_at = originate_at - interval '99 s' where originate_at is not null",
  );
  const early = await claim(ids.slice(2));
  expect(early.refused.map(({ reason }) => reason)).toEqual(["ACCOUNT_CPS"]);
});

test("dials of the day are those since midnight where the account is", async () => {
  const zone = "Pacific/Kiritimati";
  await scene.state.query(
    "update account_settings set timezone = $2 where account_id = $1",
    [nobody, zone],
  );
  await setAccount();
  const ids = await scene.queueSome(4);
  await setAccount({ max_dials_per_day: 1 });
  const midnight = `(date_trunc('day', clock_timestamp() at time zone '${zone}') at time zone '${zone}')`;
  const first = await claim(ids.slice(0, 1));
  expect(first.claimed).toHaveLength(1);
  await scene.state.query(
    `update call_attempts set originate_at = ${midnight} where originate_at is not null`,
  );
  const today = await claim(ids.slice(1, 2));
  expect(today.refused).toMatchObject([{ reason: "ACCOUNT_DIALS_PER_DAY" }]);
  await scene.state.query(
    `update call_attempts set originate_at = ${midnight} - interval '1 ms' where originate_at is not null`,
  );
  expect((await claim(ids.slice(2, 3))).claimed).toHaveLength(1);
  await scene.state.query(
    "update account_settings set timezone = 'America/Sao_Paulo'",
  );
});

test("an account whose zone is none is refused by name, and nobody else's call with it", async () => {
  await setAccount();
  const ids = await scene.queueSome(2);
  const others = await queueOther(2);
  await setAccount({ max_dials_per_day: 1_000, max_calls_per_second: 100 });
  await scene.database.pool.query(
    "alter table account_settings disable trigger user",
  );
  for (const zone of ["Mars/Olympus", "Etc/UTC+5", "", "'); select 1; --"]) {
    await scene.state.query(
      "update account_settings set timezone = $2 where account_id = $1",
      [nobody, zone],
    );
    const result = await claim([...ids.splice(0, 1), ...others.splice(0, 1)]);
    if (result.refused.length > 0)
      expect(result.refused).toMatchObject([{ reason: "UNKNOWN_TIMEZONE" }]);
    expect(result.claimed.map(({ accountId }) => accountId)).not.toContain(
      nobody,
    );
  }
  expect(ids.length + others.length).toBe(0);
  expect(
    await count(
      scene.state,
      `select count(*) from call_attempts where account_id = '${other}' and state = 'ORIGINATING'`,
    ),
  ).toBe(2);
  await scene.state.query(
    "update account_settings set timezone = 'America/Sao_Paulo'",
  );
  await scene.database.pool.query(
    "alter table account_settings enable trigger user",
  );
});

test("while another engine claims for an account, its calls stay queued and the others' go out", async () => {
  await setAccount();
  const ids = await scene.queueSome(2);
  const others = await queueOther(2);
  await setAccount({ max_concurrent_calls: 50 });
  const elsewhere = await scene.database.pool.connect();
  try {
    await elsewhere.query("begin");
    await elsewhere.query(
      "select pg_advisory_xact_lock(hashtextextended(current_schema() || '.claims.' || $1, 0))",
      [nobody],
    );
    const meanwhile = await claim([...ids, ...others]);
    expect([...meanwhile.locked].sort()).toEqual(ids);
    expect(meanwhile.refused).toEqual([]);
    expect(meanwhile.claimed.map(({ accountId }) => accountId)).toEqual([
      other,
      other,
    ]);
    await elsewhere.query("rollback");
  } finally {
    elsewhere.release();
  }
  expect((await claim(ids)).claimed).toHaveLength(2);
});

test("claims at the same moment do not exceed what was lowered", async () => {
  await setAccount();
  const ids = await scene.queueSome(24);
  await setAccount({ max_concurrent_calls: 5 });
  const round = () =>
    Promise.all(
      Array.from({ length: 8 }, (_, nth) =>
        claim(ids.slice(nth * 3, nth * 3 + 3)),
      ),
    );
  const results = [...(await round()), ...(await round())];
  const sent = results.flatMap(({ claimed }) => claimed.map(({ id }) => id));
  expect(new Set(sent).size).toBe(sent.length);
  expect(sent.length).toBeGreaterThan(0);
  expect(
    await count(
      scene.state,
      "select count(*) from call_attempts where end_at is null and state <> 'QUEUED'",
    ),
  ).toBe(sent.length);
  expect(sent.length).toBeLessThanOrEqual(5);
});

test("a call is never longer than its account's longest, and a longer limit of the account changes nothing", async () => {
  await setAccount();
  const [short = "", long = ""] = await scene.queueSome(2);
  await scene.state.query(
    "update campaigns set max_call_duration_seconds = 600",
  );
  await setAccount({ max_call_duration_seconds: 60 });
  const one = await claim([short]);
  expect(one.claimed[0]?.maxCallDurationSeconds).toBe(60);
  await setAccount({ max_call_duration_seconds: 7_200 });
  const two = await claim([long]);
  expect(two.claimed[0]?.maxCallDurationSeconds).toBe(600);
});

test.each<[number | null, number]>([
  [60, 60],
  [7_200, 600],
  [null, 600],
])(
  "the longest call of the account when a person answers is %s s: it ends after %i s",
  async (accountSeconds, seconds) => {
    await setAccount();
    const [id = ""] = await scene.queueSome(1);
    await scene.state.query(
      "update campaigns set max_call_duration_seconds = 600",
    );
    await claim([id]);
    await setAccount({ max_call_duration_seconds: accountSeconds });
    const at = new Date().toISOString();
    await applyEvents(
      scene.state,
      [{ kind: "ANSWERED", attemptId: id, at, dedupKey: "answered" }],
      { settleMs: 0, agentTimeoutMs: 300_000, random: Math.random },
    );
    const { rows } = await scene.state.query<{
      type: string;
      seconds: number;
    }>(
      `select deadline_type as type, extract(epoch from deadline_at - answer_at)::float8 as seconds
       from call_attempts where id = $1`,
      [id],
    );
    const { type, seconds: after } = only(rows);
    expect(type).toBe("MAX_DURATION");
    expect(after).toBeGreaterThan(seconds - 1);
    expect(after).toBeLessThan(seconds + 30);
  },
);
