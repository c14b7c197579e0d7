/** `npm run import`: leads from a CSV file or a workbook into a campaign. */
import "./import/small-heap.ts";
import { createImportPool } from "./import/queries.ts";
import { commandDatabase } from "./command-database.ts";
import { CommandError, EXIT_STOPPED, runCommand } from "./command.ts";
import { importFile } from "./import/import-file.ts";
import { readImportOptions } from "./import/options.ts";
import { createProgress, emptyTally } from "./import/progress.ts";
import { describeEnd, describeStart } from "./import/summary.ts";
import { usage } from "./import/usage.ts";

const EXIT_REJECTED = 3;

await runCommand({
  name: "import",
  summary: {
    en: "Imports leads from a CSV file of any size, or an .xlsx workbook, into a campaign.",
    "pt-BR":
      "Importa leads de um CSV de qualquer tamanho, ou de uma planilha .xlsx, para uma campanha.",
  },
  usage,
  positionals: ["FILE.csv"],
  options: {
    campaign: { type: "string" },
    "dry-run": { type: "boolean" },
    update: { type: "boolean" },
    list: { type: "string" },
    account: { type: "string" },
    country: { type: "string" },
    "phone-column": { type: "string", multiple: true },
    map: { type: "string", multiple: true },
    "no-header": { type: "boolean" },
    columns: { type: "string" },
    sheet: { type: "string" },
    rejects: { type: "string" },
    delimiter: { type: "string" },
    encoding: { type: "string" },
    source: { type: "string" },
    "legal-basis": { type: "string" },
    priority: { type: "string" },
  },
  run: async ({ values, positionals: [file = ""], language, signal }) => {
    const options = readImportOptions(file, values);
    const { url, schema, workerSchema } = await commandDatabase(
      process.env,
      signal,
      language,
    );
    const database = createImportPool({
      url,
      schema,
      workerSchema,
      applicationName: "dialer-import",
    });
    const tally = emptyTally();
    const progress = createProgress(process.stdout, language);
    const startedAt = performance.now();
    const say = (text: string) => process.stdout.write(`${text}\n`);
    try {
      const end = await importFile(database, options, {
        signal,
        language,
        progress,
        tally,
        onStart: (start) => say(describeStart(start, language)),
      });
      const elapsedMs = performance.now() - startedAt;
      say(describeEnd(tally, end, elapsedMs, language));
      if (end.stoppedAtLine !== null) return EXIT_STOPPED;
      return tally.rejected > 0 ? EXIT_REJECTED : 0;
    } catch (error) {
      const isOurs = error instanceof CommandError;
      if (tally.read > 0 && !isOurs && !options.dryRun) {
        const texts = {
          en: `${tally.imported} rows were imported before the error below. Run the same command again for the rest.`,
          "pt-BR": `${tally.imported} linhas foram importadas antes do erro abaixo. Rode o mesmo comando de novo para o resto.`,
        };
        say(texts[language]);
      }
      throw error;
    } finally {
      await database.end();
    }
  },
});
