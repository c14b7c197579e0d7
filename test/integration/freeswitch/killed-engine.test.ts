/** The engine dies with SIGKILL while FreeSWITCH has its calls; the next one finds them. */
import { afterEach, beforeEach, expect, test } from "vitest";

import { createTestDatabase } from "../../support/database.ts";
import type { TestDatabase } from "../../support/database.ts";
import {
  attempts,
  insertCampaign,
  untilFinal,
} from "../../support/dialing-rows.ts";
import {
  QUICK_TIMINGS,
  startEngine,
  stopPrograms,
} from "../../support/engine-process.ts";
import type { EngineProcess } from "../../support/engine-process.ts";
import { FAR_END, startEslServer } from "../../support/esl-server.ts";
import type { EslServer } from "../../support/esl-server.ts";
import { waitFor } from "../../support/wait-for.ts";
import {
  engineVariables,
  expectNobodyTwice,
  insertGateway,
  insertPeople,
  neverRetry,
} from "./scene.ts";

let database: TestDatabase;
let server: EslServer;

beforeEach(async () => {
  database = await createTestDatabase();
  await neverRetry(database.pool);
  await insertGateway(database.pool, "carrier");
});
afterEach(async () => {
  await stopPrograms();
  await server.close();
  await database.drop({ sessionsMayRemain: true });
});

function start(): Promise<EngineProcess> {
  return startEngine({
    DATABASE_URL: database.url,
    PORT: "0",
    ...engineVariables(server),
    ...QUICK_TIMINGS,
  });
}

async function addCampaign(
  people: number,
  endings: readonly string[],
): Promise<string> {
  const id = await insertCampaign(database.pool, {
    status: "DRAFT",
    max_concurrent_calls: 50,
  });
  await insertPeople(database.pool, id, people, endings);
  await database.pool.query("update campaigns set status = 'ACTIVE'");
  return id;
}

const UP = "bridge_at is not null and end_at is null";

test("with live calls: they are adopted, their ends are received, nobody is dialled again", async () => {
  server = await startEslServer({ limits: { sessionsPerSecond: 1_000 } });
  const first = await start();
  const campaignId = await addCampaign(12, [FAR_END.talks]);
  await waitFor(
    "all to talk",
    async () => (await attempts(database.pool, UP)).length === 12,
    { timeoutMs: 60_000 },
  );
  await first.end("SIGKILL");
  expect(server.switch.legs.size).toBeGreaterThanOrEqual(12);
  const next = await start();
  await waitFor(
    "the calls to be adopted",
    () => next.log().some(({ adopted, lost }) => adopted === 12 && lost === 0),
    { timeoutMs: 60_000 },
  );
  expect(await attempts(database.pool, UP)).toHaveLength(12);
  for (const leg of [...server.switch.legs.values()]) {
    if (leg.kind === "carrier") leg.hangup("NORMAL_CLEARING", "far_end");
  }
  await untilFinal(database.pool, campaignId, 60_000);
  const ended = await attempts(database.pool, "outcome <> 'CANCELLED'");
  expect(ended).toHaveLength(12);
  for (const attempt of ended) {
    expect(attempt).toMatchObject({
      outcome: "ANSWERED",
      hangup_cause: "NORMAL_CLEARING",
      hangup_source: "CALLEE",
    });
  }
  await expectNobodyTwice(database.pool, server);
});

test("with talks that end while no engine is there: ANSWERED, and nobody is dialled again", async () => {
  server = await startEslServer({ limits: { sessionsPerSecond: 1_000 } });
  const first = await start();
  const campaignId = await addCampaign(8, [FAR_END.talks]);
  await waitFor(
    "all to talk",
    async () => (await attempts(database.pool, UP)).length === 8,
    { timeoutMs: 60_000 },
  );
  await first.end("SIGKILL");
  for (const leg of [...server.switch.legs.values()]) {
    leg.hangup("NORMAL_CLEARING", "far_end");
  }
  await start();
  await untilFinal(database.pool, campaignId, 60_000);
  const ended = await attempts(database.pool, "outcome <> 'CANCELLED'");
  expect(ended.map(({ outcome }) => outcome)).toEqual(
    Array<string>(8).fill("ANSWERED"),
  );
  await expectNobodyTwice(database.pool, server);
});

test("five times under load: every lead ends, nobody is dialled twice, no call is forgotten", async () => {
  server = await startEslServer({
    limits: { sessionsPerSecond: 1_000 },
    pace: { talkMs: 3_500, ringMs: 200, secondMs: 50 },
  });
  const campaignId = await addCampaign(96, [
    FAR_END.answers,
    FAR_END.declines,
    FAR_END.rings,
    FAR_END.busy,
  ]);
  await database.pool.query("update trunk_config set cps_limit = 15");
  for (let round = 0; round < 5; round += 1) {
    const before = server.originates().length;
    const engine = await start();
    await waitFor(
      "some more originates",
      () => server.originates().length >= before + 5 + round,
      { timeoutMs: 60_000 },
    );
    await engine.end("SIGKILL");
  }
  await start();
  await untilFinal(database.pool, campaignId, 90_000);
  await waitFor("all calls to end", () => server.switch.legs.size === 0);
  await expectNobodyTwice(database.pool, server);
  expect(await attempts(database.pool, "end_at is null")).toEqual([]);
  // Whoever the switch was told to call has an attempt that counts as dialled.
  const made = server.originates().map(({ uuid }) => uuid);
  const known = await attempts(
    database.pool,
    "originate_at is not null and call_attempts.id = any($1::uuid[])",
    [made],
  );
  expect(known).toHaveLength(made.length);
});
