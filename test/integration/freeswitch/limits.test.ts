/** The switch's own limits: the engine reads them, stays below, and says so. */
import { expect, test } from "vitest";

import { EVENTS } from "../../../adapters/freeswitch-esl/handshake.ts";
import { FAR_END } from "../../support/esl-server.ts";
import {
  attempts,
  insertCampaign,
  leads,
  untilBlocked,
  untilFinal,
} from "../../support/running-engine.ts";
import { PATIENCE_MS, waitFor } from "../../support/wait-for.ts";
import {
  expectNobodyTwice,
  insertGateway,
  insertPeople,
  neverRetry,
  startScene,
} from "./scene.ts";

test("sessions per second: the switch never refuses, though the trunk would allow ten times as many", async () => {
  const scene = await startScene({
    server: { limits: { sessionsPerSecond: 10 }, pace: { secondMs: 1_000 } },
  });
  const { sql, server } = scene;
  await neverRetry(sql);
  await insertGateway(sql, "carrier");
  const campaignId = await insertCampaign(sql, { max_concurrent_calls: 100 });
  await insertPeople(sql, campaignId, 40, [FAR_END.busy]);
  await untilBlocked(sql, campaignId, "SWITCH_CPS");
  await untilFinal(sql, campaignId, 2 * PATIENCE_MS);
  expect(await attempts(sql, "outcome = 'SWITCH_REFUSED'")).toEqual([]);
  await expectNobodyTwice(sql, server);
  const times = server.originates().map(({ atMs }) => atMs);
  const most = Math.max(
    ...times.map(
      (start) => times.filter((at) => at >= start && at < start + 1_000).length,
    ),
  );
  // Of N sessions per second the switch lets N - 1 pass.
  expect(most).toBeLessThanOrEqual(9);
});

test("max sessions: no more calls than there is room for, and a heartbeat makes room", async () => {
  const scene = await startScene({
    server: { limits: { maxSessions: 5 }, pace: { secondMs: 1_000 } },
  });
  const { sql, server } = scene;
  await neverRetry(sql);
  await insertGateway(sql, "carrier");
  const campaignId = await insertCampaign(sql, {
    max_concurrent_calls: 50,
    dialplan_extension: "s",
  });
  await insertPeople(sql, campaignId, 12, [FAR_END.rings]);
  await untilBlocked(sql, campaignId, "SWITCH_SESSIONS");
  await waitFor("the first calls", () => server.switch.legs.size > 0);
  expect(server.switch.legs.size).toBeLessThanOrEqual(5);
  server.switch.limits.maxSessions = 500;
  server.heartbeat();
  await waitFor("all to ring", () => server.switch.legs.size === 12);
  expect(await attempts(sql, "outcome = 'SWITCH_REFUSED'")).toEqual([]);
  await sql.query("update campaigns set status = 'CANCELLED'");
  await waitFor("all to be hung up", () => server.switch.legs.size === 0);
  await expectNobodyTwice(sql, server);
});

/** The user of docs/freeswitch/directory/dialer.xml: may not run fsctl. */
const restricted = {
  name: "engine@dialer",
  password: "secret",
  events: [...EVENTS],
  api: "bgapi originate show status global_getvar xml_locate uuid_exists uuid_dump uuid_getvar uuid_setvar uuid_kill".split(
    " ",
  ),
};

test.each([
  ["fsctl pause", { isPausedForAll: true }, [], /is paused \(fsctl pause\)/],
  [
    "fsctl pause outbound",
    { isPausedForAll: false },
    [],
    /paused for outbound calls/,
  ],
  [
    "fsctl pause outbound, before a user who may not ask",
    { isPausedForAll: false },
    [restricted],
    /refuses every call though it has room/,
  ],
])(
  "%s: seen at the first refusals, no dial is burnt, and it dials on when it is resumed",
  async (_, { isPausedForAll }, users, words) => {
    const scene = await startScene({
      server: { pace: { secondMs: 1_000 }, users },
      ...(users.length === 0 ? {} : { password: "engine@dialer:secret" }),
    });
    const { sql, server } = scene;
    await neverRetry(sql);
    await insertGateway(sql, "carrier");
    // It has been up for longer than a switch starts.
    server.switch.startedMs -= 600_000;
    const campaignId = await insertCampaign(sql, { max_concurrent_calls: 20 });
    server.switch.limits.isPaused = true;
    server.switch.limits.isPausedForAll = isPausedForAll;
    await insertPeople(sql, campaignId, 40, [FAR_END.busy]);
    await untilBlocked(sql, campaignId, "SWITCH_PAUSED");
    await waitFor(
      "what was refused to be taken back",
      async () =>
        (await attempts(sql, "end_at is null and state <> 'QUEUED'")).length ===
        0,
    );
    expect(await attempts(sql, "outcome = 'SWITCH_REFUSED'")).toEqual([]);
    expect(await leads(sql, "dials > 0 or attempts > 0")).toEqual([]);
    expect(scene.running.engine.term).not.toBeNull();
    // What an operator wants is no outage: the line is up, and stays said.
    await waitFor("the row to say so", async () => {
      const { rows } = await sql.query(
        "select from voice_nodes where pbx_connected and pbx_pause = 'SWITCH_PAUSED' and lease_holder is not null",
      );
      return rows.length === 1;
    });
    const refusals = server.originates().length;
    await waitFor("it to be said why", async () => {
      const status = await fetch(`${scene.httpUrl}/status`);
      return words.test(await status.text());
    });
    const health = await fetch(`${scene.httpUrl}/health`);
    expect(health.status).toBe(200);
    expect(await health.json()).toMatchObject({
      status: "healthy",
      voiceAdapterConnected: true,
    });
    if (users.length > 0)
      await waitFor(
        "two more calls that try it, one at a time",
        () => server.originates().length >= refusals + 2,
        { timeoutMs: 2 * PATIENCE_MS },
      );
    else expect(server.originates()).toHaveLength(refusals);
    expect(await attempts(sql, "outcome = 'SWITCH_REFUSED'")).toEqual([]);
    server.switch.limits.isPaused = false;
    server.switch.limits.isPausedForAll = false;
    await untilFinal(sql, campaignId, 60_000);
    expect(await leads(sql, "dials = 1")).toHaveLength(40);
  },
);

test("no caller id at all: said while it dials, and no more once the trunk has one", async () => {
  const scene = await startScene({ server: { pace: { secondMs: 1_000 } } });
  const { sql } = scene;
  await neverRetry(sql);
  await insertGateway(sql, "carrier");
  await sql.query("update trunk_config set caller_id = null");
  const campaignId = await insertCampaign(sql, { auto_complete: false });
  await insertPeople(sql, campaignId, 3, [FAR_END.busy]);
  await untilBlocked(sql, campaignId, "NO_CALLER_ID");
  await waitFor(
    "all to be dialled",
    async () => (await leads(sql, "dials = 1")).length === 3,
  );
  await sql.query("update trunk_config set caller_id = '+551130000000'");
  await insertPeople(sql, campaignId, 1, [FAR_END.busy]);
  await waitFor("the reason to be gone", async () => {
    const { rows } = await sql.query(
      "select from dialing_blockers where reason = 'NO_CALLER_ID'",
    );
    return rows.length === 0;
  });
});
