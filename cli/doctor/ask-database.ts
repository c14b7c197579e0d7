/** Where no variable names the database, the doctor asks the Supabase project for it, as the engine does. */
import { ConfigError, passwordsIn } from "../../config/reading.ts";
import type { PartialConfig } from "../../config/reading.ts";
import {
  DatabaseUrlError,
  fetchDatabaseUrl,
} from "../../realtime/database-url.ts";
import { type Finding, found } from "./finding.ts";
import { runCheck } from "./run-check.ts";

const limitMs = 10_000;
const answerMs = 8_000;

export interface AskedConfig {
  /** With the database, if the project returned a usable address. */
  readonly config: PartialConfig;
  readonly findings: readonly Finding[];
}

/** Never rejects. */
export async function askForDatabase(
  config: PartialConfig,
  stop: AbortSignal,
): Promise<AskedConfig> {
  const { unasked } = config;
  if (unasked === null) return { config, findings: [] };
  let asked = config;
  const findings = await runCheck(
    "supabase.database",
    limitMs,
    stop,
    async (signal) => {
      const { url } = unasked.ask;
      try {
        const handedOut = await fetchDatabaseUrl(unasked.ask, answerMs, signal);
        asked = withAnswer(config, () => unasked.answered(handedOut));
        return asked.database === null
          ? [found("supabase.database.refused", { url })]
          : [found("supabase.database.ok", { url })];
      } catch (error) {
        if (!(error instanceof DatabaseUrlError)) throw error;
        const { problem, seen } = error;
        return [found(`supabase.database.${problem}`, { url, seen })];
      }
    },
  );
  return { config: asked, findings };
}

function withAnswer(
  config: PartialConfig,
  accept: () => NonNullable<PartialConfig["database"]>,
): PartialConfig {
  try {
    const database = accept();
    const secrets = [...config.secrets, ...passwordsIn(database.url)];
    return { ...config, database, secrets };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { ...config, problems: [...config.problems, ...error.problems] };
  }
}
