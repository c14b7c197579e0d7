/** The command line of the demo, checked. */
import { CommandError, wrongOption } from "../command.ts";

export interface DemoOptions {
  readonly leads: number;
  /** Calls per second of the first trunk; the second gets half. */
  readonly cps: number;
  readonly seed: number;
  readonly keep: boolean;
  /** null: a Postgres of the demo's own. */
  readonly databaseUrl: string | null;
}

export interface DemoValues {
  readonly leads?: string | undefined;
  readonly cps?: string | undefined;
  readonly seed?: string | undefined;
  readonly keep?: boolean | undefined;
  readonly "database-url"?: string | undefined;
}

/** @throws CommandError that names the option, what it was, and what is expected */
export function readDemoOptions(values: DemoValues): DemoOptions {
  return {
    leads: wholeNumber("leads", values.leads ?? "200", 10, 100_000),
    cps: wholeNumber("cps", values.cps ?? "10", 2, 200),
    seed: wholeNumber("seed", values.seed ?? "1", 0, 1_000_000_000),
    keep: values.keep ?? false,
    databaseUrl: readDatabaseUrl(values["database-url"]),
  };
}

function wholeNumber(
  name: string,
  text: string,
  least: number,
  most: number,
): number {
  const value = /^\d{1,10}$/.test(text.trim()) ? Number(text) : NaN;
  if (value >= least && value <= most) return value;
  throw wrongOption(name, text, {
    en: `a whole number from ${String(least)} to ${String(most)}`,
    "pt-BR": `um número inteiro de ${String(least)} a ${String(most)}`,
  });
}

/** The URL may hold a password: it is never repeated. */
function readDatabaseUrl(text: string | undefined): string | null {
  if (text === undefined) return null;
  if (/^postgres(ql)?:\/\//.test(text) && URL.canParse(text)) return text;
  throw new CommandError("WRONG_OPTION", {
    en: "--database-url is not the address of a database; expected postgresql://user:password@host:5432/database. See --help.",
    "pt-BR":
      "--database-url não é o endereço de um banco de dados; esperado: postgresql://usuario:senha@host:5432/banco. Veja --help.",
  });
}
