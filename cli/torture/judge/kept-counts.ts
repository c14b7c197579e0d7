/** Compares the kept counts of each campaign with counts in the same snapshot. */
import type { Evidence } from "../evidence.ts";
import type { Finding } from "./finding.ts";

/** COUNTERS of campaigns. */
export function judgeKeptCounts({ rows }: Evidence): Finding[] {
  return rows.counts.flatMap(({ campaignId, kept, counted }): Finding[] => {
    const wrong = Object.keys(counted).filter(
      (name) => kept[name] !== counted[name],
    );
    if (wrong.length === 0) return [];
    const each = wrong.map(
      (name) => `${name} ${String(kept[name])} of ${String(counted[name])}`,
    );
    return [
      { rule: "COUNTERS", text: `campaign ${campaignId}: ${each.join(", ")}` },
    ];
  });
}
