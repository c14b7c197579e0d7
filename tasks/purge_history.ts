/**
 * Each night: partitions of the months to come, history older than its retention taken away, and the counts of the
 * campaigns counted anew.
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
        "The counts of a campaign were wrong and were put right: something wrote its leads or calls past the triggers",
      );
  };
}
