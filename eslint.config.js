import { defineConfig, globalIgnores } from "eslint/config";
import tseslint from "typescript-eslint";

const noDefaultExport = {
  selector: "ExportDefaultDeclaration",
  message: "Only tasks have a default export.",
};
const noClock = [
  {
    selector:
      "CallExpression[callee.object.name=/^(Date|DateTime|performance)$/][callee.property.name=/^(now|local|utc)$/][arguments.length=0], NewExpression[callee.name='Date'][arguments.length=0]",
    message: "Decisions take the time as an argument.",
  },
  {
    selector:
      "CallExpression[callee.object.name='Math'][callee.property.name='random']",
    message: "Decisions take chance as an argument.",
  },
];

/** A folder's boundary: files in `files` may not import what `patterns` name. The reason is printed with the error. */
function boundary(files, patterns) {
  return {
    files,
    rules: {
      "@typescript-eslint/no-restricted-imports": ["error", { patterns }],
    },
  };
}

const noDatabaseClient = {
  group: ["pg", "pg-*", "graphile-worker", "@supabase/*"],
  message:
    "Only database/ and tasks/ talk to the database; take facts as arguments.",
};
const noSupabaseClient = {
  group: ["@supabase/*"],
  message: "Only realtime/ talks to Supabase's HTTP services.",
};
const noFolders = (names, message) => ({
  regex: `^(\\.\\./)+(?:${names.map((name) => (name.includes("/") ? name : `${name}/`)).join("|")})`,
  message,
});
const noNetwork = {
  group: ["net", "node:net", "http", "node:http", "node:fs", "node:fs/*"],
  message: "Decisions are pure: facts in, decision out.",
};
const noComposition = {
  regex: "^(\\.\\./)+(main\\.ts|config/.*)$",
  message:
    "main.ts wires things together and hands configuration on as arguments.",
};

