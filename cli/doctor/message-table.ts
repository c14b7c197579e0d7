/**
 * The form of the doctor's messages. Every text stands in every language beside the others, so that a missing
 * translation is a type error, and a problem without advice too.
 */
import type { Language } from "../language.ts";

/** From best to worst: `skipped` says nothing about the thing itself. */
export const statuses = ["ok", "skipped", "warning", "problem"] as const;
export type Status = (typeof statuses)[number];

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
