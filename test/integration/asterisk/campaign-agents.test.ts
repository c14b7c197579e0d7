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
import { waitFor } from "../../support/wait-for.ts";
import { adapterFor } from "../adapters/asterisk-ami/real-line.ts";
import {
  dial,
  expectSameCalls,
  phoneFor,
  seenSince,
  setTheScene,
  untilState,
} from "./campaign-scene.ts";

let lab: AsteriskLab;

beforeAll(async () => {
  lab = await startAsterisk();
}, 300_000);
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

async function untilTalking(sql: Sql, agentId: string): Promise<AttemptRow> {
  return waitFor(
    `the person to talk with ${agentId}`,
    async () => {
      const where = "state = 'BRIDGED' and agent_id = $1";
      return (await attempts(sql, where, [agentId]))[0];
    },
    { timeoutMs: 20_000 },
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
  const campaign = await dial(sql, [phone], { dialplan_extension: "1001" });
  await untilFinal(sql, campaign, 30_000);
  const [row] = await attempts(sql);
  expect(row).toMatchObject({
    outcome: "ANSWERED",
    hangup_source: "CALLEE",
    hangup_cause_code: 16,
    sip_final_code: null,
    agent_id: "PJSIP/1001",
  });
  const { at, endAt } = must(await seen(phone));
  // It rings for 0.3 s of this.
  const lasted = must(endAt) - at;
  expect(Number(row?.["answered_duration_ms"])).toBeGreaterThan(2_500);
  expect(Number(row?.["answered_duration_ms"])).toBeLessThan(lasted);
  await expectSameCalls(sql, await seenSince(lab, before));
});

test("people whose agent does not answer are abandoned, whoever is the first to give up", async () => {
  const { sql } = await startDialing();
  const before = (await lab.agents.calls()).length;
  const phones = [phoneFor(FAR_END.talks), phoneFor(FAR_END.answers)];
  const campaign = await dial(sql, phones, { dialplan_extension: "1002" });
  await untilState(sql, "AGENT_RINGING", 1);
  await untilFinal(sql, campaign, 45_000);
  const made = await attempts(sql);
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
  await untilFinal(sql, campaign, 20_000);
  const outcomes = (await attempts(sql)).map(({ outcome }) => outcome);
  expect(outcomes).toEqual(["ANSWERED", "ANSWERED"]);
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
  await untilFinal(sql, campaign, 20_000);
  expect(await attempts(sql)).toMatchObject([
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
  await untilFinal(sql, campaign, 20_000);
  expect(await attempts(sql)).toMatchObject([
    {
      id: first.id,
      outcome: "ANSWERED",
      agent_id: "PJSIP/1004",
      hangup_source: "AGENT",
    },
  ]);
  expect(await notesOf(sql, first.id)).toContain("attended transfer");
});
