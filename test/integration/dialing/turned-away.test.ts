/** A PBX that takes no call says nothing of the person: no dial and no try is used up, whichever PBX and whatever its words. */
import { expect, test } from "vitest";

import { EVENTS } from "../../../adapters/freeswitch-esl/handshake.ts";
import {
  amiMessage,
  idOf,
  response,
  timestamp,
} from "../../support/fake-ami-server.ts";
import type { ReceivedAction } from "../../support/fake-ami-server.ts";
import {
  attempts,
  digitsOf,
  insertCampaign,
  insertLead,
  insertTrunk,
  lead,
  must,
  phone,
  setAccount,
  setRetry,
  startRig,
  untilAttempts,
  untilFinal,
  untilStatus,
} from "../../support/running-engine.ts";
import type { Rig, Sql } from "../../support/running-engine.ts";
import { FAR_END } from "../../support/esl-server.ts";
import { startFakeRig } from "../asterisk/fake-rig.ts";
import { insertGateway, startScene } from "../freeswitch/scene.ts";

/** Every outcome is final: whatever took a try would end the lead. */
async function noSecondTry(sql: Sql): Promise<void> {
  await setAccount(sql);
  await setRetry(sql, { delaySeconds: 0, maxTries: 0 });
}

async function expectUntouched(sql: Sql): Promise<void> {
  expect(await lead(sql)).toMatchObject({
    attempts: 0,
    dials: 0,
    last_attempt_at: null,
  });
  expect(["NEW", "IN_PROGRESS"]).toContain((await lead(sql)).status);
  const told = await attempts(sql, "outcome = 'SWITCH_REFUSED'");
  for (const one of told) expect(one["originate_at"]).toBeNull();
}

/** One lead, refused so often, then called. */
async function expectNoDialLost(
  sql: Sql,
  campaignId: string,
  refusals: number,
  take: () => void,
): Promise<void> {
  const refused = "outcome = 'SWITCH_REFUSED'";
  await untilAttempts(sql, refusals, refused);
  await expectUntouched(sql);
  take();
  await untilFinal(sql, campaignId);
  expect(await lead(sql)).toMatchObject({ attempts: 1, dials: 1 });
  const calls = await attempts(sql, "originate_at is not null");
  expect(calls).toHaveLength(1);
  expect(calls[0]).toMatchObject({ attempt_number: 1 });
}

/** Asterisk takes the call, and the number is busy. */
function busy(installationId: string, action: ReceivedAction): string {
  const channel = {
    Timestamp: timestamp(),
    Uniqueid: action.headers.get("channelid") ?? "",
    Channel: "PJSIP/a-00000001",
    AccountCode: installationId,
  };
  return [
    response(action, "Success", { Message: "Originate successfully queued" }),
    amiMessage({ Event: "Newchannel", ...channel, ChannelState: "0" }),
    amiMessage({
      Event: "Hangup",
      ...channel,
      Cause: "17",
      "Cause-txt": "User busy",
      TechCause: "486",
    }),
    amiMessage({
      Event: "OriginateResponse",
      ...channel,
      ActionID: idOf(action),
      Response: "Failure",
      Reason: "0",
    }),
  ].join("");
}

async function startAsteriskRig() {
  const rig = await startFakeRig();
  const { sql, server, installationId } = rig;
  await insertTrunk(sql, { dial_string: "PJSIP/{number}@a" });
  await noSecondTry(sql);
  return {
    ...rig,
    refuse: (message: string) => {
      server.answer("Originate", (action) =>
        response(action, "Error", { Message: message }),
      );
    },
    take: () => {
      server.answer("Originate", (action) => busy(installationId, action));
    },
  };
}

async function oneLead({ sql }: Pick<Rig, "sql">, number = 1) {
  const campaign = await insertCampaign(sql);
  await insertLead(sql, campaign, { phone: phone(number) });
  return campaign;
}

test.each([
  "Permission denied",
  "Originate Access Forbidden: app or data blacklisted",
  "words of a later version",
])("Asterisk: %s", async (message) => {
  const rig = await startAsteriskRig();
  rig.refuse(message);
  await expectNoDialLost(rig.sql, await oneLead(rig), 2, rig.take);
});

test("Asterisk: an extension that it lacks pauses the campaign, and who started it loses no dial", async () => {
  const rig = await startAsteriskRig();
  rig.refuse("Extension does not exist.");
  const campaign = await oneLead(rig);
  await untilStatus(rig.sql, campaign, "PAUSED");
  await expectUntouched(rig.sql);
  rig.take();
  await rig.sql.query("update campaigns set status = 'ACTIVE'");
  await untilFinal(rig.sql, campaign);
  expect(await lead(rig.sql)).toMatchObject({ attempts: 1, dials: 1 });
});

const restricted = {
  name: "engine@dialer",
  password: "secret",
  events: [...EVENTS],
  api: "bgapi originate show status global_getvar uuid_exists uuid_dump uuid_getvar uuid_setvar uuid_kill".split(
    " ",
  ),
};

test.each([
  ["one refusal without a reason", { refusesNext: 1 }],
  ["fsctl pause outbound before a user who may not ask", { isPaused: true }],
])("FreeSWITCH: %s", async (_, limits) => {
  const scene = await startScene({
    server: { pace: { secondMs: 100 }, users: [restricted] },
    password: "engine@dialer:secret",
  });
  const { sql, server } = scene;
  await noSecondTry(sql);
  await insertGateway(sql, "carrier");
  Object.assign(server.switch.limits, limits);
  const campaign = await oneLead(scene, 1_000 + Number(FAR_END.busy));
  await expectNoDialLost(sql, campaign, 1, () => {
    server.switch.limits.isPaused = false;
  });
});

test("who is refused again and again is tried ever later, and waits for no ceiling", async () => {
  const { sql, pbx } = await startRig({
    scenario: { numbers: { [digitsOf(1)]: "switch_refused" } },
  });
  await insertTrunk(sql);
  await noSecondTry(sql);
  const campaign = await insertCampaign(sql, { max_dials: 1 });
  await insertLead(sql, campaign, { phone: phone(1) });
  await untilAttempts(sql, 3, "end_at is not null");
  await expectUntouched(sql);
  const { rows } = await sql.query<{ sinceEnd: number; sinceWritten: number }>(
    `select extract(epoch from next_attempt_at - (select max(end_at) from call_attempts))::float8 as "sinceEnd",
       extract(epoch from next_attempt_at - updated_at)::float8 as "sinceWritten"
     from leads where next_attempt_at is not null`,
  );
  const { sinceEnd, sinceWritten } = must(rows[0]);
  expect(sinceEnd).toBeGreaterThanOrEqual(8);
  expect(sinceWritten).toBeLessThan(17);
  pbx.setScenario({
    shares: { answered: 1 },
    setupMs: 10,
    ringMs: 20,
    talkMs: 30,
    chaos: 0,
  });
  await sql.query("update leads set next_attempt_at = clock_timestamp()");
  await untilFinal(sql, campaign);
  expect(await lead(sql)).toMatchObject({ status: "DONE", dials: 1 });
});
