/** Snapshots of very many campaigns: a look at a time, in turn, and one account does not wait for another's. */
import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";

import {
  readCampaignSnapshots,
  snapshotsAtOnce,
} from "../../../database/campaign-snapshots.ts";
import type { SnapshotCursors } from "../../../database/campaign-snapshots.ts";
import { createStatePool } from "../../../database/pools.ts";
import { testDatabase } from "../../support/running-engine.ts";

const big = "b0b00000-0000-4000-8000-00000000000b";
const small = "5a11a000-0000-4000-8000-00000000000a";

test("a thousand ACTIVE campaigns of one account come in turn, and another's two with every look", async () => {
  const { pool, url } = await testDatabase();
  const state = createStatePool(
    {
      url,
      schema: "public",
      workerSchema: "graphile_worker",
      applicationName: "snapshots test",
    },
    2,
    () => undefined,
  );
  try {
    const engine = randomUUID();
    await pool.query(
      `insert into voice_nodes (name, adapter, lease_holder, lease_epoch, lease_expires_at)
       values ('default', 'mock', $1, 1, clock_timestamp() + interval '1 hour')
       on conflict (name) do update set lease_holder = excluded.lease_holder, lease_expires_at = excluded.lease_expires_at`,
      [engine],
    );
    for (const [account, campaigns] of [
      [big, 1_000],
      [small, 2],
    ] as const) {
      await pool.query("insert into accounts (id, name) values ($1, 'x')", [
        account,
      ]);
      await pool.query(
        "insert into campaigns (account_id, name, status) select $1, 'x', 'ACTIVE' from generate_series(1, $2::int)",
        [account, campaigns],
      );
    }
    const cursors: SnapshotCursors = new Map();
    const ofBig = new Set<string>();
    const looks = Math.ceil(1_000 / (snapshotsAtOnce - 2));
    for (let look = 1; look <= looks; look++) {
      const rows = await readCampaignSnapshots(state, engine, [], cursors);
      expect(rows).toHaveLength(snapshotsAtOnce);
      expect(rows.filter(({ accountId }) => accountId === small)).toHaveLength(
        2,
      );
      for (const { accountId, campaignId } of rows)
        if (accountId === big) ofBig.add(campaignId);
    }
    expect(ofBig.size).toBe(1_000);
    // Another engine's turn to tell: nothing is read.
    expect(
      await readCampaignSnapshots(state, randomUUID(), [], new Map()),
    ).toEqual([]);
    // Few enough for one look: all of them, each time.
    await pool.query(
      "update campaigns set status = 'PAUSED' where account_id = $1",
      [big],
    );
    for (let look = 0; look < 2; look++)
      expect(
        await readCampaignSnapshots(state, engine, [], cursors),
      ).toHaveLength(2);
  } finally {
    await state.end();
  }
});
