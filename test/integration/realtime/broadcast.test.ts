/** What the front end is told by a running engine, and that dialling knows nothing of it when Supabase is away. */
import { readFile } from "node:fs/promises";
import { expect, onTestFinished, test } from "vitest";

import { startFakeSupabase } from "../../support/fake-supabase.ts";
import type { FakeSupabase } from "../../support/fake-supabase.ts";
import {
  insertCampaign,
  insertLeads,
  insertTrunk,
  startEngine,
  startRig,
  untilAttempts,
  untilStatus,
} from "../../support/running-engine.ts";
import type { EngineOptions } from "../../support/running-engine.ts";
import { waitFor } from "../../support/wait-for.ts";

async function startWithSupabase(options: EngineOptions = {}) {
  const supabase = await startFakeSupabase();
  onTestFinished(() => supabase.close());
  const env = {
    SUPABASE_URL: supabase.url,
    SUPABASE_SECRET_KEY: supabase.secretKey,
  };
  const rig = await startRig({ ...options, env });
  return { ...rig, supabase, env };
}

const of = (supabase: FakeSupabase, campaignId: string) =>
  supabase.broadcasts.filter(
    ({ topic }) => topic === `dialer:campaign:${campaignId}`,
  );

async function metric(httpUrl: string, result: string): Promise<number> {
  const text = await (await fetch(`${httpUrl}/metrics`)).text();
  const name = "dialer_realtime_snapshots_total";
  const found = new RegExp(`^${name}\\{result="${result}"\\} (\\d+)$`, "m");
  return Number(found.exec(text)?.[1] ?? 0);
}

test("each active campaign has its own topic, with live calls, blockers and progress, and a last word at its end", async () => {
  const { sql, supabase, httpUrl } = await startWithSupabase({
    scenario: {
      shares: { no_answer: 1 },
      noAnswerRingMs: 60_000,
      timeoutScale: 10,
    },
  });
  await insertTrunk(sql, { max_channels: 3 });
  const first = await insertCampaign(sql, { name: "First" });
  await insertLeads(sql, first, 5);
  const second = await insertCampaign(sql, { name: "Second" });
  await untilAttempts(sql, 3, "state = 'RINGING'");
  const told = await waitFor("a snapshot of the ringing calls", () =>
    of(supabase, first).find(({ payload }) => {
      const calls = payload["liveCalls"] as Record<string, number>;
      return calls["RINGING"] === 3 && payload["progress"] !== null;
    }),
  );
  expect(told).toMatchObject({
    event: "snapshot",
    payload: {
      campaignId: first,
      status: "ACTIVE",
      at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      progress: { leads: 5 },
    },
  });
  const page = await readFile(
    new URL("../../../docs/realtime.md", import.meta.url),
    "utf8",
  );
  const shown = JSON.parse(
    /```json\n([^`]+)```/.exec(page)?.[1] ?? "null",
  ) as Record<string, object>;
  const names = (of: object) => Object.keys(of).toSorted();
  expect(names(told.payload)).toEqual(names(shown));
  expect(names(told.payload["progress"] as object)).toEqual(
    names(shown["progress"] ?? {}),
  );
  await waitFor("the blocker to be sent", () =>
    JSON.stringify(of(supabase, first).at(-1)).includes("TRUNK_CHANNELS"),
  );
  await sql.query("update campaigns set status = 'CANCELLED' where id = $1", [
    second,
  ]);
  await waitFor(
    "the last word",
    () => of(supabase, second).at(-1)?.payload["status"] === "CANCELLED",
  );
  // No more than one a second, though one that is late may come close before the next.
  const times = of(supabase, first).map(({ atMs }) => atMs);
  const lastedMs = (times.at(-1) ?? 0) - (times[0] ?? 0);
  expect(times.length).toBeLessThanOrEqual(lastedMs / 1_000 + 2);
  expect(supabase.strays).toEqual([]);
  // It is counted when its answer has come.
  await waitFor(
    "all to be counted",
    async () => (await metric(httpUrl, "sent")) === supabase.broadcasts.length,
  );
});

test.each(["hang", "cut", 500, 401] as const)(
  "with Supabase answering %s a campaign is dialled to its end, failures are counted and logged once without the key",
  async (answer) => {
    const { sql, supabase, httpUrl, logs } = await startWithSupabase();
    supabase.answer(answer);
    await insertTrunk(sql);
    const waiting = await insertCampaign(sql, { auto_complete: false });
    await waitFor(
      "a failure",
      async () => (await metric(httpUrl, "failed")) > 0,
      {
        intervalMs: 50,
      },
    );
    const campaign = await insertCampaign(sql);
    await insertLeads(sql, campaign, 10);
    await untilStatus(sql, campaign, "COMPLETED");
    supabase.answer(202);
    await waitFor("snapshots to arrive again", () =>
      of(supabase, waiting).at(-1),
    );
    const said = logs.filter(({ name }) => name === "Realtime");
    await waitFor(
      "the recovery to be logged",
      () => logs.filter(({ name }) => name === "Realtime").length >= 2,
    );
    expect(said.filter(({ level }) => level >= 40)).toHaveLength(1);
    expect(JSON.stringify(logs)).not.toContain(supabase.secretKey);
  },
);

test("a standby tells nothing; it begins when it takes over", async () => {
  const rig = await startWithSupabase();
  const { sql, supabase, env } = rig;
  await insertTrunk(sql);
  const campaign = await insertCampaign(sql, { auto_complete: false });
  await waitFor(
    "the leader's snapshot",
    () => of(supabase, campaign).length > 0,
  );
  const standby = await startEngine(rig.database, {
    pbx: rig.pbx,
    awaitLease: false,
    env,
  });
  await waitFor("the standby to be ready", async () => {
    const { rowCount } = await sql.query(
      "select from engines where is_standby and pbx_connected",
    );
    return rowCount === 1;
  });
  const early = of(supabase, campaign).length;
  await insertLeads(sql, campaign, 1);
  await waitFor(
    "something to send, and the leader to send it",
    () => of(supabase, campaign).length > early,
  );
  expect(await metric(standby.httpUrl, "sent")).toBe(0);
  const before = of(supabase, campaign).length;
  await rig.stop();
  await waitFor("the standby's first word", async () => {
    return (await metric(standby.httpUrl, "sent")) > 0;
  });
  expect(of(supabase, campaign).length).toBeGreaterThan(before);
});
