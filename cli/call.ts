/** `npm run call`: one call through one trunk, made by the running engine, reported as it happens. */
import { createImportPool } from "./import/queries.ts";
import { readCallOptions } from "./call/options.ts";
import { makeTestCall } from "./call/place-call.ts";
import { commandDatabase } from "./command-database.ts";
import { runCommand } from "./command.ts";

const english = `  npm run call -- --to NUMBER --trunk NAME [options]

  --to NUMBER          the number to call, as people write it in the account's country, or with + and country code
  --trunk NAME         the way out: a name in trunk_config
  --caller-id NUMBER   number shown, unless the trunk has its own (default: the PBX's)
  --account UUID       whose call it is (default: the trunk's account, else that of plain SQL users)
  --timeout 25         how long it may ring, 15 to 60 seconds
  --extension s        extension of the dialplan that takes an answered call
  --destination NAME   instead of --extension: a name in destinations, where an answered call goes
  --lang pt-BR         language of what is printed: en or pt-BR (default: LC_ALL, LC_MESSAGES or LANG, else English)

It inserts a campaign for this one call into the database of the engine, as an administrator, and a running engine
dials it. Calling hours and pauses between calls do not apply to it; the do-not-call list does. Ctrl-C hangs up.

Exit code: 0 it was answered or rang, 1 it failed or an error, 2 nothing was dialled, 130 stopped by Ctrl-C.
`;

const portuguese = `  npm run call -- --to NÚMERO --trunk NOME [opções]

  --to NÚMERO          o número a chamar, como se escreve no país da conta, ou com + e código do país
  --trunk NOME         o caminho de saída: um nome em trunk_config
  --caller-id NÚMERO   número mostrado, se o tronco não tem o seu (padrão: o do PABX)
  --account UUID       de quem é a ligação (padrão: a conta do tronco, senão a de usuários SQL)
  --timeout 25         por quanto tempo pode tocar, 15 a 60 segundos
  --extension s        ramal do plano de discagem que recebe a ligação atendida
  --destination NOME   em vez de --extension: um nome em destinations, para onde vai a ligação atendida
  --lang pt-BR         língua do que é impresso: en ou pt-BR (padrão: LC_ALL, LC_MESSAGES ou LANG, senão inglês)

Insere no banco de DATABASE_URL, como administrador, uma campanha para esta única ligação, e um engine que esteja rodando a
disca. Horários e pausas entre ligações não valem para ela; a lista de não perturbe vale. Ctrl-C desliga.

Código de saída: 0 atendida ou tocou, 1 falhou ou erro, 2 nada foi discado, 130 parado por Ctrl-C.
`;

await runCommand({
  name: "call",
  summary: {
    en: "Makes one test call through a trunk and reports what happens.",
    "pt-BR": "Faz uma ligação de teste por um tronco e conta o que acontece.",
  },
  usage: { en: english, "pt-BR": portuguese },
  options: {
    to: { type: "string" },
    trunk: { type: "string" },
    "caller-id": { type: "string" },
    account: { type: "string" },
    timeout: { type: "string" },
    extension: { type: "string" },
    destination: { type: "string" },
  },
  run: async ({ values, language, signal }) => {
    const options = readCallOptions(values);
    const { url, schema, workerSchema } = await commandDatabase(
      process.env,
      signal,
      language,
    );
    const database = createImportPool({
      url,
      schema,
      workerSchema,
      applicationName: "dialer-call",
    });
    const say = (line: string) => process.stdout.write(`${line}\n`);
    try {
      return await makeTestCall({
        database,
        options,
        say,
        language,
        signal,
      });
    } finally {
      await database.end();
    }
  },
});
