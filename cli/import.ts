/** `npm run import`: leads from a CSV file into a campaign. */
import { databaseConfig } from "../config.ts";
import { createImportPool } from "../database/importing.ts";
import { CommandError, EXIT_STOPPED, runCommand } from "./command.ts";
import { importFile } from "./import/import-file.ts";
import { readImportOptions } from "./import/options.ts";
import { createProgress } from "./import/progress.ts";
import { describeEnd, describeStart } from "./import/summary.ts";

const usage = `  npm run import -- FILE.csv --campaign NAME [options]

  --campaign NAME      the campaign's name, or its id
  --list NAME          list the leads go to; made if the campaign has none of that name (default: the file's name)
  --account UUID       account of the campaign, when several have one of that name
  --country BR         country of numbers without + (default: the account's)
  --rejects FILE       where rejected rows go, with line and reason (default: FILE.rejects.csv)
  --delimiter auto     , or ; or tab (default: found in the header)
  --encoding auto      utf-8 or latin1 (default: found in the file)
  --source TEXT        where the data come from; kept with the list
  --legal-basis TEXT   why these people may be called; kept with the list
  --priority N         of the list; smaller goes first

The header names the columns, in English or Portuguese: phone (telefone, celular, fone), first_name (nome), last_name
(sobrenome), external_id (codigo, id), timezone (fuso), priority (prioridade). Other columns go into the leads' metadata.

Nothing is imported twice: a number or external id that the campaign has already is left alone, so an import that was
cut off is completed by running it again. A reject file can be corrected and imported as it is.

It reads DATABASE_URL (or SUPABASE_URL with SUPABASE_DB_PASSWORD), DIALER_SCHEMA and WORKER_SCHEMA.
Exit code: 0 all rows are in the campaign, 3 some were rejected, 1 error, 130 stopped by Ctrl-C.
`;

const EXIT_REJECTED = 3;

await runCommand({
  name: "import",
  summary: "Imports leads from a CSV file of any size into a campaign.",
  usage,
  positionals: ["FILE.csv"],
  options: {
    campaign: { type: "string" },
    list: { type: "string" },
    account: { type: "string" },
    country: { type: "string" },
    rejects: { type: "string" },
    delimiter: { type: "string" },
    encoding: { type: "string" },
    source: { type: "string" },
    "legal-basis": { type: "string" },
    priority: { type: "string" },
  },
  run: async ({ values, positionals: [file = ""], signal }) => {
    const options = readImportOptions(file, values);
    const { url, schema, workerSchema } = databaseConfig(process.env);
    const database = createImportPool({
      url,
      schema,
      workerSchema,
      applicationName: "dialer-import",
    });
    const tally = { read: 0, imported: 0, alreadyThere: 0, rejected: 0 };
    const progress = createProgress(process.stdout);
    const startedAt = performance.now();
    const say = (text: string) => process.stdout.write(`${text}\n`);
    try {
      const end = await importFile(database, options, {
        signal,
        progress,
        tally,
        onStart: (start) => say(describeStart(start)),
      });
      say(describeEnd(tally, end, performance.now() - startedAt));
      if (end.stoppedAtLine !== null) return EXIT_STOPPED;
      return tally.rejected > 0 ? EXIT_REJECTED : 0;
    } catch (error) {
      if (tally.read > 0 && !(error instanceof CommandError)) {
        say(
          `${tally.imported} rows were imported before the error below. Run the same command again for the rest.`,
        );
      }
      throw error;
    } finally {
      await database.end();
    }
  },
});
