/** A real Asterisk that waits for its last call to end before it restarts: it makes no channels meanwhile. */
import { afterAll, beforeAll, expect, test } from "vitest";

import { FAR_END, startAsterisk } from "../../support/asterisk-lab.ts";
import type { AsteriskLab } from "../../support/asterisk-lab.ts";
import {
  attempts,
  blockers,
  insertLead,
  leads,
  must,
  untilBlocked,
  untilFinal,
} from "../../support/dialing-rows.ts";
import type { Sql } from "../../support/dialing-rows.ts";
import { QUICK_TIMINGS } from "../../support/engine-process.ts";
import { startEngine, startRig } from "../../support/running-engine.ts";
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

const TEST_TIMEOUT_MS = 300_000;
const REASON = "PBX_SHUTTING_DOWN";

let lab: AsteriskLab;

beforeAll(async () => {
  lab = await startAsterisk();
});
afterAll(() => lab.stop());

/** One person talks to an agent. */
async function untilBridged(farEnd: string) {
  const rig = await startRig({
    env: QUICK_TIMINGS,
    adapter: (installationId) =>
      adapterFor(lab.account("dialer"), installationId),
  });
  const { sql } = rig;
  await setTheScene(sql);
  const before = await lab.carrier.calls();
  const campaign = await dial(sql, [phoneFor(farEnd)], {
    dialplan_extension: "1001",
    max_dials: 50,
  });
  const talking = must((await untilState(sql, "BRIDGED", 1))[0]);
  return { ...rig, campaign, talking, before };
}

async function insertPeople(sql: Sql, campaign: string): Promise<void> {
  for (let n = 0; n < 10; n++)
    await insertLead(sql, campaign, { phone: phoneFor(FAR_END.declines) });
}

/** Asterisk waits for one call, and ten more people are to be called. */
async function untilItWaits() {
  const scene = await untilBridged(FAR_END.talks);
  // The console is answered when the shutdown is over or aborted.
  const shutdown = lab.cli("core restart gracefully").catch(() => "");
  await untilGoingDown();
  await insertPeople(scene.sql, scene.campaign);
  await untilBlocked(scene.sql, scene.campaign, REASON);
  return { ...scene, shutdown };
}

/** It says so only to who wants a channel of it. */
async function untilGoingDown(): Promise<void> {
  const client = await lab.connect();
  await waitFor("Asterisk to be going down", async () => {
    const answer = await client.action("Originate", [
      ["Channel", "Local/far@dialer-check/n"],
      ["Application", "NoOp"],
    ]);
    return answer["Message"] === "Asterisk is shutting down";
  });
  await client.close();
}

async function untilUnblocked(sql: Sql, campaign: string): Promise<void> {
  await waitFor(
    "the blocker to go",
    async () =>
      !(await blockers(sql, campaign)).some(({ reason }) => reason === REASON),
    { timeoutMs: 60_000 },
  );
}

test(
  "said in the blockers, with no dial burnt; an aborted shutdown is dialled through again",
  async () => {
    const { sql, httpUrl, campaign, talking, before, shutdown } =
      await untilItWaits();
    await waitFor(
      "what was refused to be taken back",
      async () =>
        (await attempts(sql, "originate_at is not null and end_at is null"))
          .length === 1,
    );
    expect(await attempts(sql, "outcome = 'SWITCH_REFUSED'")).toEqual([]);
    expect(
      (await leads(sql, "dials > 0 or attempts > 0")).map(({ id }) => id),
    ).toEqual([talking.lead_id]);
    expect(await seenSince(lab, before)).toHaveLength(1);
    const status = await (await fetch(`${httpUrl}/status`)).text();
    expect(status).toMatch(/core restart gracefully/);
    expect((await fetch(`${httpUrl}/health`)).status).toBe(200);
    const { rows } = await sql.query(
      "select pbx_connected, pbx_pause from voice_nodes where lease_holder is not null",
    );
    expect(rows).toEqual([{ pbx_connected: true, pbx_pause: REASON }]);
    await lab.cli("core abort shutdown");
    await shutdown;
    await untilUnblocked(sql, campaign);
    await waitFor(
      "all others to be called",
      async () => (await attempts(sql, "outcome = 'DECLINED'")).length === 10,
      { timeoutMs: 60_000 },
    );
    expect(await attempts(sql, "state = 'BRIDGED'")).toMatchObject([
      { id: talking.id },
    ]);
    await sql.query("select hangup_attempt($1)", [talking.id]);
    await untilFinal(sql, campaign, 60_000);
    await expectSameCalls(sql, await seenSince(lab, before));
  },
  TEST_TIMEOUT_MS,
);

test(
  "the new Asterisk is dialled through by itself",
  async () => {
    const { sql, logs, campaign } = await untilBridged(FAR_END.answers);
    await sql.query(
      "update retry_rules set max_tries = 10, delay_seconds = 0 where outcome = 'TRUNK_FAULT'",
    );
    // The person hangs up after three seconds: nobody else can while Asterisk waits, over AMI or at its console.
    void lab.cli("core restart gracefully").catch(() => "");
    await insertPeople(sql, campaign);
    await waitFor(
      "the new Asterisk",
      () =>
        logs.some(
          (line) =>
            line.msg === "Connected to the PBX" && line["restarted"] === true,
        ),
      { timeoutMs: 60_000 },
    );
    await untilFinal(sql, campaign, 60_000);
    expect(await attempts(sql, "outcome = 'DECLINED'")).toHaveLength(10);
    expect(await attempts(sql, "outcome = 'SWITCH_REFUSED'")).toEqual([]);
  },
  TEST_TIMEOUT_MS,
);

test(
  "an engine that connects to it meanwhile says so in its blockers and on its status page, and dials once it is back",
  async () => {
    const { sql, database, campaign, talking, running, stop } =
      await untilBridged(FAR_END.talks);
    const shutdown = lab.cli("core restart gracefully").catch(() => "");
    await untilGoingDown();
    await insertPeople(sql, campaign);
    await stop();
    expect(running.engine.term).toBeNull();
    const second = await startEngine(database, {
      env: QUICK_TIMINGS,
      awaitLease: false,
      adapter: (installationId) =>
        adapterFor(lab.account("dialer"), installationId),
    });
    await untilBlocked(sql, campaign, REASON, 60_000);
    const shown = await blockers(sql, campaign);
    expect(shown.map(({ reason }) => reason)).not.toContain("PBX_DISCONNECTED");
    const status = await fetch(`${second.httpUrl}/status`);
    expect(await status.text()).toMatch(/core restart gracefully/);
    await lab.cli("core abort shutdown");
    await shutdown;
    await untilUnblocked(sql, campaign);
    await waitFor(
      "all others to be called",
      async () => (await attempts(sql, "outcome = 'DECLINED'")).length === 10,
      { timeoutMs: 60_000 },
    );
    await sql.query("select hangup_attempt($1)", [talking.id]);
    await untilFinal(sql, campaign, 60_000);
  },
  TEST_TIMEOUT_MS,
);
