/** Prints findings: lines for people, JSON for programs, and the exit code. */
import { type CheckId, checkIds, checkTitles } from "./check-titles.ts";
import { type Finding, messageOf, statusOf } from "./finding.ts";
import {
  fillIn,
  type Language,
  type Parameters,
  type Value,
} from "../language.ts";
import { type Status, statuses } from "./message-table.ts";

const EXIT_WARNINGS = 2;

export interface ReportLine {
  readonly check: CheckId;
  readonly code: string;
  readonly status: Status;
  readonly title: string;
  readonly found: string;
  /** What to do; null if there is nothing to do. */
  readonly advice: string | null;
}

const words: Readonly<Record<Language, Readonly<Record<Status, string>>>> = {
  en: { ok: "ok", skipped: "skipped", warning: "WARNING", problem: "PROBLEM" },
  "pt-BR": {
    ok: "ok",
    skipped: "pulado",
    warning: "AVISO",
    problem: "PROBLEMA",
  },
};

/**
 * @param findings in any order; the lines come in the order of `checkTitles`
 * @param secrets values that must not appear in the lines, whatever a server put into an error
 */
export function reportLines(
  findings: readonly Finding[],
  language: Language,
  secrets: readonly string[],
): readonly ReportLine[] {
  return findings
    .toSorted((a, b) => checkIds.indexOf(a.check) - checkIds.indexOf(b.check))
    .map((finding) => {
      const [found, advice] = messageOf(finding)[language];
      const parameters = withoutSecrets(finding.parameters, secrets);
      const text = (template: string): string =>
        fillIn(template, parameters, language);
      return {
        check: finding.check,
        code: finding.code,
        status: statusOf(finding),
        title: checkTitles[finding.check][language],
        found: text(found),
        advice: advice === undefined ? null : text(advice),
      };
    });
}

/** Shorter ones would match inside ordinary words. */
const shortestSecret = 4;
/** No word and no port is this long by chance. */
const longSecret = 8;

/** Values of our own: permissions, events, variables, checks. They are not secret, whatever the secret is. */
const ownWords: ReadonlySet<string> = new Set([
  ...["right", "rights", "uses", "check", "event", "events", "first"],
  ...["variable", "names", "command", "commands", "adapter", "pbx", "kind"],
]);
/** Texts of another program, which may know the secret. */
const foreignTexts: ReadonlySet<string> = new Set([
  ...["reason", "greeting", "value", "results", "advice", "state", "status"],
]);

/**
 * Hides secrets according to where they appear: in texts of other programs, all of them; in names and addresses, those
 * too long to be there by chance; in our own texts none, so that the secret `call` or `5038` does not make advice
 * unreadable.
 */
function withoutSecrets(
  parameters: Parameters,
  secrets: readonly string[],
): Parameters {
  const hide = (name: string, value: Value): Value => {
    if (typeof value === "number" || ownWords.has(name)) return value;
    const least = foreignTexts.has(name) ? shortestSecret : longSecret;
    const mask = (text: string): string =>
      secrets
        .filter(({ length }) => length >= least)
        .toSorted((a, b) => b.length - a.length)
        .reduce((shown, secret) => shown.replaceAll(secret, "•••"), text);
    return typeof value === "string"
      ? mask(value)
      : { en: mask(value.en), "pt-BR": mask(value["pt-BR"]) };
  };
  return Object.fromEntries(
    Object.entries(parameters).map(([name, value]) => [
      name,
      hide(name, value),
    ]),
  );
}

function worstOf(lines: readonly ReportLine[]): Status {
  return lines.reduce<Status>(
    (worst, { status }) =>
      statuses.indexOf(status) > statuses.indexOf(worst) ? status : worst,
    "ok",
  );
}

/** 0 nothing wrong, 1 a problem, 2 warnings only. */
export function exitCodeOf(lines: readonly ReportLine[]): number {
  const worst = worstOf(lines);
  if (worst === "problem") return 1;
  return worst === "warning" ? EXIT_WARNINGS : 0;
}

/**
 * For people: a line per finding, the advice below it, and a summary. Checks skipped for the same reason share a line.
 */
export function printedReport(
  lines: readonly ReportLine[],
  language: Language,
): string {
  const width = Math.max(
    ...Object.values(words[language]).map(({ length }) => length),
  );
  const printed = grouped(lines).flatMap(({ first, checks }) => {
    const { status, title, found, advice } = first;
    const subject = checks.length === 1 ? `${title}: ` : "";
    const line = `${words[language][status].padEnd(width)}  ${subject}${found} [${checks.join(", ")}]`;
    return advice === null
      ? [line]
      : [line, `${" ".repeat(width)}  → ${advice}`];
  });
  return [...printed, "", sum(lines, language), ""].join("\n");
}

interface Group {
  readonly first: ReportLine;
  readonly checks: readonly string[];
}

function grouped(lines: readonly ReportLine[]): readonly Group[] {
  const groups: Group[] = [];
  for (const line of lines) {
    const last = groups.at(-1);
    if (
      last !== undefined &&
      line.status === "skipped" &&
      last.first.found === line.found
    )
      groups[groups.length - 1] = {
        first: last.first,
        checks: [...last.checks, line.check],
      };
    else groups.push({ first: line, checks: [line.check] });
  }
  return groups;
}

const sums: typeof words = {
  en: {
    ok: "ok",
    skipped: "skipped",
    warning: "warnings",
    problem: "Problems",
  },
  "pt-BR": {
    ok: "ok",
    skipped: "pulados",
    warning: "avisos",
    problem: "Problemas",
  },
};

function sum(lines: readonly ReportLine[], language: Language): string {
  const count = (wanted: Status): string =>
    String(lines.filter(({ status }) => status === wanted).length);
  const sumWords = sums[language];
  return statuses
    .toReversed()
    .map((status) => `${sumWords[status]}: ${count(status)}`)
    .join(", ");
}

/** For programs: stable except for texts. */
export function jsonReport(
  lines: readonly ReportLine[],
  language: Language,
): string {
  const result = { worst: worstOf(lines), language, checks: lines };
  return `${JSON.stringify(result, null, 2)}\n`;
}
