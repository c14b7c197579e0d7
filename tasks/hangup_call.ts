/** Ends a leg: `{attemptId, reason}`; for a timer, a cancelled campaign or `hangup_attempt(id)`. */
import type { Task } from "graphile-worker";
import { z } from "zod";

import { hangupRequests } from "../dialing/call-facts.ts";
import { hangUp } from "../engine/attempts/timers.ts";
import { readPayload } from "../engine/task-dependencies.ts";
import type { TaskDependencies } from "../engine/task-dependencies.ts";

const shape = z.object({
  attemptId: z.uuid(),
  reason: z.enum(hangupRequests),
});

export default function hangupCall({
  timers,
  postCallEffects,
}: TaskDependencies): Task {
  return async (payload) => {
    const { attemptId, reason } = readPayload("hangup_call", shape, payload);
    postCallEffects.note(await hangUp(timers, attemptId, reason));
  };
}
