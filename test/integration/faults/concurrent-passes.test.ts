/** Passes and completions beside each other and beside other people's changes. */
import { expect, test } from "vitest";
import { noHistory } from "../../../adapters/port.ts";
import { completeIfIdle } from "../../../database/post-call-effects.ts";
import { claimOriginates } from "../../../database/originating.ts";
import { applyEvents } from "../../../engine/attempts/apply-events.ts";
import { runSchedulingPass } from "../../../engine/scheduling/pass.ts";
import { PASS, identity, shareConcurrencyScene } from "./concurrency-scene.ts";
import { addCampaign, addLeads, count, only } from "./scene.ts";

const scene = shareConcurrencyScene();

test("eight passes of one campaign at once never exceed max_concurrent_calls", async () => {
  for (const limit of [1, 3, 10]) {
    const campaignId = await addCampaign(scene.state, { concurrent: limit });
    await addLeads(scene.state, campaignId, 80);
    await Promise.all(
      Array.from({ length: 8 }, () =>
        runSchedulingPass(scene.state, campaignId, PASS),
      ),
    );
    const live = await count(
      scene.state,
      "select count(*) from call_attempts where campaign_id = $1 and end_at is null",
      [campaignId],
    );
    expect(live).toBe(limit);
  }
});

test("eight campaigns that pass at once never exceed a trunk's channels", async () => {
  await scene.state.query("update trunk_config set max_channels = 25");
  try {
    const campaigns = await Promise.all(
      Array.from({ length: 8 }, () =>
        addCampaign(scene.state, { concurrent: 40 }),
      ),
    );
    for (const id of campaigns) await addLeads(scene.state, id, 40);
    for (let round = 0; round < 3; round++)
      await Promise.all(
        campaigns.map((id) => runSchedulingPass(scene.state, id, PASS)),
      );
    const live = await count(
      scene.state,
      "select count(*) from call_attempts where end_at is null",
    );
    expect(live).toBeLessThanOrEqual(25);
    expect(live).toBeGreaterThan(20);
  } finally {
    await scene.state.query("update trunk_config set max_channels = 500");
  }
});

test("a DNC that is set while the call is up stays when the call ends", async () => {
  const ids = await scene.queueSome(1);
  const { claimed } = await claimOriginates(scene.state, identity, ids);
  const attemptId = only(claimed).id;
  await scene.state.query(
    "update leads set status = 'DNC', status_reason = 'ASKED'",
  );
  const at = new Date().toISOString();
  const settled = await applyEvents(
    scene.state,
    [
      {
        kind: "ENDED",
        attemptId,
        at,
        dedupKey: "end",
        complete: true,
        timedOut: false,
        source: "CALLEE",
        sipCallId: null,
        cause: 17,
        causeName: "USER_BUSY",
        sipStatus: 486,
        sipReason: null,
        history: noHistory,
      },
    ],
    { settleMs: 100, agentTimeoutMs: 300_000, random: Math.random },
  );
  expect(settled.ended.map(({ outcome }) => outcome)).toEqual(["BUSY"]);
  const { rows } = await scene.state.query<{
    status: string;
    attempts: number;
  }>("select status, attempts from leads");
  expect(only(rows)).toEqual({ status: "DNC", attempts: 1 });
});

test("a campaign that completes while leads come in is ACTIVE afterwards, or the leads are seen", async () => {
  for (let round = 0; round < 15; round++) {
    const campaignId = await addCampaign(scene.state);
    await addLeads(scene.state, campaignId, 1);
    await scene.state.query(
      "update leads set status = 'DONE' where campaign_id = $1",
      [campaignId],
    );
    const inserting = scene.database.pool.query(
      `insert into leads (campaign_id, phone) select $1, '1196' || lpad(g::text, 7, '0') from generate_series(1, $2) as g`,
      [campaignId, 1 + (round % 3) * 200],
    );
    await Promise.all([
      inserting,
      completeIfIdle(scene.state, campaignId),
      completeIfIdle(scene.state, campaignId),
    ]);
    const { rows } = await scene.state.query<{ status: string }>(
      "select status from campaigns where id = $1",
      [campaignId],
    );
    expect(only(rows).status).toBe("ACTIVE");
  }
});
