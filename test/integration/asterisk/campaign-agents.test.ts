/** Campaigns through a real Asterisk: what becomes of people who answered, and what the rows say of it. */
import { afterAll, beforeAll, expect, test } from "vitest";

import { FAR_END, startAsterisk } from "../../support/asterisk-lab.ts";
import { untilColleagueTalks } from "../../support/asterisk-lab/consultation.ts";
import type { AsteriskLab, SeenCall } from "../../support/asterisk-lab.ts";
import { QUICK_TIMINGS } from "../../support/engine-process.ts";
import {
  attempts,
  must,
  startRig,
  untilFinal,
} from "../../support/running-engine.ts";
import type { AttemptRow, Rig, Sql } from "../../support/running-engine.ts";
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

async function startDialing(): Promise<Rig> {
  const rig = await startRig({
    env: QUICK_TIMINGS,
    adapter: (installationId) => adapterFor(lab.ami, installationId),
  });
  await setTheScene(rig.sql);
  return rig;
}

/** What the carrier saw of the call to that number. */
async function seen(phone: string): Promise<SeenCall | undefined> {
  return (await lab.carrier.calls()).find(
    ({ number }) => `+${number}` === phone,
  );
}

/** By what was told: with the first of two agents the person may have talked already. */
async function untilTalking(sql: Sql, agentId: string): Promise<AttemptRow> {
  const toldOf = `exists (select from call_attempt_events where attempt_id = call_attempts.id
    and kind = 'BRIDGED' and detail ->> 'agentId' = $1)`;
  return waitFor(
    `the person to talk with ${agentId}`,
    async () => (await attempts(sql, toldOf, [agentId]))[0],
  );
}

async function notesOf(sql: Sql, attemptId: string): Promise<string[]> {
  const { rows } = await sql.query<{ note: string }>(
    "select detail ->> 'note' as note from call_attempt_events where attempt_id = $1 and kind = 'NOTED' order by at",
    [attemptId],
  );
  return rows.map(({ note }) => note);
}

test("a person who hangs up after three seconds has talked with the agent for as long", async () => {
  const { sql } = await startDialing();
  const before = await lab.carrier.calls();
  const phone = phoneFor(FAR_END.answers);
  const beganMs = performance.now();
  const campaign = await dial(sql, [phone], { dialplan_extension: "1001" });
  await untilFinal(sql, campaign);
  const lastedMs = performance.now() - beganMs;
  const [row] = await sentCalls(sql);
  expect(row).toMatchObject({
    outcome: "ANSWERED",
    hangup_source: "CALLEE",
    hangup_cause_code: 16,
    sip_final_code: null,
    agent_id: "PJSIP/1001",
  });
  // By Asterisk's clock, which may hear late of the answer or of the end, but of neither before we have dialled or after we know.
  expect(Number(row?.["answered_duration_ms"])).toBeGreaterThan(2_000);
  expect(Number(row?.["answered_duration_ms"])).toBeLessThan(lastedMs);
  await expectSameCalls(sql, await seenSince(lab, before));
});

test("people whose agent does not answer are abandoned, whoever is the first to give up", async () => {
  const { sql } = await startDialing();
  const before = (await lab.agents.calls()).length;
  const phones = [phoneFor(FAR_END.talks), phoneFor(FAR_END.answers)];
  const campaign = await dial(sql, phones, { dialplan_extension: "1002" });
  await untilFinal(sql, campaign, 2 * PATIENCE_MS);
  const { rows: rang } = await sql.query(
    "select from call_attempt_events where kind = 'AGENT_RINGING'",
  );
  // Whose phone rings is a state for seconds only: what was heard of it stays.
  expect(rang).toHaveLength(phones.length);
  const made = await sentCalls(sql);
  expect(made.map((row) => row["phone_e164"]).sort()).toEqual(phones.sort());
  for (const row of made)
    expect(row).toMatchObject({ outcome: "ABANDONED", bridge_at: null });
  const gaveUp = made.find(
    (row) => row["phone_e164"] === phones.find((one) => one.endsWith("200")),
  );
  expect(gaveUp).toMatchObject({ hangup_source: "CALLEE" });
  const rung = (await lab.agents.calls()).slice(before);
  expect(rung.map(({ end }) => end)).toEqual(
    phones.map(() => "CANCEL received"),
  );
});