export default defineConfig(
  globalIgnores([
    "node_modules/",
    ".cache/",
    "coverage/",
    "docs/database.types.ts",
  ]),
  {
    linterOptions: { reportUnusedDisableDirectives: "error" },
  },
  {
    files: ["**/*.ts"],
    extends: [
      tseslint.configs.strictTypeChecked,
      tseslint.configs.stylisticTypeChecked,
    ],
    languageOptions: {
      parserOptions: {
        projectService: true,
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      eqeqeq: "error",
      "no-console": ["error"],
      "max-lines": [
        "error",
        { max: 400, skipBlankLines: true, skipComments: true },
      ],
      "max-lines-per-function": [
        "error",
        { max: 60, skipBlankLines: true, skipComments: true },
      ],
      "no-restricted-properties": [
        "error",
        {
          object: "process",
          property: "env",
          message:
            "config/ alone reads the environment; take values as arguments.",
        },
      ],
      "no-restricted-syntax": ["error", noDefaultExport],
      "@typescript-eslint/consistent-type-imports": [
        "error",
        { fixStyle: "inline-type-imports" },
      ],
      "@typescript-eslint/consistent-type-exports": "error",
      "@typescript-eslint/switch-exhaustiveness-check": [
        "error",
        { considerDefaultExhaustiveForUnions: true },
      ],
      "@typescript-eslint/no-unused-vars": [
        "error",
        { argsIgnorePattern: "^_", varsIgnorePattern: "^_" },
      ],
      "@typescript-eslint/restrict-template-expressions": [
        "error",
        { allowNumber: true },
      ],
      // Taste, and against the language's own grain in places.
      "@typescript-eslint/consistent-type-definitions": "off",
      "@typescript-eslint/non-nullable-type-assertion-style": "off",
      "@typescript-eslint/prefer-nullish-coalescing": "off",
      "@typescript-eslint/no-empty-function": "off",
      "@typescript-eslint/no-confusing-void-expression": [
        "error",
        { ignoreArrowShorthand: true },
      ],
      // noPropertyAccessFromIndexSignature is off: both ways of writing env.NAME mean the same.
      "@typescript-eslint/dot-notation": "off",
    },
  },

  // Boundaries (ARCHITECTURE.md): which folder may know which.
  boundary(
    ["dialing/**/*.ts"],
    [
      noDatabaseClient,
      noNetwork,
      noComposition,
      noFolders(
        [
          "adapters/(?!port\\.ts$).+",
          "database",
          "tasks",
          "health",
          "cli",
          "bench",
          "test",
        ],
        "dialing/ holds decisions only: it knows no database, PBX or task.",
      ),
      {
        regex: "/adapters/port\\.ts$",
        allowTypeImports: true,
        message:
          "The words for call events are shared as types; nothing else of an adapter is.",
      },
    ],
  ),
  boundary(
    ["adapters/**/*.ts"],
    [
      noDatabaseClient,
      noComposition,
      noFolders(
        ["dialing", "database", "tasks", "health", "cli", "bench", "test"],
        "adapters/ know calls and nothing else: no campaigns, no tables, no jobs.",
      ),
    ],
  ),
  boundary(
    ["database/**/*.ts"],
    [
      noSupabaseClient,
      noComposition,
      noFolders(
        [
          "adapters/(?!port\\.ts$).+",
          "tasks",
          "health",
          "cli",
          "bench",
          "test",
        ],
        "database/ serves tasks/ and main.ts; it calls neither.",
      ),
    ],
  ),
  boundary(
    ["tasks/**/*.ts"],
    [
      noSupabaseClient,
      noComposition,
      noFolders(
        ["adapters/(?!port\\.ts$).+", "health", "cli", "bench", "test"],
        "Tasks get the adapter handed in, as the interface in adapters/port.ts.",
      ),
    ],
  ),
  boundary(
    ["health/**/*.ts"],
    [
      noDatabaseClient,
      noComposition,
      noFolders(
        ["tasks", "cli", "bench", "test"],
        "health/ shows what main.ts hands it.",
      ),
    ],
  ),
  boundary(
    ["realtime/**/*.ts"],
    [
      { ...noDatabaseClient, group: ["pg", "pg-*", "graphile-worker"] },
      noComposition,
      noFolders(
        [
          "adapters",
          "bench",
          "cli",
          "database",
          "dialing",
          "engine",
          "health",
          "tasks",
          "test",
        ],
        "realtime/ tells Supabase what it is handed, and asks it whose a token is.",
      ),
    ],
  ),
  boundary(["*.ts", "engine/**/*.ts", "cli/**/*.ts"], [noSupabaseClient]),

  {
    files: ["dialing/**/*.ts"],
    rules: { "no-restricted-syntax": ["error", noDefaultExport, ...noClock] },
  },
  {
    files: [
      "tasks/*.ts",
      "*.config.ts",
      "test/support/{container,global}-setup.ts",
    ],
    rules: { "no-restricted-syntax": "off" },
  },
  {
    // Programs: they print, and hand the environment to loadConfig.
    files: ["main.ts", "cli/**/*.ts", "bench/**/*.ts", "test/**/*.ts"],
    rules: { "no-console": "off", "no-restricted-properties": "off" },
  },
  {
    files: ["test/**/*.ts"],
    rules: {
      "max-lines": "off",
      "max-lines-per-function": "off",
      "@typescript-eslint/no-non-null-assertion": "off",
      // Takes a claim's `sub`, where 'anon' would do too, for the method of that name of strings.
      "@typescript-eslint/no-deprecated": "off",
      "@typescript-eslint/no-unsafe-assignment": "off", // expect.any() and rows of ad-hoc queries
      "@typescript-eslint/no-unsafe-member-access": "off",
    },
  },
  {
    files: ["**/*.js"],
    rules: { "no-unused-vars": "error", eqeqeq: "error" },
  },
);
