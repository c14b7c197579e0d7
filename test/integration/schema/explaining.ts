/** Has an error explained by dialer_explain, and compares what it says in both languages. */
import type { PostgrestError } from "@supabase/supabase-js";
import { expect } from "vitest";
import type { ActingAs, TestDatabase } from "../../support/database.ts";
import { anna } from "./accounts.ts";

interface Told {
  readonly code: string;
  readonly table_name: string | null;
  readonly column_name: string | null;
  readonly value: string | null;
  readonly message: string;
  readonly hint: string;
}
type AnyError = Pick<PostgrestError, "code" | "message"> & {
  readonly details?: string | null;
};

/** Words of Postgres and PostgREST, and parameters that were not filled in. */
export const raw =
  /violates|duplicate key|permission denied|invalid input|malformed|out of range for|security policy|coerce|schema cache|\?/;

/** @returns the first fault in English, after all were compared: told in both languages, in no words but ours */
export async function explained(
  database: TestDatabase,
  error: AnyError | null,
  given?: object,
): Promise<Told> {
  const ask = async (locale: string) => {
    const { rows } = await database.asUser(anna, (as) =>
      as.query<Told>("select * from dialer_explain($1, $2, $3)", [
        JSON.stringify({
          code: error?.code,
          message: error?.message,
          details: error?.details,
        }),
        locale,
        given === undefined ? null : JSON.stringify(given),
      ]),
    );
    return rows;
  };
  const [english, portuguese] = [await ask("en"), await ask("pt-BR")];
  expect(english.length, JSON.stringify(error)).toBeGreaterThan(0);
  expect(portuguese.map(({ code }) => code)).toEqual(
    english.map(({ code }) => code),
  );
  for (const [index, told] of english.entries()) {
    const label = JSON.stringify({ error, told });
    expect(told.code, label).not.toBe("UNKNOWN");
    expect(`${told.message} ${told.hint}`, label).not.toMatch(raw);
    expect(portuguese[index]?.message, label).not.toMatch(raw);
    expect(portuguese[index]?.message, label).not.toBe(told.message);
    expect(told.hint, label).not.toBe("");
  }
  return english[0] as Told;
}

/** What a statement is refused with. */
export async function errorOf(
  database: TestDatabase,
  who: ActingAs,
  sql: string,
): Promise<AnyError> {
  const error = await database
    .asUser(who, (as) => as.query(sql))
    .then(
      () => undefined,
      (thrown: unknown) =>
        thrown as { code: string; message: string; detail?: string },
    );
  if (error === undefined) throw new Error(`not refused: ${sql}`);
  return {
    code: error.code,
    message: error.message,
    details: error.detail ?? null,
  };
}