test("somebody who says nothing is taken for a person, on a silent line and on a dead one", async () => {
  const { sql } = await startDialing();
  const phones = [phoneFor(FAR_END.quiet), phoneFor(FAR_END.mute)];
  const campaign = await dial(sql, phones, { dialplan_extension: "amd" });
  for (const row of await untilState(sql, "BRIDGED", 2)) {
    expect(row).toMatchObject({ amd_result: "NOTSURE" });
    await sql.query("select hangup_attempt($1)", [row.id]);
  }
  await untilFinal(sql, campaign);
  const outcomes = (await sentCalls(sql)).map(({ outcome }) => outcome);
  expect(outcomes).toEqual(["ANSWERED", "ANSWERED"]);
});

test("a person whom an agent of a queue behind a Local channel transfers blindly goes on with the colleague", async () => {
  const { sql } = await startDialing();
  await dial(sql, [phoneFor(FAR_END.talks)], {
    dialplan_context: "lab-queue",
  });
  const first = await untilTalking(sql, "Local/1009@from-queue");
  const second = await untilTalking(sql, "PJSIP/1001");
  expect(second.id).toBe(first.id);
  expect(await notesOf(sql, first.id)).toContain("blind transfer");
  await sql.query("select hangup_attempt($1)", [first.id]);
  await untilState(sql, "ENDED", 1);
  expect((await sentCalls(sql))[0]).toMatchObject({ agent_id: "PJSIP/1001" });
});

test("behind a dialplan whose first carrier refuses, the person waits again when an agent does not pick up", async () => {
  const { sql } = await startDialing();
  await sql.query(
    "update trunk_config set dial_string = 'Local/{number}@from-internal-lcr/n'",
  );
  const campaign = await dial(sql, [phoneFor(FAR_END.talks)], {
    dialplan_context: "lab-two-agents",
  });
  await untilFinal(sql, campaign, 2 * PATIENCE_MS);
  const [made] = await sentCalls(sql);
  expect(made).toMatchObject({
    outcome: "ANSWERED",
    agent_id: "PJSIP/1004",
    hangup_source: "AGENT",
  });
  const { rows } = await sql.query<{ kind: string }>(
    // Asterisk dials the agent in the millisecond in which it says that a person waits: kinds in their own order then.
    `select kind from call_attempt_events where attempt_id = $1
     order by at, array_position(array['WAITING_AGENT', 'AGENT_RINGING', 'BRIDGED'], kind)`,
    [made?.id],
  );
  const phases = rows
    .map(({ kind }) => kind)
    .filter((kind) => /AGENT|BRIDGED/.test(kind));
  expect(phases).toEqual([
    "WAITING_AGENT",
    "AGENT_RINGING",
    "WAITING_AGENT",
    "AGENT_RINGING",
    "BRIDGED",
  ]);
});

test("a person whom the agent transfers blindly goes on with the colleague in the same attempt", async () => {
  const { sql } = await startDialing();
  const phone = phoneFor(FAR_END.talks);
  const campaign = await dial(sql, [phone], { dialplan_extension: "1009" });
  const first = await untilTalking(sql, "PJSIP/1009");
  const second = await untilTalking(sql, "PJSIP/1001");
  expect(second.id).toBe(first.id);
  expect(second["bridge_at"]).toEqual(first["bridge_at"]);
  expect(await notesOf(sql, first.id)).toContain("blind transfer");
  await sql.query("select hangup_attempt($1)", [first.id]);
  await untilFinal(sql, campaign);
  expect(await sentCalls(sql)).toMatchObject([
    { outcome: "ANSWERED", agent_id: "PJSIP/1001", hangup_source: "SYSTEM" },
  ]);
  expect(must(await seen(phone)).end).toBe("BYE received");
});

test("a person whose agent asks a colleague first goes on with him, and he hangs up as the agent", async () => {
  const { sql } = await startDialing();
  const campaign = await dial(sql, [phoneFor(FAR_END.talks)], {
    dialplan_extension: "1001",
  });
  const first = await untilTalking(sql, "PJSIP/1001");
  const channel = String(first["agent_channel"]);
  const hand = await lab.connect();
  try {
    await hand.action("Atxfer", [
      ["Channel", channel],
      ["Exten", "1004"],
      ["Context", "from-agents"],
    ]);
    await untilColleagueTalks(hand, "1004");
    await hand.action("Hangup", [["Channel", channel]]);
  } finally {
    await hand.close();
  }
  await untilFinal(sql, campaign);
  expect(await sentCalls(sql)).toMatchObject([
    {
      id: first.id,
      outcome: "ANSWERED",
      agent_id: "PJSIP/1004",
      hangup_source: "AGENT",
    },
  ]);
  expect(await notesOf(sql, first.id)).toContain("attended transfer");
});
