/** Each minute: asks for a pass of every ACTIVE campaign, in case a wake-up was lost anywhere. */
import type { Task } from "graphile-worker";

import { readActiveCampaigns } from "../database/consequences.ts";
import type { TaskDependencies } from "../engine/task-dependencies.ts";

export default function sweepCampaigns({
  database,
  scheduler,
}: TaskDependencies): Task {
  return async () => {
    await scheduler.wake(await readActiveCampaigns(database));
  };
}
