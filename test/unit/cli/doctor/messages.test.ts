import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { configVariables } from "../../../../config/reading.ts";
import { checkIds, checkTitles } from "../../../../cli/doctor/check-titles.ts";
import type { Message } from "../../../../cli/doctor/message-table.ts";
import { fillIn } from "../../../../cli/language.ts";
import { generalMessages, messages } from "../../../../cli/doctor/messages.ts";
import { blockerWords } from "../../../../cli/doctor/messages/blockers.ts";
import { expectedInPortuguese } from "../../../../cli/doctor/messages/variables.ts";

const all: readonly (readonly [string, Message])[] = Object.entries({
  ...messages,
  ...generalMessages,
});

function placeholders(texts: readonly string[]): readonly string[] {
  const names = texts.flatMap((text) =>
    [...text.matchAll(/\{([^}]*)\}/g)].map((match) => match[1] ?? ""),
  );
  return [...new Set(names)].sort();
}

describe("the doctor's messages", () => {
  it.each(all)(
    "%s asks for the same values in both languages",
    (_code, message) => {
      expect(placeholders(message["pt-BR"])).toEqual(placeholders(message.en));
    },
  );

  it.each(all)("%s has words in both languages", (_code, message) => {
    for (const text of [...message.en, ...message["pt-BR"]])
      expect(text).toMatch(/\S/);
  });

  it("advise in every language where anything is wrong, and nowhere else", () => {
    for (const [code, { status, en, "pt-BR": portuguese }] of all) {
      const length = status === "problem" || status === "warning" ? 2 : 1;
      expect([code, en.length, portuguese.length]).toEqual([
        code,
        length,
        length,
      ]);
    }
  });

  it("have a code that begins with the id of a check, and each check has a message", () => {
    const checks = Object.keys(messages).map((code) =>
      code.slice(0, code.lastIndexOf(".")),
    );
    expect([...new Set(checks)].sort()).toEqual([...checkIds].sort());
  });

  it("have a title for each check in both languages", () => {
    for (const title of Object.values(checkTitles))
      expect([title.en, title["pt-BR"]].every(Boolean)).toBe(true);
  });

  it("say of every variable what is expected, in Portuguese too", () => {
    expect(Object.keys(expectedInPortuguese).sort()).toEqual(
      configVariables.map(({ name }) => name).sort(),
    );
  });

  it("have words for every reason that docs/sql.md knows", async () => {
    const page = new URL("../../../../docs/sql.md", import.meta.url);
    const text = await readFile(page, "utf8");
    const table = text.slice(text.indexOf("## Reasons in dialing_blockers"));
    const reasons = [
      ...table.matchAll(/`([A-Z_]+)`(?=[^|]*\|[^|]*\|[^|]*\|$)/gm),
    ].map((match) => match[1]);
    expect(reasons.length).toBeGreaterThan(20);
    expect([...blockerWords.keys()]).toEqual(expect.arrayContaining(reasons));
  });
});

describe("fillIn", () => {
  it("replaces each name, by language where the value has two", () => {
    const values = { a: 1, b: { en: "two", "pt-BR": "dois" } };
    expect(fillIn("{a} and {b}", values, "en")).toBe("1 and two");
    expect(fillIn("{a} e {b}", values, "pt-BR")).toBe("1 e dois");
  });

  it("leaves a name without a value, inherited ones included", () => {
    expect(fillIn("{a} {constructor}", {}, "en")).toBe("{a} {constructor}");
  });

  it("does not fill in what a value brings along", () => {
    expect(fillIn("{a}", { a: "{b}", b: "x" }, "en")).toBe("{b}");
  });
});
