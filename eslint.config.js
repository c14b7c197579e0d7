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
