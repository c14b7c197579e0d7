/** Results as Markdown tables, each figure of the engine beside the baseline's. */
import { meets } from "./measurement.ts";
import type { Limit, Result, Row } from "./measurement.ts";

/** The fourth is the baseline, under its own name. */
const columns = ["what", "unit", "engine", "", "ratio", "must", "aim", ""];

/** True unless a must was measured and missed. */
export function isReached(row: Row): boolean {
  return (
    row.must === undefined || row.engine === null || meets(row.engine, row.must)
  );
}

export function tableOf(result: Result): string {
  const cells = [
    columns.with(3, result.baseline ?? "polling"),
    ...result.rows.map((row) => [
      row.what,
      row.unit,
      number(row.engine),
      number(row.baseline),
      ratio(row),
      limit(row.must),
      limit(row.aim),
      verdict(row),
    ]),
  ];
  const widths = columns.map((_, column) =>
    Math.max(3, ...cells.map((line) => (line[column] ?? "").length)),
  );
  const lines = cells.map((line) => join(line, widths));
  const rule = widths.map((width, column) =>
    column < 2 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`,
  );
  lines.splice(1, 0, join(rule, widths));
  const notes = result.notes.map((note) => `${note}\n`).join("");
  return `\n### ${result.title}\n\n${notes}\n${lines.join("\n")}\n`;
}

function join(line: readonly string[], widths: readonly number[]): string {
  const padded = line.map((cell, column) =>
    column < 2
      ? cell.padEnd(widths[column] ?? 0)
      : cell.padStart(widths[column] ?? 0),
  );
  return `| ${padded.join(" | ")} |`;
}

function number(value: number | null): string {
  if (value === null) return "–";
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toFixed(digits);
}

function ratio({ engine, baseline }: Row): string {
  if (engine === null || baseline === null || baseline === 0) return "–";
  return `${number(engine / baseline)} ×`;
}

function limit(value: Limit | undefined): string {
  if (value === undefined) return "";
  return `${value.kind === "at most" ? "≤" : "≥"} ${String(value.value)}`;
}

function verdict(row: Row): string {
  if (row.must === undefined || row.engine === null) return "";
  return isReached(row) ? "✓" : "✗";
}
