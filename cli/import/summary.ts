/** What an import says before and after. */
import { describePlan } from "./columns.ts";
import type { Delimiter } from "./csv-records.ts";
import type { ImportEnd, ImportStart } from "./import-file.ts";
import type { ImportTally } from "./progress.ts";

const delimiterNames: Readonly<Record<Delimiter, string>> = {
  ",": "comma",
  ";": "semicolon",
  "\t": "tab",
};

export function describeStart(start: ImportStart): string {
  const { file, campaign, list } = start;
  const lines = [
    `File      ${file.path} (${file.encoding}, ${delimiterNames[start.delimiter]})`,
    `Columns   ${describePlan(start.plan)}`,
    `Campaign  ${campaign.name} (${campaign.status}), ${list.isNew ? "new list" : "list"} "${list.name}"`,
  ];
  if (campaign.status !== "ACTIVE") {
    lines.push(
      `Note      the campaign is ${campaign.status}: ${statusNote(campaign.status)}`,
    );
  }
  return lines.join("\n");
}

function statusNote(status: string): string {
  if (status === "CANCELLED") return "its leads are never dialled";
  if (status === "COMPLETED") {
    return "new leads make it ACTIVE again if the engine completed it";
  }
  return "its leads are dialled once it is ACTIVE";
}

export function describeEnd(
  tally: Readonly<ImportTally>,
  end: ImportEnd,
  elapsedMs: number,
): string {
  const seconds = elapsedMs / 1_000;
  const rate = Math.round(tally.read / Math.max(seconds, 0.001));
  const rejects = end.rejectFile === null ? "" : `  see ${end.rejectFile}`;
  const lines = [
    `Read           ${tally.read}  in ${seconds.toFixed(1)} s, ${rate} rows/s`,
    `Imported       ${tally.imported}`,
    `Already there  ${tally.alreadyThere}`,
    `Rejected       ${tally.rejected}${rejects}`,
  ];
  if (end.stoppedAtLine !== null) {
    lines.push(
      `Stopped after line ${end.stoppedAtLine}. Run the same command again for the rest: nothing is imported twice.`,
    );
  }
  return lines.join("\n");
}
