/** The deploy guide, in both languages: what it shows is the same, is accepted, and exists. */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { configVariables, loadConfig } from "../../../config/reading.ts";
import { readBlocks } from "../../support/page-blocks.ts";

const root = new URL("../../../", import.meta.url);
const read = (name: string) => readFileSync(new URL(name, root), "utf8");

const english = await readBlocks("docs/deploy.md");
const portuguese = await readBlocks("docs/pt-BR/implantacao.md");
const pages = ["docs/deploy.md", "docs/pt-BR/implantacao.md"];

describe("the deploy guide", () => {
  it("shows the same commands, variables and SQL in both languages", () => {
    const shown = (blocks: typeof english) =>
      blocks
        .filter(({ language }) => language !== "")
        .map(({ language, info, text }) => ({ language, info, text }));
    expect(shown(english).length).toBeGreaterThan(15);
    expect(shown(portuguese)).toEqual(shown(english));
  });

  it("says of every command where it is run, so that a test can run it there", () => {
    const places = ["trial", "container", "server", "pbx", "firewall"];
    for (const { language, info, text } of english)
      if (language === "sh")
        expect([...places, "supabase"], text).toContain(info);
  });

  it.each(
    english
      .filter(({ language, info }) => language === "env" && info === "")
      .map(({ text }) => ({
        text,
        adapter: /VOICE_ADAPTER=(.*)/.exec(text)?.[1],
      })),
  )(
    "gives variables for $adapter that the engine accepts",
    ({ text, adapter }) => {
      const env = Object.fromEntries(
        text.split("\n").map((line) => {
          const [name = "", ...value] = line.split("=");
          return [name, value.join("=")];
        }),
      );
      // The placeholder of the password is refused, rightly.
      const url = env["DATABASE_URL"]?.replace("PASSWORD", "x%40y") ?? "";
      const config = loadConfig({ ...env, DATABASE_URL: url });
      expect(config.voice.adapter).toBe(adapter);
    },
  );

  it("shows the AMI user that docs/asterisk/manager.conf has, but for its secret and address", () => {
    const lines = (text: string) =>
      text
        .split("\n")
        .map((line) => line.replace(/ *;.*$/, ""))
        .filter((line) => /^(deny|read|write|writetimeout) = /.test(line));
    const shown = english.find(({ language }) => language === "ini")?.text;
    expect(lines(shown ?? "")).toHaveLength(4);
    expect(lines(shown ?? "")).toEqual(
      lines(read("docs/asterisk/manager.conf")),
    );
  });

  it("has every variable in its Portuguese table, with the default of config/variables.ts", () => {
    const table =
      /<!-- variables: begin[^\n]*-->([\s\S]*?)<!-- variables: end -->/.exec(
        read("docs/pt-BR/implantacao.md"),
      )?.[1] ?? "";
    const rows = [...table.matchAll(/^\| `(\w+)` +\|[^|]+\| ([^|]+?) +\|$/gm)];
    expect(rows.map((row) => row[1])).toEqual(
      configVariables.map(({ name }) => name),
    );
    const values = (text: string) => text.match(/`[^`]+`|\d+/g) ?? [];
    for (const [, name, given = ""] of rows) {
      const variable = configVariables.find((one) => one.name === name);
      expect(values(given), name).toEqual(values(variable?.default ?? ""));
    }
  });

  it.each(pages)("%s quotes only words that the program says", (page) => {
    const text = read(page);
    for (const [quoted, file] of said) {
      expect(text, quoted).toContain(quoted.replaceAll("*", "…"));
      for (const part of quoted.split("*"))
        expect(read(file), `${quoted} in ${file}`).toContain(part.trim());
    }
  });
});

/** What the guide tells people to look for, and the file that says it; `*` stands for what differs. */
const said: readonly (readonly [string, string])[] = [
  ["This engine dials now", "engine/leadership/elector.ts"],
  ["Started", "main.ts"],
  ["AMI connection failed", "adapters/asterisk-ami/connection.ts"],
  ["handleData", "adapters/asterisk-ami/wire.ts"],
  ["no FullyBooted event arrived", "adapters/asterisk-ami/handshake.ts"],
  ["The AMI user lacks *", "adapters/asterisk-ami/handshake.ts"],
  ["ESL connection failed", "adapters/freeswitch-esl/connection.ts"],
  ["rejects this machine's address", "adapters/freeswitch-esl/advice.ts"],
  ["refused the password", "adapters/freeswitch-esl/advice.ts"],
  ["does not let this user run", "adapters/freeswitch-esl/advice.ts"],
  ["The configuration is not complete", "config/reading.ts"],
  ["points to the transaction pooler (port 6543)", "config/database-url.ts"],
  ["No Postgres answers at", "database/connection-problem.ts"],
  ["is not known", "database/connection-problem.ts"],
  ["The database refused the password", "database/connection-problem.ts"],
  ["has no Edge Function dialer-database-url", "realtime/database-url.ts"],
  ["refused the key", "realtime/database-url.ts"],
  ["DATABASE_URL is not set", "realtime/database-url.ts"],
  ["FOREIGN_OBJECT", "database/migrations/migration-ledger.ts"],
  ["LEDGER_TOO_NEW", "database/migrations/migration-ledger.ts"],
  ["FILE_CHANGED", "database/migrations/migration-ledger.ts"],
  ["HTTP cannot listen on port", "http/listen.ts"],
  ["The database has not answered", "health/report.ts"],
];

describe("the repository", () => {
  const files = readdirSync(root, { recursive: true, encoding: "utf8" }).filter(
    (name) => !/^(node_modules|\.git|\.cache)(\/|$)/.test(name),
  );

  it("holds nothing that a platform takes for Deno", () => {
    expect(files.length).toBeGreaterThan(300);
    const names = files.filter((name) =>
      /(^|\/)(deno\.jsonc?|deno\.lock|import_map\.json)$/.test(name),
    );
    expect(names).toEqual([]);
    const imports = files.filter(
      (name) =>
        /\.[jt]sx?$/.test(name) &&
        /^import .*["'](https?:|jsr:|npm:)/m.test(read(name)),
    );
    expect(imports).toEqual([]);
  });

  it("has its Dockerfile where the guide says, which needs no build argument", () => {
    const dockerfile = read("Dockerfile");
    const needed = [...dockerfile.matchAll(/^ARG (\w+)$/gm)].map(
      ([, name]) => name,
    );
    expect(needed).toEqual([]);
    // What Coolify reads out of it when its own check is off.
    expect(dockerfile).toMatch(
      /^HEALTHCHECK --interval=5s --timeout=10s --start-period=15s --retries=24 /m,
    );
    for (const page of pages)
      for (const row of [
        /Interval +\| `5`/i,
        /Timeout +\| `10`/i,
        /Start period +\| `15`/i,
        /Retries +\| `24`/i,
      ])
        expect(read(page)).toMatch(row);
  });
});
