/** Whether commands of people during the round were obeyed: pause, cancel, do-not-call. */
import type { Command, Evidence } from "../evidence.ts";
import { describe } from "./calls.ts";
import { clock } from "./finding.ts";
import type { Finding } from "./finding.ts";
import { overlaps } from "./who-received.ts";
import { digitsOf } from "./match.ts";
import type { MatchedCall } from "./match.ts";

/** The contract: no Originate is written more than 100 ms after a pause committed. */
const OBEYED_WITHIN_MS = 100;
/** An engine that the notice does not reach may send what it had claimed before, at most a second earlier. */
const CLAIM_LASTS_MS = 1_000;

/** PAUSE and DO_NOT_CALL. */
export function judgeCommands(
  evidence: Evidence,
  matched: readonly MatchedCall[],
): Finding[] {
  return evidence.commands.flatMap((command): Finding[] => {
    if (command.what === "CPS" || command.what === "RESUME") return [];
    const rule = command.what === "DO_NOT_CALL" ? "DO_NOT_CALL" : "PAUSE";
    const until = endOf(evidence, command);
    return matched
      .filter((match) => concerns(command, match))
      .filter(
        ({ call, attempt }) =>
          call.at < until &&
          ((attempt?.originateAt ?? 0) > command.to ||
            call.at > command.to + allowanceMs(evidence, command.to, call.at)),
      )
      .map((match) => ({
        rule,
        text: `${command.what} committed by ${clock(command.to)}, then ${describe(match)}`,
      }));
  });
}

function concerns(command: Command, { call, attempt }: MatchedCall): boolean {
  if (command.what === "DO_NOT_CALL")
    return digitsOf(command.phone) === call.number;
  return "campaignId" in command && attempt?.campaignId === command.campaignId;
}

function endOf({ commands }: Evidence, pause: Command): number {
  if (pause.what !== "PAUSE") return Infinity;
  const resume = commands.find(
    (command) =>
      command.what === "RESUME" &&
      command.campaignId === pause.campaignId &&
      command.from >= pause.to,
  );
  return resume?.from ?? Infinity;
}

/** How long after the commit a call may still arrive at the carrier, given the faults of the connections meanwhile. */
function allowanceMs(evidence: Evidence, from: number, to: number): number {
  const around = { from: from - CLAIM_LASTS_MS, to };
  const deaf = [
    ...evidence.outages.filter((outage) => outage.of === "DATABASE"),
    ...evidence.frozen,
  ].some((span) => overlaps(span, around));
  const lateMs = [...evidence.late, ...evidence.lag]
    .filter((span) => overlaps(span, around))
    .reduce((sum, { byMs }) => sum + byMs, 0);
  return OBEYED_WITHIN_MS + (deaf ? CLAIM_LASTS_MS : 0) + lateMs;
}
