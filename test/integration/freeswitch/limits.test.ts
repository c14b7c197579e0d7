/** The switch's own limits: the engine reads them, stays below, and says so. */
import { expect, test } from "vitest";

import { FAR_END } from "../../support/esl-server.ts";
import {
  attempts,
  insertCampaign,
  untilBlocked,
  untilFinal,
} from "../../support/running-engine.ts";
import { waitFor } from "../../support/wait-for.ts";
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
  await untilFinal(sql, campaignId, 50_000);
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
