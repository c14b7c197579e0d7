/**
 * The scene of the rules of concurrency that stand or fall with an experiment on a real server: one node, held by
 * `ENGINE`, and a trunk wide enough for all. No engine runs; the tests call its parts themselves.
 */
import type pg from "pg";
import { afterAll, beforeAll, beforeEach } from "vitest";
import { createStatePool } from "../../../database/pools.ts";
import { runSchedulingPass } from "../../../engine/scheduling/pass.ts";
import { createTestDatabase } from "../../support/database.ts";
import type { TestDatabase } from "../../support/database.ts";
import { addCampaign, addLeads, count, setTheScene } from "./scene.ts";

export const NODE = "default";
const ENGINE = "00000000-0000-4000-8000-00000000000a";
const EPOCH = 7;

/** Of the engine that holds the node. */
export const identity = { engineId: ENGINE, node: NODE, epoch: EPOCH };
export const PASS = { intervalMs: 250, random: Math.random };

class ConcurrencyScene {
  database!: TestDatabase;
  /** The pool that an engine would use. */
  state!: pg.Pool;

  async open(): Promise<void> {
    this.database = await createTestDatabase();
    this.state = createStatePool(
      {
        url: this.database.url,
        schema: "public",
        workerSchema: "graphile_worker",
        applicationName: "concurrency rules",
      },
      10,
      () => undefined,
    );
    await setTheScene(this.database.pool, [
      { name: "wide", cps: 1_000, channels: 500 },
    ]);
  }

  async clear(): Promise<void> {
    await this.state.query("delete from call_attempts");
    await this.state.query("delete from campaigns");
    await this.state.query("delete from graphile_worker._private_jobs");
    await this.state.query(
      `update voice_nodes set adapter = 'mock', lease_holder = $1, lease_epoch = $2, pbx_connected = true,
         max_concurrent_originates = 1000, lease_expires_at = clock_timestamp() + interval '5 minutes'`,
      [ENGINE, EPOCH],
    );
  }

  async close(): Promise<void> {
    await this.state.end();
    await this.database.drop();
  }

  /** A campaign with queued attempts. @returns the ids of all that are queued */
  async queueSome(leads: number): Promise<string[]> {
    const campaignId = await addCampaign(this.state, { concurrent: leads });
    await addLeads(this.state, campaignId, leads);
    await runSchedulingPass(this.state, campaignId, PASS);
    return this.queuedAttempts();
  }

  async queuedAttempts(): Promise<string[]> {
    const { rows } = await this.state.query<{ id: string }>(
      "select id from call_attempts where state = 'QUEUED' order by id",
    );
    return rows.map(({ id }) => id);
  }

  /** Statements of this database that wait for a lock. */
  async waitingForLocks(): Promise<number> {
    return count(
      this.database.pool,
      "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
    );
  }
}

/** One database for all tests of a file, without campaigns at the start of each. */
export function shareConcurrencyScene(): ConcurrencyScene {
  const scene = new ConcurrencyScene();
  beforeAll(() => scene.open());
  afterAll(() => scene.close());
  beforeEach(() => scene.clear());
  return scene;
}
