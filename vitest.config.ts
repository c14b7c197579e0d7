import { fileURLToPath } from "node:url";

import { defineConfig } from "vitest/config";
import type { TestProjectInlineConfiguration } from "vitest/config";

/* eslint-disable no-restricted-properties -- what the command line asks of the run itself; nothing of the engine reads it. */
// Workers, and the engines that tests start as programs, take it from here: see test/support/late-answers.ts.
if (process.env["LATE_SHARE"] !== undefined)
  process.env["NODE_OPTIONS"] =
    `--import ${fileURLToPath(new URL("test/support/late-answers.ts", import.meta.url))}`;
/* eslint-enable no-restricted-properties */

/** Measures a rate, so that nothing runs beside it. */
const measured = "test/container/dialing.test.ts";

/** Needs a Docker engine; see test/support/container-setup.ts. */
function container(test: TestProjectInlineConfiguration["test"]) {
  return {
    test: {
      globalSetup: ["test/support/container-setup.ts"],
      testTimeout: 240_000,
      hookTimeout: 60_000,
      ...test,
    },
  };
}

export default defineConfig({
  test: {
    // Integration files share two cores with the server; more workers only make each other late.
    maxWorkers: 2,
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/unit/**/*.test.ts"],
          // Bounds for what hangs. Properties take seconds on a quiet machine, and minutes on one that does ten other things.
          testTimeout: 180_000,
        },
      },
      {
        test: {
          name: "integration",
          include: ["test/integration/**/*.test.ts"],
          globalSetup: [
            "test/support/global-setup.ts",
            "test/support/fetch-programs.ts",
          ],
          setupFiles: ["test/support/leak-check.ts"],
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
      container({
        name: "container",
        include: ["test/container/**/*.test.ts"],
        exclude: [measured],
        sequence: { groupOrder: 1 },
      }),
      container({
        name: "container-alone",
        include: [measured],
        sequence: { groupOrder: 2 },
      }),
    ],
  },
});
