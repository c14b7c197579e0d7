/** A cell of a workbook as the text that a CSV file would have. */
import type { CellValue } from "hucre";

/** From here on a spreadsheet's numbers have lost digits: 15 are kept. */
const lostDigitsFrom = 1e15;

/**
 * A telephone kept as a number (`1.1987654321E10` in the file) has all its digits; one of more than 15 has not, and is
 * written with an exponent, which no number is read from.
 */
export function cellText(value: CellValue): string {
  if (value === null) return "";
  if (typeof value === "string") return value.trim();
  if (typeof value === "number")
    return Math.abs(value) < lostDigitsFrom
      ? String(value)
      : value.toExponential();
  if (value instanceof Date) return dateText(value);
  return String(value);
}

/** Workbooks know no time zone; the library takes what they say for UTC. */
function dateText(date: Date): string {
  if (Number.isNaN(date.getTime())) return "";
  const [day = "", time = ""] = date.toISOString().split(/[TZ.]/);
  return time === "00:00:00" ? day : `${day} ${time}`;
}
