/** Graphile Worker's log lines in ours. */
import { Logger as GraphileLogger } from "graphile-worker";
import type { Logger } from "pino";

/**
 * How a runner says that it will not fetch jobs; no event does. The second line: its first read of its tasks' names
 * found none. It keeps that result for good and repeats this line instead of ever asking for a job (seen after a crash
 * of Postgres).
 */
const fetchFailed = ["Error occurred fetching jobs", "No tasks found"];

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
    if (fetchFailed.some((words) => message.startsWith(words)))
      onFetchFailed(message);
    if (level === "error" && isWanted()) log.error(message);
    else if (level === "error") log.debug(message);
    // Jobs share a few connections on purpose: they wait for transactions that many of them have in common.
    else if (level === "warning" && !message.includes("maxPoolSize"))
      log.warn(message);
    else log.debug(message);
  });
}
