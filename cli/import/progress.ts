/** How far an import is: a bar on a terminal, a line now and then elsewhere. */
import { Presets, SingleBar } from "cli-progress";
import type { Language, Translated } from "../language.ts";
import type { ReasonTotals } from "./reasons.ts";

export interface ImportTally {
  /** Records in the file so far, without the header; the sum of the next four once all is written. */
  read: number;
  imported: number;
  /** With `--update`: names, metadata or priority were changed. */
  updated: number;
  alreadyThere: number;
  rejected: number;
  /** Of the rejected rows. */
  readonly reasons: ReasonTotals;
  /** Of numbers that were left out beside one that could be read. */
  readonly unreadNumbers: ReasonTotals;
}

export function emptyTally(): ImportTally {
  return {
    read: 0,
    imported: 0,
    updated: 0,
    alreadyThere: 0,
    rejected: 0,
    reasons: new Map(),
    unreadNumbers: new Map(),
  };
}

export interface ImportProgress {
  start(totalBytes: number): void;
  /** Cheap enough for every batch. */
  update(bytes: number, tally: Readonly<ImportTally>): void;
  stop(): void;
}

/** A log is read by people too: often enough to see that it lives, seldom enough to stay short. */
const lineEveryMs = 3_000;

const barFormat: Translated = {
  en: "{bar} {percentage}% | {rows} rows | {rate} rows/s | {rejected} rejected | {eta_formatted} left",
  "pt-BR":
    "{bar} {percentage}% | {rows} linhas | {rate} linhas/s | {rejected} rejeitadas | faltam {eta_formatted}",
};

/** @param output where it is shown; a bar if that is a terminal */
export function createProgress(
  output: NodeJS.WriteStream,
  language: Language,
): ImportProgress {
  return output.isTTY ? bar(output, language) : lines(output, language);
}

function bar(stream: NodeJS.WriteStream, language: Language): ImportProgress {
  const single = new SingleBar(
    {
      stream,
      format: barFormat[language],
      hideCursor: true,
      // Ctrl-C is the command's: the running batch is finished first.
      gracefulExit: false,
    },
    Presets.shades_classic,
  );
  let startedAt = 0;
  return {
    start: (totalBytes) => {
      startedAt = performance.now();
      single.start(totalBytes, 0, { rows: 0, rate: 0, rejected: 0 });
    },
    update: (bytes, tally) =>
      single.update(bytes, {
        rows: tally.read,
        rate: rowsPerSecond(tally, startedAt),
        rejected: tally.rejected,
      }),
    stop: () => single.stop(),
  };
}

function lines(
  output: NodeJS.WritableStream,
  language: Language,
): ImportProgress {
  let startedAt = 0;
  let shownAt = 0;
  let total = 0;
  return {
    start: (totalBytes) => {
      startedAt = shownAt = performance.now();
      total = totalBytes;
    },
    update: (bytes, tally) => {
      if (performance.now() - shownAt < lineEveryMs) return;
      shownAt = performance.now();
      const percent = Math.floor((100 * bytes) / total);
      const rate = rowsPerSecond(tally, startedAt);
      const text: Translated = {
        en: `${percent}% | ${tally.read} rows | ${rate} rows/s | ${tally.rejected} rejected\n`,
        "pt-BR": `${percent}% | ${tally.read} linhas | ${rate} linhas/s | ${tally.rejected} rejeitadas\n`,
      };
      output.write(text[language]);
    },
    stop: () => undefined,
  };
}

function rowsPerSecond(tally: Readonly<ImportTally>, startedAt: number) {
  const seconds = (performance.now() - startedAt) / 1_000;
  return Math.round(tally.read / Math.max(seconds, 0.001));
}
