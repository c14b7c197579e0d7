/** What must not remain after all faults have ended and everything is dialled. */
import type { Evidence } from "../evidence.ts";
import { clock } from "./finding.ts";
import type { Finding } from "./finding.ts";

const OPEN: ReadonlySet<string> = new Set(["NEW", "IN_PROGRESS", "RETRY"]);

/** STUCK, JOBS and CAMPAIGN. */
export function judgeLeftovers(evidence: Evidence): Finding[] {
  return [
    ...stuck(evidence),
    ...leftJobs(evidence),
    ...unfinishedCampaigns(evidence),
  ];
}

function stuck({ rows, stillOpen, liveAtPbx, commands }: Evidence): Finding[] {
  const findings: Finding[] = [];
  const add = (text: string): void => {
    findings.push({ rule: "STUCK", text });
  };
  if (stillOpen !== null) add(stillOpen);
  if (liveAtPbx > 0) add(`${liveAtPbx} channels at the PBX`);
  for (const { id, state, originateAt, endAt } of rows.attempts) {
    if (endAt === null)
      add(
        `attempt ${id} is ${state}, sent ${originateAt === null ? "never" : clock(originateAt)}`,
      );
  }
  const cancelled = new Set(
    commands.flatMap((command) =>
      command.what === "CANCEL" ? [command.campaignId] : [],
    ),
  );
  for (const { id, status, campaignId } of rows.leads) {
    const isOver = cancelled.has(campaignId) && status !== "IN_PROGRESS";
    if (OPEN.has(status) && !isOver) add(`lead ${id} is ${status}`);
  }
  return findings;
}

/** Graphile puts a keyed job that is replaced while it runs at its last attempt; those are not failures. */
function leftJobs({ rows }: Evidence): Finding[] {
  return rows.jobs
    .filter(
      ({ task, attempts, maxAttempts, lockedBy, error }) =>
        lockedBy !== null ||
        (attempts >= maxAttempts &&
          error !== null &&
          task !== "schedule_campaign" &&
          !task.startsWith("fire_call_timer")),
    )
    .map(({ task, lockedBy, attempts, error }) => ({
      rule: "JOBS",
      text: `${task}: locked by ${lockedBy ?? "nobody"}, tried ${attempts} times, ${error ?? "no error"}`,
    }));
}

function unfinishedCampaigns({ rows, commands }: Evidence): Finding[] {
  return rows.campaigns.flatMap(({ id, name, status }): Finding[] => {
    const cancelled = commands.some(
      (command) => command.what === "CANCEL" && command.campaignId === id,
    );
    const expected = cancelled ? "CANCELLED" : "COMPLETED";
    if (status === expected) return [];
    return [
      { rule: "CAMPAIGN", text: `${name} is ${status}, not ${expected}` },
    ];
  });
}
