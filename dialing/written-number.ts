/**
 * How people write a telephone number: the one grammar of a cell or a field.
 *
 * A number is what is left when known ornaments are taken off (`number-ornaments.ts`). What is left must be one number: groups of
 * digits with the usual separators, at most one group in brackets, and that one in front. Digits of which
 * nobody can say whether they belong to the number are never glued to it (`number-grouping.ts` goes on
 * with what only the country's plan can tell).
 */
import { withoutOrnaments } from "./number-ornaments.ts";

export interface WrittenNumber {
  /** Digits only, in the order written, with country code and prefixes. */
  readonly digits: string;
  /** A `+` stood in front: the digits begin with a country code. */
  readonly hasPlus: boolean;
  /** The same digits in the groups in which they were written. */
  readonly groups: readonly string[];
  /** Digits of the group in brackets, which is the area code; null: none. */
  readonly inBrackets: string | null;
  /** The last group stands behind a hyphen without spaces: `1234-0`. */
  readonly endsInTightHyphen: boolean;
}

export type WritingFault =
  | "EMPTY"
  | "TOO_LONG_TEXT"
  | "EXTENSION"
  | "SEVERAL_NUMBERS"
  | "LETTERS"
  | "FLOAT"
  | "EXTRA_DIGITS"
  | "MESSENGER_ID"
  | "DAMAGED"
  | "OTHER_SIGNS";

export type Writing =
  | { readonly ok: true; readonly written: WrittenNumber }
  | { readonly ok: false; readonly fault: WritingFault };

/** Fifteen digits with every separator people use fit well into this. */
const maxWrittenLength = 64;

const extension =
  /\d[\s,;.)-]*(?:\(?\s*(?:ramal|r(?=[\s.:]*\d)|rml|ext(?:n|ension|ens[aã]o|ensi[oó]n)?|anexo|interno|int|poste|durchwahl|dw|x|#)(?![a-z]{4}))[\s.:=#-]*\d/i;
const severalNumbers =
  /\d[\s)]*(?:[/;,|&\n\r]|\b(?:ou|or|e|and|y|o|u|oder|et)\b)[\s(+]*\d/i;
const float = /\d[.,]?\d*e[+-]?\d/i;

/** Brackets: one pair in front, or a partner missing there; never around what comes last. */
const shape =
  /^(?:\(\s*(?<marked>\+\s*\d{1,3})\s*\)[\s.-]*)?(?<before>\+?[\d\s.-]*)(?:\((?<inside>[\d\s.-]*)\)?(?<after>[\d\s).-]*))?$/;

/** @returns the digits in their groups, or what is wrong with the writing */
export function readWriting(raw: string): Writing {
  if (/[\0\uFFFD]/.test(raw)) return { ok: false, fault: "DAMAGED" };
  const text = withoutOrnaments(raw);
  if (text === null) return { ok: false, fault: "MESSENGER_ID" };
  if (text === "") return { ok: false, fault: "EMPTY" };
  if (text.length > maxWrittenLength)
    return { ok: false, fault: "TOO_LONG_TEXT" };
  if (!/^[\d\s().+-]+$/.test(text)) return { ok: false, fault: faultOf(text) };
  const inner = withWholeBrackets(text);
  if (!/\d$/.test(inner))
    return {
      ok: false,
      fault: /\(\s*\d+\s*\)$/.test(inner) ? "EXTRA_DIGITS" : "OTHER_SIGNS",
    };
  return readGroups(inner);
}

/** A bracket may lack its partner in front, `11) 98765`, `(11 98765`, and one pair may hold everything. */
function withWholeBrackets(text: string): string {
  const opens = text.includes("(");
  const closes = text.includes(")");
  if (closes && !opens) return `(${text}`;
  if (opens && !closes) return text.replace(/^\(/, "");
  return /^\(([^()]+)\)$/.exec(text)?.[1] ?? text;
}

function faultOf(text: string): WritingFault {
  if (extension.test(text)) return "EXTENSION";
  if (float.test(text) && !/[a-df-z]/i.test(text)) return "FLOAT";
  if (severalNumbers.test(text)) return "SEVERAL_NUMBERS";
  return /\p{L}/u.test(text) ? "LETTERS" : "OTHER_SIGNS";
}

function readGroups(text: string): Writing {
  const found = shape.exec(text)?.groups;
  if (found === undefined)
    return {
      ok: false,
      fault: /\).*\(/.test(text) ? "EXTRA_DIGITS" : "OTHER_SIGNS",
    };
  const { marked = "", before = "", inside, after = "" } = found;
  const hasPlus = marked !== "" || before.startsWith("+");
  if (marked !== "" && before.startsWith("+"))
    return { ok: false, fault: "OTHER_SIGNS" };
  const fault =
    inside === undefined ? null : bracketFault(marked + before, inside, after);
  if (fault !== null) return { ok: false, fault };
  const parts = [marked, before, inside ?? "", after];
  const groups = parts.flatMap((part) => part.match(/\d+/g) ?? []);
  if (groups.length === 0 || /^[\s.-]*-/.test(text))
    return { ok: false, fault: "OTHER_SIGNS" };
  const endsInTightHyphen = /\d-\d+$/.test(text);
  const digits = groups.join("");
  const inBrackets = inside?.replace(/\D/g, "") ?? null;
  return {
    ok: true,
    written: { digits, hasPlus, groups, inBrackets, endsInTightHyphen },
  };
}

/** In front of a group in brackets stand at most a country code and a prefix: `0055 (11)`, `8 (912)`. */
function bracketFault(
  before: string,
  inside: string,
  after: string,
): WritingFault | null {
  if (!/\d/.test(inside) || after.includes("(")) return "OTHER_SIGNS";
  if (!/\d/.test(after)) return "EXTRA_DIGITS";
  return before.replace(/\D/g, "").length > 5 ? "EXTRA_DIGITS" : null;
}
