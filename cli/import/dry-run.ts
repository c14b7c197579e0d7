/**
 * What an import would do, without a write.
 *
 * The statement is the import's own. What it cannot see is what the import would have inserted before: numbers and ids of
 * earlier batches are kept here. As figures, so that a million rows take some 50 MB.
 */
import { hash } from "node:crypto";
import { previewLeads, type ImportedLead, type LeadResult } from "./queries.ts";
import type { Database } from "../../database/pools.ts";
import { FigureSet } from "./figure-set.ts";

interface DryTarget {
  readonly campaignId: string;
  readonly accountId: string;
  readonly update: boolean;
}

/** @returns what writes nothing, and answers as the import's writing does */
export function createDryWrite(
  database: Database,
  target: DryTarget,
): (leads: readonly ImportedLead[]) => Promise<readonly LeadResult[]> {
  const numbers = new FigureSet();
  const ids = new FigureSet();
  return async (leads) => {
    const byLine = new Map(leads.map((lead) => [lead.line, lead]));
    const results: LeadResult[] = [];
    for (const { line, kind, key } of await previewLeads(
      database,
      target,
      leads,
    )) {
      const id = byLine.get(line)?.external_id ?? null;
      if (kind !== "NEW") results.push({ line, kind });
      else if (numbers.has(Number(key.slice(1))))
        results.push({ line, kind: "ALREADY_THERE" });
      else if (id !== null && ids.has(hashOf(id)))
        results.push({ line, kind: "OTHER_NUMBER" });
      else {
        numbers.add(Number(key.slice(1)));
        if (id !== null) ids.add(hashOf(id));
      }
    }
    return results;
  };
}

/** 48 bits: of a million ids two are alike once in some 500 imports. */
function hashOf(text: string): number {
  return hash("sha1", text, "buffer").readUIntBE(0, 6) + 1;
}
