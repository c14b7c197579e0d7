import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    // Integration files share two cores with the server; more workers only make each other late.
    maxWorkers: 2,
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/unit/**/*.test.ts"],
          // Properties take seconds on a busy machine.
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: "integration",
          include: ["test/integration/**/*.test.ts"],
          globalSetup: ["test/support/global-setup.ts"],
          setupFiles: ["test/support/leak-check.ts"],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        // Needs a Docker engine; see test/support/container-setup.ts.
        test: {
          name: "container",
          include: ["test/container/**/*.test.ts"],
          globalSetup: ["test/support/container-setup.ts"],
          testTimeout: 240_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
