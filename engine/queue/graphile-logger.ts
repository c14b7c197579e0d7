/** Graphile Worker's log lines in ours. */
import { Logger as GraphileLogger } from "graphile-worker";
import type { Logger } from "pino";

import {
  fetchFailedLines,
  smallPoolWord,
} from "../../database/graphile-internals.ts";

/**
 * @param isWanted false while the runner is being stopped: errors are then corrected after the stop
 * @param onFetchFailed called when the runner could not fetch jobs, and may never do so again
 */
export function graphileLogger(
  log: Logger,
  isWanted: () => boolean,
  onFetchFailed: (message: string) => void,
): GraphileLogger {
  return new GraphileLogger(() => (level, message) => {
    if (fetchFailedLines.some((words) => message.startsWith(words)))
      onFetchFailed(message);
    if (level === "error" && isWanted()) log.error(message);
    else if (level === "error") log.debug(message);
    // Jobs share a few connections on purpose: they wait for transactions that many of them have in common.
    else if (level === "warning" && !message.includes(smallPoolWord))
      log.warn(message);
    else log.debug(message);
  });
}
