/**
 * What every command of the command line has in common: options, `--help`, Ctrl-C, and errors that a
 * person can act on told in a line instead of a stack.
 *
 * Exit codes: 0 done, 1 error, 130 stopped by Ctrl-C or SIGTERM; a command may give others.
 */
import { parseArgs, type ParseArgsOptionsConfig } from "node:util";
import { ConfigError } from "../config.ts";
import { MigrationError } from "../database/migrate.ts";

export type CommandValues<Options extends ParseArgsOptionsConfig> = ReturnType<
  typeof parseArgs<{ options: Options; strict: true; allowPositionals: true }>
>["values"];

export interface CommandInput<Options extends ParseArgsOptionsConfig> {
  readonly values: CommandValues<Options>;
  /** As many as `Command.positionals` names. */
  readonly positionals: readonly string[];
  /** Aborted by the first SIGINT or SIGTERM: come to a clean end and return EXIT_STOPPED. */
  readonly signal: AbortSignal;
}

export interface Command<Options extends ParseArgsOptionsConfig> {
  /** As in `npm run <name>`. */
  readonly name: string;
  /** One sentence: what it does. */
  readonly summary: string;
  /** What `--help` prints below the summary: the call, then every option. */
  readonly usage: string;
  /** For `parseArgs`; `--help` and `-h` are added. */
  readonly options: Options;
  /** Names of the arguments that must be given, e.g. `["FILE.csv"]`. */
  readonly positionals?: readonly string[];
  /** @returns the exit code */
  run(input: CommandInput<Options>): Promise<number>;
}

export const EXIT_FAILED = 1;
export const EXIT_STOPPED = 130;

/** npm passes a terminal's Ctrl-C on to a process that had it already: one key, two signals. */
const sameKeyMs = 1_000;

/** A mistake of the person at the keyboard: printed without a stack. */
export class CommandError extends Error {
  override readonly name: string = "CommandError";
  readonly code: string;
  /** @param code stable, for programs; @param message what was wrong, where, and what is right */
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Runs a command with the process's arguments and sets the process's exit code. Never rejects. */
export async function runCommand<Options extends ParseArgsOptionsConfig>(
  command: Command<Options>,
): Promise<void> {
  const stop = new AbortController();
  const forget = onStopSignal(() => stop.abort());
  try {
    process.exitCode = await parsedAndRun(command, stop.signal);
  } catch (error) {
    process.stderr.write(`${command.name}: ${explainError(error)}\n`);
    process.exitCode = EXIT_FAILED;
  } finally {
    forget();
  }
}

async function parsedAndRun<Options extends ParseArgsOptionsConfig>(
  command: Command<Options>,
  signal: AbortSignal,
): Promise<number> {
  const args = process.argv.slice(2);
  if (asksForHelp(args)) {
    process.stdout.write(`${command.summary}\n\n${command.usage.trimEnd()}\n`);
    return 0;
  }
  const { values, positionals } = parseArgs({
    args,
    options: command.options,
    strict: true,
    allowPositionals: true,
  });
  const wanted = command.positionals ?? [];
  if (positionals.length !== wanted.length) {
    throw new CommandError("WRONG_ARGUMENTS", wrongArguments(command, wanted));
  }
  return command.run({ values, positionals, signal });
}

/** Before parsing, so that help is given with a half-typed command line too. */
function asksForHelp(args: readonly string[]): boolean {
  const end = args.indexOf("--");
  const own = end === -1 ? args : args.slice(0, end);
  return own.includes("--help") || own.includes("-h");
}

function wrongArguments(
  command: { readonly name: string },
  wanted: readonly string[],
): string {
  const call = ["npm run", command.name, ...wanted].join(" ");
  return `expected ${wanted.length === 0 ? "options only" : wanted.join(" ")}. Call it as: ${
    wanted.length === 0
      ? call
      : call.replace(command.name, `${command.name} --`)
  }\nSee --help.`;
}

/** The first signal asks for a clean end; one more, clearly later, ends the process at once. */
function onStopSignal(stop: () => void): () => void {
  let firstAt: number | undefined;
  const listener = () => {
    firstAt ??= performance.now();
    if (performance.now() - firstAt > sameKeyMs) process.exit(EXIT_STOPPED);
    stop();
  };
  process.on("SIGINT", listener);
  process.on("SIGTERM", listener);
  return () => {
    process.removeListener("SIGINT", listener);
    process.removeListener("SIGTERM", listener);
  };
}

/** Causes by SQLSTATE or system error code; what a person can do about each. */
const databaseHints: Readonly<Record<string, string>> = {
  "28P01": "the database refused the user or the password in DATABASE_URL",
  "28000": "the database refused the user or the password in DATABASE_URL",
  "3D000": "the database named in DATABASE_URL does not exist",
  "3F000": "the dialer's schema is not there; run npm run migrate first",
  "42P01": "the dialer's tables are not there; run npm run migrate first",
  "42703": "the dialer's tables are of another version; run npm run migrate",
  "42501": "the user in DATABASE_URL has no right to do this",
  "53300": "the database has no connection left",
  "57P01": "the database ended the connection",
  "57P03": "the database is starting or shutting down; try again",
  ECONNREFUSED: "nothing answers at the address in DATABASE_URL",
  ECONNRESET: "the connection to the database was cut",
  EHOSTUNREACH: "the host in DATABASE_URL cannot be reached",
  ENETUNREACH: "the host in DATABASE_URL cannot be reached",
  ENOTFOUND: "the host in DATABASE_URL is not known",
  EAI_AGAIN:
    "the host in DATABASE_URL is not known, or the name server is away",
  ETIMEDOUT: "the database did not answer in time",
};

/** What to print for an error: a line for what can be put right, the stack for a defect of ours. */
export function explainError(error: unknown): string {
  if (error instanceof CommandError) return error.message;
  if (error instanceof ConfigError) return error.message;
  if (error instanceof MigrationError) return `${error.code}: ${error.message}`;
  if (!(error instanceof Error)) return String(error);
  const code = "code" in error ? String(error.code) : "";
  if (code.startsWith("ERR_PARSE_ARGS")) return `${error.message}\nSee --help.`;
  const reason = reasonOf(error);
  const hint = databaseHints[code];
  if (hint !== undefined && !("path" in error)) return `${hint} (${reason})`;
  if (error.message.startsWith("SASL")) {
    return `the database refused the user or the password in DATABASE_URL (${reason})`;
  }
  if (/timeout|connection terminated/i.test(error.message)) {
    return `the database did not answer in time (${reason})`;
  }
  if ("syscall" in error && "path" in error) return reason;
  return error.stack ?? error.message;
}

/** An address with several hosts behind it fails with one error each, and an empty message of its own. */
function reasonOf(error: Error): string {
  const first: unknown =
    error instanceof AggregateError ? error.errors[0] : undefined;
  return first instanceof Error ? first.message : error.message;
}
