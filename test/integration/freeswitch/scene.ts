/** An engine on a database of its own before a scripted FreeSWITCH, and what the server counts. */
import { pino } from "pino";
import { expect, onTestFinished } from "vitest";

import { FreeswitchEslAdapter } from "../../../adapters/freeswitch-esl/adapter.ts";
import type { VoiceAdapter } from "../../../adapters/port.ts";
import { startEslServer } from "../../support/esl-server.ts";
import type { EslServer, EslServerOptions } from "../../support/esl-server.ts";
import {
  insertLead,
  insertRow,
  phone,
  insertTrunk,
  setAccount,
  setRetry,
  startRig,
} from "../../support/running-engine.ts";
import type { EngineOptions, Rig, Sql } from "../../support/running-engine.ts";

export interface Scene extends Rig {
  readonly server: EslServer;
}

/** Dead lines are found within seconds; a slow machine is not taken for one. */
const TIMINGS = {
  connectTimeoutMs: 3_000,
  commandTimeoutMs: 3_000,
  pingIntervalMs: 300,
  graceMs: 200,
  reconnect: { minMs: 20, maxMs: 100, refusedMs: 100, random: () => 0.5 },
};

/** A second of the switch lasts this long: time-outs of half a minute pass in half a second. */
const SECOND_MS = 20;

type Undo = (act: () => Promise<void>) => void;

export async function startScene({
  server: serverOptions = {},
  atEnd = onTestFinished,
  env = {},
  password = "ClueCon",
}: {
  readonly server?: EslServerOptions;
  readonly atEnd?: Undo;
  readonly env?: EngineOptions["env"];
  /** The engine's own, e.g. `user@domain:password` of one of the server's users. */
  readonly password?: string;
} = {}): Promise<Scene> {
  const server = await startEslServer({
    ...serverOptions,
    pace: { secondMs: SECOND_MS, ...serverOptions.pace },
    limits: { sessionsPerSecond: 1_000, ...serverOptions.limits },
  });
  atEnd(() => server.close());
  const rig = await startRig({
    atEnd,
    env: { ...engineVariables(server), ...env },
    adapter: (installationId) => adapterTo(server, installationId, password),
  });
  return { ...rig, server };
}

export function engineVariables(server: EslServer): Record<string, string> {
  return {
    VOICE_ADAPTER: "freeswitch_esl",
    FREESWITCH_HOST: server.host,
    FREESWITCH_ESL_PORT: String(server.port),
    FREESWITCH_ESL_PASSWORD: "ClueCon",
    FREESWITCH_CONTEXT: "dialer",
  };
}

function adapterTo(
  server: EslServer,
  installationId: string,
  password: string,
): VoiceAdapter {
  return new FreeswitchEslAdapter({
    host: server.host,
    port: server.port,
    password,
    context: "dialer",
    installationId,
    log: pino({ level: "silent" }),
    timings: TIMINGS,
  });
}

/** A trunk through a gateway of the scripted switch. */
export function insertGateway(
  sql: Sql,
  name: string,
  gateway = "carrier",
): Promise<string> {
  return insertTrunk(sql, {
    name,
    dial_string: `sofia/gateway/${gateway}/{number}`,
  });
}

/** That trunk and no other. */
export function useTrunk(
  sql: Sql,
  campaignId: string,
  trunkId: string,
): Promise<string> {
  const row = { campaign_id: campaignId, trunk_id: trunkId };
  return insertRow(sql, "campaign_trunks", row, "trunk_id");
}

/**
 * Nobody is dialled a second time by rule, so that whoever is was so by mistake. What was not sent after all, because
 * this machine is slow, was no dial.
 */
export async function neverRetry(sql: Sql): Promise<void> {
  await setAccount(sql);
  await setRetry(sql, { delaySeconds: 0, maxTries: 0 });
  await setRetry(sql, { maxTries: 50 }, "CANCELLED");
}

/** So many leads, at most 98 with those that were before, their numbers' last digits in turn from `endings`. */
export async function insertPeople(
  sql: Sql,
  campaignId: string,
  count: number,
  endings: readonly string[],
  before = 0,
): Promise<void> {
  for (let index = before; index < before + count; index += 1) {
    const ending = Number(endings[index % endings.length]);
    await insertLead(sql, campaignId, {
      phone: phone((index + 1) * 1_000 + ending),
    });
  }
}

/** As the switch counted: each attempt once, to the number that its row has, and each number once. */
export async function expectNobodyTwice(
  sql: Sql,
  server: EslServer,
): Promise<void> {
  const dialled = server.originates();
  const ids = dialled.map(({ uuid }) => uuid);
  expect(new Set(ids).size).toBe(ids.length);
  const urls = dialled.map((one) => one.urls.join(" and "));
  expect(new Set(urls).size).toBe(urls.length);
  const { rows } = await sql.query<{ id: string; number: string }>(
    "select id, ltrim(phone_e164, '+') as number from call_attempts where originate_at is not null",
  );
  const numberOf = new Map(rows.map(({ id, number }) => [id, number]));
  const strange = dialled.filter(
    ({ uuid, urls: [url, ...more] }) =>
      more.length > 0 || url?.split("/").at(-1) !== numberOf.get(uuid),
  );
  expect(strange).toEqual([]);
}
