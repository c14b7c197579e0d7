/** The closing table of the demo. */
import type { DemoPlan, DemoResults } from "./queries.ts";
import type { Language } from "../language.ts";
import { checkDemo } from "./checks.ts";
import type { Check, Witness } from "./checks.ts";
import { clock } from "./display.ts";

export interface DemoReport {
  readonly holds: boolean;
  readonly text: string;
}

const english = {
  outcomes: "Outcomes of the attempts",
  leads: "Leads",
  figures: "Figures",
  trunks: "Trunks",
  checks: "Checks",
  columns: ["calls", "worst second", "limit", "most live", "limit"],
  names: {
    time: "time, from start to end",
    dialled: "leads dialled",
    attempts: "attempts",
    originates: "Originates counted at the PBX",
    duplicates: "duplicates counted at the PBX",
    retries: "retries after a pause",
    moved: "calls moved to the other trunk",
    timers: "timers fired",
    p50: "timer lateness p50",
    p99: "timer lateness p99",
  },
};
type Words = typeof english;

const wordsOf: Readonly<Record<Language, Words>> = {
  en: english,
  "pt-BR": {
    outcomes: "Resultados das tentativas",
    leads: "Leads",
    figures: "Números",
    trunks: "Troncos",
    checks: "Conferência",
    columns: ["ligações", "pior segundo", "limite", "mais em curso", "limite"],
    names: {
      time: "tempo, do início ao fim",
      dialled: "leads discados",
      attempts: "tentativas",
      originates: "Originates contados no PABX",
      duplicates: "repetidos contados no PABX",
      retries: "novas tentativas após pausa",
      moved: "ligações levadas ao outro tronco",
      timers: "temporizadores disparados",
      p50: "atraso dos temporizadores p50",
      p99: "atraso dos temporizadores p99",
    },
  },
};

/** @param language of its words; codes of outcomes and statuses are the tables' */
export function reportDemo(
  plan: DemoPlan,
  results: DemoResults,
  witness: Witness,
  elapsedMs: number,
  language: Language = "en",
): DemoReport {
  const checks = checkDemo(plan, results, witness, language);
  const words = wordsOf[language];
  const sections = [
    section(
      words.outcomes,
      results.outcomes.map(({ outcome, count }) => row(outcome, count)),
    ),
    section(
      words.leads,
      results.leads.map(({ status, reason, count }) =>
        row(reason === "" ? status : `${status} (${reason})`, count),
      ),
    ),
    section(words.figures, figures(results, witness, elapsedMs, words)),
    section(words.trunks, trunkLines(results, witness, words)),
    section(words.checks, checks.map(checkLine)),
  ];
  return {
    holds: checks.every(({ holds }) => holds),
    text: sections.join("\n"),
  };
}

function section(title: string, lines: readonly string[]): string {
  return `${title}\n${lines.map((line) => `  ${line}\n`).join("")}`;
}

function row(name: string, value: number | string): string {
  return `${name.padEnd(34)}${String(value).padStart(8)}`;
}

function checkLine({ holds, text }: Check): string {
  return `${holds ? "✓" : "✗"} ${text}`;
}

function figures(
  { totals, timers }: DemoResults,
  { stats }: Witness,
  elapsedMs: number,
  { names }: Words,
): string[] {
  const ms = (value: number | null) =>
    value === null ? "–" : `${value.toFixed(1)} ms`;
  return [
    row(names.time, clock(elapsedMs)),
    row(names.dialled, totals.leadsDialled),
    row(names.attempts, totals.attempts),
    row(names.originates, stats.originates),
    row(names.duplicates, stats.duplicates),
    row(names.retries, totals.retries),
    row(names.moved, totals.moved),
    row(names.timers, timers.fired),
    row(names.p50, ms(timers.p50Ms)),
    row(names.p99, ms(timers.p99Ms)),
  ];
}

/** The rates are counted by the callee's side, not by the caller's. */
function trunkLines(
  { trunks }: DemoResults,
  { stats }: Witness,
  { columns }: Words,
): string[] {
  const line = (name: string, cells: readonly (string | number)[]) =>
    name.padEnd(14) + cells.map((cell) => String(cell).padStart(14)).join("");
  return [
    line("", columns),
    ...trunks.map(({ name, cpsLimit, mostLive, maxChannels }) =>
      line(name, [
        stats.trunks[name]?.originates ?? 0,
        stats.trunks[name]?.worstRollingSecond ?? 0,
        cpsLimit,
        mostLive,
        maxChannels,
      ]),
    ),
  ];
}
