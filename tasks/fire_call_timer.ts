/** The deadline of an attempt: `{attemptId}`. If the deadline has moved, the timer fires early and re-arms itself. */
import type { Task } from "graphile-worker";
import { z } from "zod";

import { fireTimer } from "../engine/attempts/timers.ts";
import { readPayload } from "../engine/task-dependencies.ts";
import type { TaskDependencies } from "../engine/task-dependencies.ts";

const shape = z.object({ attemptId: z.uuid() });

export default function fireCallTimer({
  timers,
  postCallEffects,
}: TaskDependencies): Task {
  return async (payload) => {
    const { attemptId } = readPayload("fire_call_timer", shape, payload);
    postCallEffects.note(await fireTimer(timers, attemptId));
  };
}
