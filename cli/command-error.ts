/** Errors that the person at the keyboard can correct, in every language. */
import { inEveryLanguage, type Translated } from "./language.ts";

/** A mistake of the person at the keyboard: printed without a stack. */
export class CommandError extends Error {
  override readonly name: string = "CommandError";
  readonly code: string;
  readonly texts: Translated;
  /** @param code stable, for programs; @param message what was wrong, where, and what is right; a string is English */
  constructor(
    code: string,
    message: string | Translated,
    options?: ErrorOptions,
  ) {
    const texts =
      typeof message === "string" ? inEveryLanguage(message) : message;
    super(texts.en, options);
    this.code = code;
    this.texts = texts;
  }
}

/** An option with a value that is not allowed. @param expected what would be right, as it follows "expected" */
export function wrongOption(
  name: string,
  value: string,
  expected: Translated,
): CommandError {
  return new CommandError("WRONG_OPTION", {
    en: `--${name} is "${value}"; expected ${expected.en}. See --help.`,
    "pt-BR": `--${name} é "${value}"; esperado: ${expected["pt-BR"]}. Veja --help.`,
  });
}
