/** Campaigns through a real Asterisk over trunks that fail, dialplans in between, and reasons that carriers give. */
import { afterAll, beforeAll, expect, test } from "vitest";

import { FAR_END, startAsterisk } from "../../support/asterisk-lab.ts";
import type { AsteriskLab } from "../../support/asterisk-lab.ts";
import { QUICK_TIMINGS } from "../../support/engine-process.ts";
import {
  attempts,
  insertTrunk,
  leads,
  must,
  setRetry,
  startRig,
  untilBlocked,
  untilFinal,
} from "../../support/running-engine.ts";
import type { Rig, Sql } from "../../support/running-engine.ts";
import { PATIENCE_MS, waitFor } from "../../support/wait-for.ts";
import { adapterFor } from "../adapters/asterisk-ami/real-line.ts";
import {
  dial,
  expectSameCalls,
  phoneFor,
  seenSince,
  sentCalls,
  setTheScene,
} from "./campaign-scene.ts";

let lab: AsteriskLab;

beforeAll(async () => {
  lab = await startAsterisk();
});
afterAll(() => lab.stop());

function startDialing(): Promise<Rig> {
  return startRig({
    env: QUICK_TIMINGS,
    adapter: (installationId) => adapterFor(lab.ami, installationId),
  });
}

async function untilOut(sql: Sql, trunk: string, reason: string) {
  await waitFor(`the trunk to be out for ${reason}`, async () => {
    const { rowCount } = await sql.query(
      "select from trunk_config where id = $1 and health = 'OUT' and disabled_until > now() and disabled_reason = $2",
      [trunk, reason],
    );
    return rowCount === 1;
  });
}

/** Of each lead, by trunk and outcome, in the order of its attempts. */
async function waysOf(sql: Sql): Promise<string[]> {
  const made = await sentCalls(sql);
  return (await leads(sql)).map(({ id }) =>
    made
      .filter((row) => row.lead_id === id)
      .map(({ trunk, outcome }) => `${trunk} ${String(outcome)}`)
      .join(", "),
  );
}

test.each([
  ["refuses our password", FAR_END.refusesPassword, "TRUNK_FAULT", 1],
  ["congests", "503", "NETWORK_CONGESTION", 5],
] as const)(
  "a trunk that %s is taken out, and its calls go through the healthy one",
  async (_, suffix, outcome, faults) => {
    const { sql } = await startDialing();
    // The number that the carrier gets ends as its trunk says, whomever it is for.
    const first = await setTheScene(sql, {
      name: "bad",
      dial_string: `PJSIP/{number}${suffix}@carrier`,
      priority: 1,
      cps_limit: 5,
    });
    await insertTrunk(sql, {
      name: "good",
      dial_string: `PJSIP/{number}${FAR_END.declines}@carrier`,
      priority: 2,
    });
    const before = await lab.carrier.calls();
    const phones = Array.from({ length: 8 }, () => phoneFor("000"));
    const campaign = await dial(sql, phones);
    await untilOut(sql, first, outcome);
    // Not tried again before this test is over.
    await sql.query(
      "update trunk_config set disabled_until = disabled_until + interval '1 h' where id = $1",
      [first],
    );
    await untilFinal(sql, campaign);
    const ways = await waysOf(sql);
    const moved = ways.filter((way) => way === `bad ${outcome}, good DECLINED`);
    expect(moved.length).toBeGreaterThanOrEqual(faults);
    for (const way of ways)
      expect([`bad ${outcome}, good DECLINED`, "good DECLINED"]).toContain(way);
    // Nobody tries it again while it is out.
    const later = await dial(sql, [phoneFor("000")]);
    await untilFinal(sql, later);
    expect(
      (await attempts(sql, "call_attempts.campaign_id = $1", [later])).map(
        ({ trunk }) => trunk,
      ),
    ).toEqual(["good"]);
    const made = await sentCalls(sql);
    for (const row of made.filter(({ trunk }) => trunk === "good"))
      if (row.previous_attempt_id !== null)
        expect(
          must(made.find(({ id }) => id === row.previous_attempt_id)).lead_id,
        ).toBe(row.lead_id);
    const seen = await seenSince(lab, before);
    expect(seen).toHaveLength(made.length);
  },
);

