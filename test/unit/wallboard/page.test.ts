/** The page's own files: words in both languages, nothing inline, nothing from elsewhere. */
import { readdir, readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";

import { outcomeTraits } from "../../../dialing/outcome.ts";
import { pbxReasonCodes } from "../../../wallboard/pbx-reasons.ts";
import { faultReasons, normalReasons } from "../../../wallboard/reasons.ts";

const folder = new URL("../../../wallboard/page/", import.meta.url);
const load = (name: string) =>
  import(new URL(name, folder).href) as Promise<Record<string, unknown>>;

type Texts = Record<string, unknown>;

async function texts() {
  const { languages, chooseLanguage } = await load("texts.js");
  return {
    languages: languages as Record<"en" | "pt", Texts>,
    choose: chooseLanguage as (chosen: string | null, of: object) => string,
  };
}

/** Every name in the tree, as `alertTexts.PBX_DOWN`. */
function names(tree: Texts, path = ""): string[] {
  return Object.entries(tree).flatMap(([name, value]) =>
    typeof value === "object"
      ? names(value as Texts, `${path}${name}.`)
      : [`${path}${name} ${typeof value}`],
  );
}

describe("the words of the wallboard", () => {
  it("are the same in Portuguese and English", async () => {
    const { languages } = await texts();
    expect(names(languages.pt).toSorted()).toEqual(
      names(languages.en).toSorted(),
    );
    expect(names(languages.en).length).toBeGreaterThan(100);
  });

  it("explain every reason that docs/sql.md knows, and every alert", async () => {
    const { languages } = await texts();
    const page = await readFile(
      new URL("../../../docs/sql.md", import.meta.url),
      "utf8",
    );
    const table = page.slice(page.indexOf("## Reasons in dialing_blockers"));
    const reasons = [
      ...table.matchAll(/`([A-Z_]+)`(?=[^|]*\|[^|]*\|[^|]*\|$)/gm),
    ].map((match) => match[1]);
    expect(reasons.length).toBeGreaterThan(20);
    const explained = Object.keys(languages.pt["reasons"] as Texts);
    expect(explained.toSorted()).toEqual(reasons.toSorted());
    const source = await readFile(new URL("../alerts.ts", folder), "utf8");
    const codes = /readonly code:([^;]*);/.exec(source)?.[1] ?? "";
    const alerts = [...codes.matchAll(/"([A-Z_]+)"/g)].map(([, code]) => code);
    expect(alerts.length).toBeGreaterThan(5);
    for (const language of [languages.en, languages.pt]) {
      expect(Object.keys(language["alertTexts"] as Texts).toSorted()).toEqual(
        alerts.toSorted(),
      );
      expect(Object.keys(language["outcomes"] as Texts).toSorted()).toEqual(
        Object.keys(outcomeTraits).toSorted(),
      );
      expect(Object.keys(language["pbxReasons"] as Texts)).toEqual([
        ...pbxReasonCodes,
      ]);
    }
  });

  it("have each reason either as a fault or as an ordinary wait", async () => {
    const { languages } = await texts();
    const reasons = Object.keys(languages.pt["reasons"] as Texts);
    const judged = [...faultReasons, ...normalReasons];
    expect(judged.toSorted()).toEqual(reasons.toSorted());
    expect(new Set(judged).size).toBe(judged.length);
  });

  it("leave no English in the Portuguese, and no text unused", async () => {
    const { languages } = await texts();
    const flat = (tree: Texts): string[] =>
      Object.values(tree).flatMap((value) =>
        typeof value === "string"
          ? [value]
          : typeof value === "object"
            ? flat(value as Texts)
            : [],
      );
    for (const text of flat(languages.pt))
      expect(text).not.toMatch(
        /\b(the|calls?|answered|campaign|trunk|engine|PBX|limit|with)\b/,
      );
    const files = (await readdir(folder)).filter(
      (name) => !name.startsWith("text-"),
    );
    const used = (
      await Promise.all(
        files.map((name) => readFile(new URL(name, folder), "utf8")),
      )
    ).join("\n");
    const unused = Object.keys(languages.en).filter(
      (name) =>
        !new RegExp(`texts\\.${name}\\b|text="${name}[".]`).test(used) &&
        !["tag"].includes(name),
    );
    expect(unused).toEqual([]);
  });

  it("are those that the viewer chose, else the browser's first language that there is, else English", async () => {
    const { choose } = await texts();
    const browser = (...languages: string[]) => ({
      languages,
      language: languages[0],
    });
    expect(choose(null, browser("pt-BR", "en"))).toBe("pt");
    expect(choose(null, browser("de-DE", "pt-PT"))).toBe("pt");
    expect(choose(null, browser("de-DE"))).toBe("en");
    expect(choose("en", browser("pt-BR"))).toBe("en");
    expect(choose("toString", browser("pt-BR"))).toBe("pt");
  });
});

describe("the files of the wallboard", () => {
  it("name no address outside, and the page holds no script, style or handler of its own", async () => {
    for (const name of await readdir(folder)) {
      const text = await readFile(new URL(name, folder), "utf8");
      const addresses = text.match(/\b(?:https?:)?\/\/[\w.]+\.\w+[^\s"']*/g);
      const allowed = ["http://www.w3.org/2000/svg"];
      expect(
        (addresses ?? []).filter((address) => !allowed.includes(address)),
        name,
      ).toEqual([]);
    }
    const page = await readFile(new URL("index.html", folder), "utf8");
    expect(page).not.toMatch(/<script(?![^>]*\bsrc=)|<style|\son\w+=|\sstyle=/);
  });

  it("put no text into the page as HTML", async () => {
    for (const name of await readdir(folder)) {
      const text = await readFile(new URL(name, folder), "utf8");
      expect(text, name).not.toMatch(/innerHTML|outerHTML|insertAdjacentHTML/);
    }
  });
});

describe("the reading of events", () => {
  it("gives whole events whatever the pieces they come in, and leaves comments out", async () => {
    const { eventParser } = await load("stream.js");
    const text =
      'event: board\ndata: {"a":"x: y"}\n\n: still here\n\nevent: trouble\ndata: {}\n\n';
    for (const size of [1, 3, 7, text.length]) {
      const got: unknown[] = [];
      const parse = (
        eventParser as (on: (...args: unknown[]) => void) => (t: string) => void
      )((...args) => got.push(args));
      for (let at = 0; at < text.length; at += size)
        parse(text.slice(at, at + size));
      expect(got).toEqual([
        ["board", { a: "x: y" }],
        ["trouble", {}],
      ]);
    }
  });
});

describe("the scale of the plot", () => {
  it("is a round number at or above the highest value", async () => {
    const { topOf } = await load("plot.js");
    const top = topOf as (values: number[]) => number;
    const found = [
      [0],
      [1],
      [2],
      [3, 1],
      [5],
      [6],
      [9],
      [11],
      [41],
      [99],
      [300],
    ];
    expect(found.map(top)).toEqual([1, 1, 2, 4, 5, 8, 10, 20, 50, 100, 400]);
  });
});
