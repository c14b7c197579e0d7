/** The command line of the torture, checked. */
import { CommandError } from "../command.ts";

export interface TortureOptions {
  readonly rounds: number;
  readonly seed: number;
  /** Number of the first round. */
  readonly from: number;
  readonly pbx: "mock" | "asterisk";
  /** Rounds that run in parallel, each with a Postgres and a PBX of its own. */
  readonly beside: number;
  /** Where the evidence of findings goes; null: a new folder below the system's temporary one. */
  readonly evidence: string | null;
  /** Go on after a round with findings. */
  readonly keepGoing: boolean;
}

export interface TortureValues {
  readonly rounds?: string | undefined;
  readonly seed?: string | undefined;
  readonly from?: string | undefined;
  readonly pbx?: string | undefined;
  readonly beside?: string | undefined;
  readonly evidence?: string | undefined;
  readonly "keep-going"?: boolean | undefined;
}

/** @throws CommandError that names the option, what it was, and what is expected */
export function readTortureOptions(values: TortureValues): TortureOptions {
  const { pbx = "mock", evidence } = values;
  if (pbx !== "mock" && pbx !== "asterisk")
    throw wrong("pbx", pbx, "mock or asterisk");
  if (evidence?.trim() === "") throw wrong("evidence", evidence, "a folder");
  return {
    rounds: wholeNumber("rounds", values.rounds ?? "20", 1, 1_000_000),
    seed: wholeNumber("seed", values.seed ?? "1", 0, 1_000_000_000),
    from: wholeNumber("from", values.from ?? "1", 1, 1_000_000_000),
    pbx,
    beside: wholeNumber("beside", values.beside ?? "1", 1, 16),
    evidence: evidence ?? null,
    keepGoing: values["keep-going"] ?? false,
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
  throw wrong(name, text, `a whole number from ${least} to ${most}`);
}

function wrong(name: string, given: string, expected: string): CommandError {
  return new CommandError(
    "WRONG_OPTION",
    `--${name} is "${given}"; expected ${expected}. See --help.`,
  );
}
