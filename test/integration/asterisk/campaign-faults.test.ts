/** Campaigns through a real Asterisk in which Asterisk, the engine, the trunk or the line goes away. */
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";

import { FAR_END, startAsterisk } from "../../support/asterisk-lab.ts";
import type { AsteriskLab } from "../../support/asterisk-lab.ts";
import {
  attempts,
  leads,
  must,
  untilFinal,
} from "../../support/dialing-rows.ts";
import type { Sql } from "../../support/dialing-rows.ts";
import { createTestDatabase } from "../../support/database.ts";
import type { TestDatabase } from "../../support/database.ts";
import { startEngine, stopPrograms } from "../../support/engine-process.ts";
import type { EngineProcess } from "../../support/engine-process.ts";
import { waitFor } from "../../support/wait-for.ts";
import {
  asteriskEnv,
  dial,
  expectSameCalls,
  phoneFor,
  seenSince,
  sentCalls,
  setTheScene,
  untilState,
} from "./campaign-scene.ts";

const PROCESS_TIMEOUT_MS = 300_000;

let lab: AsteriskLab;
let database: TestDatabase | null = null;

beforeAll(async () => {
  lab = await startAsterisk();
});
afterEach(async () => {
  await stopPrograms();
  await database?.drop({ sessionsMayRemain: true });
  database = null;
});
afterAll(() => lab.stop());

async function openDatabase(): Promise<TestDatabase> {
  database = await createTestDatabase();
  return database;
}

/** An engine in a process of its own that holds the node. */
async function startDialing(
  on: TestDatabase,
  env: Readonly<Record<string, string>> = {},
): Promise<EngineProcess> {
  const engine = await startEngine(asteriskEnv(lab, on, env));
  await engine.waitForLog("This engine dials now");
  return engine;
}

function phones(count: number, suffix: string): string[] {
  return Array.from({ length: count }, () => phoneFor(suffix));
}

/** The carrier has no call of this database's any more. */
async function untilQuiet(): Promise<void> {
  await waitFor(
    "Asterisk to have no call",
    async () =>
      (await lab.cli("core show channels count")).includes("0 active channels"),
    { intervalMs: 100 },
  );
}

async function hangUpAll(sql: Sql): Promise<void> {
  await sql.query(
    "select hangup_attempt(id) from call_attempts where end_at is null",
  );
}

/** Asterisk itself would find out within a minute. */
async function untilAvailable(): Promise<void> {
  await lab.cli("pjsip qualify carrier");
  await waitFor(
    "the carrier to be available",
    async () => /carrier\/.* Avail /.test(await lab.cli("pjsip show contacts")),
    { intervalMs: 100 },
  );
}

test.each([
  ["killed and booted again", () => lab.restart()],
  ["restarted by `core restart now`", () => lab.cli("core restart now")],
] as const)(
  "an Asterisk that is %s in mid-campaign loses its calls, and nobody is called twice for it",
  async (_, restart) => {
    const on = await openDatabase();
    const sql = on.pool;
    await setTheScene(sql);
    const before = await lab.carrier.calls();
    await startDialing(on);
    const talkers = phones(10, FAR_END.talks);
    const campaign = await dial(
      sql,
      [...talkers, ...phones(10, FAR_END.rings)],
      // Longer than it takes until all of them ring.
      { dialplan_extension: "1001", ring_timeout_seconds: 60 },
    );
    const talking = await untilState(sql, "BRIDGED", 10);
    const ringing = await untilState(sql, "RINGING", 10);
    await restart();
    const others = phones(10, "486");
    for (const phone of others)
      await sql.query(
        "insert into leads (campaign_id, phone) values ($1, $2)",
        [campaign, phone],
      );
    await untilFinal(sql, campaign, 60_000);
    const outcomeOf = new Map(
      (await sentCalls(sql)).map(({ id, outcome }) => [id, outcome]),
    );
    expect(talking.map(({ id }) => outcomeOf.get(id))).toEqual(
      talking.map(() => "ANSWERED"),
    );
    for (const { id } of ringing)
      expect(["ORPHANED", "NO_ANSWER"]).toContain(outcomeOf.get(id));
    const seen = await seenSince(lab, before);
    expect(new Set(seen.map(({ number }) => number)).size).toBe(seen.length);
    await expectSameCalls(sql, seen);
    await untilAvailable();
  },
  PROCESS_TIMEOUT_MS,
);

test(
  "an engine that is killed with live calls is followed by one that adopts them, and receives their ends",
  async () => {
    const on = await openDatabase();
    const sql = on.pool;
    await setTheScene(sql);
    const before = await lab.carrier.calls();
    const first = await startDialing(on);
    const campaign = await dial(
      sql,
      [
        ...phones(8, FAR_END.talks),
        ...phones(4, FAR_END.rings),
        ...phones(30, "486"),
      ],
      { dialplan_extension: "1001" },
    );
    const talking = await untilState(sql, "BRIDGED", 4);
    await first.end("SIGKILL");
    await startDialing(on);
    const ids = talking.map(({ id }) => id);
    expect(
      await attempts(
        sql,
        "call_attempts.id = any($1::uuid[]) and end_at is null",
        [ids],
      ),
    ).toHaveLength(ids.length);
    const alive = await waitFor(
      "all others to be called",
      async () => {
        const open = await leads(
          sql,
          "status in ('NEW', 'IN_PROGRESS', 'RETRY')",
        );
        const live = await attempts(sql, "end_at is null");
        return open.length === 8 && live.length === 8 && live;
      },
      { timeoutMs: 60_000 },
    );
    await hangUpAll(sql);
    await untilFinal(sql, campaign, 60_000);
    expect(
      await attempts(
        sql,
        "call_attempts.id = any($1::uuid[]) and outcome = 'ANSWERED' and hangup_cause_code = 16",
        [alive.map(({ id }) => id)],
      ),
    ).toHaveLength(8);
    await untilQuiet();
    const seen = await seenSince(lab, before);
    expect(new Set(seen.map(({ number }) => number)).size).toBe(seen.length);
    await expectSameCalls(sql, seen);
  },
  PROCESS_TIMEOUT_MS,
);

