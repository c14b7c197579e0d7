/** Programs of Debian's that some tests need and no package of npm brings. Free of vitest: torture and bench use them too. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

export type FetchedProgram = "asterisk" | "chromium";

const FETCH_TIMEOUT_MS = 10 * 60_000;
const scripts: Readonly<Record<FetchedProgram, string>> = {
  asterisk: "asterisk-lab/fetch.sh",
  chromium: "chromium/fetch.sh",
};

/** Where the run's global setup has put what it found, for its workers. */
export const foundVariable: Readonly<Record<FetchedProgram, string>> = {
  asterisk: "DIALER_TESTS_ASTERISK",
  chromium: "DIALER_TESTS_CHROMIUM",
};

/**
 * Asterisk's folder, or the program Chromium; fetched when it is not there yet, which takes up to a minute.
 *
 * @throws with what is missing, as the script says it: nothing is skipped
 */
export async function fetchProgram(program: FetchedProgram): Promise<string> {
  const found = process.env[foundVariable[program]];
  if (found !== undefined) return found;
  const script = fileURLToPath(new URL(scripts[program], import.meta.url));
  const { stdout } = await promisify(execFile)(script, {
    timeout: FETCH_TIMEOUT_MS,
    maxBuffer: 16 * 1024 * 1024,
  }).catch((error: unknown) => {
    const { stderr = "" } = error as { stderr?: string };
    throw new Error(`There is no ${program} for the tests.\n${stderr}`, {
      cause: error,
    });
  });
  return stdout.trim().split("\n").at(-1) ?? "";
}
