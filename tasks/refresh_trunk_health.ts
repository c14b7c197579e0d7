/** Each minute: trunks whose time out is over may be tried again, and limits are read again, in case a notice was lost. */
import type { Task } from "graphile-worker";

import { readActiveCampaigns } from "../database/scheduling.ts";
import { probeTrunks } from "../database/post-call-effects.ts";
import type { TaskDependencies } from "../engine/task-dependencies.ts";

export default function refreshTrunkHealth({
  database,
  scheduler,
  refreshLimits,
  log,
}: TaskDependencies): Task {
  return async () => {
    await refreshLimits();
    const trunks = await probeTrunks(database);
    for (const trunk of trunks) log.info({ trunk }, "Trunk is tried again");
    if (trunks.length > 0)
      scheduler.wakeAll(await readActiveCampaigns(database));
  };
}
