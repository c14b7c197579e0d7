/** What clients do during a round, as a front end does: by writing rows. */
import { openClient, closeClient } from "./postgres.ts";
import type { PlannedFault } from "./plan.ts";
import { insertLeads } from "./scene.ts";
import type { World } from "./world.ts";

export type Act = (world: World, fault: PlannedFault) => Promise<string>;

type ClientAct =
  | "ROWS_LOCKED"
  | "CAMPAIGN_PAUSED"
  | "CAMPAIGN_CANCELLED"
  | "CALLS_PER_SECOND_CHANGED"
  | "DO_NOT_CALL"
  | "LEADS_INSERTED";

export const clientActs: Readonly<Record<ClientAct, Act>> = {
  ROWS_LOCKED: lockRows,
  CAMPAIGN_PAUSED: pauseCampaign,
  CAMPAIGN_CANCELLED: cancelCampaign,
  CALLS_PER_SECOND_CHANGED: changeCps,
  DO_NOT_CALL: enterDoNotCall,
  LEADS_INSERTED: addLeads,
};

const LOCKS = [
  "select id from leads where random() < 0.3 for update",
  "select id from campaigns for update",
  "select id from trunk_config for update",
  "select id from call_attempts where end_at is null and random() < 0.5 for update",
];

type Fault = PlannedFault;

/** A client that has begun a transaction and then stays idle. */
async function lockRows(world: World, { forMs, size }: Fault): Promise<string> {
  const url = world.postgres.ownerUrl(world.database);
  const sql = LOCKS[Math.floor(size * LOCKS.length)] ?? "";
  const client = openClient(url, 3_000);
  try {
    await client.connect();
    await client.query("begin");
    const { rowCount } = await client.query(sql);
    await world.wait(forMs);
    await client.query("rollback").catch(() => undefined);
    return `${rowCount ?? 0} rows: ${sql}`;
  } catch (error) {
    if (world.signal.aborted) throw error;
    return `not done: ${error instanceof Error ? error.message : String(error)}`;
  } finally {
    await closeClient(client);
  }
}

async function pauseCampaign(world: World, { forMs }: Fault): Promise<string> {
  const campaignId = world.scene.campaigns.main;
  const { span, result } = await world.command((client) =>
    client.query(
      "update campaigns set status = 'PAUSED' where id = $1 and status in ('ACTIVE', 'PAUSED')",
      [campaignId],
    ),
  );
  if (result.rowCount !== 1) return "it was over";
  world.commands.push({ what: "PAUSE", campaignId, ...span });
  try {
    await world.wait(forMs);
  } finally {
    const resumed = await world.command((client) =>
      client.query(
        "update campaigns set status = 'ACTIVE' where id = $1 and status = 'PAUSED'",
        [campaignId],
      ),
    );
    world.commands.push({ what: "RESUME", campaignId, ...resumed.span });
  }
  return "main";
}

async function cancelCampaign(world: World): Promise<string> {
  const campaignId = world.scene.campaigns.second;
  const { span, result } = await world.command((client) =>
    client.query(
      "update campaigns set status = 'CANCELLED' where id = $1 and status in ('ACTIVE', 'PAUSED', 'CANCELLED')",
      [campaignId],
    ),
  );
  if (result.rowCount !== 1) return "it was over";
  world.commands.push({ what: "CANCEL", campaignId, ...span });
  return "second";
}

async function changeCps(world: World, { size }: Fault): Promise<string> {
  const { trunks } = world.scene;
  const trunk = trunks[Math.floor(size * 997) % trunks.length];
  if (trunk === undefined) return "there is no trunk";
  const after = 4 + Math.floor(size * 20);
  const before: number[] = [];
  const { span } = await world.command(async (client) => {
    const { rows } = await client.query<{ cps: number }>(
      "select cps_limit::float8 as cps from trunk_config where id = $1",
      [trunk.id],
    );
    before.push(rows[0]?.cps ?? after);
    await client.query("update trunk_config set cps_limit = $2 where id = $1", [
      trunk.id,
      after,
    ]);
  });
  // An attempt whose answer was lost may have been committed; the first attempt read the original limit.
  const [was = after] = before;
  const change = { trunkId: trunk.id, before: was, after };
  world.commands.push({ what: "CPS", ...change, ...span });
  return `${trunk.name} from ${was} to ${after}`;
}

async function enterDoNotCall(world: World, { size }: Fault): Promise<string> {
  const { phones } = world.scene;
  const first = Math.floor(size * phones.length);
  const chosen = phones.slice(first, first + 12);
  const { span } = await world.command((client) =>
    client.query(
      "insert into dnc_entries (phone_e164, reason) select phone, 'asked for it' from unnest($1::text[]) as phone on conflict do nothing",
      [chosen],
    ),
  );
  for (const phone of chosen)
    world.commands.push({ what: "DO_NOT_CALL", phone, ...span });
  return `${chosen.length} numbers`;
}

async function addLeads(world: World, { size }: Fault): Promise<string> {
  const { scene, pbx } = world;
  const count = 10 + Math.floor(size * 30);
  const first = scene.nextPhone;
  scene.nextPhone += count;
  const phones = Array.from({ length: count }, (_, n) => pbx.phone(first + n));
  await world.command((client) =>
    insertLeads(client, scene.campaigns.main, phones),
  );
  return `${count} leads`;
}
