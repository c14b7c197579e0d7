/** The command line of the test call, checked. */
import { CommandError } from "../command.ts";

export interface CallOptions {
  /** As typed. */
  readonly to: string;
  readonly trunk: string;
  readonly callerId: string | null;
  readonly accountId: string | null;
  readonly ringSeconds: number;
  readonly extension: string;
}

export interface CallValues {
  readonly to?: string | undefined;
  readonly trunk?: string | undefined;
  readonly "caller-id"?: string | undefined;
  readonly account?: string | undefined;
  readonly timeout?: string | undefined;
  readonly extension?: string | undefined;
}

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** @throws CommandError that names the option, what it was, and what is expected */
export function readCallOptions(values: CallValues): CallOptions {
  const ring = matching(values, "timeout", /^\d{2}$/, "15 to 60 seconds");
  const ringSeconds = Number(ring ?? "25");
  if (ringSeconds < 15 || ringSeconds > 60)
    throw wrong("timeout", String(ringSeconds), "15 to 60 seconds");
  return {
    to: required(values, "to", "the number to call"),
    trunk: required(values, "trunk", "the name of a row of trunk_config"),
    callerId: matching(
      values,
      "caller-id",
      /^\+?[0-9]{3,15}$/,
      "3 to 15 digits, with or without +",
    ),
    accountId: matching(values, "account", uuid, "the account's uuid"),
    ringSeconds,
    extension:
      matching(
        values,
        "extension",
        /^[A-Za-z0-9_.-]{1,80}$/,
        "letters, digits, _ . -",
      ) ?? "s",
  };
}

function required(
  values: CallValues,
  name: "to" | "trunk",
  what: string,
): string {
  const value = values[name]?.trim() ?? "";
  if (value !== "") return value;
  throw new CommandError(
    "MISSING_OPTION",
    `--${name} is missing: give it ${what}. See --help.`,
  );
}

function matching(
  values: CallValues,
  name: keyof CallValues,
  pattern: RegExp,
  expected: string,
): string | null {
  const value = values[name]?.trim();
  if (value === undefined) return null;
  if (pattern.test(value)) return value;
  throw wrong(name, value, expected);
}

function wrong(name: string, value: string, expected: string): CommandError {
  return new CommandError(
    "WRONG_OPTION",
    `--${name} is "${value}"; expected ${expected}. See --help.`,
  );
}
