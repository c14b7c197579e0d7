/** Graphile Worker's log lines in ours. */
import { Logger as GraphileLogger } from "graphile-worker";
import type { Logger } from "pino";

/** @param isWanted false while it is being stopped: what it then complains of is put right after it */
export function graphileLogger(
  log: Logger,
  isWanted: () => boolean,
): GraphileLogger {
  return new GraphileLogger(() => (level, message) => {
    if (level === "error" && isWanted()) log.error(message);
    else if (level === "error") log.debug(message);
    // Jobs share a few connections on purpose: they wait for transactions that many of them have in common.
    else if (level === "warning" && !message.includes("maxPoolSize"))
      log.warn(message);
    else log.debug(message);
  });
}
