/** The demo's progress: a block that is redrawn on a terminal, a line each second elsewhere. */
import type { DemoProgress } from "../../database/demo.ts";

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
  /** How often `show` is worth calling. */
  readonly everyMs: number;
  show(snapshot: Snapshot): void;
  /** Writes something else without tearing the block. */
  aside(write: () => void): void;
  /** Leaves the last state on the screen. */
  end(): void;
}

const barWidth = 30;

export function createDisplay(output: NodeJS.WriteStream): Display {
  return output.isTTY ? new Block(output) : new Lines(output);
}

class Lines implements Display {
  readonly everyMs = 1_000;
  readonly #output: NodeJS.WritableStream;

  constructor(output: NodeJS.WritableStream) {
    this.#output = output;
  }

  show({ elapsedMs, progress, trunks }: Snapshot): void {
    const parts = [
      `${clock(elapsedMs)} ${percent(progress)}`,
      `${progress.leadsFinal}/${progress.leads} leads final`,
      liveCalls(progress),
      `${progress.leadsRetry} wait for a retry`,
      pace(trunks),
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
  #lines: readonly string[] = [];
  #drawn = 0;

  constructor(output: NodeJS.WriteStream) {
    this.#output = output;
  }

  show(snapshot: Snapshot): void {
    this.#lines = linesOf(snapshot);
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

function linesOf({ elapsedMs, progress, trunks }: Snapshot): string[] {
  const done = progress.leads === 0 ? 0 : progress.leadsFinal / progress.leads;
  const filled = Math.round(done * barWidth);
  const bar = "█".repeat(filled) + "░".repeat(barWidth - filled);
  return [
    `  ${bar} ${percent(progress)}  ${progress.leadsFinal} of ${progress.leads} leads final  ${clock(elapsedMs)}`,
    `  calls     ${liveCalls(progress)}`,
    `  leads     ${progress.leadsNew} new, ${progress.leadsRetry} wait for a retry`,
    `  rate      ${pace(trunks)}`,
    `  outcomes  ${outcomesLine(progress)}`,
  ];
}

function outcomesLine({ outcomes }: DemoProgress): string {
  if (outcomes.length === 0) return "none yet";
  return outcomes
    .map(({ outcome, count }) => `${outcome} ${String(count)}`)
    .join(", ");
}

function liveCalls({ queued, dialling, talking }: DemoProgress): string {
  return `${queued} queued, ${dialling} dialling, ${talking} talking`;
}

function pace(trunks: readonly TrunkPace[]): string {
  return trunks
    .map(({ name, cps, limit }) => `${name} ${cps} of ${limit} calls/s`)
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
