/** Rows that the schema tests start from; numbers are fictitious. */
import { expect } from "vitest";
import type pg from "pg";

type Client = Pick<pg.PoolClient, "query">;

/** Inserts one row and gives its id; values become parameters. */
export async function insertRow(
  client: Client,
  table: string,
  values: Readonly<Record<string, unknown>>,
): Promise<string> {
  const names = Object.keys(values);
  const { rows } = await client.query<{ id: string }>(
    `insert into ${table} (${names.join(", ")})
     values (${names.map((_, index) => `$${String(index + 1)}`).join(", ")}) returning id`,
    Object.values(values),
  );
  return must(rows[0]).id;
}

export function insertCampaign(
  client: Client,
  values: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  return insertRow(client, "campaigns", {
    name: "Renewals",
    status: "ACTIVE",
    ...values,
  });
}

export function insertTrunk(
  client: Client,
  values: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  return insertRow(client, "trunk_config", {
    name: "carrier-a",
    dial_string: "mock/a/{number}",
    ...values,
  });
}

export function insertLead(
  client: Client,
  campaignId: string,
  values: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  return insertRow(client, "leads", {
    campaign_id: campaignId,
    phone: "11 3555-0100",
    ...values,
  });
}

/** A live attempt of a new lead, as the engine would write it. */
export async function insertAttempt(
  client: Client,
  campaignId: string,
  trunkId: string,
  state: string,
  phone: string,
  dials = 0,
): Promise<{ attemptId: string; leadId: string }> {
  const leadId = await insertLead(client, campaignId, {
    phone,
    phone_e164: phone,
    status: "IN_PROGRESS",
    dials,
  });
  const attemptId = await insertRow(client, "call_attempts", {
    account_id: "00000000-0000-0000-0000-000000000001",
    campaign_id: campaignId,
    lead_id: leadId,
    attempt_number: dials + 1,
    phone_e164: phone,
    state,
    trunk_id: trunkId,
    voice_node: "default",
    originate_at: state === "QUEUED" ? null : new Date(),
    deadline_at: new Date(),
    deadline_type: "RING",
  });
  return { attemptId, leadId };
}

/** Waiting jobs of one task, oldest first, as [task, payload]. */
export async function jobs(
  client: Client,
  task: string,
): Promise<readonly { task: string; payload: unknown }[]> {
  const { rows } = await client.query<{ task: string; payload: unknown }>(
    `select task.identifier as task, job.payload
     from graphile_worker._private_jobs as job join graphile_worker._private_tasks as task on task.id = job.task_id
     where split_part(task.identifier, ':', 1) = $1 order by job.id`,
    [task],
  );
  return rows;
}

/** Takes away the campaigns with all that hangs on them, and every job. */
export async function forgetCampaigns(client: Client): Promise<void> {
  await client.query("delete from call_attempts");
  await client.query("delete from campaigns");
  await forgetJobs(client);
}

export async function forgetJobs(client: Client): Promise<void> {
  await client.query("delete from graphile_worker._private_jobs");
}

export async function setStatus(
  client: Client,
  campaignId: string,
  status: string,
): Promise<void> {
  await client.query("update campaigns set status = $2 where id = $1", [
    campaignId,
    status,
  ]);
}

/** The campaigns whose scheduling was asked for since the last look, oldest first. */
export async function wakes(client: Client): Promise<string[]> {
  const waiting = await jobs(client, "schedule_campaign");
  await forgetJobs(client);
  return waiting.flatMap(({ payload }) => {
    const asked = payload as { campaignId?: string; campaignIds?: string[] };
    return asked.campaignIds ?? [asked.campaignId ?? ""];
  });
}

/** The only row of a query. */
export async function one(
  client: Client,
  sql: string,
  values: readonly unknown[] = [],
): Promise<Record<string, unknown>> {
  const { rows } = await client.query<Record<string, unknown>>(sql, [
    ...values,
  ]);
  expect(rows).toHaveLength(1);
  return must(rows[0]);
}

function must<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("the query gave no row");
  return value;
}
