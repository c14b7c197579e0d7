/** The rows of a round: two campaigns that share telephones and trunks, people with several numbers, and retries within seconds. */
import type pg from "pg";

import type { RoundPbx } from "./pbx.ts";

export interface Scene {
  readonly campaigns: { readonly main: string; readonly second: string };
  readonly trunks: readonly { readonly id: string; readonly name: string }[];
  /** E.164, of leads of the main campaign. */
  readonly phones: readonly string[];
  /** Index of the next phone that no lead has. */
  nextPhone: number;
}

const MAIN_CONCURRENT = 35;
const SECOND_CONCURRENT = 12;
/** Where phones are shared, every third phone of the second campaign is also in the main one. */
const SHARED = 3;
/** Every third lead has one more number, every ninth has two. */
const HAS_MORE = 3;
/** Of every lead, whatever number is called. */
const MAX_ATTEMPTS = 3;

/** Creates everything but the leads; both campaigns are DRAFT. */
export async function setTheScene(
  client: pg.Client,
  pbx: RoundPbx,
  { leads, sharesPhones }: { leads: number; sharesPhones: boolean },
): Promise<Scene> {
  await client.query(
    "insert into account_settings (min_gap_seconds, max_dials_per_phone_per_day) values (1, 100)",
  );
  await client.query(
    "update retry_rules set delay_seconds = case outcome when 'NO_ANSWER' then 2 else 1 end where max_tries > 0",
  );
  const trunks: { id: string; name: string }[] = [];
  for (const { name, dialString, cps, channels } of pbx.trunks) {
    const id = await insert(
      client,
      "insert into trunk_config (name, dial_string, cps_limit, max_channels) values ($1, $2, $3, $4) returning id",
      [name, dialString, cps, channels],
    );
    trunks.push({ id, name });
  }
  const main = await insertCampaign(client, "main", 100, MAIN_CONCURRENT);
  const second = await insertCampaign(client, "second", 50, SECOND_CONCURRENT);
  const phones = Array.from({ length: leads }, (_, n) => pbx.phone(n));
  await insertLeads(client, main, phones);
  const count = Math.ceil(leads / 3);
  const others = Array.from({ length: count }, (_, n) =>
    pbx.phone(sharesPhones && n % SHARED === 0 ? n : leads + n),
  );
  await insertLeads(client, second, others);
  let nextPhone = leads + count;
  const next = () => pbx.phone(nextPhone++);
  phones.push(...(await insertFurther(client, main, phones, next)));
  // A telephone that is one person's second number in one campaign may be another person's first number in the other.
  let shared = 1;
  const alsoShared = () => pbx.phone(SHARED * shared++);
  await insertFurther(client, second, others, sharesPhones ? alsoShared : next);
  return { campaigns: { main, second }, trunks, phones, nextPhone };
}

/** @returns the numbers that were given */
async function insertFurther(
  client: pg.Client,
  campaignId: string,
  firsts: readonly string[],
  next: () => string,
): Promise<string[]> {
  const given = firsts.flatMap((first, n) => {
    if (n % HAS_MORE !== 0) return [];
    const count = n % (HAS_MORE * HAS_MORE) === 0 ? 2 : 1;
    return Array.from({ length: count }, () => ({ first, phone: next() }));
  });
  await client.query(
    `insert into lead_phones (lead_id, phone)
     select leads.id, given.phone from jsonb_to_recordset($2) as given (first text, phone text)
     join leads on leads.campaign_id = $1 and leads.phone = given.first`,
    [campaignId, JSON.stringify(given)],
  );
  return given.map(({ phone }) => phone);
}

async function insertCampaign(
  client: pg.Client,
  name: string,
  priority: number,
  concurrent: number,
): Promise<string> {
  return insert(
    client,
    `insert into campaigns (name, start_time, end_time, work_days, max_concurrent_calls, max_attempts, priority,
       setup_timeout_seconds, ring_timeout_seconds)
     values ($1, '00:00', '24:00', '{1,2,3,4,5,6,7}', $2, $4, $3, 5, 15) returning id`,
    [name, concurrent, priority, MAX_ATTEMPTS],
  );
}

export async function insertLeads(
  client: pg.Client,
  campaignId: string,
  phones: readonly string[],
): Promise<void> {
  await client.query(
    "insert into leads (campaign_id, phone) select $1, phone from unnest($2::text[]) as phone on conflict do nothing",
    [campaignId, phones],
  );
}

async function insert(
  client: pg.Client,
  sql: string,
  values: unknown[],
): Promise<string> {
  const { rows } = await client.query<{ id: string }>(sql, values);
  const [row] = rows;
  if (row === undefined) throw new Error(`No row came of: ${sql}`);
  return row.id;
}
