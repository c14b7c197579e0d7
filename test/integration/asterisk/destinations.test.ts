/** Campaigns with a destination through a real Asterisk: an answered person is where the destination says, and nowhere else. */
import { afterAll, beforeAll, expect, test } from "vitest";

import { FAR_END, startAsterisk } from "../../support/asterisk-lab.ts";
import type { AsteriskLab } from "../../support/asterisk-lab.ts";
import { insertRow } from "../../support/dialing-rows.ts";
import { QUICK_TIMINGS } from "../../support/engine-process.ts";
import {
  attempts,
  insertLead,
  leads,
  startRig,
  untilBlocked,
  untilStatus,
} from "../../support/running-engine.ts";
import type { Rig, Sql } from "../../support/running-engine.ts";
import { waitFor } from "../../support/wait-for.ts";
import { adapterFor } from "../adapters/asterisk-ami/real-line.ts";
import { dial, phoneFor, seenSince, setTheScene } from "./campaign-scene.ts";

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

/** Waits until the call to that number talks; who it is connected with. */
async function agentOf(sql: Sql, phone: string): Promise<unknown> {
  const call = await waitFor(`${phone} to talk`, async () => {
    const where = "state = 'BRIDGED' and phone_e164 = $1";
    return (await attempts(sql, where, [phone]))[0];
  });
  return call["agent_id"];
}

/** Where Asterisk has its channels: `context,extension` of each. */
async function places(): Promise<readonly string[]> {
  const shown = await lab.cli("core show channels concise");
  return shown.split("\n").map((line) => line.split("!").slice(1, 3).join(","));
}

async function hangUpAll(sql: Sql): Promise<void> {
  await sql.query(
    "select hangup_attempt(id) from call_attempts where end_at is null",
  );
  await waitFor(
    "all calls to end",
    async () => (await attempts(sql, "end_at is null")).length === 0,
  );
}

test("a person is where the destination says, not where the campaign's own extension would lead", async () => {
  const { sql } = await startDialing();
  const destination = await insertRow(sql, "destinations", {
    name: "Reception",
    context: "from-did-direct",
    extension: "1001",
  });
  const phone = phoneFor(FAR_END.talks);
  // That agent is busy.
  await dial(sql, [phone], {
    dialplan_extension: "1003",
    destination_id: destination,
  });
  expect(await agentOf(sql, phone)).toBe("PJSIP/1001");
  expect(await places()).toContain("from-did-direct,1001");
  await hangUpAll(sql);
});

test.each([
  ["context", { context: "no-such-context", extension: "s" }],
  ["extension", { context: "from-did-direct", extension: "9999" }],
])(
  "a destination whose %s does not exist pauses the campaign before anybody is called",
  async (_, place) => {
    const { sql } = await startDialing();
    const before = await lab.carrier.calls();
    const destination_id = await insertRow(sql, "destinations", {
      name: "Lost",
      ...place,
    });
    const phones = [1, 2, 3].map(() => phoneFor(FAR_END.talks));
    // The campaign's own exists, and is not asked for.
    const campaign = await dial(sql, phones, {
      dialplan_extension: "1001",
      destination_id,
    });
    await untilStatus(sql, campaign, "PAUSED");
    await untilBlocked(sql, campaign, "MISSING_EXTENSION");
    await waitFor(
      "what was claimed to be taken back",
      async () => (await attempts(sql, "end_at is null")).length === 0,
    );
    expect(await attempts(sql, "originate_at is not null")).toEqual([]);
    expect(await leads(sql, "attempts > 0 or dials > 0")).toEqual([]);
    expect(await seenSince(lab, before)).toEqual([]);
  },
);

test("a change between two calls holds for the next, and leaves the one that is up where it is", async () => {
  const { sql } = await startDialing();
  const first = await insertRow(sql, "destinations", {
    name: "First",
    extension: "1001",
  });
  const phones = [1, 2, 3].map(() => phoneFor(FAR_END.talks));
  const [one = "", two = "", three = ""] = phones;
  const campaign = await dial(sql, [one], {
    destination_id: first,
    auto_complete: false,
  });
  expect(await agentOf(sql, one)).toBe("PJSIP/1001");
  // The administrator moves the place.
  await sql.query(
    "update destinations set context = 'lab-queue', extension = 's' where id = $1",
    [first],
  );
  await insertLead(sql, campaign, { phone: two });
  // The queue's agent is a Local channel, and passes the person on to 1001 after a second.
  const second = await waitFor("the second to talk", async () => {
    const where = "phone_e164 = $1 and bridge_at is not null";
    return (await attempts(sql, where, [two]))[0];
  });
  const { rows } = await sql.query<{ agent: string }>(
    "select detail ->> 'agentId' as agent from call_attempt_events where attempt_id = $1 and kind = 'AGENT_RINGING' order by at",
    [second.id],
  );
  expect(rows[0]?.agent).toBe("Local/1009@from-queue");
  expect(await agentOf(sql, one)).toBe("PJSIP/1001");
  // The client chooses another.
  const other = await insertRow(sql, "destinations", {
    name: "Other",
    context: "from-did-direct",
    extension: "1001",
  });
  await sql.query("update campaigns set destination_id = $1", [other]);
  await insertLead(sql, campaign, { phone: three });
  expect(await agentOf(sql, three)).toBe("PJSIP/1001");
  expect(await places()).toContain("from-did-direct,1001");
  await hangUpAll(sql);
});