test(
  "a trunk whose carrier is gone is taken out, said in the blockers, and comes back by a probe",
  async () => {
    const on = await openDatabase();
    const sql = on.pool;
    // OPTIONS have found out that nobody is there.
    const trunk = await setTheScene(sql, {
      dial_string: "PJSIP/{number}@watched",
    });
    await sql.query(
      "update retry_rules set max_tries = 10, delay_seconds = 0 where outcome in ('TRUNK_FAULT', 'NETWORK_CONGESTION')",
    );
    await startDialing(on);
    const campaign = await dial(sql, phones(3, FAR_END.declines), {
      max_dials: 50,
    });
    await waitFor("the trunk to be taken out", async () => {
      const { rowCount } = await sql.query(
        "select from trunk_config where id = $1 and health = 'OUT' and disabled_until > now() and disabled_reason = 'TRUNK_FAULT'",
        [trunk],
      );
      return rowCount === 1;
    });
    await waitFor("the blockers to say so", async () => {
      const { rowCount } = await sql.query(
        "select from dialing_blockers where campaign_id = $1 and reason = 'TRUNK_DISABLED' and count = 1",
        [campaign],
      );
      return rowCount === 1;
    });
    await sql.query(
      "update trunk_config set dial_string = 'PJSIP/{number}@carrier' where id = $1",
      [trunk],
    );
    await waitFor(
      "all leads to be called",
      async () => {
        // Its minute is over. Faults of calls that were under way may be counted after the first time.
        await sql.query(
          "update trunk_config set disabled_until = now() where health = 'OUT'",
        );
        await sql.query(
          "select graphile_worker.add_job('refresh_trunk_health', '{}'::json)",
        );
        return (await leads(sql, "status = 'FAILED'")).length === 3;
      },
      { timeoutMs: 60_000, intervalMs: 300 },
    );
    const { rows } = await sql.query(
      "select health, disabled_until from trunk_config where id = $1",
      [trunk],
    );
    expect(rows).toEqual([{ health: "HEALTHY", disabled_until: null }]);
    expect(await attempts(sql, "outcome = 'DECLINED'")).toHaveLength(3);
  },
  PROCESS_TIMEOUT_MS,
);

test(
  "an engine that reads nothing for a while is cut off by Asterisk, and finds out what it missed",
  async () => {
    const on = await openDatabase();
    const sql = on.pool;
    await setTheScene(sql);
    const before = await lab.carrier.calls();
    // `impatient` has Asterisk's own writetimeout of 100 ms.
    const { user, secret } = lab.account("impatient");
    const engine = await startDialing(on, {
      ASTERISK_AMI_USER: user,
      ASTERISK_AMI_SECRET: secret,
    });
    const campaign = await dial(sql, phones(20, FAR_END.talks), {
      dialplan_extension: "1001",
    });
    await untilState(sql, "BRIDGED", 20);
    engine.kill("SIGSTOP");
    expect(await lab.cli("manager show connected")).toContain(user);
    await flood(12_000);
    await waitFor("Asterisk to cut it off", async () => {
      return !(await lab.cli("manager show connected")).includes(user);
    });
    await lab.cli("channel request hangup all");
    await untilQuiet();
    engine.kill("SIGCONT");
    await engine.waitForLog("AMI connection failed");
    const lost = engine.log().find((l) => l.msg === "AMI connection failed");
    // A reset when Asterisk had something of ours left to read.
    expect(lost?.["reason"]).toMatch(/closed the connection|did not read/);
    await untilFinal(sql, campaign, 60_000);
    const made = await sentCalls(sql);
    expect(made.map(({ outcome }) => outcome)).toEqual(
      made.map(() => "ANSWERED"),
    );
    expect(made).toHaveLength(20);
    await expectSameCalls(sql, await seenSince(lab, before));
    expect(must(engine.log().at(-1)).level).toBeLessThan(60);
  },
  PROCESS_TIMEOUT_MS,
);

/** So many events of a kilobyte to everybody who is logged in and hears of UserEvents. */
async function flood(events: number): Promise<void> {
  const client = await lab.connect();
  const text = "x".repeat(1_000);
  for (let n = 0; n < events; n += 100) {
    await Promise.all(
      Array.from({ length: 100 }, () =>
        client.action("UserEvent", [
          ["UserEvent", "Flood"],
          ["Text", text],
        ]),
      ),
    );
  }
  await client.close();
}
