/** Brings the database to the schema this engine needs, and says what was applied. */
import { migrate } from "../database/migrations/migrate.ts";
import { commandDatabase } from "./command-database.ts";
import { EXIT_STOPPED, runCommand } from "./command.ts";

const english = `  npm run migrate

  --lang pt-BR   language of what is printed: en or pt-BR (default: LC_ALL, LC_MESSAGES or LANG, else English)

It reads DATABASE_URL (or SUPABASE_URL with SUPABASE_DB_PASSWORD, or with a secret key and the Edge Function
dialer-database-url), DIALER_SCHEMA and WORKER_SCHEMA. Run it as often as you like: it applies what is missing and renews
the rights of the API roles. The engine does the same when it starts.
`;

const portuguese = `  npm run migrate

  --lang pt-BR   língua do que é impresso: en ou pt-BR (padrão: LC_ALL, LC_MESSAGES ou LANG, senão inglês)

Lê DATABASE_URL (ou SUPABASE_URL com SUPABASE_DB_PASSWORD, ou com uma chave secreta e a Edge Function
dialer-database-url), DIALER_SCHEMA e WORKER_SCHEMA. Rode quantas vezes quiser: aplica o que falta e renova os direitos
dos papéis da API. O engine faz o mesmo ao iniciar.
`;

const applied = { en: "applied", "pt-BR": "aplicada" };

await runCommand({
  name: "migrate",
  summary: {
    en: "Sets up or updates the dialer's tables.",
    "pt-BR": "Cria ou atualiza as tabelas do discador.",
  },
  usage: { en: english, "pt-BR": portuguese },
  options: {},
  async run({ signal, language }) {
    const config = await commandDatabase(process.env, signal, language);
    // Each migration is one transaction: an interruption here leaves nothing half done.
    signal.addEventListener("abort", () => process.exit(EXIT_STOPPED));
    const done = await migrate({
      databaseUrl: config.url,
      dialerSchema: config.schema,
      workerSchema: config.workerSchema,
      onApplied: (name) =>
        process.stdout.write(`${applied[language]} ${name}\n`),
    });
    const { schema } = config;
    const version = String(done.version);
    const end =
      done.applied.length === 0
        ? {
            en: `Schema "${schema}" was up to date (version ${version}).`,
            "pt-BR": `O schema "${schema}" já estava atualizado (versão ${version}).`,
          }
        : {
            en: `Schema "${schema}" is at version ${version} now.`,
            "pt-BR": `O schema "${schema}" está agora na versão ${version}.`,
          };
    process.stdout.write(`${end[language]}\n`);
    return 0;
  },
});
