/**
 * Each minute: lets trunks be tried again whose time out of service is over, and reads limits again, in case a notice
 * was lost.
 */
import type { Task } from "graphile-worker";

import { readActiveCampaigns } from "../database/scheduling.ts";
import { probeTrunks } from "../database/post-call-effects.ts";
import type { TaskDependencies } from "../engine/task-dependencies.ts";

export default function refreshTrunkHealth({
  database,
  scheduler,
  rateLimitSync,
  log,
}: TaskDependencies): Task {
  return async () => {
    await rateLimitSync.refresh();
    const trunks = await probeTrunks(database);
    for (const trunk of trunks) log.info({ trunk }, "Trunk is tried again");
    if (trunks.length > 0)
      scheduler.wakeAll(await readActiveCampaigns(database));
  };
}
