/** Each night: partitions of the months to come, and history older than its retention taken away. */
import type { Task } from "graphile-worker";

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
  };
}
