/** Whether the database is a copy of another installation's. */
import type { CopyFacts } from "../dialing-queries.ts";
import { supabaseProject } from "../../../database/installation.ts";
import { type Finding, found } from "../finding.ts";

/** @param url of the database */
export function judgeCopy(facts: CopyFacts, url: string): readonly Finding[] {
  const { isCopy, from, copiedAt, waiting, active } = facts;
  if (isCopy)
    return [
      found("database.copy.waiting", {
        from: from ?? "?",
        at: copiedAt ?? "?",
        waiting,
      }),
    ];
  if (!facts.isHere) return [found("database.copy.moved", { active })];
  if (!facts.isSettled) return [found("database.copy.new")];
  return [
    supabaseProject(url) === null
      ? found("database.copy.ok-logical")
      : found("database.copy.ok"),
  ];
}
