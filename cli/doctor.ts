/** `npm run doctor`: everything that keeps an engine from dialling, each with what to do about it. */
import { partialConfig } from "../config.ts";
import { CommandError, EXIT_STOPPED, runCommand } from "./command.ts";
import { examine } from "./doctor/examine.ts";
import {
  chooseLanguage,
  exitCodeOf,
  jsonReport,
  printedReport,
  reportLines,
} from "./doctor/report.ts";

const usage = `  npm run doctor -- [options]
  docker exec CONTAINER node cli/doctor.ts [options]

  --lang pt-BR   language of the report: en or pt-BR (default: LC_ALL, LC_MESSAGES or LANG, else English)
  --json         the report as one JSON object: {worst, language, checks: [{check, code, status, title, found, advice}]}

It reads the variables of the engine and checks them, the database, Supabase's REST API, the PBX, the HTTP port, and what
trunks, calls and campaigns say. It changes nothing and calls nobody, may run beside an engine, and works with half a
configuration: what cannot be checked is said to be skipped. Secrets are not printed.

Exit code: 0 nothing is wrong, 1 there is a problem (or an error), 2 there are warnings only, 130 stopped by Ctrl-C.
`;

await runCommand({
  name: "doctor",
  summary: "Checks all that an engine needs, and says what to do.",
  usage,
  options: {
    lang: { type: "string" },
    json: { type: "boolean" },
  },
  run: async ({ values, signal }) => {
    const { lang, json = false } = values;
    if (lang !== undefined && !/^(?:en|pt)(?:[-_][A-Za-z]{2})?$/i.test(lang)) {
      throw new CommandError(
        "WRONG_OPTION",
        `--lang is "${lang}"; expected en or pt-BR. See --help.`,
      );
    }
    const language = chooseLanguage(lang, process.env);
    const config = partialConfig(process.env);
    const findings = await examine(config, signal);
    if (signal.aborted) return EXIT_STOPPED;
    const lines = reportLines(findings, language, config.secrets);
    const report = json ? jsonReport : printedReport;
    process.stdout.write(report(lines, language));
    return exitCodeOf(lines);
  },
});
