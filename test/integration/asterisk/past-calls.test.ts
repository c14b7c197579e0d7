/**
 * [dialer-past] of docs/asterisk/extensions.conf on a real Asterisk: who answered while nobody listened is known
 * afterwards, with the rights that the shipped manager.conf gives and no more.
 */
import { DatabaseSync } from "node:sqlite";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";

import { FAR_END, startAsterisk } from "../../support/asterisk-lab.ts";
import type { AsteriskLab } from "../../support/asterisk-lab.ts";
import { createTestDatabase } from "../../support/database.ts";
import type { TestDatabase } from "../../support/database.ts";
import { attempts, leads, untilFinal } from "../../support/dialing-rows.ts";
import { startEngine, stopPrograms } from "../../support/engine-process.ts";
import { waitFor } from "../../support/wait-for.ts";
import { placeCall } from "./place-call.ts";
import {
  asteriskEnv,
  dial,
  phoneFor,
  seenSince,
  sentCalls,
  setTheScene,
} from "./campaign-scene.ts";

const TIMEOUT_MS = 300_000;
const CALLS = 8;
let lab: AsteriskLab;
let database: TestDatabase | null = null;

beforeAll(async () => {
  lab = await startAsterisk();
});
afterEach(async () => {
  await lab.cli("channel request hangup all");
  for (const n of [0, 1]) await lab.cli(`database deltree dialer-${String(n)}`);
  await stopPrograms();
  await database?.drop({ sessionsMayRemain: true });
  database = null;
});
afterAll(() => lab.stop());

/** Lines like this in what Asterisk has kept of calls. */
async function kept(like: RegExp): Promise<number> {
  const shown = await Promise.all(
    [0, 1].map((n) => lab.cli(`database show dialer-${String(n)}`)),
  );
  return shown
    .flatMap((text) => text.split("\n"))
    .filter((line) => like.test(line)).length;
}

/** What would be left of it after a power cut. */
function onDisk(): number {
  const file = new DatabaseSync(lab.databaseFile, {
    readOnly: true,
    timeout: 5_000,
  });
  try {
    const found =
      "select count(*) as n from astdb where key glob '/dialer-[01]/*'";
    return Number(file.prepare(found).get()?.["n"]);
  } finally {
    file.close();
  }
}

async function untilQuiet(): Promise<void> {
  await waitFor(
    "Asterisk to have no call",
    async () =>
      (await lab.cli("core show channels count")).includes("0 active channels"),
    { intervalMs: 100 },
  );
}

/** An engine is killed during talks of which it has received no event. */
async function killUnderTalks() {
  database = await createTestDatabase();
  const sql = database.pool;
  await setTheScene(sql);
  const before = await lab.carrier.calls();
  const engine = await startEngine(asteriskEnv(lab, database));
  await engine.waitForLog("This engine dials now");
  const phones = Array.from({ length: CALLS }, () => phoneFor(FAR_END.talks));
  const campaign = await dial(sql, phones, { dialplan_extension: "1001" });
  await waitFor(
    "all answers to be written down",
    async () => (await kept(/ : \S+Z\s*$/)) === CALLS,
    { intervalMs: 50 },
  );
  await engine.end("SIGKILL");
  // As if it had died before it received anything, whenever that was.
  await sql.query("delete from graphile_worker._private_jobs");
  await sql.query(
    `update call_attempts set state = 'ORIGINATING', ring_at = null, early_media_at = null, answer_at = null, bridge_at = null,
       agent_phase_at = null, agent_id = null, agent_channel = null, hand_over_at = null, hand_over_is_short = false`,
  );
  return { sql, campaign, before, database };
}

test(
  "calls that were answered and ended while the engine was dead are ANSWERED, by Asterisk's own times",
  async () => {
    const { sql, campaign, before, ...on } = await killUnderTalks();
    await lab.cli("channel request hangup all");
    await untilQuiet();
    const cameBack = new Date();
    expect(await kept(/ : \S+Z \S+Z \d+\s*$/)).toBe(CALLS);
    await startEngine(asteriskEnv(lab, on.database));
    await untilFinal(sql, campaign, 60_000);
    const made = await sentCalls(sql);
    expect(made.map(({ outcome }) => outcome)).toEqual(
      Array.from({ length: CALLS }, () => "ANSWERED"),
    );
    expect(
      await attempts(
        sql,
        "answer_at between originate_at - interval '1 s' and end_at and end_at < $1",
        [cameBack],
      ),
    ).toHaveLength(CALLS);
    expect(await leads(sql, "status = 'DONE'")).toHaveLength(CALLS);
    expect(await seenSince(lab, before)).toHaveLength(CALLS);
  },
  TIMEOUT_MS,
);

test(
  "an Asterisk that is killed as well knows who had answered",
  async () => {
    const { sql, campaign, ...on } = await killUnderTalks();
    await waitFor("all to be on the disk", () => onDisk() === CALLS, {
      intervalMs: 100,
    });
    await lab.restart();
    await startEngine(asteriskEnv(lab, on.database));
    await untilFinal(sql, campaign, 60_000);
    expect(await attempts(sql, "outcome = 'ANSWERED'")).toHaveLength(CALLS);
  },
  TIMEOUT_MS,
);

test(
  "what is kept is forgotten when its family's turn comes again",
  async () => {
    const today = Math.floor(Date.now() / 86_400_000);
    const family = (day: number) => `dialer-${String(day % 2)}`;
    await lab.cli(`database put dialer day ${String(today - 1)}`);
    await lab.cli(`database put ${family(today)} of-two-days-ago old`);
    await lab.cli(`database put ${family(today + 1)} of-yesterday old`);
    const client = await lab.connect();
    // The first of the day come together: one of them empties the family, before any of them has written.
    const calls = await Promise.all(
      Array.from({ length: CALLS }, () =>
        placeCall(
          client,
          `PJSIP/${phoneFor(FAR_END.answers).slice(1)}@carrier`,
          { exten: "message" },
        ),
      ),
    );
    for (const call of calls) await call.event("Hangup");
    await client.close();
    expect(await kept(/of-two-days-ago/)).toBe(0);
    expect(await kept(/of-yesterday/)).toBe(1);
    for (const { id } of calls)
      expect(await kept(new RegExp(`${id} .*Z \\S+Z \\d+\\s*$`))).toBe(1);
  },
  TIMEOUT_MS,
);
