/** Questions of somebody who has seen the demo and wants to look into its tables. */
import type { Database } from "./pools.ts";

/** What is asked; put into words by whoever prints it. */
export type DemoQuestion =
  "progress" | "blockers" | "most-dialled" | "attempts" | "events";

export interface DemoAnswer {
  readonly question: DemoQuestion;
  /** The query, as it may be pasted into any client. */
  readonly sql: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
}

const questions = (
  id: string,
): readonly (readonly [DemoQuestion, string])[] => [
  [
    "progress",
    `select status, percent_done, leads, leads_done, leads_failed, attempts, answered from campaign_progress where campaign_id = '${id}'`,
  ],
  [
    "blockers",
    `select reason, count, next_at from dialing_blockers where campaign_id = '${id}'`,
  ],
  [
    "most-dialled",
    `select phone, status, attempts, dials, last_outcome from leads where campaign_id = '${id}' order by dials desc, phone limit 5`,
  ],
  [
    "attempts",
    `select attempt_number, state, outcome, hangup_cause, sip_final_code from call_attempts where lead_id = (select lead_id from call_attempts where campaign_id = '${id}' order by attempt_number desc, lead_id limit 1) order by attempt_number`,
  ],
  [
    "events",
    `select at, kind from call_attempt_events where attempt_id = (select id from call_attempts where campaign_id = '${id}' order by attempt_number desc, lead_id limit 1) order by at limit 8`,
  ],
];

/** Asks all of them. */
export async function askDemoQuestions(
  database: Database,
  campaignId: string,
): Promise<readonly DemoAnswer[]> {
  const answers: DemoAnswer[] = [];
  for (const [question, sql] of questions(campaignId)) {
    const { fields, rows } = await database.query<unknown[]>({
      text: sql,
      rowMode: "array",
    });
    const columns = fields.map(({ name }) => name);
    answers.push({ question, sql: `${sql};`, columns, rows });
  }
  return answers;
}
