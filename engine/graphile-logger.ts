/** Graphile Worker's log lines in ours. */
import { Logger as GraphileLogger } from "graphile-worker";
import type { Logger } from "pino";

/** How its local queue says that a fetch failed; no event does. */
const fetchFailed = "Error occurred fetching jobs";

/**
 * @param isWanted false while it is being stopped: what it then complains of is put right after it
 * @param onFetchFailed told when its local queue could not fetch jobs
 */
export function graphileLogger(
  log: Logger,
  isWanted: () => boolean,
  onFetchFailed: (message: string) => void,
): GraphileLogger {
  return new GraphileLogger(() => (level, message) => {
    if (message.startsWith(fetchFailed)) onFetchFailed(message);
    if (level === "error" && isWanted()) log.error(message);
    else if (level === "error") log.debug(message);
    // Jobs share a few connections on purpose: they wait for transactions that many of them have in common.
    else if (level === "warning" && !message.includes("maxPoolSize"))
      log.warn(message);
    else log.debug(message);
  });
}
