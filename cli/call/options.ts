/** The command line of the test call, checked. */
import { CommandError, wrongOption } from "../command.ts";
import type { Translated } from "../language.ts";

export interface CallOptions {
  /** As typed. */
  readonly to: string;
  readonly trunk: string;
  readonly callerId: string | null;
  readonly accountId: string | null;
  readonly ringSeconds: number;
  /** Null: `s`, or where the destination says. */
  readonly extension: string | null;
  /** Name of a row of `destinations`. */
  readonly destination: string | null;
}

export interface CallValues {
  readonly to?: string | undefined;
  readonly trunk?: string | undefined;
  readonly "caller-id"?: string | undefined;
  readonly account?: string | undefined;
  readonly timeout?: string | undefined;
  readonly extension?: string | undefined;
  readonly destination?: string | undefined;
}

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

const seconds: Translated = {
  en: "15 to 60 seconds",
  "pt-BR": "15 a 60 segundos",
};

/** @throws CommandError that names the option, what it was, and what is expected */
export function readCallOptions(values: CallValues): CallOptions {
  const ring = matching(values, "timeout", /^\d{2}$/, seconds);
  const ringSeconds = Number(ring ?? "25");
  if (ringSeconds < 15 || ringSeconds > 60)
    throw wrongOption("timeout", String(ringSeconds), seconds);
  return {
    to: required(values, "to", {
      en: "the number to call",
      "pt-BR": "o número a chamar",
    }),
    trunk: required(values, "trunk", {
      en: "the name of a row of trunk_config",
      "pt-BR": "o nome de uma linha de trunk_config",
    }),
    callerId: matching(values, "caller-id", /^\+?[0-9]{3,15}$/, {
      en: "3 to 15 digits, with or without +",
      "pt-BR": "3 a 15 dígitos, com ou sem +",
    }),
    accountId: matching(values, "account", uuid, {
      en: "the account's uuid",
      "pt-BR": "o uuid da conta",
    }),
    ringSeconds,
    ...readPlace(values),
  };
}

/** Where an answered call goes: one of the two. */
function readPlace(
  values: CallValues,
): Pick<CallOptions, "extension" | "destination"> {
  const extension = matching(values, "extension", /^[A-Za-z0-9_.-]{1,80}$/, {
    en: "letters, digits, _ . -",
    "pt-BR": "letras, dígitos, _ . -",
  });
  const destination = matching(values, "destination", /^\P{Cc}{1,200}$/u, {
    en: "the name of a row of destinations",
    "pt-BR": "o nome de uma linha de destinations",
  });
  if (extension === null || destination === null)
    return { extension, destination };
  throw new CommandError("WRONG_OPTION", {
    en: "--destination and --extension both say where an answered call goes: give one of them. See --help.",
    "pt-BR":
      "--destination e --extension dizem ambos para onde vai uma ligação atendida: dê só um dos dois. Veja --help.",
  });
}

function required(
  values: CallValues,
  name: "to" | "trunk",
  what: Translated,
): string {
  const value = values[name]?.trim() ?? "";
  if (value !== "") return value;
  throw new CommandError("MISSING_OPTION", {
    en: `--${name} is missing: give it ${what.en}. See --help.`,
    "pt-BR": `falta --${name}: dê ${what["pt-BR"]}. Veja --help.`,
  });
}

function matching(
  values: CallValues,
  name: keyof CallValues,
  pattern: RegExp,
  expected: Translated,
): string | null {
  const value = values[name]?.trim();
  if (value === undefined) return null;
  if (pattern.test(value)) return value;
  throw wrongOption(name, value, expected);
}
