import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { found, foundFor } from "../../../../cli/doctor/finding.ts";
import { chooseLanguage } from "../../../../cli/language.ts";
import {
  exitCodeOf,
  jsonReport,
  printedReport,
  reportLines,
} from "../../../../cli/doctor/report.ts";

const ok = found("database.version.ok", { version: "17.1" });
const warning = found("database.clock.skewed", { seconds: 9 });
const problem = found("database.version.old", { version: "13.2" });
const skipped = (check: "asterisk.login" | "asterisk.version") =>
  foundFor(check, "skipped.after", { check: "asterisk.tcp" });

describe("chooseLanguage", () => {
  it.each([
    [undefined, {}, "en"],
    [undefined, { LANG: "pt_BR.UTF-8" }, "pt-BR"],
    [undefined, { LANG: "pt_PT" }, "pt-BR"],
    [undefined, { LANG: "en_US.UTF-8" }, "en"],
    [undefined, { LANG: "C" }, "en"],
    [undefined, { LC_ALL: "", LANG: "pt_BR" }, "pt-BR"],
    [undefined, { LC_ALL: "de_DE", LANG: "pt_BR" }, "en"],
    ["pt-BR", { LANG: "en_US" }, "pt-BR"],
    ["pt", {}, "pt-BR"],
    ["en", { LANG: "pt_BR" }, "en"],
  ] as const)("takes %j and %j for %s", (wanted, env, language) => {
    expect(chooseLanguage(wanted, env)).toBe(language);
  });
});

describe("the exit code", () => {
  it.each([
    [[ok], 0],
    [[ok, skipped("asterisk.login")], 0],
    [[ok, warning], 2],
    [[warning, problem, ok], 1],
    [[], 0],
  ])("follows the worst of %#", (findings, code) => {
    expect(exitCodeOf(reportLines(findings, "en", []))).toBe(code);
  });
});

describe("the printed report", () => {
  it("has a line per finding in the order of the checks, and what to do below it", () => {
    const lines = reportLines(
      [skipped("asterisk.login"), warning, ok],
      "en",
      [],
    );
    expect(printedReport(lines, "en").split("\n")).toEqual([
      "ok       Database: version: Postgres 17.1 [database.version]",
      "WARNING  Database: clock: the clock of this machine and that of the database differ by 9 s [database.clock]",
      expect.stringMatching(/^ {9}→ Let both follow a time server/),
      expect.stringMatching(/^skipped {2}Asterisk: login: not checked/),
      "",
      "Problems: 0, warnings: 1, skipped: 1, ok: 1",
      "",
    ]);
  });

  it("puts checks that were skipped for one reason into one line", () => {
    const findings = [skipped("asterisk.login"), skipped("asterisk.version")];
    const text = printedReport(reportLines(findings, "pt-BR", []), "pt-BR");
    expect(text.split("\n")[0]).toMatch(
      /^pulado +não verificado: .* \[asterisk\.login, asterisk\.version\]$/,
    );
    expect(text).toContain("pulados: 2");
  });

  it("hides secrets, whoever repeated them", () => {
    const reason = "no route for hunter2hunter2 today";
    const finding = foundFor("supabase.rest", "failed.error", { reason });
    const lines = reportLines([finding], "en", ["hunter2hunter2", "no"]);
    expect(lines[0]?.found).toBe(
      "could not be checked: no route for ••• today",
    );
  });
});

describe("a secret", () => {
  const wordOfOurs = fc.constantFrom(
    ..."call 5038 read user agent manager.conf eventfilter dialer system originate 127.0.0.1 Asterisk".split(
      " ",
    ),
  );

  it("that equals one of our own words, a port or an address makes no message unreadable", () => {
    const findings = [
      found("asterisk.tcp.refused", { where: "127.0.0.1:5038" }),
      found("asterisk.read.no-call"),
      found("asterisk.read.filtered", {
        events: "Newstate",
        first: "Newstate",
      }),
      found("asterisk.write.missing", {
        right: "originate",
        uses: "Originate",
      }),
    ];
    const plain = reportLines(findings, "en", []);
    fc.assert(
      fc.property(fc.array(wordOfOurs, { minLength: 1 }), (secrets) => {
        const short = secrets.filter(({ length }) => length < 8);
        expect(reportLines(findings, "en", short)).toEqual(plain);
        const words = reportLines(findings.slice(1), "en", secrets);
        expect(words).toEqual(
          plain.filter(({ code }) => code !== "asterisk.tcp.refused"),
        );
      }),
    );
  });

  it("is never printed, whoever wrote it where", () => {
    const secret = fc.stringMatching(/^[A-Za-z0-9!%_-]{8,24}$/);
    const around = fc.string({ maxLength: 20 });
    fc.assert(
      fc.property(secret, around, around, (word, before, after) => {
        const told = `${before}${word}${after}`;
        const findings = [
          foundFor("supabase.rest", "failed.error", { reason: told }),
          found("asterisk.tcp.ok", { where: told, greeting: told }),
          found("asterisk.login.refused", {
            user: told,
            reason: told,
            address: told,
          }),
        ];
        for (const language of ["en", "pt-BR"] as const)
          for (const line of reportLines(findings, language, [word]))
            expect(`${line.found} ${line.advice ?? ""}`).not.toContain(word);
      }),
    );
  });

  it("of a few letters is hidden in what a server said", () => {
    const finding = foundFor("supabase.rest", "failed.error", {
      reason: "pwd=call",
    });
    const [line] = reportLines([finding], "en", ["call"]);
    expect(line?.found).toContain("pwd=•••");
  });
});

it("the JSON report holds codes and texts, and the worst status", () => {
  const lines = reportLines([problem, ok], "en", []);
  const report: unknown = JSON.parse(jsonReport(lines, "en"));
  expect(report).toEqual({
    worst: "problem",
    language: "en",
    checks: [
      {
        check: "database.version",
        code: "database.version.old",
        status: "problem",
        title: "Database: version",
        found: "Postgres 13.2",
        advice: "The dialer needs 15 or newer: upgrade it.",
      },
      expect.objectContaining({ code: "database.version.ok", advice: null }),
    ],
  });
});
