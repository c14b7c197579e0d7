/** The baseline's scheduling round; the bench of scheduling passes calls it by itself as well. */
import type pg from "pg";

import { loadBenchSql } from "../sql.ts";

interface RoomRow {
  readonly id: string;
  readonly room: number;
  readonly trunkIds: readonly string[] | null;
}

const roomSql = loadBenchSql("baseline_room");
const scheduleSql = loadBenchSql("baseline_schedule");
/** As the engine: no more is queued than the trunks take in about a second. */
const queueSeconds = 1;

/** Queues what every ACTIVE campaign may have now, in one transaction. @returns how many calls */
export async function scheduleCampaigns(pool: pg.Pool): Promise<number> {
  const client = await pool.connect();
  let queued = 0;
  try {
    await client.query("begin");
    const { rows } = await client.query<RoomRow>(roomSql, [queueSeconds]);
    for (const { id, room, trunkIds } of rows) {
      const free = room - queued;
      if (free <= 0 || trunkIds === null) continue;
      const values = [id, free, trunkIds];
      const { rowCount } = await client.query(scheduleSql, values);
      queued += rowCount ?? 0;
    }
    await client.query("commit");
    return queued;
  } catch (error) {
    await client.query("rollback");
    throw error;
  } finally {
    client.release();
  }
}
