/** The engine's warnings during the demo, for people instead of programs. */
import type { Language } from "../language.ts";
import { engineWords } from "./engine-words.ts";

/**
 * @param line one line of the engine's log, JSON
 * @param language of the message; a reason in brackets stays as its author wrote it
 * @returns a line of text, with its end
 */
export function plainLine(line: string, language: Language = "en"): string {
  const { name, msg, reason, err } = JSON.parse(line) as {
    readonly name?: string;
    readonly msg?: string;
    readonly reason?: string;
    readonly err?: { readonly message?: string };
  };
  const why = reason ?? err?.message;
  const because = why === undefined || why === msg ? "" : ` (${why})`;
  const text = language === "pt-BR" ? engineWords.get(msg ?? "") : undefined;
  return `  ! ${name ?? "Engine"}: ${text ?? msg ?? ""}${because}\n`;
}
