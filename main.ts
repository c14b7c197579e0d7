/** Starts the engine from the environment, and stops it on SIGTERM or SIGINT in under eight seconds. */
import { ConfigError, loadConfig } from "./config.ts";
import type { Config } from "./config.ts";
import { explainConnectionProblem } from "./database/connection-problem.ts";
import { isRetryable } from "./database/pools.ts";
import { packageVersion, runEngine } from "./engine/run.ts";
import type { RunningEngine } from "./engine/run.ts";
import { componentLogger, createLogger } from "./logging.ts";
import type { Logger } from "./logging.ts";

let running: RunningEngine | null = null;
let stopping = false;

/** As PID 1 a process gets no default signal action, so every way out ends in `process.exit`. */
async function stop(
  config: Config,
  log: Logger,
  reason: string,
  code: number,
): Promise<void> {
  if (stopping) return;
  stopping = true;
  log.info({ reason }, "Stopping");
  const deadline = setTimeout(() => {
    log.fatal("Did not stop in time");
    process.exit(1);
  }, config.timings.shutdownTimeoutMs);
  try {
    await running?.stop();
    log.info("Stopped");
  } catch (error) {
    log.error({ err: error }, "Stopping failed");
    code ||= 1;
  }
  clearTimeout(deadline);
  process.exit(code);
}

/**
 * A rejection that nobody awaited. From the database client or the worker it means that a connection was
 * cut under them: the worker is rebuilt and the events in memory survive. Anything else is a defect of
 * which nobody knows what it left behind: drain and exit, the platform starts a fresh process.
 */
function onUnhandled(config: Config, log: Logger, error: unknown): void {
  const stack = error instanceof Error ? (error.stack ?? "") : "";
  const fromLibrary = /node_modules\/(pg|pg-pool|graphile-worker)\//.test(
    stack.replaceAll("\\", "/"),
  );
  if (isRetryable(error) || fromLibrary) {
    log.error(
      { err: error },
      "Unhandled rejection from the database client or the worker",
    );
    running?.engine.rebuildWorker("unhandled rejection");
    return;
  }
  log.fatal({ err: error }, "Unhandled rejection");
  void stop(config, log, "unhandled rejection", 1);
}

async function main(): Promise<void> {
  const config = loadConfig(process.env);
  const root = createLogger(config.log);
  const log = componentLogger(root, "Main");
  process.on("SIGTERM", () => void stop(config, log, "SIGTERM", 0));
  process.on("SIGINT", () => void stop(config, log, "SIGINT", 0));
  process.on("unhandledRejection", (error) => {
    onUnhandled(config, log, error);
  });
  process.on("uncaughtException", (error) => {
    onUnhandled(config, log, error);
  });
  log.info(
    {
      version: packageVersion,
      adapter: config.voice.adapter,
      node: config.voice.node,
    },
    "Starting",
  );
  try {
    running = await runEngine({ config, log: root });
  } catch (error) {
    const problem = explainConnectionProblem(error, config.database.url);
    const reason = error instanceof Error ? error.message : String(error);
    log.fatal({ err: error }, `Could not start. ${problem ?? reason}`);
    process.exit(1);
  }
  log.info({ port: running.http.port }, "Started");
}

try {
  await main();
} catch (error) {
  process.stderr.write(
    `${error instanceof ConfigError ? error.message : String(error)}\n`,
  );
  process.exit(1);
}
