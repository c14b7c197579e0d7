/** Each minute: trunks whose time out is over may be tried again. */
import type { Task } from "graphile-worker";

import { probeTrunks } from "../database/consequences.ts";
import type { TaskDependencies } from "../engine/task-dependencies.ts";

export default function refreshTrunkHealth({
  database,
  log,
}: TaskDependencies): Task {
  return async () => {
    for (const trunk of await probeTrunks(database))
      log.info({ trunk }, "Trunk is tried again");
  };
}
