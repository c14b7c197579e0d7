/**
 * Texts in every language of the commands: each stands beside its translations, so that a missing one is a type error.
 */

export const languages = ["en", "pt-BR"] as const;
export type Language = (typeof languages)[number];

export type Translated = Readonly<Record<Language, string>>;

/** A value may differ by language too. */
export type Value = string | number | Translated;
export type Parameters = Readonly<Record<string, Value>>;

/** The language of messages: `wanted`, else that of the `LC_ALL`, `LC_MESSAGES` or `LANG` variable; English else. */
export function chooseLanguage(
  wanted: string | undefined,
  env: NodeJS.ProcessEnv,
): Language {
  const given =
    wanted ?? [env["LC_ALL"], env["LC_MESSAGES"], env["LANG"]].find(Boolean);
  return /^pt\b|^pt_/i.test(given ?? "") ? "pt-BR" : "en";
}

/** Whether `--lang` may have this value: `en`, `pt`, `pt-BR`, `pt_BR`. */
export function isLanguageName(text: string): boolean {
  return /^(?:en|pt)(?:[-_][A-Za-z]{2})?$/i.test(text);
}

/** @returns the text with its `{name}`s replaced; one that has no value stays as it is */
export function fillIn(
  text: string,
  parameters: Parameters,
  language: Language,
): string {
  return text.replaceAll(/\{([a-zA-Z]+)\}/g, (whole, name: string) => {
    const value = Object.hasOwn(parameters, name)
      ? parameters[name]
      : undefined;
    if (value === undefined) return whole;
    return typeof value === "object" ? value[language] : String(value);
  });
}

/** A text that is the same in every language, such as a library's own message. */
export function inEveryLanguage(text: string): Translated {
  return { en: text, "pt-BR": text };
}
