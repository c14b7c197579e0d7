/** The PBX loses its line, falls silent or restarts. */
import { expect, test } from "vitest";
import { waitFor } from "../../support/wait-for.ts";
import { CONCURRENT, startOneEngine, TALKS } from "./one-engine.ts";
import {
  SHORT_CALLS,
  count,
  expectNothingTwiceNothingLost,
  waitUntilDialled,
} from "./scene.ts";

const scene = startOneEngine();

async function waitForBlocker(reason: string): Promise<void> {
  await waitFor(
    `blocker ${reason}`,
    () =>
      count(
        scene.database.pool,
        "select count(*) from dialing_blockers where reason = $1",
        [reason],
      ),
    { timeoutMs: 60_000 },
  );
}

function outcomes(outcome: string): Promise<number> {
  return count(
    scene.database.pool,
    "select count(*) from call_attempts where outcome = $1",
    [outcome],
  );
}

test("the connection to the PBX drops: the engine comes back, and no call is repeated", async () => {
  await scene.dial(200, 10);
  for (let n = 0; n < 5; n++) {
    const { originates } = await scene.pbx.control.stats();
    await scene.pbx.control.dropConnections();
    await waitFor(
      "the engine to dial again",
      async () => (await scene.pbx.control.stats()).originates > originates + 5,
      {
        timeoutMs: 60_000,
      },
    );
  }
  await waitUntilDialled(scene.database.pool, 120_000);
  await expectNothingTwiceNothingLost(
    scene.database.pool,
    scene.pbx.control,
    CONCURRENT,
  );
});

test("a PBX that falls silent: originates stop, blockers and /health say so, and it recovers", async () => {
  await scene.dial(100, 10);
  await scene.pbx.control.silence("lose");
  await waitForBlocker("PBX_DISCONNECTED");
  await waitFor(
    "/health to turn 503",
    async () => (await scene.engine.health()).code === 503,
    { timeoutMs: 60_000 },
  );
  expect((await scene.engine.health()).body["voiceAdapterConnected"]).toBe(
    false,
  );
  const before = (await scene.pbx.control.stats()).originates;
  await waitFor(
    "all calls to end unheard",
    async () => (await scene.pbx.control.stats()).live === 0,
    { timeoutMs: 60_000 },
  );
  expect((await scene.pbx.control.stats()).originates).toBe(before);
  await scene.pbx.control.silence("off");
  await waitFor(
    "/health to turn 200",
    async () => (await scene.engine.health()).code === 200,
    { timeoutMs: 60_000 },
  );
  await waitUntilDialled(scene.database.pool, 90_000);
  await expectNothingTwiceNothingLost(
    scene.database.pool,
    scene.pbx.control,
    CONCURRENT,
  );
});

test("a PBX that restarts loses every call: ORPHANED, or ANSWERED where somebody had answered", async () => {
  const { pool } = scene.database;
  await scene.pbx.control.setScenario({
    ...TALKS,
    shares: { answered: 0.5, no_answer: 0.5 },
    talkMs: 600_000,
    noAnswerRingMs: 600_000,
    timeoutScale: 100,
  });
  await scene.dial(CONCURRENT, CONCURRENT);
  await waitFor(
    "some to talk and the others to ring",
    () =>
      count(
        pool,
        `select case when every(state in ('ANSWERED', 'RINGING', 'EARLY_MEDIA')) then least(
           count(*) filter (where state = 'ANSWERED'), count(*) filter (where state <> 'ANSWERED')) else 0 end
         from call_attempts where outcome is distinct from 'CANCELLED'`,
      ),
    { timeoutMs: 60_000 },
  );
  const { rows } = await pool.query<{ id: string; answered: boolean }>(
    "select id, answer_at is not null as answered from call_attempts where originate_at < clock_timestamp() - interval '700 ms'",
  );
  await scene.pbx.control.setScenario({ ...SHORT_CALLS });
  await scene.pbx.control.restart();
  await waitFor(
    "the lost calls to be closed",
    async () =>
      (await count(
        pool,
        "select count(*) from call_attempts where id = any($1::uuid[]) and end_at is null",
        [rows.map(({ id }) => id)],
      )) === 0,
    { timeoutMs: 60_000 },
  );
  const answered = rows.filter((row) => row.answered).map(({ id }) => id);
  expect(answered.length).toBeGreaterThan(0);
  expect(
    await count(
      pool,
      "select count(*) from call_attempts where id = any($1::uuid[]) and outcome <> 'ANSWERED'",
      [answered],
    ),
  ).toBe(0);
  expect(await outcomes("ORPHANED")).toBeGreaterThan(0);
  await waitUntilDialled(pool, 120_000);
  // Whoever was talked to is not called again; the lost ones are, by their rule.
  expect(
    await count(
      pool,
      "select count(*) from call_attempts as later where exists (select from call_attempts as talk where talk.id = any($1::uuid[]) and talk.lead_id = later.lead_id and talk.id <> later.id and talk.queued_at < later.queued_at)",
      [answered],
    ),
  ).toBe(0);
  expect((await scene.pbx.control.stats()).duplicates).toBe(0);
});
