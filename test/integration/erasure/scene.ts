/** A person in every place where the engine keeps one, and a search that knows nothing of how erasing works. */
import type pg from "pg";
import { afterAll, beforeAll, beforeEach } from "vitest";
import {
  createTestDatabase,
  type ActingAs,
  type TestDatabase,
} from "../../support/database.ts";
import { insertRow } from "../../support/dialing-rows.ts";
import { insertCampaign, insertTrunk, one } from "../schema/rows.ts";

export const accountId = "b0b0b0b0-0000-4000-8000-00000000000b";
export const admin = {
  sub: "11111111-2222-4333-8444-555555555555",
  accountId,
} satisfies ActingAs;
export const otherAccount = {
  sub: "7d0a3f52-0d3f-4a52-9d6b-0f6a5a3c1e11",
} satisfies ActingAs;

/** A Brazilian mobile: the form with most spellings. */
export const mobile = "+5511988887777";

export interface Erased {
  readonly leads_erased: number;
  readonly attempts_erased: number;
  readonly events_erased: number;
  readonly jobs_erased: number;
  readonly texts_erased: number;
  readonly calls_cancelled: number;
  readonly do_not_call_kept: number;
}

export class ErasureScene {
  database!: TestDatabase;
  trunkId = "";
  campaignId = "";

  async open(): Promise<void> {
    this.database = await createTestDatabase();
    this.trunkId = await insertTrunk(this.database.pool);
  }

  get pool(): pg.Pool {
    return this.database.pool;
  }

  /** An account with a campaign and nothing else. */
  async fresh(): Promise<void> {
    await this.pool.query(
      `truncate call_attempt_events, call_attempts, campaigns, dnc_entries, erasures, erased_do_not_call, erasure_secrets cascade`,
    );
    await this.pool.query("delete from graphile_worker._private_jobs");
    this.campaignId = await this.campaign();
  }

  campaign(values: Record<string, unknown> = {}): Promise<string> {
    return this.database.asUser(admin, (client) =>
      insertCampaign(client, { status: "ACTIVE", ...values }),
    );
  }

  /** A lead with all that can be known of a person, in the account of its campaign. */
  lead(values: Record<string, unknown> = {}): Promise<string> {
    return insertRow(this.pool, "leads", {
      campaign_id: this.campaignId,
      phone: "(11) 98888-7777",
      phone_e164: mobile,
      dial_timezone: "America/Sao_Paulo",
      first_name: "Zulmira",
      last_name: "Exemplo",
      external_id: `crm-${mobile}`,
      status: "DONE",
      attempts: 1,
      dials: 1,
      metadata: JSON.stringify({
        other: ["11 98888-7777", 11988887777],
        note: "Zulmira's own",
      }),
      ...values,
    });
  }

  /** A call of that lead that has ended, with events and a job that say more of it than they should. */
  async call(
    leadId: string,
    values: Record<string, unknown> = {},
  ): Promise<string> {
    const attemptId = await insertRow(this.pool, "call_attempts", {
      account_id: accountId,
      campaign_id: this.campaignId,
      lead_id: leadId,
      attempt_number: 1,
      phone_e164: mobile,
      state: "ENDED",
      outcome: "ANSWERED",
      trunk_id: this.trunkId,
      voice_node: "default",
      agent_id: "1004",
      agent_channel: "Local/5511988887777@agents-0001;2",
      sip_call_id: "5511988887777-0001@192.0.2.7",
      sip_final_reason: "Busy 011988887777",
      hangup_cause: "NORMAL_CLEARING",
      originate_at: new Date(),
      answer_at: new Date(),
      end_at: new Date(),
      ...values,
    });
    await this.pool.query(
      `insert into call_attempt_events (attempt_id, account_id, at, kind, dedup_key, detail)
       select id, account_id, now(), kind, kind, detail::jsonb from call_attempts, (values
         ('BRIDGED', '{"agentChannel": "Local/5511988887777@agents-0001;2"}'),
         ('TIMER_FIRED', '{"timerType": "RING", "note": "+55 11 98888-7777"}')) as event (kind, detail)
       where id = $1`,
      [attemptId],
    );
    await this.job(
      "apply_call_events",
      {
        events: [
          { attemptId, kind: "NOTED", note: "to 11 98888-7777" },
          { attemptId: "another", kind: "RINGING" },
        ],
      },
      null,
    );
    await this.job(
      "originate_call:default",
      { attemptId },
      "cannot dial +5511988887777",
    );
    return attemptId;
  }

  async job(
    task: string,
    payload: unknown,
    lastError: string | null,
  ): Promise<void> {
    const { id } = await one(
      this.pool,
      "select id from graphile_worker.add_job($1, $2, run_at => now() + interval '1 day')",
      [task, JSON.stringify(payload)],
    );
    await this.pool.query(
      "update graphile_worker._private_jobs set last_error = $2 where id = $1",
      [id, lastError],
    );
  }

  async erase(
    who: ActingAs,
    sql = "select * from erase_person($1)",
    values: unknown[] = [mobile],
  ): Promise<Erased> {
    return this.database.asUser(
      who,
      async (client) =>
        (await one(client, sql, values)) as unknown as Promise<Erased>,
    );
  }

  /** The message with which it is refused; null when it is not. */
  refusal(
    who: ActingAs,
    sql?: string,
    values?: unknown[],
  ): Promise<{ code: string; message: string; hint?: string } | null> {
    return this.erase(who, sql, values).then(
      () => null,
      (error: unknown) =>
        error as { code: string; message: string; hint?: string },
    );
  }

  progress(): Promise<Record<string, unknown>> {
    return one(
      this.pool,
      "select * from campaign_progress where campaign_id = $1",
      [this.campaignId],
    );
  }

  /**
   * Every row of every table of ours and of the queue's, in which one of these digits stands when all that is neither
   * digit nor letter is left out. Written anew here, so that the function under test is not its own witness.
   */
  async search(...digits: string[]): Promise<string[]> {
    const { rows: tables } = await this.pool.query<{ name: string }>(
      `select oid::regclass::text as name from pg_class
       where relkind in ('r', 'm') and relnamespace in ('public'::regnamespace, 'graphile_worker'::regnamespace)`,
    );
    const found: string[] = [];
    for (const { name } of tables) {
      const { rows } = await this.pool.query<{ row: string }>(
        `select to_jsonb(searched)::text as row from ${name} as searched`,
      );
      for (const { row } of rows) {
        const bare = row.replace(/[^0-9A-Za-z]/g, "");
        if (digits.some((wanted) => bare.includes(wanted)))
          found.push(`${name}: ${row}`);
      }
    }
    return found;
  }
}

/** National, with and without the ninth digit; E.164 contains the first. */
export const digitsOfMobile = ["11988887777", "1188887777"];

export function shareErasureScene(): ErasureScene {
  const scene = new ErasureScene();
  beforeAll(() => scene.open());
  beforeEach(() => scene.fresh());
  afterAll(() => scene.database.drop());
  return scene;
}
