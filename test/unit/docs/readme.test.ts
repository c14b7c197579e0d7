/** The documents say what is so: commands, variables, links and files that they name exist. */
import { existsSync, globSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { environmentTable } from "../../../config/reading.ts";

const root = new URL("../../../", import.meta.url);
const read = (name: string) => readFileSync(new URL(name, root), "utf8");
const documents = [
  "README.md",
  "ARCHITECTURE.md",
  ...globSync("docs/architecture/*.md", { cwd: root }).sort(),
  "CONTRIBUTING.md",
  "CHANGELOG.md",
  "docs/sql.md",
  "docs/errors.md",
  "docs/realtime.md",
  "docs/wallboard.md",
  "docs/pt-BR/painel.md",
  "docs/asterisk/README.md",
  "docs/asterisk/LEIAME.pt-BR.md",
  "docs/deploy.md",
  "docs/pt-BR/implantacao.md",
  "docs/monitoring/README.md",
  "docs/monitoring/LEIAME.pt-BR.md",
  "README.pt-BR.md",
  "docs/freeswitch/README.md",
  "docs/freeswitch/LEIAME.pt-BR.md",
];

/** Prettier aligns tables and turns `|---|` into its own form; neither changes what is said. */
const plainTable = (text: string) =>
  text
    .trim()
    .split("\n")
    .map((line) => line.replaceAll(/ *\| */g, "|").replaceAll(/-{3,}/g, "---"));

/** A heading's anchor, as GitHub makes it. */
const anchor = (heading: string) =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
    .replaceAll(" ", "-");

const withoutCode = (text: string) =>
  text.replaceAll(/^```[\s\S]*?^```$/gm, "");

const anchorsOf = (text: string) =>
  [...withoutCode(text).matchAll(/^#+ (.+)$/gm)].map((match) =>
    anchor(match[1] ?? ""),
  );

describe("the README", () => {
  it("has the table of variables that config/ makes", () => {
    const table =
      /<!-- environment: begin[^\n]*-->([\s\S]*?)<!-- environment: end -->/.exec(
        read("README.md"),
      )?.[1];
    expect(plainTable(table ?? "")).toEqual(plainTable(environmentTable()));
  });

  it("sets everything up with two commands", () => {
    const shell = [...read("README.md").matchAll(/^```sh\n([\s\S]*?)\n```$/gm)];
    const lines = shell.flatMap((block) => (block[1] ?? "").split("\n"));
    expect(lines.filter((line) => line.includes("npm ci"))).toEqual([
      "npm ci && npm run demo",
      "npm ci && npm test",
    ]);
  });
});

describe.each(documents)("%s", (name) => {
  const text = read(name);

  it("names only npm scripts that exist", () => {
    const { scripts } = JSON.parse(read("package.json")) as {
      scripts: Record<string, string>;
    };
    const named = [...text.matchAll(/npm (?:run ([\w:]+)|(start|test)\b)/g)];
    for (const [command, run, builtIn] of named)
      expect(scripts, command).toHaveProperty([run ?? builtIn ?? ""]);
  });

  it("links only to files and headings that exist", () => {
    const base = new URL(name, root);
    for (const [link, target = ""] of text.matchAll(/\]\(([^)]+)\)/g)) {
      if (target.startsWith("https://")) continue;
      const url = new URL(target, base);
      const fragment = decodeURIComponent(url.hash.slice(1));
      url.hash = "";
      expect(existsSync(url), link).toBe(true);
      if (fragment !== "")
        expect(anchorsOf(readFileSync(url, "utf8")), link).toContain(fragment);
    }
  });

  it("names only files and folders of the project that exist", () => {
    const paths =
      /`((?:adapters|bench|cli|config|database|dialing|docs|engine|health|http|local-postgres|migrations|realtime|supabase|tasks|test|wallboard|\.ci)\/[\w./-]*|[\w-]+\.(?:ts|json|md))`/g;
    for (const [, path = ""] of withoutCode(text).matchAll(paths))
      expect(existsSync(new URL(path, root)), path).toBe(true);
  });
});
