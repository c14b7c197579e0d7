/** `npm run doctor`: finds everything that keeps an engine from dialling, and says what to do about it. */
import { partialConfig } from "../config/reading.ts";
import { EXIT_STOPPED, runCommand } from "./command.ts";
import { examine } from "./doctor/examine.ts";
import {
  exitCodeOf,
  jsonReport,
  printedReport,
  reportLines,
} from "./doctor/report.ts";

const english = `  npm run doctor -- [options]
  docker exec CONTAINER node cli/doctor.ts [options]

  --lang pt-BR   language of the report: en or pt-BR (default: LC_ALL, LC_MESSAGES or LANG, else English)
  --json         the report as one JSON object: {worst, language, checks: [{check, code, status, title, found, advice}]}

It reads the variables of the engine and checks them, the database, Supabase's REST API, the PBX, the HTTP port, and what
trunks, calls and campaigns say. It changes nothing and calls nobody, may run beside an engine, and works with half a
configuration: what cannot be checked is reported as skipped. Secrets are not printed.

Exit code: 0 nothing is wrong, 1 there is a problem (or an error), 2 there are warnings only, 130 stopped by Ctrl-C.
`;

const portuguese = `  npm run doctor -- [opções]
  docker exec CONTÊINER node cli/doctor.ts [opções]

  --lang pt-BR   língua do relatório: en ou pt-BR (padrão: LC_ALL, LC_MESSAGES ou LANG, senão inglês)
  --json         o relatório como um objeto JSON: {worst, language, checks: [{check, code, status, title, found, advice}]}

Lê as variáveis do engine e confere essas variáveis, o banco, a API REST do Supabase, o PABX, a porta HTTP e o que dizem
troncos, ligações e campanhas. Não muda nada e não liga para ninguém, pode rodar ao lado de um engine, e funciona com meia
configuração: o que não dá para verificar aparece como pulado. Segredos não são impressos.

Código de saída: 0 nada errado, 1 há um problema (ou erro), 2 só avisos, 130 parado por Ctrl-C.
`;

await runCommand({
  name: "doctor",
  summary: {
    en: "Checks everything that an engine needs, and says what to do.",
    "pt-BR": "Confere tudo de que um engine precisa, e diz o que fazer.",
  },
  usage: { en: english, "pt-BR": portuguese },
  options: {
    json: { type: "boolean" },
  },
  run: async ({ values, language, signal }) => {
    const { json = false } = values;
    const config = partialConfig(process.env);
    const { findings, secrets } = await examine(config, signal);
    if (signal.aborted) return EXIT_STOPPED;
    const lines = reportLines(findings, language, secrets);
    const report = json ? jsonReport : printedReport;
    process.stdout.write(report(lines, language));
    return exitCodeOf(lines);
  },
});
