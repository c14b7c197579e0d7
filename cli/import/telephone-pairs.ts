/** Which columns make one telephone together: its number, and perhaps area code, country code or prefix. */
import type { Choices } from "./column-choices.ts";
import {
  telephoneColumn,
  type PartRole,
  type TelephoneColumn,
} from "./header-names.ts";

export interface PhoneColumn {
  readonly at: number;
  /** The column's name, at most 40 characters: what the number is, for people. */
  readonly kind: string;
  /** Positions of the other columns of this number. */
  readonly countryCode: number | null;
  readonly areaCode: number | null;
  /** `prefijo`: country or area, as it turns out. */
  readonly prefix: number | null;
  /** The area code stands for several numbers: one that is whole without it may have another. */
  readonly sharesArea: boolean;
}

interface Known {
  readonly at: number;
  readonly key: string;
}

/** As many as a lead may have besides its first. */
const maxPhones = 21;

export function pairTelephones(
  header: readonly string[],
  plain: readonly string[],
  choices: Choices,
): readonly PhoneColumn[] {
  const known = [...plain.keys()].flatMap((at) => {
    const column = choices.decided.has(at)
      ? null
      : telephoneColumn(plain[at] ?? "");
    return column === null ? [] : [{ at, column }];
  });
  const phones = phoneColumns(known, plain, choices);
  const parts = (role: PartRole): readonly Known[] => {
    const chosen = choices.parts.get(role);
    if (chosen !== undefined) return [{ at: chosen, key: "" }];
    return known.flatMap(({ at, column }) =>
      roleOf(column, known) === role ? [{ at, key: column.key }] : [],
    );
  };
  const codes = firstOfEachKey(parts("countryCode"), plain);
  const areas = parts("areaCode");
  const prefixes = parts("prefix");
  return phones.slice(0, maxPhones).map(({ at, key }) => ({
    at,
    kind: (header[at] ?? "")
      .replace(/\p{Cc}+/gu, " ")
      .trim()
      .slice(0, 40),
    countryCode: partOf(at, key, codes, phones),
    areaCode: partOf(at, key, areas, phones),
    prefix: partOf(at, key, prefixes, phones),
    sharesArea: areas.length === 1 && phones.length > 1 && phones[0]?.at !== at,
  }));
}

function phoneColumns(
  known: readonly { readonly at: number; readonly column: TelephoneColumn }[],
  plain: readonly string[],
  choices: Choices,
): readonly Known[] {
  if (choices.phones !== null) {
    return choices.phones.map((at) => ({
      at,
      key: telephoneColumn(plain[at] ?? "")?.key ?? "",
    }));
  }
  return known.flatMap(({ at, column }) =>
    roleOf(column, known) === "phone" ? [{ at, key: column.key }] : [],
  );
}

/** `ddd_celular` is an area code where a `celular` stands beside it, else a number with its area code. */
function roleOf(
  column: TelephoneColumn,
  known: readonly { readonly column: TelephoneColumn }[],
): "phone" | PartRole {
  if (column.role !== "phoneOrArea") return column.role;
  const hasNumber = known.some(
    (other) => other.column.role === "phone" && other.column.key === column.key,
  );
  return hasNumber ? "areaCode" : "phone";
}

/**
 * Of `phone_code` and `country_code` the more specific one: names of a code take precedence over those of a country.
 */
function firstOfEachKey(
  parts: readonly Known[],
  plain: readonly string[],
): readonly Known[] {
  const rank = ({ at }: Known) =>
    plain[at]?.startsWith("country_code") === true ? 1 : 0;
  const sorted = parts.toSorted((a, b) => rank(a) - rank(b));
  return sorted.filter(
    ({ key }, nth) => sorted.findIndex((one) => one.key === key) === nth,
  );
}

/** By name; else the only one there is; else the nearest in front of the number and behind the number before it. */
function partOf(
  at: number,
  key: string,
  parts: readonly Known[],
  phones: readonly Known[],
): number | null {
  const named = parts.filter((part) => part.key === key);
  if (named.length === 1) return named[0]?.at ?? null;
  if (parts.length === 1 && named.length === 0) {
    const only = parts[0];
    const isAnothers =
      only !== undefined &&
      only.key !== "" &&
      phones.some((phone) => phone.key === only.key);
    return isAnothers ? null : (only?.at ?? null);
  }
  const candidates =
    named.length > 0 ? named : parts.filter((part) => part.key === "");
  const before = Math.max(
    -1,
    ...phones.map((one) => one.at).filter((one) => one < at),
  );
  const between = candidates.filter((part) => part.at < at && part.at > before);
  return between.at(-1)?.at ?? null;
}
