/** Starts the engine from the environment, and stops it on SIGTERM or SIGINT in under eight seconds. */
import { ConfigError, readConfig } from "./config/reading.ts";
import type {
  DatabaseConfig,
  Settings,
  UnaskedDatabase,
} from "./config/reading.ts";
import { configRemarks } from "./config/remarks.ts";
import { AskedAddress } from "./database/address.ts";
import { explainConnectionProblem } from "./database/connection-problem.ts";
import { isRetryable } from "./database/pools.ts";
import { monotonicMs } from "./timing.ts";
import { openPort, packageVersion, runEngine } from "./start-engine.ts";
import type { RunningEngine, RunOptions } from "./start-engine.ts";
import type { HttpPort } from "./http/http-port.ts";
import { captureConsole, componentLogger, createLogger } from "./logging.ts";
import type { Logger } from "./logging.ts";
import { askDatabaseUrl, DatabaseUrlError } from "./realtime/database-url.ts";

/** Supabase's own services restart in less; what lasts longer should be seen. */
const askPatienceMs = 60_000;
/** The database's URL is not known yet; nothing is told about it. */
let databaseUrl = "";
let running: RunningEngine | null = null;
let stopping = false;

/** As PID 1 a process gets no default signal action, so every way out ends in `process.exit`. */
async function stop(
  settings: Settings,
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
  }, settings.timings.shutdownTimeoutMs);
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
function onUnhandled(settings: Settings, log: Logger, error: unknown): void {
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
  void stop(settings, log, "unhandled rejection", 1);
}

/** The last line of a start that failed, in words; what an operator can put right needs no stack. */
function endStart(log: Logger, error: unknown): never {
  if (error instanceof ConfigError) {
    const { code, problems } = error;
    log.fatal({ code, problems }, `Could not start. ${inOneLine(error)}`);
  } else if (error instanceof DatabaseUrlError) {
    const { code, problem } = error;
    log.fatal({ code, problem }, `Could not start. ${error.message}`);
  } else {
    const problem = explainConnectionProblem(error, databaseUrl);
    const reason = error instanceof Error ? error.message : String(error);
    log.fatal({ err: error }, `Could not start. ${problem ?? reason}`);
  }
  process.exit(1);
}

/** Its lines belong to one log line. */
function inOneLine({ message }: ConfigError): string {
  return message.replaceAll(/\n */g, " – ");
}

/** The project is asked for its database, now and whenever the login is refused. */
async function ask(
  { ask: question, answered }: UnaskedDatabase,
  http: HttpPort,
  log: Logger,
): Promise<Pick<RunOptions, "address"> & { database: DatabaseConfig }> {
  http.enter("asking");
  log.info("DATABASE_URL is not set: the project is asked for its database");
  const askFor = async (patienceMs: number): Promise<DatabaseConfig> => {
    const onWait = (error: DatabaseUrlError) => {
      log.warn({ problem: error.problem }, `${error.message} Trying again.`);
    };
    return answered(await askDatabaseUrl(question, { patienceMs, onWait }));
  };
  const database = await askFor(askPatienceMs);
  const address = new AskedAddress({
    url: database.url,
    ask: async () => (await askFor(0)).url,
    nowMs: monotonicMs,
    log,
  });
  return { database, address };
}

async function start(
  { settings, database }: ReturnType<typeof readConfig>,
  root: Logger,
): Promise<void> {
  const log = componentLogger(root, "Main");
  const { adapter, node } = settings.voice;
  log.info({ version: packageVersion, adapter, node }, "Starting");
  for (const { variable, text } of configRemarks(process.env, Date.now()))
    log.warn({ variable }, text);
  const http = await openPort(settings, root);
  log.info({ port: http.port }, "HTTP listens");
  const found =
    "ask" in database ? await ask(database, http, log) : { database };
  databaseUrl = found.database.url;
  const config = { ...settings, database: found.database };
  const address = "address" in found ? found.address : undefined;
  running = await runEngine({ config, log: root, http, address });
  log.info({ port: running.http.port }, "Started");
}

function main(): void {
  // Until the configuration says what is logged.
  const first = createLogger({ level: "info", phoneNumbers: false });
  captureConsole(componentLogger(first, "Library"));
  let read: ReturnType<typeof readConfig>;
  try {
    read = readConfig(process.env);
  } catch (error) {
    endStart(componentLogger(first, "Main"), error);
  }
  const { settings } = read;
  const root = createLogger(settings.log);
  const log = componentLogger(root, "Main");
  captureConsole(componentLogger(root, "Library"));
  process.on("SIGTERM", () => void stop(settings, log, "SIGTERM", 0));
  process.on("SIGINT", () => void stop(settings, log, "SIGINT", 0));
  process.on("unhandledRejection", (error) => {
    onUnhandled(settings, log, error);
  });
  process.on("uncaughtException", (error) => {
    onUnhandled(settings, log, error);
  });
  start(read, root).catch((error: unknown) => {
    if (!stopping) endStart(log, error);
  });
}

main();
