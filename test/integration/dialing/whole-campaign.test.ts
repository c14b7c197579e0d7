/** A front end that knows nothing but two inserts. */
import { expect, test } from "vitest";

import { LocalMockAdapter } from "../../../adapters/mock/local-adapter.ts";
import { MockPbx } from "../../../adapters/mock/pbx.ts";
import type {
  OriginateRequest,
  OriginateResult,
} from "../../../adapters/port.ts";
import {
  attempts,
  digitsOf,
  insertCampaign,
  insertLead,
  insertLeads,
  insertTrunk,
  leads,
  must,
  quickScenario,
  startRig,
  testDatabase,
  startEngine,
  untilFinal,
  untilStatus,
} from "../../support/running-engine.ts";

const alice = { sub: "00000000-0000-0000-0000-00000000a11c" };
const bob = { sub: "00000000-0000-0000-0000-000000000b0b" };

test("a campaign and leads inserted by a signed-in client are dialled to the end, and the engine completes it", async () => {
  const { sql, pbx, database } = await startRig();
  await insertTrunk(sql);
  const campaign = await database.asUser(alice, async (client) => {
    const id = await insertCampaign(client);
    await insertLeads(client, id, 12);
    return id;
  });
  await untilStatus(sql, campaign, "COMPLETED");
  const { rows } = await sql.query(
    "select completed_by, completed_at is not null as at, started_at is not null as started, account_id from campaigns",
  );
  expect(rows).toEqual([
    { completed_by: "ENGINE", at: true, started: true, account_id: alice.sub },
  ]);
  const numbers = pbx.journal().map(({ number }) => number);
  expect([...numbers].sort()).toEqual(
    Array.from({ length: 12 }, (_, index) => digitsOf(index + 1)),
  );
  for (const row of await leads(sql))
    expect(row).toMatchObject({
      status: "DONE",
      last_outcome: "ANSWERED",
      attempts: 1,
      dials: 1,
      account_id: alice.sub,
    });
});

test("the account that inserted sees its calls and their events, another account sees nothing of them", async () => {
  const { sql, database } = await startRig();
  await insertTrunk(sql);
  const campaign = await database.asUser(alice, async (client) => {
    const id = await insertCampaign(client);
    await insertLead(client, id);
    return id;
  });
  await untilStatus(sql, campaign, "COMPLETED");
  const seen = (who: typeof alice) =>
    database.asUser(who, async (client) => {
      const { rows } = await client.query<Record<string, number>>(
        `select (select count(*)::int from campaigns) as campaigns, (select count(*)::int from leads) as leads,
           (select count(*)::int from call_attempts) as attempts,
           (select count(*)::int from call_attempt_events where kind = 'ANSWERED') as answers,
           (select count(*)::int from campaign_progress) as progress`,
      );
      return must(rows[0]);
    });
  expect(await seen(alice)).toEqual({
    campaigns: 1,
    leads: 1,
    attempts: 1,
    answers: 1,
    progress: 1,
  });
  expect(await seen(bob)).toEqual({
    campaigns: 0,
    leads: 0,
    attempts: 0,
    answers: 0,
    progress: 0,
  });
});

test("a call's row tells its whole life: times in order, durations, cause, who hung up", async () => {
  const { sql } = await startRig({ scenario: { talkMs: 300 } });
  await insertTrunk(sql);
  const campaign = await insertCampaign(sql);
  await insertLead(sql, campaign);
  await untilFinal(sql, campaign);
  const { rows } = await sql.query(
    `select queued_at <= originate_at and originate_at <= ring_at and ring_at <= answer_at and answer_at <= end_at as ordered,
       answered_duration_ms = extract(epoch from end_at - answer_at) * 1000 as talked, state, outcome, hangup_cause_code, trunk_id is not null as trunk,
       deadline_at, voice_node, attempt_number, hangup_source in ('CALLER', 'CALLEE') as by_a_person
     from call_attempts`,
  );
  expect(rows).toEqual([
    {
      ordered: true,
      talked: true,
      state: "ENDED",
      outcome: "ANSWERED",
      hangup_cause_code: 16,
      trunk: true,
      deadline_at: null,
      voice_node: "default",
      attempt_number: 1,
      by_a_person: true,
    },
  ]);
});

test("rows inserted while no engine ran are dialled when one starts", async () => {
  const database = await testDatabase();
  const { pool: sql } = database;
  await insertTrunk(sql);
  const campaign = await insertCampaign(sql);
  await insertLeads(sql, campaign, 3);
  const { pbx } = await startEngine(database);
  await untilStatus(sql, campaign, "COMPLETED");
  expect(pbx.stats().originates).toBe(3);
});

test("a campaign in DRAFT is not dialled until it becomes ACTIVE", async () => {
  const { sql, pbx } = await startRig();
  await insertTrunk(sql);
  const draft = await insertCampaign(sql, { status: "DRAFT" });
  await insertLead(sql, draft);
  const other = await insertCampaign(sql);
  await insertLead(sql, other, { phone: "11 98000-0002" });
  await untilStatus(sql, other, "COMPLETED");
  expect(pbx.stats().originates).toBe(1);
  await sql.query("update campaigns set status = 'ACTIVE' where id = $1", [
    draft,
  ]);
  await untilStatus(sql, draft, "COMPLETED");
  expect(await attempts(sql, "campaign_id = $1", [draft])).toHaveLength(1);
});

/** Keeps what the engine asked the PBX for. */
class ListeningAdapter extends LocalMockAdapter {
  readonly requests: OriginateRequest[] = [];

  override originate(
    request: OriginateRequest,
    onWritten: () => boolean,
  ): Promise<OriginateResult> {
    this.requests.push(request);
    return super.originate(request, onWritten);
  }
}

test("the Originate carries ids, variables and the trunk's caller id, which goes before the campaign's", async () => {
  const pbx = new MockPbx({ scenario: quickScenario });
  let adapter: ListeningAdapter | null = null;
  const { sql } = await startRig({
    pbx,
    adapter: (installationId) =>
      (adapter = new ListeningAdapter({ installationId, pbx })),
  });
  await insertTrunk(sql, {
    caller_id: "+551130000001",
    dial_string: "mock/a/{number}",
  });
  const campaign = await insertCampaign(sql, {
    caller_id: "+551130000002",
    variables: { offer: "gold", rate: 3, urgent: true },
  });
  const id = await insertLead(sql, campaign);
  await untilFinal(sql, campaign);
  pbx.close();
  const [attempt] = await attempts(sql);
  expect(attempt).toMatchObject({ caller_id_used: "+551130000001" });
  expect(must<ListeningAdapter>(adapter).requests).toMatchObject([
    {
      attemptId: must(attempt).id,
      campaignId: campaign,
      leadId: id,
      callerId: "+551130000001",
      dialString: `mock/a/${digitsOf(1)}`,
      extension: "s",
      ringTimeoutSeconds: 25,
      setupTimeoutSeconds: 20,
      maxCallDurationSeconds: 1800,
      variables: { offer: "gold", rate: "3", urgent: "true" },
    },
  ]);
});
