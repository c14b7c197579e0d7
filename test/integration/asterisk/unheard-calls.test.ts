/**
 * An AMI that answers actions and plays the check of its events at each connect, and then says nothing about a call: few
 * people are called, dialling stops with its own reason, and a word lets it go on.
 */
import { expect, onTestFinished, test } from "vitest";
import { pino } from "pino";

import { AsteriskAmiAdapter } from "../../../adapters/asterisk-ami/adapter.ts";
import {
  amiMessage,
  idOf,
  listResponse,
  response,
  startFakeAmiServer,
  timestamp,
} from "../../support/fake-ami-server.ts";
import type {
  FakeAmiServer,
  ReceivedAction,
} from "../../support/fake-ami-server.ts";
import {
  attempts,
  insertCampaign,
  insertLeads,
  insertTrunk,
  setAccount,
  setRetry,
  startRig,
  untilBlocked,
} from "../../support/running-engine.ts";
import type { Sql } from "../../support/running-engine.ts";
import { waitFor } from "../../support/wait-for.ts";

const patienceMs = 90_000;
const LEADS = 20;
const AT_ONCE = 5;
/**
 * Three that end without an event stop the rest. All may be over before the third is noted, and others take their
 * places.
 */
const MOST_CALLS = 2 * AT_ONCE;

/** Takes calls and sends no events about them. @param livesOn channels are there until they are hung up */
function becomeDeaf(server: FakeAmiServer, livesOn: boolean): void {
  const channels = new Map<string, string>();
  server.answer("originate", (action) => {
    const id = action.headers.get("channelid") ?? "";
    if (livesOn) channels.set(id, action.headers.get("account") ?? "");
    return response(action, "Success", {
      Message: "Originate successfully queued",
    });
  });
  server.answer("status", (action) => {
    const id = action.headers.get("channel") ?? "";
    const account = channels.get(id);
    return account === undefined
      ? response(action, "Error", { Message: "No such channel" })
      : listResponse(action, "Status", [
          { Uniqueid: id, AccountCode: account, ChannelState: "6" },
        ]);
  });
  server.answer("hangup", (action) => {
    const isThere = channels.delete(action.headers.get("channel") ?? "");
    return isThere
      ? response(action, "Success", { Message: "Channel Hungup" })
      : response(action, "Error", { Message: "No such channel" });
  });
}

/** Each call is busy, and told. */
function speak(server: FakeAmiServer): void {
  server.answer("originate", (action) => {
    const Uniqueid = action.headers.get("channelid") ?? "";
    const told = { Timestamp: timestamp(), Uniqueid };
    return [
      response(action, "Success", { Message: "Originate successfully queued" }),
      amiMessage({
        ...{ Event: "Newchannel", ...told, Channel: "PJSIP/line-00000001" },
        AccountCode: action.headers.get("account") ?? "",
      }),
      amiMessage({
        Event: "Hangup",
        ...told,
        Cause: "17",
        TechCause: "SIP 486",
      }),
      originateResponse(action, told),
    ].join("");
  });
}

function originateResponse(
  action: ReceivedAction,
  told: Readonly<Record<string, string>>,
): string {
  return amiMessage({
    ...{ Event: "OriginateResponse", ...told, ActionID: idOf(action) },
    ...{ Response: "Failure", Reason: "0" },
  });
}

async function deafScene(livesOn: boolean) {
  const server = await startFakeAmiServer();
  onTestFinished(() => server.close());
  becomeDeaf(server, livesOn);
  const rig = await startRig({
    env: {
      VOICE_ADAPTER: "asterisk_ami",
      ASTERISK_HOST: "127.0.0.1",
      ASTERISK_AMI_PORT: String(server.port),
      ASTERISK_AMI_USER: "dialer",
      ASTERISK_AMI_SECRET: "secret",
    },
    adapter: (installationId) =>
      new AsteriskAmiAdapter({
        ...{ host: "127.0.0.1", port: server.port, installationId },
        ...{ user: "dialer", secret: "secret", context: "dialer" },
        log: pino({ level: "silent" }),
        timings: { reconnect: { minMs: 20, maxMs: 100, random: () => 0.5 } },
      }),
  });
  const { sql } = rig;
  await setAccount(sql);
  // Whoever was perhaps reached would be called again at once.
  await setRetry(sql, { delaySeconds: 0, maxTries: 50 });
  for (const name of ["line", "other"])
    await insertTrunk(sql, { name, dial_string: `PJSIP/{number}@${name}` });
  const campaign = await insertCampaign(sql, {
    setup_timeout_seconds: 5,
    max_concurrent_calls: AT_ONCE,
  });
  await insertLeads(sql, campaign, LEADS);
  return { ...rig, server, campaign };
}

async function nodeOf(sql: Sql) {
  const { rows } = await sql.query<{ calls: number; held: boolean }>(
    "select unheard_calls as calls, coalesce(unheard_until > now(), false) as held from voice_nodes where name = 'default'",
  );
  return rows[0];
}

/** @returns when dialling stopped, and when it resumed with the first event */
async function expectStopped(livesOn: boolean): Promise<void> {
  const { sql, server, campaign, logs } = await deafScene(livesOn);
  // The check at the connect passed: nothing is wrong with manager.conf.
  expect(server.checks().length).toBeGreaterThan(0);
  await untilBlocked(sql, campaign, "CALLS_UNHEARD", patienceMs);
  await waitFor(
    "the calls that were out to end",
    async () => (await attempts(sql, "end_at is null")).length === 0,
    { timeoutMs: patienceMs },
  );
  const dialled = server.actions("Originate").length;
  expect(dialled).toBeLessThanOrEqual(MOST_CALLS);
  expect(await nodeOf(sql)).toMatchObject({ held: true });
  expect(logs).toContainEqual(
    expect.objectContaining({ level: 50, node: "default" }),
  );
  speak(server);
  await sql.query("update voice_nodes set unheard_until = now()");
  for (const status of ["PAUSED", "ACTIVE"])
    await sql.query("update campaigns set status = $1", [status]);
  await waitFor(
    "the leads to be spoken of",
    async () => (await attempts(sql, "outcome = 'BUSY'")).length >= 10,
    { timeoutMs: patienceMs },
  );
  expect(await nodeOf(sql)).toEqual({ calls: 0, held: false });
}

test("calls without events stop dialling, be they over when Asterisk is asked or there until they are hung up; an event of one lets it resume", async () => {
  // Beside each other: each waits for time-outs of a call's length.
  await Promise.all([expectStopped(false), expectStopped(true)]);
});
