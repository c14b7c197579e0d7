/** Findings on paper: lines for people, JSON for programs, and the exit code. */
import { type CheckId, checkIds, checkTitles } from "./check-titles.ts";
import { type Finding, messageOf, statusOf } from "./finding.ts";
import {
  fillIn,
  type Language,
  type Status,
  statuses,
} from "./message-table.ts";

const EXIT_WARNINGS = 2;

export interface ReportLine {
  readonly check: CheckId;
  readonly code: string;
  readonly status: Status;
  readonly title: string;
  readonly found: string;
  /** What to do; null where nothing is to be done. */
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

/** The language of messages: `wanted`, else that of the `LC_ALL`, `LC_MESSAGES` or `LANG` variable; English else. */
export function chooseLanguage(
  wanted: string | undefined,
  env: NodeJS.ProcessEnv,
): Language {
  const given =
    wanted ?? [env["LC_ALL"], env["LC_MESSAGES"], env["LANG"]].find(Boolean);
  return /^pt\b|^pt_/i.test(given ?? "") ? "pt-BR" : "en";
}

/**
 * @param findings in any order; the lines come in the order of `checkTitles`
 * @param secrets values that appear nowhere in the lines, whatever a server put into an error
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
      const text = (template: string): string =>
        hideSecrets(fillIn(template, finding.parameters, language), secrets);
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

/** Shorter ones would be found inside ordinary words. */
const shortestSecret = 4;

function hideSecrets(text: string, secrets: readonly string[]): string {
  return secrets
    .filter(({ length }) => length >= shortestSecret)
    .reduce((shown, secret) => shown.replaceAll(secret, "•••"), text);
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

/** For people: a line per finding, what to do below it, and the sum. Checks skipped for one reason share a line. */
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

/** For programs: stable but for texts. */
export function jsonReport(
  lines: readonly ReportLine[],
  language: Language,
): string {
  const result = { worst: worstOf(lines), language, checks: lines };
  return `${JSON.stringify(result, null, 2)}\n`;
}
