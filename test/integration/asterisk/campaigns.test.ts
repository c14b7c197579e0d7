/** Whole campaigns through a real Asterisk: what the carrier did, what it saw, and what the rows say of it. */
import { afterAll, beforeAll, expect, test } from "vitest";

import {
  FAR_END,
  startAsterisk,
  worstSecond,
} from "../../support/asterisk-lab.ts";
import type { AsteriskLab } from "../../support/asterisk-lab.ts";
import {
  attempts,
  leads,
  must,
  startEngine,
  startRig,
  testDatabase,
  untilFinal,
} from "../../support/running-engine.ts";
import type { EngineOptions, Rig } from "../../support/running-engine.ts";
import { QUICK_TIMINGS } from "../../support/engine-process.ts";
import { PATIENCE_MS, waitFor } from "../../support/wait-for.ts";
import { adapterFor } from "../adapters/asterisk-ami/real-line.ts";
import {
  dial,
  expectSameCalls,
  phoneFor,
  seenSince,
  sentCalls,
  setTheScene,
  untilState,
} from "./campaign-scene.ts";

let lab: AsteriskLab;

beforeAll(async () => {
  lab = await startAsterisk();
});
afterAll(() => lab.stop());

function startDialing(): Promise<Rig> {
  return startRig(engineOptions());
}

function engineOptions(): EngineOptions {
  return {
    env: QUICK_TIMINGS,
    adapter: (installationId) => adapterFor(lab.ami, installationId),
  };
}

/** Behaviour of the carrier, extension that the answered call goes to, outcome. */
const endings = [
  [FAR_END.answers, "ANSWERED"],
  [FAR_END.earlyMediaThenAnswers, "ANSWERED"],
  [FAR_END.declines, "DECLINED"],
  [FAR_END.rejects, "DECLINED"],
  [FAR_END.rings, "NO_ANSWER"],
  [FAR_END.earlyMedia, "NO_ANSWER"],
  [FAR_END.earlyMediaThenUnavailable, "NO_ANSWER"],
  ["486", "BUSY"],
  ["600", "BUSY"],
  ["404", "INVALID_NUMBER"],
  ["410", "INVALID_NUMBER"],
  ["484", "INVALID_NUMBER"],
  ["604", "INVALID_NUMBER"],
  ["480", "UNREACHABLE"],
  ["403", "REJECTED"],
  ["603", "REJECTED"],
  ["607", "REJECTED"],
  ["500", "NETWORK_CONGESTION"],
  ["503", "NETWORK_CONGESTION"],
  ["504", "NETWORK_CONGESTION"],
  [FAR_END.silent, "NETWORK_CONGESTION"],
] as const;

test("each thing that a carrier does becomes the outcome that the contract names, and each lead is called once", async () => {
  const { sql } = await startDialing();
  await setTheScene(sql);
  const before = await lab.carrier.calls();
  const outcomes = new Map(
    endings.map(([suffix, outcome]) => [phoneFor(suffix), outcome]),
  );
  const campaign = await dial(sql, [...outcomes.keys()], {
    setup_timeout_seconds: 5,
  });
  await untilFinal(sql, campaign, 2 * PATIENCE_MS);
  const made = await sentCalls(sql);
  expect(new Map(made.map((row) => [row["phone_e164"], row.outcome]))).toEqual(
    outcomes,
  );
  expect(made).toHaveLength(endings.length);
  await expectSameCalls(sql, await seenSince(lab, before));
  for (const row of await leads(sql)) expect(row.dials).toBe(1);
});

test("a machine is told from a person, who is handed to an agent", async () => {
  const { sql } = await startDialing();
  await setTheScene(sql);
  const [human, machine] = [phoneFor(FAR_END.human), phoneFor(FAR_END.machine)];
  await dial(sql, [human, machine], { dialplan_extension: "amd" });
  const [talking] = await untilState(sql, "BRIDGED", 1);
  expect(talking).toMatchObject({ phone_e164: human, amd_result: "HUMAN" });
  const [left] = await untilState(sql, "ENDED", 1);
  expect(left).toMatchObject({
    phone_e164: machine,
    amd_result: "MACHINE",
    outcome: "MACHINE",
  });
  await sql.query("select hangup_attempt($1)", [must(talking).id]);
  const ended = await untilState(sql, "ENDED", 2);
  expect(ended.find(({ id }) => id === must(talking).id)).toMatchObject({
    outcome: "ANSWERED",
    hangup_source: "SYSTEM",
  });
});

