/**
 * What Postgres can store of a PBX's texts. A NUL or half a surrogate pair fits neither its texts nor its JSON, and one
 * such text would hold back every event of its batch, and all that wait behind it.
 */

const unstorable = /\u0000|\p{Cs}/gu;
/** No table limits these texts; a PBX does not write more, and a faulty one must not fill the disk. */
const mostCharacters = 1_000;

/** The text with a replacement character for what cannot be stored, cut to 1,000 characters. */
export function sanitizeText(text: string): string {
  const cleaned = text.replace(unstorable, "\uFFFD");
  return cleaned.length > mostCharacters
    ? cleaned.slice(0, mostCharacters).replace(unstorable, "")
    : cleaned;
}

/** An integer of Postgres's four bytes, else null: any other cause says nothing. */
export function sanitizeInteger(value: number | null): number | null {
  return value !== null && Number.isInteger(value) && value === (value | 0)
    ? value
    : null;
}

/** The value itself, or, if a text in it cannot be stored, a copy with texts that can. */
export function sanitizeForPostgres<T>(value: T): T {
  return needsCleaning(value) ? (copyOf(value) as T) : value;
}

function needsCleaning(value: unknown): boolean {
  if (typeof value === "string") return sanitizeText(value) !== value;
  if (typeof value !== "object" || value === null) return false;
  return Object.values(value).some(needsCleaning);
}

function copyOf(value: unknown): unknown {
  if (typeof value === "string") return sanitizeText(value);
  if (Array.isArray(value)) return value.map(copyOf);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => [name, copyOf(part)]),
  );
}
