/** Brings the database to the schema this engine needs, and says what was applied. */
import { parseArgs } from "node:util";
import { ConfigError, databaseConfig } from "../config.ts";
import { migrate, MigrationError } from "../database/migrate.ts";

const usage = `Sets up or updates the dialer's tables.

  npm run migrate

It reads DATABASE_URL (or SUPABASE_URL with SUPABASE_DB_PASSWORD), DIALER_SCHEMA and WORKER_SCHEMA. Run it as often as
you like: it applies what is missing and renews the rights of the API roles. The engine does the same when it starts.
`;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { help: { type: "boolean", short: "h", default: false } },
  });
  if (values.help) {
    process.stdout.write(usage);
    return 0;
  }
  const config = databaseConfig(process.env);
  const { applied, version } = await migrate({
    databaseUrl: config.url,
    dialerSchema: config.schema,
    workerSchema: config.workerSchema,
    log: (line) => process.stdout.write(`${line}\n`),
  });
  process.stdout.write(
    applied.length === 0
      ? `Schema "${config.schema}" was up to date (version ${String(version)}).\n`
      : `Schema "${config.schema}" is at version ${String(version)} now.\n`,
  );
  return 0;
}

/** What can be put right by who runs this is told in a line; anything else keeps its stack. */
function explain(error: unknown): string {
  if (error instanceof ConfigError) return error.message;
  if (error instanceof MigrationError) return `${error.code}: ${error.message}`;
  if (error instanceof TypeError && "code" in error) {
    return `${error.message}\n\n${usage}`;
  }
  if (error instanceof Error && "code" in error) {
    return `The database could not be used (${String(error.code)}): ${error.message}`;
  }
  return error instanceof Error
    ? (error.stack ?? error.message)
    : String(error);
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`${explain(error)}\n`);
  process.exitCode = 1;
}
