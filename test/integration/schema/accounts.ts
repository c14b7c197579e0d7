/** An account with rows in every table and one without, and what an API role is told when it tries something. */
import { afterAll, beforeAll } from "vitest";
import {
  createTestDatabase,
  type ActingAs,
  type TestDatabase,
} from "../../support/database.ts";
import {
  insertAttempt,
  insertCampaign,
  insertLead,
  insertTrunk,
} from "./rows.ts";

/** Every row of `AccountsScene` is hers. */
export const anna = {
  sub: "7d0a3f52-0d3f-4a52-9d6b-0f6a5a3c1e11",
} satisfies ActingAs;
export const berta = {
  sub: "11111111-2222-4333-8444-555555555555",
  accountId: "b0b0b0b0-0000-4000-8000-00000000000b",
} satisfies ActingAs;

/** Of which a client reads its own rows. */
export const clientTables = [
  "account_settings",
  "campaigns",
  "campaign_windows",
  "lists",
  "leads",
  "lead_phones",
  "dnc_entries",
  "retry_rules",
  "call_attempts",
  "campaign_trunks",
  "campaign_passes",
  "campaign_counts",
  "call_attempt_events",
];
/** Of which no client reads anything. */
export const engineTables = [
  "installation",
  "engines",
  "voice_nodes",
  "rate_limit_buckets",
  "dialer_migrations",
  "dialer_jobs",
  "call_attempt_events_default",
];

class AccountsScene {
  database!: TestDatabase;
  campaignId = "";
  leadId = "";
  /** Of a call that rings. */
  attemptId = "";

  async open(): Promise<void> {
    this.database = await createTestDatabase();
    await this.#insertAnnasCalls();
    await this.#insertAnnasSettings();
  }

  async #insertAnnasCalls(): Promise<void> {
    const { pool } = this.database;
    this.campaignId = await this.database.asUser(anna, (client) =>
      insertCampaign(client),
    );
    this.leadId = await this.database.asUser(anna, (client) =>
      insertLead(client, this.campaignId, { external_id: "crm-1" }),
    );
    const trunkId = await insertTrunk(pool);
    const { attemptId } = await insertAttempt(
      pool,
      this.campaignId,
      trunkId,
      "RINGING",
      "+551135550123",
    );
    this.attemptId = attemptId;
    await pool.query(
      "insert into campaign_trunks (campaign_id, trunk_id) values ($1, $2)",
      [this.campaignId, trunkId],
    );
    await pool.query("insert into campaign_passes (campaign_id) values ($1)", [
      this.campaignId,
    ]);
    await pool.query(
      `insert into call_attempt_events (attempt_id, account_id, at, kind, dedup_key)
     select id, account_id, now(), 'RINGING', 'k1' from call_attempts`,
    );
  }

  async #insertAnnasSettings(): Promise<void> {
    await this.database.asUser(anna, async (client) => {
      await client.query(
        "insert into account_settings (min_gap_seconds) values (60)",
      );
      await client.query(
        "insert into lists (campaign_id, name) values ($1, 'May')",
        [this.campaignId],
      );
      await client.query(
        "insert into lead_phones (lead_id, phone) values ($1, '11 3555-0188')",
        [this.leadId],
      );
      await client.query(
        "insert into dnc_entries (phone_e164) values ('+551135550199')",
      );
      await client.query(
        "insert into campaign_windows (campaign_id, weekday, opens, closes) values ($1, 1, '09:00', '24:00')",
        [this.campaignId],
      );
      await client.query(
        "insert into retry_rules (outcome, delay_seconds, max_tries) values ('BUSY', 60, 1)",
      );
    });
  }

  /** The SQLSTATE with which the statement is refused; "nothing" when it is not. */
  denied(who: ActingAs, sql: string, values: unknown[] = []): Promise<string> {
    return this.database
      .asUser(who, (client) => client.query(sql, values))
      .then(
        () => "nothing",
        (error: unknown) => String((error as { code?: unknown }).code),
      );
  }
}

/** One database with Anna's rows for all tests of a file. */
export function shareAccounts(): AccountsScene {
  const scene = new AccountsScene();
  beforeAll(() => scene.open());
  afterAll(() => scene.database.drop());
  return scene;
}
