/**
 * Whether digits stand at a number's end or beginning that may not be part of it: an extension, a line of
 * the list, a spreadsheet's remainder. `11 9876-5432 1` is no number of eleven digits.
 *
 * Where the digits alone decide (one group, or numbers of one length) nothing is asked here. Else the
 * grouping must be one that people use for such a number, or the country's own (libphonenumber's formats).
 */
import type { WrittenNumber } from "./written-number.ts";

export interface PlannedNumber {
  /** ISO 3166 code; undefined when several share the number. */
  readonly country: string | undefined;
  readonly callingCode: string;
  /** As its country writes it, with the national prefix where that is usual: `011 15-2345-6789`. */
  readonly nationalFormat: string;
  /** As abroad, without country code: `9 11 2345 6789`. */
  readonly internationalFormat: string;
  /** Whether so many of the digits written, from the front, would be a number themselves. */
  readonly isNumber: (digits: string) => boolean;
}

/** Here the last digits behind a hyphen are those of the extension, and part of the number (DIN 5008). */
const directDialling: ReadonlySet<string> = new Set(["DE", "AT"]);

/** Digits that old lists have between country code and number, by country code. */
const oldPrefixes: ReadonlyMap<string, string> = new Map([
  ["52", "1"],
  ["54", "9"],
]);

/** @returns whether the groups may be read as one number */
export function isPlausibleGrouping(
  written: WrittenNumber,
  plan: PlannedNumber,
): boolean {
  const groups = nationalGroups(written, plan.callingCode);
  if (groups.length < 2) return true;
  return (
    endsLikeANumber(written, groups, plan) &&
    beginsLikeANumber(groups, plan) &&
    hasItsAreaCode(written, groups, plan)
  );
}

/** Without what stands for the country, so that lengths are those of the number. */
function nationalGroups(
  { groups, hasPlus }: WrittenNumber,
  callingCode: string,
): readonly string[] {
  const [first = "", ...rest] = groups;
  const code = hasPlus ? callingCode : `00${callingCode}`;
  if (!first.startsWith(code)) return groups;
  const left = first.slice(code.length);
  return left === "" ? rest : [left, ...rest];
}

function endsLikeANumber(
  written: WrittenNumber,
  groups: readonly string[],
  plan: PlannedNumber,
): boolean {
  const last = lengthOf(groups.slice(-1));
  const previous = lengthOf(groups.slice(-2, -1));
  const planned = plannedGroups(plan).map((one) => lengthOf(one.slice(-1)));
  const isDirect =
    written.endsInTightHyphen && directDialling.has(plan.country ?? "");
  if (last <= 2 && isDirect) return true;
  if (last === 1)
    return planned.includes(1) && !plan.isNumber(written.digits.slice(0, -1));
  if (planned.includes(last)) return true;
  if (last === 2) {
    const isHalved = previous === 2 && planned.includes(4);
    return isHalved || groups.slice(1).every((group) => group.length === 2);
  }
  return previous <= (last === 3 ? 3 : 5);
}

/** Area codes that people set apart though the plan's own format does not: `91 123 45 67` of Madrid. */
const everydayAreas: ReadonlyMap<string, RegExp> = new Map([
  ["34", /^[89][1-8]$/],
]);

/** A short group in front is a prefix or an area code, not the number of a line: `2 089 123456`. */
function beginsLikeANumber(
  groups: readonly string[],
  plan: PlannedNumber,
): boolean {
  const [first = ""] = groups;
  const isPrefix =
    first.startsWith("0") ||
    first === plan.callingCode ||
    first === oldPrefixes.get(plan.callingCode);
  if (first.length > 2 || isPrefix) return true;
  if (everydayAreas.get(plan.callingCode)?.test(first) === true) return true;
  const planned = plannedGroups(plan);
  if (first.length === 1) return planned.some(([own = ""]) => own === first);
  const sums = groups.map((_group, nth) => lengthOf(groups.slice(0, nth + 1)));
  return planned.some(([own = ""]) => sums.includes(own.length));
}

/** Where every area code is as long as the other: `(415) 555-0123` is no number of Curitiba, whose code is 41. */
const areaCodeLengths: ReadonlyMap<string, number> = new Map([
  ["55", 2],
  ["1", 3],
]);

function hasItsAreaCode(
  { inBrackets }: WrittenNumber,
  groups: readonly string[],
  { callingCode }: PlannedNumber,
): boolean {
  const wanted = areaCodeLengths.get(callingCode);
  if (wanted === undefined) return true;
  // Behind a 0 may stand a carrier's code as well; behind 1 there is none.
  const area = inBrackets ?? groups[0] ?? "";
  if (inBrackets !== null)
    return area.length <= 1 || area.startsWith("0") || area.length === wanted;
  const looksLikeAnother = groups.length === 3 && /^[1-9]\d{2}$/.test(area);
  return wanted === 3 || !looksLikeAnother;
}

/** Of a plan's formats, without and with a national prefix that is a group or the first digit. */
function plannedGroups(plan: PlannedNumber): readonly (readonly string[])[] {
  const national = plan.nationalFormat.match(/\d+/g) ?? [];
  const abroad = plan.internationalFormat.match(/\d+/g) ?? [];
  const [first = "", ...rest] = national;
  const unprefixed = first.startsWith("0")
    ? [first.slice(1), ...rest]
    : national;
  return [national, unprefixed.filter((group) => group !== ""), abroad];
}

function lengthOf(groups: readonly string[]): number {
  return groups.join("").length;
}
