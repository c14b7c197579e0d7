/**
 * Runs scheduling passes: `{campaignId}`, or `{campaignIds}` where one statement concerns several. Added by triggers
 * and by passes.
 */
import type { Task } from "graphile-worker";
import { z } from "zod";

import { readPayload } from "../engine/task-dependencies.ts";
import type { TaskDependencies } from "../engine/task-dependencies.ts";

const shape = z
  .object({
    campaignId: z.uuid().optional(),
    campaignIds: z.array(z.uuid()).optional(),
  })
  .refine((asked) => asked.campaignId ?? asked.campaignIds, {
    error: "expected a uuid, or campaignIds",
    path: ["campaignId"],
  });

export default function scheduleCampaign({
  scheduler,
}: TaskDependencies): Task {
  return async (payload) => {
    const { campaignId, campaignIds = [] } = readPayload(
      "schedule_campaign",
      shape,
      payload,
    );
    await scheduler.run(
      campaignId === undefined ? campaignIds : [campaignId, ...campaignIds],
    );
  };
}
