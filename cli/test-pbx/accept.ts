/** Runs the cases one after the other and reports each. */
import { AdapterError } from "../../adapters/port.ts";
import { EXIT_FAILED, EXIT_STOPPED } from "../command.ts";
import { liveCases } from "./cases.ts";
import type { LiveCase } from "./cases.ts";
import { CaseFailure, LiveLine } from "./live-line.ts";
import type { TestPbxOptions } from "./options.ts";

/** @returns the exit code */
export async function acceptPbx({
  options,
  say,
  signal,
}: {
  readonly options: TestPbxOptions;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}): Promise<number> {
  const started = "logs in, subscribes, and may run every command it needs";
  let line: LiveLine;
  try {
    line = await LiveLine.open(options, signal);
  } catch (error) {
    say(`FAILED ${started}\n       ${reasonOf(error)}`);
    say("\nNothing else was tried.");
    return EXIT_FAILED;
  }
  say(`ok     ${started}`);
  let failed = 0;
  try {
    for (const one of liveCases) {
      if (signal.aborted) return EXIT_STOPPED;
      if (!(await passes(one, { line, options, say }))) failed += 1;
    }
  } finally {
    await line.close();
  }
  if (signal.aborted) return EXIT_STOPPED;
  const count = liveCases.length + 1;
  say(
    failed === 0
      ? `\nAll ${String(count)} as they must be.`
      : `\n${String(failed)} of ${String(count)} failed.`,
  );
  return failed === 0 ? 0 : EXIT_FAILED;
}

async function passes(
  { name, advice, run }: LiveCase,
  {
    line,
    options,
    say,
  }: {
    readonly line: LiveLine;
    readonly options: TestPbxOptions;
    readonly say: (line: string) => void;
  },
): Promise<boolean> {
  try {
    say(`ok     ${name} (${await run(line, options)})`);
    return true;
  } catch (error) {
    say(`FAILED ${name}\n       ${reasonOf(error)}\n       ${advice}`);
    return false;
  }
}

/** A defect of ours keeps its stack. @throws it */
function reasonOf(error: unknown): string {
  if (error instanceof CaseFailure || error instanceof AdapterError) {
    return error.message;
  }
  throw error;
}
