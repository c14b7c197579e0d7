/** Graphile Worker's log lines in ours. */
import { Logger as GraphileLogger } from "graphile-worker";
import type { Logger } from "pino";

/**
 * How a runner says that it will not fetch jobs; no event does. The second: its first look at the names of its tasks found
 * none. It remembers that for ever and repeats this line instead of ever asking for a job (seen after a crash of Postgres).
 */
const fetchFailed = ["Error occurred fetching jobs", "No tasks found"];

/**
 * @param isWanted false while it is being stopped: what it then complains of is put right after it
 * @param onFetchFailed told when it could not fetch jobs, and may never again
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
