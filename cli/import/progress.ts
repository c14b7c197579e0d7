/** How far an import is: a bar on a terminal, a line now and then elsewhere. */
import { Presets, SingleBar } from "cli-progress";

export interface ImportTally {
  /** Records in the file so far, without the header; the sum of the next three once all is written. */
  read: number;
  imported: number;
  alreadyThere: number;
  rejected: number;
}

export interface ImportProgress {
  start(totalBytes: number): void;
  /** Cheap enough for every batch. */
  update(bytes: number, tally: Readonly<ImportTally>): void;
  stop(): void;
}

/** A log is read by people too: often enough to see that it lives, seldom enough to stay short. */
const lineEveryMs = 3_000;

/** @param output where it is shown; a bar if that is a terminal */
export function createProgress(output: NodeJS.WriteStream): ImportProgress {
  return output.isTTY ? bar(output) : lines(output);
}

function bar(stream: NodeJS.WriteStream): ImportProgress {
  const single = new SingleBar(
    {
      stream,
      format:
        "{bar} {percentage}% | {rows} rows | {rate} rows/s | {rejected} rejected | {eta_formatted} left",
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

function lines(output: NodeJS.WritableStream): ImportProgress {
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
      output.write(
        `${percent}% | ${tally.read} rows | ${rate} rows/s | ${tally.rejected} rejected\n`,
      );
    },
    stop: () => undefined,
  };
}

function rowsPerSecond(tally: Readonly<ImportTally>, startedAt: number) {
  const seconds = (performance.now() - startedAt) / 1_000;
  return Math.round(tally.read / Math.max(seconds, 0.001));
}
