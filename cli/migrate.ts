/** Brings the database to the schema this engine needs, and says what was applied. */
import { databaseConfig } from "../config.ts";
import { migrate } from "../database/migrate.ts";
import { EXIT_STOPPED, runCommand } from "./command.ts";

await runCommand({
  name: "migrate",
  summary: "Sets up or updates the dialer's tables.",
  usage: `  npm run migrate

It reads DATABASE_URL (or SUPABASE_URL with SUPABASE_DB_PASSWORD), DIALER_SCHEMA and WORKER_SCHEMA. Run it as often as
you like: it applies what is missing and renews the rights of the API roles. The engine does the same when it starts.
`,
  options: {},
  async run({ signal }) {
    const config = databaseConfig(process.env);
    // Each migration is one transaction: what is cut off here leaves nothing half done.
    signal.addEventListener("abort", () => process.exit(EXIT_STOPPED));
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
  },
});
