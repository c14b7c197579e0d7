/**
 * Fetches the Debian programs that the tests of this run need, once and before all of them, so that no test waits for a
 * download.
 */
import type { TestProject } from "vitest/node";
import { fetchProgram, foundVariable } from "./fetched-programs.ts";
import type { FetchedProgram } from "./fetched-programs.ts";

/** By the folder or name of the files that start them. */
const users: Readonly<Record<FetchedProgram, RegExp>> = {
  asterisk: /\/asterisk[^/]*(\/|\.test\.ts$)/,
  chromium: /\/wallboard\//,
};

export async function setup(project: TestProject): Promise<void> {
  // As on the command line; `npx vitest run some/file` needs neither of them as a rule.
  const filters = process.argv
    .slice(2)
    .filter((word) => word.includes("/") && !word.startsWith("-"));
  const { testFiles } = await project.globTestFiles(filters);
  const wanted = testFiles.length > 0 ? testFiles : [""];
  for (const program of ["asterisk", "chromium"] as const) {
    if (!wanted.some((file) => users[program].test(file))) continue;
    const path = await fetchProgram(program);
    process.env[foundVariable[program]] = path;
    console.log(`Test ${program}: ${path}`);
  }
}
