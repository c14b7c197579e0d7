/**
 * Each minute: requests a pass of every ACTIVE campaign, in case a wake-up was lost, and folds the counts that clients
 * changed while nothing was dialled.
 */
import type { Task } from "graphile-worker";

import { foldCounts } from "../database/campaign-counts.ts";
import { readActiveCampaigns } from "../database/scheduling.ts";
import type { TaskDependencies } from "../engine/task-dependencies.ts";

export default function sweepCampaigns({
  database,
  scheduler,
}: TaskDependencies): Task {
  return async () => {
    scheduler.wakeAll(await readActiveCampaigns(database));
    await foldCounts(database);
  };
}
