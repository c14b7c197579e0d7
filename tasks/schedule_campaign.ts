/** One scheduling pass of a campaign: `{campaignId}`. Added by triggers, ended calls, sweeps and itself. */
import type { Task } from "graphile-worker";
import { z } from "zod";

import { readPayload } from "../engine/task-dependencies.ts";
import type { TaskDependencies } from "../engine/task-dependencies.ts";

const shape = z.object({ campaignId: z.uuid() });

export default function scheduleCampaign({
  scheduler,
}: TaskDependencies): Task {
  return async (payload, { job }) => {
    const { campaignId } = readPayload("schedule_campaign", shape, payload);
    await scheduler.run(campaignId, job.key !== null);
  };
}
