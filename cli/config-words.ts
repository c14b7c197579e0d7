/**
 * What is wrong with the variables, in Portuguese, with the doctor's texts; the English text is the errors' own
 * message.
 */
import type { ConfigError, ConfigProblem } from "../config/reading.ts";
import type { DatabaseUrlError } from "../realtime/database-url.ts";
import {
  expectedInPortuguese,
  variableMessages,
} from "./doctor/messages/variables.ts";
import { supabaseDatabaseMessages } from "./doctor/messages/supabase-database.ts";
import { fillIn, type Language, type Translated } from "./language.ts";

/** What the variable of a problem should hold. */
export function expectedOf({ variable, expected }: ConfigProblem): Translated {
  const portuguese = new Map(Object.entries(expectedInPortuguese));
  return { en: expected, "pt-BR": portuguese.get(variable) ?? expected };
}

export function configErrorText(
  { message, problems }: ConfigError,
  language: Language,
): string {
  if (language === "en") return message;
  const lines = problems.map((problem) => `  ${problemText(problem)}`);
  return `A configuração não está completa:\n${lines.join("\n")}`;
}

function problemText(problem: ConfigProblem): string {
  const { code, variable, value = "" } = problem;
  const texts = variableMessages[`variables.${code}`]["pt-BR"];
  const values = { variable, value, expected: expectedOf(problem) };
  return texts.map((text) => fillIn(text, values, "pt-BR")).join(". ");
}

export function databaseUrlText(
  { message, problem, address, seen }: DatabaseUrlError,
  language: Language,
): string {
  if (language === "en") return message;
  const texts = supabaseDatabaseMessages[`supabase.database.${problem}`];
  const values = { url: address, seen };
  return texts["pt-BR"].map((text) => fillIn(text, values, "pt-BR")).join(". ");
}
