/** Finds mistyped options, and those that npm kept for itself because of a missing `--`. */
import { parseArgs, type ParseArgsOptionsConfig } from "node:util";
import { isNear } from "../config/other-names.ts";
import type { Translated } from "./language.ts";

/** Names of a command's options, without dashes. */
export type OptionNames = readonly string[];

/** Options of every command besides its own, including `--help` and `-h`, which are handled before. */
export const everywhere = { lang: { type: "string" } } as const;

/**
 * What is wrong with the options of a command line: a name that the command does not have, a missing value, or one too
 * many.
 *
 * @param args as typed, without the program
 * @returns the first mistake; null: there is none, and `parseArgs` finds none either
 */
export function wrongOptionUse(
  command: string,
  options: ParseArgsOptionsConfig,
  args: readonly string[],
): Translated | null {
  const known: ParseArgsOptionsConfig = { ...options, ...everywhere };
  const { tokens } = parseArgs({
    args: [...args],
    options: known,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  for (const token of tokens) {
    if (token.kind !== "option") continue;
    const { name, rawName, value, inlineValue } = token;
    if (!rawName.startsWith("--") || !Object.hasOwn(known, name))
      return unknownOption(command, Object.keys(options), rawName);
    const takesValue = known[name]?.type === "string";
    if (!takesValue && value !== undefined) return needlessValue(rawName);
    if (takesValue && value === undefined) return missingValue(rawName);
    const isNextOption =
      value?.startsWith("-") === true && value.length > 1 && !inlineValue;
    if (isNextOption) return optionAsValue(rawName, value);
  }
  return null;
}

function missingValue(option: string): Translated {
  return {
    en: `${option} needs a value. See --help.`,
    "pt-BR": `falta o valor de ${option}. Veja --help.`,
  };
}

function needlessValue(option: string): Translated {
  return {
    en: `${option} takes no value. See --help.`,
    "pt-BR": `${option} não leva valor. Veja --help.`,
  };
}

function optionAsValue(option: string, value: string): Translated {
  const joined = `${option}=${value}`;
  return {
    en: `${option} needs a value, and ${value} looks like another option. If it is the value, write ${joined}. See --help.`,
    "pt-BR": `falta o valor de ${option}: ${value} parece outra opção. Se for mesmo o valor, escreva ${joined}. Veja --help.`,
  };
}

/** @param typed with its dashes */
function unknownOption(
  command: string,
  names: OptionNames,
  typed: string,
): Translated {
  const meant = nearName(typed.replace(/^-+/, ""), names);
  const guess = (words: string) =>
    meant === null ? "" : ` ${words} --${meant}?`;
  return {
    en: `${command} has no option ${typed}.${guess("Did you mean")} See --help.`,
    "pt-BR": `${command} não tem a opção ${typed}.${guess("Você quis dizer")} Veja --help.`,
  };
}

/** A name with at most two typing errors, with words joined differently, or the beginning of the name. */
function nearName(given: string, names: OptionNames): string | null {
  const plain = (name: string) => name.replaceAll(/[-_]/g, "").toUpperCase();
  const typed = plain(given);
  const starts = (name: string) =>
    typed.length >= 3 &&
    (plain(name).startsWith(typed) || typed.startsWith(plain(name)));
  return (
    names.find((name) => plain(name) === typed) ??
    names.find(starts) ??
    names.find((name) => typed.length > 2 && isNear(typed, plain(name))) ??
    null
  );
}

/**
 * Without `--` npm takes options as its own and passes them on only as variables of the environment.
 *
 * @returns a warning that says how to write it; null: npm kept nothing
 */
export function keptByNpm(
  command: string,
  names: OptionNames,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Translated | null {
  if (env["npm_lifecycle_event"] !== command) return null;
  const kept = names.filter((name) => {
    const isGiven = args.some(
      (arg) => arg === `--${name}` || arg.startsWith(`--${name}=`),
    );
    const value = env[`npm_config_${name.replaceAll("-", "_")}`];
    return !isGiven && value !== undefined && value !== "";
  });
  if (kept.length === 0) return null;
  const given = kept.map((name) => `--${name}`);
  const call = `npm run ${command} -- ${given.map((name) => `${name} …`).join(" ")}`;
  return {
    en: `npm kept ${given.join(" and ")} for itself, so ${command} does not know it. Write two dashes before the options: ${call}`,
    "pt-BR": `o npm ficou com ${given.join(" e ")} para si, e ${command} não o recebeu. Escreva dois traços antes das opções: ${call}`,
  };
}