test("a person for whom no agent picks up is abandoned; one who waits in the queue gets an agent", async () => {
  const { sql } = await startDialing();
  await setTheScene(sql);
  await dial(sql, [phoneFor(FAR_END.talks)], { dialplan_extension: "1003" });
  const [left] = await untilState(sql, "ABANDONED", 1);
  expect(left).toMatchObject({ outcome: "ABANDONED", bridge_at: null });
  await dial(sql, [phoneFor(FAR_END.talks)], { dialplan_extension: "queue" });
  const [talking] = await untilState(sql, "BRIDGED", 1);
  expect(String(talking?.["agent_channel"])).toContain("1001");
  await sql.query("select hangup_attempt($1)", [must(talking).id]);
  await untilState(sql, "ENDED", 1);
});

test("in no second does the carrier get more calls than the trunk may make", async () => {
  const { sql } = await startDialing();
  await setTheScene(sql, { cps_limit: 10 });
  const before = await lab.carrier.calls();
  const phones = Array.from({ length: 60 }, () => phoneFor("486"));
  const campaign = await dial(sql, phones);
  await untilFinal(sql, campaign, 2 * PATIENCE_MS);
  const seen = await seenSince(lab, before);
  expect(seen).toHaveLength(60);
  expect(worstSecond(seen)).toBeLessThanOrEqual(10);
  await expectSameCalls(sql, seen);
});

test("two hundred talks at once end by the campaign's limit of time, and none is missing anywhere", async () => {
  const { sql } = await startDialing();
  await setTheScene(sql, { cps_limit: 60, max_channels: 200 });
  const before = await lab.carrier.calls();
  const phones = Array.from({ length: 200 }, () =>
    phoneFor(FAR_END.talksAtOnce),
  );
  await dial(sql, phones, {
    max_concurrent_calls: 200,
    // Long enough for a busy machine to make the last call before the first ends.
    max_call_duration_seconds: 75,
    dialplan_extension: "1001",
  });
  const ended = await untilState(sql, "ENDED", 200, 200_000);
  expect(ended.every(({ outcome }) => outcome === "ANSWERED")).toBe(true);
  const { rows } = await sql.query(
    "select max(bridge_at) < min(end_at) as at_once, min(answered_duration_ms) >= 74900 as in_full from call_attempts",
  );
  expect(rows).toEqual([{ at_once: true, in_full: true }]);
  await expectSameCalls(sql, await seenSince(lab, before));
});

test("calls of another installation on the same PBX stay as they are when an engine hangs up its own orphan", async () => {
  const ours = await startDialing();
  const theirDatabase = await testDatabase();
  // Test databases are copies of one, and so is their installation.
  await theirDatabase.pool.query(
    "update installation set id = gen_random_uuid()",
  );
  await startEngine(theirDatabase, engineOptions());
  const theirs = { sql: theirDatabase.pool };
  for (const { sql } of [ours, theirs]) {
    await setTheScene(sql);
    await dial(sql, [phoneFor(FAR_END.talks), phoneFor(FAR_END.talks)], {
      dialplan_extension: "1001",
    });
    await untilState(sql, "BRIDGED", 2);
  }
  await ours.stop();
  const [orphan] = await sentCalls(ours.sql);
  await ours.sql.query(
    "update call_attempts set state = 'FAILED', outcome = 'ORPHANED', end_at = now(), deadline_at = null, deadline_type = null where id = $1",
    [must(orphan).id],
  );
  const live = (await lab.carrier.calls()).filter(({ end }) => end === null);
  await startEngine(ours.database, engineOptions());
  await waitFor("the orphan to be hung up", async () => {
    const calls = await lab.carrier.calls();
    const number = String(must(orphan)["phone_e164"]).slice(1);
    return calls.some((call) => call.number === number && call.end !== null);
  });
  for (const [sql, count] of [
    [ours.sql, 1],
    [theirs.sql, 2],
  ] as const)
    expect(await attempts(sql, "state = 'BRIDGED'")).toHaveLength(count);
  const ended = (await lab.carrier.calls()).filter(
    ({ callId, end }) =>
      end !== null && live.some((call) => call.callId === callId),
  );
  expect(ended.map(({ number }) => `+${number}`)).toEqual([
    must(orphan)["phone_e164"],
  ]);
  for (const { sql } of [ours, theirs])
    await sql.query(
      "select hangup_attempt(id) from call_attempts where end_at is null",
    );
  await untilState(theirs.sql, "ENDED", 2);
  await untilState(ours.sql, "ENDED", 1);
});
