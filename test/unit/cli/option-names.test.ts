/** Options that were mistyped or never arrived, and a Node that is too old: what a person reads of it. */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";

import { plainLine } from "../../../cli/demo/plain-log.ts";
import { keptByNpm, wrongOptionUse } from "../../../cli/option-names.ts";

const options = {
  leads: { type: "string" },
  cps: { type: "string" },
  seed: { type: "string" },
  keep: { type: "boolean" },
  "database-url": { type: "string" },
} as const;
const names = Object.keys(options);
const root = new URL("../../../", import.meta.url);

describe("a wrong option", () => {
  it.each([
    ["--lead", "--leads"],
    ["--led=5", "--leads"],
    ["--Seed", "--seed"],
    ["--databaseurl", "--database-url"],
    ["--database", "--database-url"],
    ["--database_url=x", "--database-url"],
    ["--keeep", "--keep"],
  ])("%s: did you mean %s?", (typed, meant) => {
    const said = wrongOptionUse("demo", options, ["--seed", "1", typed]);
    expect(said?.en).toContain(`Did you mean ${meant}?`);
    expect(said?.en).toMatch(/^demo has no option --/);
    expect(said?.["pt-BR"]).toContain(`Você quis dizer ${meant}?`);
  });

  it("is told without a guess when it is near to none, and right ones are left alone", () => {
    const said = wrongOptionUse("demo", options, ["--verbose"]);
    expect(said?.en).toBe("demo has no option --verbose. See --help.");
    const right = ["--leads", "5", "--keep", "--lang=pt-BR", "--", "--other"];
    expect(wrongOptionUse("demo", options, right)).toBeNull();
  });
});

describe("an option's value", () => {
  it.each([
    [["--leads"], /^--leads needs a value/, /^falta o valor de --leads\./],
    [["--leads", "--keep"], /--keep looks like/, /--keep parece outra opção/],
    [["--cps", "-5"], /write --cps=-5/, /escreva --cps=-5/],
    [["--keep=yes"], /^--keep takes no value/, /^--keep não leva valor/],
    [["--lang"], /^--lang needs a value/, /^falta o valor de --lang/],
    [["-x"], /^demo has no option -x\./, /^demo não tem a opção -x\./],
  ])(
    "%j is told in both languages where it is missing or too much",
    (args, english, portuguese) => {
      const said = wrongOptionUse("demo", options, args);
      expect(said?.en).toMatch(english);
      expect(said?.["pt-BR"]).toMatch(portuguese);
    },
  );

  it.each([[["--cps=-5"]], [["--keep", "--seed", "1"]], [["a", "--", "-x"]]])(
    "%j is right",
    (args) => {
      expect(wrongOptionUse("demo", options, args)).toBeNull();
    },
  );
});

describe("options that npm kept", () => {
  const npm = { npm_lifecycle_event: "demo", npm_config_leads: "5" };

  it("are named, with how to write them; values are nobody's business", () => {
    const env = {
      ...npm,
      npm_config_database_url: "postgresql://u:secret@h/d",
    };
    const said = keptByNpm("demo", names, ["5"], env);
    expect(said?.en).toContain("npm run demo -- --leads … --database-url …");
    expect(JSON.stringify(said)).not.toContain("secret");
  });

  it("are not spoken of when they arrived, or another program has that variable", () => {
    expect(keptByNpm("demo", names, ["--leads=7"], npm)).toBeNull();
    expect(keptByNpm("demo", names, [], { npm_config_leads: "5" })).toBeNull();
    expect(
      keptByNpm("demo", names, [], { npm_lifecycle_event: "demo" }),
    ).toBeNull();
  });
});

describe("a Node that is too old", () => {
  const run = (version: string) =>
    promisify(execFile)(
      process.execPath,
      [
        "-e",
        `Object.defineProperty(process.versions, "node", { value: "${version}" }); require("./cli/node-version.cjs");`,
      ],
      { cwd: root },
    );

  it.each(["18.20.8", "20.20.2", "22.21.9"])(
    "%s gets one sentence",
    async (version) => {
      const failed = run(version).then(
        () => null,
        (error: unknown) => error as { code: number; stderr: string },
      );
      const error = await failed;
      expect(error?.code).toBe(1);
      expect(error?.stderr.trim().split("\n")).toHaveLength(1);
      expect(error?.stderr).toContain(`this is Node.js ${version}: install`);
    },
  );

  it.each(["22.22.0", "24.0.0"])("%s is left alone", async (version) => {
    expect((await run(version)).stderr).toBe("");
  });

  it("is noticed by every npm script, and asks what package.json asks", () => {
    const { scripts, engines } = JSON.parse(
      readFileSync(new URL("package.json", root), "utf8"),
    ) as { scripts: Record<string, string>; engines: { node: string } };
    for (const [name, script] of Object.entries(scripts))
      expect(script, name).toContain("cli/node-version.cjs");
    expect(engines.node).toBe(">=22.22");
  });
});

it("what the engine warns of in the demo is text for people", () => {
  const line = JSON.stringify({
    level: 40,
    name: "Engine",
    msg: "A job failed",
    err: { message: "it is away", stack: "Error\n    at x" },
  });
  expect(plainLine(line)).toBe("  ! Engine: A job failed (it is away)\n");
});
