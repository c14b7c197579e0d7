/**
 * A FreeSWITCH that takes originates and serves the check of its events at each connect, and then tells nothing of a call:
 * few people are called, dialling stops with its own reason, and a word lets it go on.
 */
import { expect, test } from "vitest";

import { eventNameOf } from "../../support/esl-server/switch.ts";
import { FAR_END } from "../../support/esl-server.ts";
import type { Headers } from "../../support/esl-server.ts";
import {
  attempts,
  insertCampaign,
  setAccount,
  setRetry,
  untilBlocked,
} from "../../support/running-engine.ts";
import type { Sql } from "../../support/running-engine.ts";
import { waitFor } from "../../support/wait-for.ts";
import { insertGateway, insertPeople, startScene } from "./scene.ts";

const patienceMs = 90_000;
const AT_ONCE = 5;
/**
 * Three that end without an event stop the rest. All may be over before the third is noted, and others take their
 * places.
 */
const MOST_CALLS = 2 * AT_ONCE;

/** Of the channel, and of the dialplan on it. */
const isOfChannel = (headers: Headers): boolean =>
  /^(CHANNEL_|CUSTOM$)/.test(eventNameOf(headers));
const isOfCall = (headers: Headers): boolean =>
  isOfChannel(headers) || eventNameOf(headers) === "BACKGROUND_JOB";

async function nodeOf(sql: Sql) {
  const { rows } = await sql.query<{ calls: number; held: boolean }>(
    "select unheard_calls as calls, coalesce(unheard_until > now(), false) as held from voice_nodes where name = 'default'",
  );
  return rows[0];
}

/** @param ending what becomes of the calls without events */
async function expectStopped(
  lose: (headers: Headers) => boolean,
  ending: string,
): Promise<void> {
  const { sql, server, logs } = await startScene({
    server: { pace: { secondMs: 1_000 } },
  });
  await setAccount(sql);
  // Whoever was perhaps reached would be called again at once.
  await setRetry(sql, { delaySeconds: 0, maxTries: 50 });
  for (const gateway of ["carrier", "second"])
    await insertGateway(sql, gateway, gateway);
  server.switch.weather.lose = lose;
  const campaign = await insertCampaign(sql, {
    setup_timeout_seconds: 5,
    max_concurrent_calls: AT_ONCE,
  });
  await insertPeople(sql, campaign, 20, [ending]);
  await untilBlocked(sql, campaign, "CALLS_UNHEARD", patienceMs);
  await waitFor(
    "the calls that were out to end",
    async () => (await attempts(sql, "end_at is null")).length === 0,
    { timeoutMs: patienceMs },
  );
  expect(server.originates().length).toBeLessThanOrEqual(MOST_CALLS);
  expect(await nodeOf(sql)).toMatchObject({ held: true });
  expect(logs).toContainEqual(
    expect.objectContaining({ level: 50, node: "default" }),
  );
  server.switch.weather.lose = () => false;
  await sql.query("update voice_nodes set unheard_until = now()");
  for (const status of ["PAUSED", "ACTIVE"])
    await sql.query("update campaigns set status = $1", [status]);
  await waitFor(
    "calls to be spoken of",
    async () =>
      (await attempts(sql, "ring_at is not null or outcome = 'BUSY'")).length >=
      3,
    { timeoutMs: patienceMs },
  );
  expect(await nodeOf(sql)).toEqual({ calls: 0, held: false });
}

test("calls without events stop dialling, be they over when FreeSWITCH is asked or there until they are hung up; an event of one lets it resume", async () => {
  // Beside each other: each waits for time-outs of a call's length.
  await Promise.all([
    expectStopped(isOfCall, FAR_END.busy),
    expectStopped(isOfCall, FAR_END.rings),
    // What a job says of an answer is no word: it comes for calls that nobody answered, too.
    expectStopped(isOfChannel, FAR_END.answers),
  ]);
});
