/**
 * Each night: makes partitions of the months to come, deletes history past its retention, and counts the campaigns
 * anew.
 */
import type { Task } from "graphile-worker";

import { rebuildCounts } from "../database/campaign-counts.ts";
import { purgeHistory } from "../database/retention.ts";
import type { TaskDependencies } from "../engine/task-dependencies.ts";

export default function purge({
  database,
  retention,
  log,
}: TaskDependencies): Task {
  return async () => {
    const purged = await purgeHistory(database, retention);
    log.info(purged, "Purged history");
    for (const wrong of await rebuildCounts(database))
      log.warn(
        wrong,
        "The counts of a campaign were wrong and were corrected: something wrote its leads or calls without the triggers",
      );
  };
}
