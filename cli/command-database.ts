/** Which database a command works on: the one in the environment, or the one that the Supabase project returns. */
import { databaseConfig } from "../config/reading.ts";
import type { DatabaseConfig } from "../config/reading.ts";
import { askDatabaseUrl } from "../realtime/database-url.ts";
import type { Language, Translated } from "./language.ts";

/** A person at the keyboard waits for this. */
const patienceMs = 15_000;

/**
 * @throws ConfigError when the variables name no database, DatabaseUrlError when the project hands none out
 */
export async function commandDatabase(
  env: NodeJS.ProcessEnv,
  stop: AbortSignal,
  language: Language,
): Promise<DatabaseConfig> {
  const database = databaseConfig(env);
  if (!("ask" in database)) return database;
  const url = await askDatabaseUrl(database.ask, {
    patienceMs,
    stop,
    onWait: ({ problem, address, seen }) => {
      const texts: Translated = {
        en: `${address} does not return the database's address (${problem}: ${seen}), trying again …`,
        "pt-BR": `${address} não fornece o endereço do banco (${problem}: ${seen}), tentando de novo …`,
      };
      process.stderr.write(`${texts[language]}\n`);
    },
  });
  return database.answered(url);
}
