/** Each minute: frees the jobs of dead engines (the leader also does so with its heartbeat) and arms lost timers. */
import type { Task } from "graphile-worker";

import {
  reapEngine,
  readStaleEngines,
  rearmOverdueTimers,
  unlockOrphanedJobs,
} from "../database/reconciliation.ts";
import type { TaskDependencies } from "../engine/task-dependencies.ts";

/** A timer that is this late is lost. */
const overdueMs = 20_000;

export default function recoverEngines(dependencies: TaskDependencies): Task {
  const { database, heartbeatStaleMs, log } = dependencies;
  return async () => {
    for (const id of await readStaleEngines(database, heartbeatStaleMs)) {
      const freed = await reapEngine(database, id, heartbeatStaleMs);
      if (freed > 0)
        log.warn({ engineId: id }, "Freed the jobs of a dead engine");
    }
    const orphaned = await unlockOrphanedJobs(database, heartbeatStaleMs);
    if (orphaned > 0)
      log.warn(
        { pools: orphaned },
        "Freed jobs that no living engine had locked",
      );
    const rearmed = await rearmOverdueTimers(database, overdueMs);
    if (rearmed > 0) log.warn({ rearmed }, "Armed timers that were lost");
  };
}
