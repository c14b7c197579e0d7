/** An error as a command prints it. */
import { ConfigError } from "../config/reading.ts";
import { MigrationError } from "../database/migrations/migrate.ts";
import { DatabaseUrlError } from "../realtime/database-url.ts";
import { CommandError } from "./command-error.ts";
import { configErrorText, databaseUrlText } from "./config-words.ts";
import { databaseHint } from "./database-hints.ts";
import type { Language } from "./language.ts";
import { migrationText } from "./migration-words.ts";

/** What to print for an error: a line for what a person can correct, the stack for a defect of ours. */
export function explainError(
  error: unknown,
  language: Language = "en",
): string {
  if (error instanceof CommandError) return error.texts[language];
  if (error instanceof ConfigError) return configErrorText(error, language);
  if (error instanceof DatabaseUrlError)
    return databaseUrlText(error, language);
  if (error instanceof MigrationError)
    return `${error.code}: ${migrationText(error)[language]}`;
  if (!(error instanceof Error)) return String(error);
  const code = "code" in error ? String(error.code) : "";
  const reason = reasonOf(error);
  const hint = "path" in error ? undefined : databaseHint(code, error.message);
  if (hint !== undefined) return `${hint[language]} (${reason})`;
  if ("syscall" in error && "path" in error) return reason;
  return error.stack ?? error.message;
}

/** A name with several addresses fails with one error for each, and an empty message of its own. */
function reasonOf(error: Error): string {
  const first: unknown =
    error instanceof AggregateError ? error.errors[0] : undefined;
  return first instanceof Error ? first.message : error.message;
}
