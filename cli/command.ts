/**
 * What all commands have in common: options, `--help`, Ctrl-C, and errors, which are printed as one line instead of a
 * stack if a person can act on them.
 *
 * Exit codes: 0 done, 1 error, 130 stopped by Ctrl-C or SIGTERM; a command may give others.
 */
import { parseArgs, type ParseArgsOptionsConfig } from "node:util";
import { CommandError } from "./command-error.ts";
import { explainError } from "./explain-error.ts";
import { outliveReaders } from "./gone-reader.ts";
import {
  chooseLanguage,
  inEveryLanguage,
  isLanguageName,
  type Language,
  type Translated,
} from "./language.ts";
import { everywhere, keptByNpm, wrongOptionUse } from "./option-names.ts";

export { CommandError, wrongOption } from "./command-error.ts";
export { explainError } from "./explain-error.ts";

export type CommandValues<Options extends ParseArgsOptionsConfig> = ReturnType<
  typeof parseArgs<{ options: Options; strict: true; allowPositionals: true }>
>["values"];

export interface CommandInput<Options extends ParseArgsOptionsConfig> {
  readonly values: CommandValues<Options>;
  /** As many as `Command.positionals` names. */
  readonly positionals: readonly string[];
  /** The language of the output: `--lang`, else that of the environment. */
  readonly language: Language;
  /** Aborted by the first SIGINT or SIGTERM: come to a clean end and return EXIT_STOPPED. */
  readonly signal: AbortSignal;
}

export interface Command<Options extends ParseArgsOptionsConfig> {
  /** As in `npm run <name>`. */
  readonly name: string;
  /** One sentence: what it does. */
  readonly summary: string | Translated;
  /** What `--help` prints below the summary: the call, then every option. */
  readonly usage: string | Translated;
  /** For `parseArgs`; `--lang`, `--help` and `-h` are added. */
  readonly options: Options;
  /** Names of the arguments that must be given, e.g. `["FILE.csv"]`. */
  readonly positionals?: readonly string[];
  /** @returns the exit code */
  run(input: CommandInput<Options>): Promise<number>;
}

export const EXIT_FAILED = 1;
export const EXIT_STOPPED = 130;

/** npm forwards a terminal's Ctrl-C to a process that has already received it: one key press, two signals. */
const sameKeyMs = 1_000;

function translated(text: string | Translated): Translated {
  return typeof text === "string" ? inEveryLanguage(text) : text;
}

/** Runs a command with the process's arguments and sets the process's exit code. Never rejects. */
export async function runCommand<Options extends ParseArgsOptionsConfig>(
  command: Command<Options>,
): Promise<void> {
  outliveReaders();
  const stop = new AbortController();
  const language = chooseLanguage(
    givenLanguage(process.argv.slice(2)),
    process.env,
  );
  const forget = onStopSignal(() => stop.abort());
  try {
    process.exitCode = await parsedAndRun(command, language, stop.signal);
  } catch (error) {
    process.stderr.write(`${command.name}: ${explainError(error, language)}\n`);
    process.exitCode = EXIT_FAILED;
  } finally {
    forget();
  }
}

async function parsedAndRun<Options extends ParseArgsOptionsConfig>(
  command: Command<Options>,
  language: Language,
  signal: AbortSignal,
): Promise<number> {
  const args = process.argv.slice(2);
  if (asksForHelp(args)) {
    const summary = translated(command.summary)[language];
    const usage = translated(command.usage)[language].trimEnd();
    process.stdout.write(`${summary}\n\n${usage}\n`);
    return 0;
  }
  checkOptions(command, args, language);
  const { values, positionals } = parseArgs({
    args,
    options: { ...command.options, ...everywhere },
    strict: true,
    allowPositionals: true,
  });
  checkLanguage(givenLanguage(args));
  const wanted = command.positionals ?? [];
  if (positionals.length !== wanted.length) {
    throw new CommandError("WRONG_ARGUMENTS", wrongArguments(command, wanted));
  }
  return command.run({
    values,
    positionals,
    language,
    signal,
  });
}

/** Read before parsing, so that errors of the command line are in this language, too. */
function givenLanguage(args: readonly string[]): string | undefined {
  const at = args.findIndex((arg) => /^--lang(?:=|$)/.test(arg));
  const found = args[at];
  return found === "--lang" ? args[at + 1] : found?.slice("--lang=".length);
}

function checkLanguage(lang: unknown): void {
  if (typeof lang !== "string" || isLanguageName(lang)) return;
  throw new CommandError("WRONG_OPTION", {
    en: `--lang is "${lang}"; expected en or pt-BR. See --help.`,
    "pt-BR": `--lang é "${lang}"; esperado en ou pt-BR. Veja --help.`,
  });
}

/** @throws CommandError for a name or value that is not allowed; warns of options that npm kept for itself */
function checkOptions(
  {
    name,
    options,
  }: { readonly name: string; readonly options: ParseArgsOptionsConfig },
  args: readonly string[],
  language: Language,
): void {
  const names = Object.keys(options);
  const kept = keptByNpm(name, names, args, process.env);
  if (kept !== null) process.stderr.write(`${name}: ${kept[language]}\n`);
  const wrong = wrongOptionUse(name, options, args);
  if (wrong !== null) throw new CommandError("WRONG_OPTION", wrong);
}

/** Checked before parsing, so that help works with an incomplete command line, too. */
function asksForHelp(args: readonly string[]): boolean {
  const end = args.indexOf("--");
  const own = end === -1 ? args : args.slice(0, end);
  return own.includes("--help") || own.includes("-h");
}

function wrongArguments(
  command: { readonly name: string },
  wanted: readonly string[],
): Translated {
  const dashes = wanted.length === 0 ? "" : " --";
  const call = [`npm run ${command.name}${dashes}`, ...wanted].join(" ");
  const names = wanted.join(" ");
  return {
    en: `expected ${names || "options only"}. Call it as: ${call}\nSee --help.`,
    "pt-BR": `esperado: ${names || "só opções"}. Chame assim: ${call}\nVeja --help.`,
  };
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
