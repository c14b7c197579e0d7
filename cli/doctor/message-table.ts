/**
 * The form of the doctor's messages. Every text stands beside its translations, so that a missing translation is a type
 * error, as is a problem without advice.
 */
import type { Language } from "../language.ts";

/** From best to worst; `skipped` says nothing about what was to be checked. */
export const statuses = ["ok", "skipped", "warning", "problem"] as const;
export type Status = (typeof statuses)[number];

/** What was found and, if it is a problem, what to do. `{name}` is replaced by its value. */
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
