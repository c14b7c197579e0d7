/** Compares the counts in campaign_progress with a count of the leads and calls, in one snapshot. */
import type pg from "pg";

export interface CampaignCounts {
  readonly campaignId: string;
  /** By column of campaign_progress. */
  readonly kept: Readonly<Record<string, number>>;
  readonly counted: Readonly<Record<string, number>>;
}

const statuses = "NEW IN_PROGRESS RETRY DONE FAILED DNC INVALID".split(" ");
const leadColumns = statuses.map((status) => `leads_${status.toLowerCase()}`);
const columns = ["leads", ...leadColumns, "attempts", "dials", "answered"];
const objectOf = (row: string): string =>
  `jsonb_build_object(${columns.map((name) => `'${name}', coalesce(${row}.${name}, 0)`).join(", ")})`;

const sql = `
  with of_leads as (
    select campaign_id, count(*) as leads, sum(attempts) as attempts, sum(dials) as dials,
      ${statuses.map((status) => `count(*) filter (where status = '${status}') as leads_${status.toLowerCase()}`).join(", ")}
    from leads group by campaign_id
  ), of_calls as (
    select campaign_id, count(*) as answered from call_attempts where answer_at is not null group by campaign_id
  ), counted as (
    select id as campaign_id, of_leads.leads, of_leads.attempts, of_leads.dials, of_calls.answered, ${leadColumns.join(", ")}
    from campaigns
    left join of_leads on of_leads.campaign_id = id left join of_calls on of_calls.campaign_id = id
  )
  select campaign_id as "campaignId", ${objectOf("progress")} as kept, ${objectOf("counted")} as counted
  from campaign_progress as progress join counted using (campaign_id) order by campaign_id`;

export async function readCounts(
  client: Pick<pg.PoolClient, "query">,
): Promise<readonly CampaignCounts[]> {
  return (await client.query<CampaignCounts>(sql)).rows;
}
