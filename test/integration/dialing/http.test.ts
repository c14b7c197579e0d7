/** What a running engine says of itself over HTTP, and whether it is true. */
import { expect, test } from "vitest";

import {
  insertCampaign,
  insertLeads,
  insertTrunk,
  startEngine,
  startRig,
  untilAttempts,
  untilBlocked,
} from "../../support/running-engine.ts";
import { waitFor } from "../../support/wait-for.ts";

async function get(
  url: string,
): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(url);
  return {
    status: response.status,
    body: (await response.json()) as Record<string, unknown>,
  };
}

test("/health of a dialling engine has the agreed fields, all true", async () => {
  const { httpUrl } = await startRig();
  const { status, body } = await get(`${httpUrl}/health`);
  expect(status).toBe(200);
  expect(body).toMatchObject({
    status: "healthy",
    running: true,
    voiceAdapterConnected: true,
    schedulerActive: true,
    executorActive: true,
    standby: false,
    database: true,
  });
  expect(body["uptime"]).toBeLessThan(60);
});

test("/health tells at once that the PBX is away, and turns 503 when it stays so", async () => {
  const { httpUrl, pbx } = await startRig({
    env: { UNHEALTHY_AFTER_MS: "400" },
  });
  pbx.setLine(false);
  const away = await get(`${httpUrl}/health`);
  expect(away.body).toMatchObject({
    voiceAdapterConnected: false,
    executorActive: false,
  });
  await waitFor(
    "503",
    async () => (await get(`${httpUrl}/health`)).status === 503,
  );
  pbx.setLine(true);
  await waitFor(
    "200",
    async () => (await get(`${httpUrl}/health`)).status === 200,
  );
});

test("a standby answers 200 and says that it is one; when the leader stops it takes over", async () => {
  const rig = await startRig();
  const standby = await startEngine(rig.database, {
    pbx: rig.pbx,
    awaitLease: false,
  });
  expect(await get(`${standby.httpUrl}/health`)).toMatchObject({
    status: 200,
    body: { status: "healthy", standby: true },
  });
  expect(await get(`${standby.httpUrl}/status`)).toMatchObject({
    body: { engine: { standby: true, holdsLease: false } },
  });
  await rig.stop();
  await waitFor("the standby to take over", async () => {
    const { body } = await get(`${standby.httpUrl}/health`);
    return body["standby"] === false;
  });
});

test("/status tells what is true of engine, lease, PBX, campaigns, trunks, calls, queue and blockers", async () => {
  const { sql, httpUrl, running } = await startRig({
    scenario: {
      shares: { no_answer: 1 },
      noAnswerRingMs: 60_000,
      timeoutScale: 10,
    },
  });
  await insertTrunk(sql, { max_channels: 2 });
  const campaign = await insertCampaign(sql, { name: "Spring" });
  await insertLeads(sql, campaign, 5);
  await untilAttempts(sql, 2, "state = 'RINGING'");
  await untilBlocked(sql, campaign, "TRUNK_CHANNELS");
  const { status, body } = await get(`${httpUrl}/status`);
  expect(status).toBe(200);
  expect(body).toMatchObject({
    engine: {
      id: running.engine.id,
      node: "default",
      adapter: "mock",
      holdsLease: true,
      standby: false,
      unansweredOriginates: 2,
      maxConcurrentOriginates: 50,
    },
    pbx: { status: "CONNECTED", reason: null },
    health: { healthy: true },
    recentErrors: [],
    campaigns: [
      {
        id: campaign,
        name: "Spring",
        status: "ACTIVE",
        liveCalls: { RINGING: 2 },
        progress: { leads: 5, leadsInProgress: 2, dials: 2 },
      },
    ],
    trunks: [
      { name: "a", liveChannels: 2, maxChannels: 2, bucketMissing: false },
    ],
  });
  const text = JSON.stringify(body);
  for (const section of [
    "liveAttempts",
    "blockers",
    "engines",
    "voiceNodes",
    "recentFailures",
    "queue",
    "failingJobs",
  ])
    expect(body[section], section).toBeInstanceOf(Array);
  expect(text).toContain("TRUNK_CHANNELS");
  expect(text).not.toContain("5511980000001");
});

test("/metrics counts the calls that were made", async () => {
  const { sql, httpUrl } = await startRig();
  await insertTrunk(sql);
  const campaign = await insertCampaign(sql);
  await insertLeads(sql, campaign, 3);
  await untilAttempts(sql, 3, "end_at is not null");
  const answered = await waitFor("the counter", async () => {
    const text = await (await fetch(`${httpUrl}/metrics`)).text();
    return /^\w+\{outcome="ANSWERED"\} 3$/m.exec(text);
  });
  expect(answered[0]).toContain("dialer_");
});

test("with STATUS_TOKEN set only /health answers without it", async () => {
  const token = "fictitious-token";
  const { httpUrl } = await startRig({ env: { STATUS_TOKEN: token } });
  expect((await fetch(`${httpUrl}/health`)).status).toBe(200);
  for (const path of ["/status", "/metrics"]) {
    expect((await fetch(httpUrl + path)).status).toBe(401);
    const headers = { authorization: `Bearer ${token}` };
    expect((await fetch(httpUrl + path, { headers })).status).toBe(200);
  }
});
