/** Lists longer than one pass looks at: what cannot be dialled now keeps nobody from being found behind it. */
import { expect, onTestFinished, test } from "vitest";

import {
  attempts,
  insertCampaign,
  insertLead,
  insertLeads,
  insertTrunk,
  must,
  phone,
  setAccount,
  shareRig,
  untilAttempts,
  untilBlocked,
  untilWasBlocked,
} from "../../support/running-engine.ts";
import type { Sql } from "../../support/running-engine.ts";

const shared = shareRig({ env: { SCHEDULER_INTERVAL_MS: "100" } });

/** Trunk a takes São Paulo, one call at a time, and trunk b Rio. */
async function twoTrunks(sql: Sql): Promise<string> {
  await setAccount(sql);
  await insertTrunk(sql, {
    name: "a",
    max_channels: 1,
    number_pattern: "^\\+5511",
  });
  await insertTrunk(sql, { name: "b", number_pattern: "^\\+5521" });
  return insertCampaign(sql, { status: "DRAFT", max_concurrent_calls: 50 });
}

/** The next test waits for the last call of this one. */
function hangUpAtEnd(sql: Sql): void {
  onTestFinished(async () => {
    await sql.query("update campaigns set status = 'CANCELLED'");
    await sql.query(
      "select hangup_attempt(id) from call_attempts where end_at is null",
    );
  });
}

async function addRio(sql: Sql, campaign: string, count = 2): Promise<void> {
  await sql.query(
    "insert into leads (campaign_id, phone) select $1, '(21) 98000-000' || n from generate_series(1, $2::int) as n",
    [campaign, count],
  );
}

const start = (sql: Sql) => sql.query("update campaigns set status = 'ACTIVE'");
const toRio = "trunk_config.name = 'b'";

test("behind thousands of leads for a trunk that is full, those for an idle one are called", async () => {
  const { sql } = await shared.fresh({ talkMs: 120_000 });
  hangUpAtEnd(sql);
  const campaign = await twoTrunks(sql);
  await insertLeads(sql, campaign, 3_500);
  await addRio(sql, campaign);
  await start(sql);
  await untilAttempts(sql, 2, toRio);
  expect(await attempts(sql, "trunk_config.name = 'a'")).toHaveLength(1);
  // Leads that come when the list has been through are found as well.
  await sql.query(
    "insert into leads (campaign_id, phone) values ($1, '(21) 98000-0009')",
    [campaign],
  );
  await untilAttempts(sql, 3, toRio, []);
});

test("while passes go on behind the front, a trunk that gets free goes to the lead in front", async () => {
  const { sql } = await shared.fresh({ talkMs: 300 });
  hangUpAtEnd(sql);
  const campaign = await twoTrunks(sql);
  await insertLeads(sql, campaign, 3_000);
  await start(sql);
  const calls = await untilAttempts(sql, 6, "end_at is not null");
  const { rows } = await sql.query<{ phone: string }>(
    "select phone from leads order by created_at, id limit 6",
  );
  const called = await sql.query<{ phone: string }>(
    "select phone from leads where id = any($1)",
    [calls.slice(0, 6).map(({ lead_id: id }) => id)],
  );
  expect(called.rows.map((row) => row.phone).sort()).toEqual(
    rows.map((row) => row.phone).sort(),
  );
});

test("a pass that has looked at enough says so, and the next comes after the interval, though a trunk is full", async () => {
  const { sql } = await shared.fresh({ talkMs: 120_000 });
  hangUpAtEnd(sql);
  const campaign = await twoTrunks(sql);
  await insertLead(sql, campaign, { phone: phone(1) });
  await sql.query(
    "insert into leads (campaign_id, phone) select $1, '99' || n from generate_series(1, 2500) as n",
    [campaign],
  );
  await addRio(sql, campaign);
  await start(sql);
  await untilWasBlocked(sql, campaign, "PASS_LIMIT");
  await untilAttempts(sql, 2, toRio);
});

test("thousands of kinds of leads in a closed zone hide none in an open one", async () => {
  const { sql } = await shared.fresh();
  await setAccount(sql);
  await insertTrunk(sql);
  const campaign = await insertCampaign(sql, {
    status: "DRAFT",
    ...(await hourOf(sql, "America/Sao_Paulo")),
  });
  // Priorities used as a score; Abidjan is three hours ahead, so it is closed.
  await sql.query(
    `insert into leads (campaign_id, phone, phone_e164, dial_timezone, priority)
     select $1, '11 97000-0000', '+55119' || (70000000 + n), 'Africa/Abidjan', n from generate_series(1, 5100) as n`,
    [campaign],
  );
  await sql.query(
    `insert into leads (campaign_id, phone, phone_e164, dial_timezone)
     values ($1, '11 98000-0001', '+5511980000001', 'America/Sao_Paulo')`,
    [campaign],
  );
  await start(sql);
  const [call] = await untilAttempts(sql, 1, "end_at is not null");
  expect(must(call)["phone_e164"]).toBe("+5511980000001");
  const shut = await untilBlocked(sql, campaign, "OUTSIDE_WINDOW");
  expect(must(shut.nextAt).getTime()).toBeGreaterThan(Date.now());
});

/** Hours of a campaign that are open in this zone from this hour to the end of the next. */
async function hourOf(
  sql: Sql,
  zone: string,
): Promise<{ start_time: string; end_time: string }> {
  const { rows } = await sql.query<{ start_time: string; end_time: string }>(
    `select to_char(date_trunc('hour', now() at time zone $1), 'HH24:MI') as start_time,
       to_char(date_trunc('hour', now() at time zone $1) + interval '2 h', 'HH24:MI') as end_time`,
    [zone],
  );
  return must(rows[0]);
}
