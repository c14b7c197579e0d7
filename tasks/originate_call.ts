/** Sends the Originate of one queued attempt: `{attemptId, trunkId, accountId}`, at the attempt's slot. */
import type { Task } from "graphile-worker";
import { z } from "zod";

import { addJobs } from "../database/jobs.ts";
import { readPayload } from "../engine/task-dependencies.ts";
import type { TaskDependencies } from "../engine/task-dependencies.ts";

const shape = z.object({
  attemptId: z.uuid(),
  trunkId: z.uuid(),
  accountId: z.string().max(36).optional(),
});

export default function originateCall(dependencies: TaskDependencies): Task {
  const { executor, database, node, executorIntervalMs } = dependencies;
  return async (payload) => {
    const submission = readPayload("originate_call", shape, payload);
    if ((await executor.submit(submission)) === "done") return;
    // The attempt's QUEUE deadline ends these repetitions; until then the job comes back.
    await addJobs(database, [
      {
        task: `originate_call:${node}`,
        payload: { ...submission },
        inMs: executorIntervalMs,
      },
    ]);
  };
}
