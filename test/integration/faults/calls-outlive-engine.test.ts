/** The engine dies while people talk; and channels that are not, or no longer, its own. */
import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { createMockAdapter } from "../../../adapters/mock/adapter.ts";
import type { OriginateRequest, VoiceAdapter } from "../../../adapters/port.ts";
import { waitFor } from "../../support/wait-for.ts";
import { CONCURRENT, startOneEngine, TALKS } from "./one-engine.ts";
import {
  count,
  expectNothingTwiceNothingLost,
  only,
  waitUntilDialled,
} from "./scene.ts";

const scene = startOneEngine();

test("killed with talks up, back after they have ended: ANSWERED, and not dialled again", async () => {
  const { pool } = scene.database;
  await scene.pbx.control.setScenario({ ...TALKS, talkMs: 900_000 });
  await scene.dial(20, 10);
  await waitFor(
    "talks that the engine knows of",
    async () =>
      (await count(
        pool,
        "select count(*) from call_attempts where state = 'ANSWERED'",
      )) >= 10,
  );
  await scene.engine.end("SIGKILL");
  const { rows } = await pool.query<{ id: string }>(
    "select id from call_attempts where state = 'ANSWERED'",
  );
  await scene.pbx.control.setScenario(TALKS);
  await hangUpAll();
  await waitFor(
    "the talks to end",
    async () => (await scene.pbx.control.stats()).live === 0,
  );
  await scene.start();
  await waitUntilDialled(pool, 120_000);
  const ids = rows.map(({ id }) => id);
  expect(ids.length).toBeGreaterThan(0);
  expect(
    await count(
      pool,
      "select count(*) from call_attempts where id = any($1::uuid[]) and outcome = 'ANSWERED'",
      [ids],
    ),
  ).toBe(ids.length);
  expect(
    await count(
      pool,
      "select count(*) from leads where dials <> 1 and id in (select lead_id from call_attempts where id = any($1::uuid[]))",
      [ids],
    ),
  ).toBe(0);
  await expectNothingTwiceNothingLost(pool, scene.pbx.control, CONCURRENT);
});

test("killed with calls up, back before they end: they are adopted, and their ends are received", async () => {
  const { pool } = scene.database;
  await scene.pbx.control.setScenario({ ...TALKS, talkMs: 900_000 });
  await scene.dial(15, 15);
  const talking = "select count(*) from call_attempts where state = 'ANSWERED'";
  await waitFor("all to talk", async () => (await count(pool, talking)) === 15);
  await scene.engine.end("SIGKILL");
  await scene.start();
  await waitFor(
    "the calls to be adopted",
    () =>
      scene.engine
        .log()
        .some(({ adopted, lost }) => adopted === 15 && lost === 0),
    { timeoutMs: 60_000 },
  );
  expect(await count(pool, talking)).toBe(15);
  await hangUpAll();
  await waitUntilDialled(pool, 120_000);
  expect(
    await count(
      pool,
      "select count(*) from call_attempts where outcome = 'ANSWERED' and hangup_cause_code = 16",
    ),
  ).toBe(15);
  await expectNothingTwiceNothingLost(pool, scene.pbx.control, CONCURRENT);
});

test("our orphans are hung up; strangers' channels, and calls with our installation tag that belong to no attempt, never", async () => {
  const { pool } = scene.database;
  await scene.pbx.control.setScenario({ ...TALKS, talkMs: 900_000 });
  await scene.dial(3, 3);
  await waitFor(
    "all to talk",
    async () =>
      (await count(
        pool,
        "select count(*) from call_attempts where state = 'ANSWERED'",
      )) === 3,
  );
  const copy = await connectAs(await installationId());
  const strangers = await connectAs(randomUUID());
  try {
    for (let n = 0; n < 2; n++) {
      await copy.originate(callTo(n), () => true);
      await strangers.originate(callTo(n + 10), () => true);
    }
  } finally {
    await Promise.all([copy.disconnect(), strangers.disconnect()]);
  }
  await pool.query(
    "update call_attempts set state = 'ENDED', outcome = 'ANSWERED', end_at = clock_timestamp(), deadline_at = null, deadline_type = null where end_at is null",
  );
  // A lost line makes the engine compare.
  await scene.pbx.control.dropConnections();
  await waitFor(
    "our orphans to be hung up",
    async () => (await scene.pbx.control.stats()).ended >= 3,
    { timeoutMs: 60_000 },
  );
  await waitFor("the others to be logged", () =>
    scene.engine
      .log()
      .some(({ msg = "" }) => msg.includes("this database never made")),
  );
  const { ended, live } = await scene.pbx.control.stats();
  expect({ ended, live }).toEqual({ ended: 3, live: 4 });
});

async function installationId(): Promise<string> {
  const { rows } = await scene.database.pool.query<{ id: string }>(
    "select id from installation",
  );
  return only(rows).id;
}

/** All that the PBX has of this installation, as if the people did it. */
async function hangUpAll(): Promise<void> {
  const phone = await connectAs(await installationId());
  for (const { attemptId } of await phone.listLiveCalls())
    await phone.hangup(attemptId);
  await phone.disconnect();
}

/** A line to the PBX beside the engine's. */
async function connectAs(installation: string): Promise<VoiceAdapter> {
  const adapter = createMockAdapter({
    installationId: installation,
    url: scene.pbx.url,
  });
  await adapter.connect({
    onCallEvent: () => undefined,
    onConnection: () => undefined,
  });
  return adapter;
}

function callTo(n: number): OriginateRequest {
  return {
    attemptId: randomUUID(),
    campaignId: randomUUID(),
    leadId: randomUUID(),
    dialString: `mock/line/55119777700${String(n).padStart(2, "0")}`,
    callerId: null,
    context: null,
    extension: "s",
    setupTimeoutSeconds: 20,
    ringTimeoutSeconds: 30,
    maxCallDurationSeconds: 1_800,
    variables: {},
  };
}
