/**
 * The partitions of leads (zone, list, priority) of a campaign that has many; read without locks, one statement each.
 */
import { z } from "zod";

import { inTransaction } from "./pools.ts";
import type { Database } from "./pools.ts";
import { partitionRow, rowsOf } from "./scheduling.ts";
import type { LeadPartition } from "../dialing/pass-facts.ts";

/** Partitions that one read of a campaign returns at most. */
export const mostPartitions = 5_000;
/** Zones of which a read knows in advance whether they are open; further zones cost it their partitions. */
const mostZones = 1_000;
/** Leads before and after now whose partitions every read includes. */
const leadsNearNow = 200;

const noPartition = { zone: null, listId: null, priority: null };

/** With its position, from 1: the join behind it promises no order. */
const placedRow = partitionRow.extend({ nth: z.number() });

/**
 * The partitions behind one, without those of the zones named.
 *
 * @param after null: from the first
 * @returns at most `mostPartitions`, in their order; if as many, there may be more behind
 */
export async function readPartitions(
  database: Database,
  campaignId: string,
  after: LeadPartition | null,
  without: readonly string[],
): Promise<LeadPartition[]> {
  const { zone, listId, priority } = after ?? noPartition;
  const values = [campaignId, without, mostPartitions, zone, listId, priority];
  const rows = await queryRows(
    database,
    "scheduling/read_partitions",
    values,
    placedRow,
  );
  return rows.toSorted((a, b) => a.nth - b.nth);
}

/** One partition of each zone in which leads wait. */
export function readZonesOfLeads(
  database: Database,
  campaignId: string,
): Promise<LeadPartition[]> {
  const values = [campaignId, mostZones];
  return queryRows(
    database,
    "scheduling/read_zones_of_leads",
    values,
    partitionRow,
  );
}

/** Those of the given partitions that still wait, as they are now, and those of leads that become due about now. */
export function readPartitionsAgain(
  database: Database,
  campaignId: string,
  known: readonly LeadPartition[],
): Promise<LeadPartition[]> {
  const values = [
    campaignId,
    known.map(({ zone }) => zone),
    known.map(({ listId }) => listId),
    known.map(({ priority }) => priority),
    leadsNearNow,
  ];
  return queryRows(
    database,
    "scheduling/read_partitions_again",
    values,
    partitionRow,
  );
}

function queryRows<T extends z.ZodType>(
  database: Database,
  query: string,
  values: readonly unknown[],
  row: T,
): Promise<z.infer<T>[]> {
  return inTransaction(
    database,
    (transaction) => rowsOf(transaction, query, values, row),
    { byIndex: true },
  );
}
