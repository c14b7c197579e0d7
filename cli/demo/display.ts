/** The demo's progress: a block that is redrawn on a terminal, a line each second elsewhere. */
import type { DemoProgress } from "./queries.ts";
import type { Language } from "../language.ts";

export interface TrunkPace {
  readonly name: string;
  /** Originates that reached the PBX in the last second. */
  readonly cps: number;
  readonly limit: number;
}

export interface Snapshot {
  readonly elapsedMs: number;
  readonly progress: DemoProgress;
  readonly trunks: readonly TrunkPace[];
}

export interface Display {
  /** How often it makes sense to call `show`. */
  readonly everyMs: number;
  show(snapshot: Snapshot): void;
  /** Writes something else without tearing the block. */
  aside(write: () => void): void;
  /** Leaves the last state on the screen. */
  end(): void;
}

const barWidth = 30;

interface Words {
  readonly final: string;
  readonly of: string;
  readonly waiting: string;
  readonly fresh: string;
  readonly queued: string;
  readonly dialling: string;
  readonly talking: string;
  readonly rate: string;
  readonly noneYet: string;
  /** Of calls, leads, rate and outcomes. */
  readonly labels: readonly [string, string, string, string];
}

const english: Words = {
  final: "leads final",
  of: "of",
  waiting: "wait for a retry",
  fresh: "new",
  queued: "queued",
  dialling: "dialling",
  talking: "talking",
  rate: "calls/s",
  noneYet: "none yet",
  labels: ["calls     ", "leads     ", "rate      ", "outcomes  "],
};

const wordsOf: Readonly<Record<Language, Words>> = {
  en: english,
  "pt-BR": {
    final: "leads encerrados",
    of: "de",
    waiting: "esperam nova tentativa",
    fresh: "novos",
    queued: "na fila",
    dialling: "discando",
    talking: "em conversa",
    rate: "ligações/s",
    noneYet: "nenhum ainda",
    labels: ["ligações    ", "leads       ", "ritmo       ", "resultados  "],
  },
};

/** @param language of the words in it */
export function createDisplay(
  output: NodeJS.WriteStream,
  language: Language = "en",
): Display {
  const words = wordsOf[language];
  return output.isTTY ? new Block(output, words) : new Lines(output, words);
}

class Lines implements Display {
  readonly everyMs = 1_000;
  readonly #output: NodeJS.WritableStream;
  readonly #words: Words;

  constructor(output: NodeJS.WritableStream, words: Words) {
    this.#output = output;
    this.#words = words;
  }

  show({ elapsedMs, progress, trunks }: Snapshot): void {
    const words = this.#words;
    const parts = [
      `${clock(elapsedMs)} ${percent(progress)}`,
      `${progress.leadsFinal}/${progress.leads} ${words.final}`,
      liveCalls(progress, words),
      `${progress.leadsRetry} ${words.waiting}`,
      pace(trunks, words),
    ];
    this.#output.write(`${parts.join(" | ")}\n`);
  }

  aside(write: () => void): void {
    write();
  }

  end(): void {}
}

class Block implements Display {
  readonly everyMs = 200;
  readonly #output: NodeJS.WriteStream;
  readonly #words: Words;
  #lines: readonly string[] = [];
  #drawn = 0;

  constructor(output: NodeJS.WriteStream, words: Words) {
    this.#output = output;
    this.#words = words;
  }

  show(snapshot: Snapshot): void {
    this.#lines = linesOf(snapshot, this.#words);
    this.#draw();
  }

  aside(write: () => void): void {
    this.#output.write(this.#erasing());
    this.#drawn = 0;
    write();
    this.#draw();
  }

  end(): void {
    this.#drawn = 0;
    this.#lines = [];
  }

  #erasing(): string {
    return this.#drawn === 0 ? "" : `\x1b[${String(this.#drawn)}A\r\x1b[J`;
  }

  /** In one write, so that nothing flickers; a line that wrapped could not be taken back. */
  #draw(): void {
    const width = Math.max(20, (this.#output.columns || 80) - 1);
    const text = this.#lines.map((line) => `${cut(line, width)}\n`);
    this.#output.write(this.#erasing() + text.join(""));
    this.#drawn = this.#lines.length;
  }
}

/** Between two figures of a list rather than within one. */
function cut(line: string, width: number): string {
  if (line.length <= width) return line;
  const kept = line.slice(0, width - 1);
  const comma = kept.lastIndexOf(", ");
  return `${comma === -1 ? kept : kept.slice(0, comma + 2)}…`;
}

function linesOf(
  { elapsedMs, progress, trunks }: Snapshot,
  words: Words,
): string[] {
  const [calls, leads, rate, outcomes] = words.labels;
  const done = progress.leads === 0 ? 0 : progress.leadsFinal / progress.leads;
  const filled = Math.round(done * barWidth);
  const bar = "█".repeat(filled) + "░".repeat(barWidth - filled);
  return [
    `  ${bar} ${percent(progress)}  ${progress.leadsFinal} ${words.of} ${progress.leads} ${words.final}  ${clock(elapsedMs)}`,
    `  ${calls}${liveCalls(progress, words)}`,
    `  ${leads}${progress.leadsNew} ${words.fresh}, ${progress.leadsRetry} ${words.waiting}`,
    `  ${rate}${pace(trunks, words)}`,
    `  ${outcomes}${outcomesLine(progress, words)}`,
  ];
}

function outcomesLine({ outcomes }: DemoProgress, words: Words): string {
  if (outcomes.length === 0) return words.noneYet;
  return outcomes
    .map(({ outcome, count }) => `${outcome} ${String(count)}`)
    .join(", ");
}

function liveCalls(
  { queued, dialling, talking }: DemoProgress,
  words: Words,
): string {
  return `${queued} ${words.queued}, ${dialling} ${words.dialling}, ${talking} ${words.talking}`;
}

function pace(trunks: readonly TrunkPace[], words: Words): string {
  return trunks
    .map(
      ({ name, cps, limit }) =>
        `${name} ${cps} ${words.of} ${limit} ${words.rate}`,
    )
    .join(", ");
}

function percent({ leads, leadsFinal }: DemoProgress): string {
  const value = leads === 0 ? 0 : Math.floor((100 * leadsFinal) / leads);
  return `${String(value).padStart(3)} %`;
}

export function clock(elapsedMs: number): string {
  const seconds = Math.floor(elapsedMs / 1_000);
  const minutes = Math.floor(seconds / 60);
  return `${String(minutes).padStart(2, "0")}:${String(seconds % 60).padStart(2, "0")}`;
}