test("through the PBX's own dialplan each thing that a carrier does becomes the same outcome", async () => {
  const { sql } = await startDialing();
  await setTheScene(sql, { dial_string: "Local/{number}@from-internal/n" });
  const before = await lab.carrier.calls();
  const outcomes = new Map([
    [phoneFor(FAR_END.answers), "ANSWERED"],
    [phoneFor(FAR_END.declines), "DECLINED"],
    [phoneFor(FAR_END.rings), "NO_ANSWER"],
    [phoneFor(FAR_END.earlyMedia), "NO_ANSWER"],
    [phoneFor("486"), "BUSY"],
    [phoneFor("404"), "INVALID_NUMBER"],
    [phoneFor("480"), "UNREACHABLE"],
    [phoneFor("603"), "REJECTED"],
    [phoneFor("503"), "NETWORK_CONGESTION"],
    [phoneFor(FAR_END.silent), "NETWORK_CONGESTION"],
  ]);
  const campaign = await dial(sql, [...outcomes.keys()], {
    dialplan_extension: "1001",
    setup_timeout_seconds: 5,
  });
  await untilFinal(sql, campaign, 2 * PATIENCE_MS);
  const made = await sentCalls(sql);
  expect(new Map(made.map((row) => [row["phone_e164"], row.outcome]))).toEqual(
    outcomes,
  );
  const talked = made.find((row) =>
    String(row["phone_e164"]).endsWith(FAR_END.answers),
  );
  expect(talked).toMatchObject({ agent_id: "PJSIP/1001" });
  expect(talked?.["bridge_at"]).not.toBeNull();
  await expectSameCalls(sql, await seenSince(lab, before));
});

test("a dialplan that apologises when its trunk congests does not make it look as if a phone had rung", async () => {
  const { sql } = await startDialing();
  await setTheScene(sql, {
    dial_string: "Local/{number}@from-internal-sorry/n",
  });
  const phones = Array.from({ length: 4 }, () => phoneFor("503"));
  const campaign = await dial(sql, phones);
  await untilFinal(sql, campaign);
  expect(await sentCalls(sql)).toMatchObject(
    phones.map(() => ({
      outcome: "NETWORK_CONGESTION",
      ring_at: null,
      early_media_at: null,
      hangup_cause_code: 34,
    })),
  );
});

test.each([
  ["to a context that does not exist", "from-nowhere", /no extension for/],
  [
    "to a context without a pattern for it",
    "from-internal-short",
    /no extension for/,
  ],
  [
    "to an announcement before the answer",
    "from-internal-bad",
    /dialled nobody/,
  ],
  [
    "to an announcement that answers",
    "from-internal-announced",
    /answered by itself/,
  ],
  ["to a trunk that does not exist", "from-internal-nosuch", /dialled nobody/],
] as const)(
  "a Local route %s costs no lead an attempt, and takes the trunk out with words",
  async (_, context, words) => {
    const { sql, logs } = await startDialing();
    const trunk = await setTheScene(sql, {
      dial_string: `Local/{number}@${context}/n`,
    });
    // As installed: with the lab's rule the list could be at its end before the trunk is out.
    await setRetry(sql, { maxTries: 5, delaySeconds: 300 }, "TRUNK_FAULT");
    const before = await lab.carrier.calls();
    const agentsBefore = await lab.agents.calls();
    const phones = Array.from({ length: 12 }, () => phoneFor(FAR_END.answers));
    const campaign = await dial(sql, phones, { dialplan_extension: "message" });
    await untilOut(sql, trunk, "TRUNK_FAULT");
    await waitFor("the calls under way to end", async () => {
      const live = await attempts(
        sql,
        "state not in ('QUEUED', 'FAILED', 'CANCELLED')",
      );
      return live.length === 0;
    });
    const made = await attempts(sql, "originate_at is not null");
    expect(made.length).toBeGreaterThan(0);
    for (const row of made)
      expect(row).toMatchObject({
        outcome: "TRUNK_FAULT",
        ring_at: null,
        answer_at: null,
      });
    for (const lead of await leads(sql))
      expect(lead).toMatchObject({ attempts: 0 });
    const { rows } = await sql.query<{ last_fault: string }>(
      "select last_fault from trunk_config where id = $1",
      [trunk],
    );
    expect(rows[0]?.last_fault).toMatch(words);
    const line = logs.find(({ msg }) => msg === "Trunk taken out of service");
    expect(line).toMatchObject({
      reason: "TRUNK_FAULT",
      fault: expect.stringMatching(words) as string,
    });
    await untilBlocked(sql, campaign, "TRUNK_DISABLED");
    expect(await seenSince(lab, before)).toEqual([]);
    expect(await lab.agents.calls()).toHaveLength(agentsBefore.length);
  },
);

test("a Q.850 reason in a BYE becomes the cause; beside a refusal's status it does not count", async () => {
  const { sql } = await startDialing();
  await setTheScene(sql);
  const [refused, broken] = [
    phoneFor("917"),
    phoneFor(FAR_END.answersAndBreaks),
  ];
  const campaign = await dial(sql, [refused, broken], {
    dialplan_extension: "message",
  });
  await untilFinal(sql, campaign);
  const rows = new Map(
    (await sentCalls(sql)).map((row) => [row["phone_e164"], row]),
  );
  expect(rows.get(refused)).toMatchObject({
    outcome: "NETWORK_CONGESTION",
    hangup_cause_code: 38,
    sip_final_code: 500,
  });
  expect(rows.get(broken)).toMatchObject({
    outcome: "ANSWERED",
    hangup_cause_code: 38,
    sip_final_code: null,
    hangup_source: "CALLEE",
  });
});
