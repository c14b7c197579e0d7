/** The closing table of the demo. */
import type { DemoPlan, DemoResults } from "../../database/demo.ts";
import { checkDemo } from "./checks.ts";
import type { Check, Witness } from "./checks.ts";
import { clock } from "./display.ts";

export interface DemoReport {
  readonly holds: boolean;
  readonly text: string;
}

export function reportDemo(
  plan: DemoPlan,
  results: DemoResults,
  witness: Witness,
  elapsedMs: number,
): DemoReport {
  const checks = checkDemo(plan, results, witness);
  const sections = [
    section(
      "Outcomes of the attempts",
      results.outcomes.map(({ outcome, count }) => row(outcome, count)),
    ),
    section(
      "Leads",
      results.leads.map(({ status, reason, count }) =>
        row(reason === "" ? status : `${status} (${reason})`, count),
      ),
    ),
    section("Figures", figures(results, witness, elapsedMs)),
    section("Trunks", trunkLines(results, witness)),
    section("Checks", checks.map(checkLine)),
  ];
  return {
    holds: checks.every(({ holds }) => holds),
    text: sections.join("\n"),
  };
}

function section(title: string, lines: readonly string[]): string {
  return `${title}\n${lines.map((line) => `  ${line}\n`).join("")}`;
}

function row(name: string, value: number | string): string {
  return `${name.padEnd(34)}${String(value).padStart(8)}`;
}

function checkLine({ holds, text }: Check): string {
  return `${holds ? "✓" : "✗"} ${text}`;
}

function figures(
  { totals, timers }: DemoResults,
  { stats }: Witness,
  elapsedMs: number,
): string[] {
  const ms = (value: number | null) =>
    value === null ? "–" : `${value.toFixed(1)} ms`;
  return [
    row("time, from start to end", clock(elapsedMs)),
    row("leads dialled", totals.leadsDialled),
    row("attempts", totals.attempts),
    row("Originates counted at the PBX", stats.originates),
    row("duplicates counted at the PBX", stats.duplicates),
    row("retries after a pause", totals.retries),
    row("calls moved to the other trunk", totals.moved),
    row("timers fired", timers.fired),
    row("timer lateness p50", ms(timers.p50Ms)),
    row("timer lateness p99", ms(timers.p99Ms)),
  ];
}

/** The rates are as counted by who is called, not by who calls. */
function trunkLines({ trunks }: DemoResults, { stats }: Witness): string[] {
  const columns = ["calls", "worst second", "limit", "most live", "limit"];
  const line = (name: string, cells: readonly (string | number)[]) =>
    name.padEnd(14) + cells.map((cell) => String(cell).padStart(14)).join("");
  return [
    line("", columns),
    ...trunks.map(({ name, cpsLimit, mostLive, maxChannels }) =>
      line(name, [
        stats.trunks[name]?.originates ?? 0,
        stats.trunks[name]?.worstRollingSecond ?? 0,
        cpsLimit,
        mostLive,
        maxChannels,
      ]),
    ),
  ];
}

/** SQL to look further with; a person pastes it into any client. */
export function furtherSql(campaignId: string): string {
  return section("To look further", [
    `select * from campaign_progress where campaign_id = '${campaignId}';`,
    `select * from dialing_blockers where campaign_id = '${campaignId}';`,
    `select phone, status, status_reason, attempts, dials, last_outcome from leads where campaign_id = '${campaignId}' order by dials desc;`,
    `select lead_id, attempt_number, previous_attempt_id, state, outcome, hangup_cause, sip_final_code, originate_at, ring_at, answer_at, end_at from call_attempts where campaign_id = '${campaignId}' order by lead_id, attempt_number;`,
    `select at, kind, detail from call_attempt_events where attempt_id = (select id from call_attempts where campaign_id = '${campaignId}' and previous_attempt_id is not null limit 1) order by at;`,
  ]);
}
