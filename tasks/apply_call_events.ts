/** Folds events of the PBX into their attempts: `{events: CallEvent[]}`. May run twice and on any engine. */
import type { Task } from "graphile-worker";
import { z } from "zod";

import { readEvents } from "../engine/attempts/apply-events.ts";
import { readPayload } from "../engine/task-dependencies.ts";
import type { TaskDependencies } from "../engine/task-dependencies.ts";

const shape = z.object({ events: z.array(z.unknown()) });

export default function applyCallEvents({
  applier,
  log,
}: TaskDependencies): Task {
  return async (payload) => {
    const { events, bad } = readEvents(
      readPayload("apply_call_events", shape, payload).events,
    );
    for (const { index, problem } of bad)
      log.error(
        { index, problem },
        "An event could not be read and was left out",
      );
    await applier.apply(events);
  };
}
