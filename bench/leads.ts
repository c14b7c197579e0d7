/** Campaigns, trunks and leads to measure with; all loaded set-based, with every trigger of the schema on. */
import type pg from "pg";

/** Mobile numbers of São Paulo, never in use here: the mock PBX has no telephones. */
const firstNumber = 80_000_000;

export interface TrunkSet {
  readonly count: number;
  readonly cps: number;
  readonly channels: number;
}

export async function addTrunks(pool: pg.Pool, set: TrunkSet): Promise<void> {
  await pool.query(
    `insert into trunk_config (name, dial_string, cps_limit, max_channels)
     select 'trunk ' || n, 'mock/trunk' || n || '/{number}', $2, $3 from generate_series(1, $1::int) as n`,
    [set.count, set.cps, set.channels],
  );
}

export interface CampaignSet {
  readonly concurrent: number;
  readonly maxCallSeconds?: number;
}

/** A campaign that may call at any hour and never completes by itself; DRAFT. @returns its id */
export async function addCampaign(
  pool: pg.Pool,
  set: CampaignSet,
): Promise<string> {
  const { rows } = await pool.query<{ id: string }>(
    `insert into campaigns (name, max_concurrent_calls, max_call_duration_seconds, start_time, end_time, work_days,
       auto_complete)
     values ('bench', $1, $2, '00:00', '24:00', '{1,2,3,4,5,6,7}', false) returning id`,
    [set.concurrent, set.maxCallSeconds ?? 1_800],
  );
  return rows[0]?.id ?? "";
}

/** Leads as a front end inserts them: a number as people write it, and nothing else. */
export async function addFreshLeads(
  pool: pg.Pool,
  campaignId: string,
  count: number,
  from = 0,
): Promise<void> {
  await pool.query(
    `insert into leads (campaign_id, phone)
     select $1, '119' || ($2::int + n) from generate_series(1, $3::int) as n`,
    [campaignId, firstNumber + from, count],
  );
}

/** Leads as the import leaves them: numbers normalised, three lists, four zones, a quarter still fresh. */
export async function addImportedLeads(
  pool: pg.Pool,
  campaignId: string,
  count: number,
): Promise<void> {
  await pool.query(
    `insert into lists (campaign_id, name, priority)
     select $1, 'list ' || n, n from generate_series(1, 3) as n`,
    [campaignId],
  );
  await pool.query(
    `with list as (select array_agg(id order by priority) as ids from lists where campaign_id = $1)
     insert into leads (campaign_id, list_id, phone, phone_e164, dial_timezone)
     select $1, list.ids[1 + n % 3], '119' || ($2::int + n),
       case when n % 4 > 0 then '+55119' || ($2::int + n) end,
       (array[null, 'America/Sao_Paulo', 'America/Manaus', 'America/Recife'])[1 + n % 4]
     from generate_series(1, $3::int) as n, list`,
    [campaignId, firstNumber, count],
  );
  // What autovacuum does within minutes of an import.
  await pool.query("vacuum analyze leads");
}

export async function activate(
  pool: pg.Pool,
  campaignId: string,
): Promise<void> {
  await pool.query("update campaigns set status = 'ACTIVE' where id = $1", [
    campaignId,
  ]);
}
