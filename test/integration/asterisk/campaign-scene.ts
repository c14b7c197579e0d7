/** Campaigns of an engine that dials through a real Asterisk to a carrier that keeps its own record. */
import { expect } from "vitest";

import type { AsteriskLab, SeenCall } from "../../support/asterisk-lab.ts";
import type { TestDatabase } from "../../support/database.ts";
import {
  attempts,
  insertCampaign,
  insertLead,
  insertTrunk,
  setAccount,
  setRetry,
} from "../../support/dialing-rows.ts";
import type { AttemptRow, Sql, Values } from "../../support/dialing-rows.ts";
import { QUICK_TIMINGS } from "../../support/engine-process.ts";
import { PATIENCE_MS, waitFor } from "../../support/wait-for.ts";

/** Variables of an engine on this database and Asterisk, for `env` to add to. */
export function asteriskEnv(
  { ami }: Pick<AsteriskLab, "ami">,
  database: Pick<TestDatabase, "url">,
  env: Readonly<Record<string, string>> = {},
): Record<string, string> {
  return {
    DATABASE_URL: database.url,
    VOICE_ADAPTER: "asterisk_ami",
    ASTERISK_HOST: ami.host,
    ASTERISK_AMI_PORT: String(ami.port),
    ASTERISK_AMI_USER: ami.user,
    ASTERISK_AMI_SECRET: ami.secret,
    PORT: "0",
    ...QUICK_TIMINGS,
    ...env,
  };
}

let numbersGiven = 0;

/** A mobile number of its own, which the far end treats as `suffix` (three digits) says. */
export function phoneFor(suffix: string): string {
  numbersGiven += 1;
  return `+551198${String(numbersGiven).padStart(4, "0")}${suffix}`;
}

/**
 * The trunk to the carrier; every outcome is final, so that each lead is called once. What was not sent after all, because
 * this machine is slow, was no call and comes again.
 */
export async function setTheScene(
  sql: Sql,
  trunk: Values = {},
): Promise<string> {
  await setAccount(sql);
  await setRetry(sql, { maxTries: 0 });
  await setRetry(sql, { delaySeconds: 0, maxTries: 50 }, "CANCELLED");
  return insertTrunk(sql, {
    name: "carrier",
    dial_string: "PJSIP/{number}@carrier",
    cps_limit: 20,
    ...trunk,
  });
}

/** @returns the campaign's id */
export async function dial(
  sql: Sql,
  phones: readonly string[],
  campaign: Values = {},
): Promise<string> {
  const id = await insertCampaign(sql, {
    max_concurrent_calls: 100,
    ring_timeout_seconds: 15,
    // A machine that starves for some seconds must not use a lead up.
    setup_timeout_seconds: 30,
    ...campaign,
  });
  for (const phone of phones) await insertLead(sql, id, { phone });
  return id;
}

/** Attempts that were sent to Asterisk: on a slow machine there may be others. */
export function sentCalls(sql: Sql): Promise<AttemptRow[]> {
  return attempts(sql, "originate_at is not null");
}

/**
 * Waits until so many attempts are in this state at once, and says in what states they are instead if that does not come. For a state
 * that lasts until a test ends it: of one that passes by itself ask call_attempt_events.
 */
export async function untilState(
  sql: Sql,
  state: string,
  count: number,
  timeoutMs = PATIENCE_MS,
): Promise<AttemptRow[]> {
  try {
    return await waitFor(
      `${String(count)} attempts in state ${state}`,
      async () => {
        const found = await attempts(sql, "state = $1", [state]);
        return found.length >= count ? found : null;
      },
      { timeoutMs },
    );
  } catch (error) {
    throw new Error(`There are ${await describeAttempts(sql)}`, {
      cause: error,
    });
  }
}

async function describeAttempts(sql: Sql): Promise<string> {
  const { rows } = await sql.query<{ text: string }>(
    `select concat_ws(' ', state, outcome, hangup_cause, refusal, (
       select string_agg(kind, '>' order by at) from call_attempt_events where attempt_id = attempt.id)) as text
     from call_attempts as attempt order by queued_at`,
  );
  return rows.map(({ text }) => text).join("; ") || "no attempts";
}

/** What the carrier saw since it had seen `before` calls. */
export async function seenSince(
  { carrier }: Pick<AsteriskLab, "carrier">,
  before: readonly SeenCall[],
): Promise<readonly SeenCall[]> {
  return (await carrier.calls()).slice(before.length);
}

/**
 * The carrier's record and the table tell of the same calls: each Originate of the table reached the carrier once,
 * and nothing reached it that the table does not know.
 */
export async function expectSameCalls(
  sql: Sql,
  seen: readonly SeenCall[],
): Promise<void> {
  const made = await sentCalls(sql);
  const inTable = made.map((row) => String(row["phone_e164"]).slice(1)).sort();
  expect(seen.map(({ number }) => number).sort()).toEqual(inTable);
}
