/**
 * The form of the doctor's messages. Every text stands in every language beside the others, so that a missing
 * translation is a type error, and a problem without advice too.
 */

export const languages = ["en", "pt-BR"] as const;
export type Language = (typeof languages)[number];

/** From best to worst: `skipped` says nothing about the thing itself. */
export const statuses = ["ok", "skipped", "warning", "problem"] as const;
export type Status = (typeof statuses)[number];

export type Translated = Readonly<Record<Language, string>>;

/** What was found; for what is not right also what to do. `{name}` is filled in. */
export type Message =
  | (Readonly<Record<Language, readonly [found: string]>> & {
      readonly status: "ok" | "skipped";
    })
  | (Readonly<Record<Language, readonly [found: string, advice: string]>> & {
      readonly status: "warning" | "problem";
    });

/** The names between braces in a text. */
export type PlaceholdersOf<Text extends string> =
  Text extends `${string}{${infer Name}}${infer Rest}`
    ? Name | PlaceholdersOf<Rest>
    : never;

/** A value may differ by language too. */
export type Value = string | number | Translated;
export type Parameters = Readonly<Record<string, Value>>;

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
