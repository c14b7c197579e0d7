/**
 * Which trunk a call goes through. Pure and cheap: called for every candidate of a pass, so it makes one
 * walk over the trunks and sorts nothing.
 */
import type { NumberKind } from "./phone-number.ts";

export type TrunkHealth = "HEALTHY" | "DEGRADED" | "OUT";

/** A trunk as it stands at this point of the pass; the caller lowers the free counts as it hands out calls. */
export interface TrunkCandidate {
  readonly id: string;
  /** Smaller goes first. */
  readonly priority: number;
  /** Share among trunks of equal health and priority; 0 only when there is no other. */
  readonly weight: number;
  /** Matched against the E.164 number; null: numbers of the default country. Made by `compilePattern`. */
  readonly numberPattern: RegExp | null;
  readonly health: TrunkHealth;
  /** It failed within the last minute and is not being probed: others go first. */
  readonly isDemoted: boolean;
  /** Epoch ms; null: not disabled. */
  readonly disabledUntilMs: number | null;
  readonly isActive: boolean;
  /** Channels left of `max_channels`, the smallest of its limit group. */
  readonly freeChannels: number;
  /** Calls left by the rate limit in this pass, the smallest of its limit group. */
  readonly freeSlots: number;
  readonly limitGroup: string | null;
}

export interface NumberToDial {
  readonly e164: string;
  readonly kind: NumberKind;
}

/** Why no trunk could be chosen; the words of `dialing_blockers`. */
export type NoTrunkReason =
  | "NO_TRUNK_FOR_NUMBER"
  | "TRUNK_INACTIVE"
  | "TRUNK_UNHEALTHY"
  | "TRUNK_CHANNELS"
  | "CPS";

export type TrunkChoice<T extends TrunkCandidate> =
  | { readonly trunk: T }
  | { readonly trunk: null; readonly reason: NoTrunkReason };

export class NumberPatternError extends Error {
  override readonly name = "NumberPatternError";
  readonly code: "BAD_PATTERN" | "UNSAFE_PATTERN";
  constructor(
    code: NumberPatternError["code"],
    message: string,
    cause?: unknown,
  ) {
    super(message, { cause });
    this.code = code;
  }
}

/** How far a trunk got; the furthest of all trunks names the reason, as that is what to mend. */
const hurdles: readonly NoTrunkReason[] = [
  "NO_TRUNK_FOR_NUMBER",
  "TRUNK_INACTIVE",
  "TRUNK_UNHEALTHY",
  "TRUNK_CHANNELS",
  "CPS",
];

/**
 * Chooses by health (OUT never, a demoted trunk after the others), then priority, then weight. A trunk that is
 * being probed keeps its place, for one call at a time: behind the others it would never be tried.
 *
 * @param nowMs epoch ms, compared with `disabledUntilMs`.
 * @param random 0 (included) to 1 (excluded), decides among equals by weight.
 */
export function chooseTrunk<T extends TrunkCandidate>(
  trunks: readonly T[],
  number: NumberToDial,
  nowMs: number,
  random: number,
): TrunkChoice<T> {
  let furthest = 0;
  let best: T[] = [];
  for (const trunk of trunks) {
    const hurdle = failedHurdle(trunk, number, nowMs);
    if (hurdle !== null) {
      furthest = Math.max(furthest, hurdle);
      continue;
    }
    const order = compare(trunk, best[0]);
    if (order < 0) best = [trunk];
    else if (order === 0) best.push(trunk);
  }
  const trunk = byWeight(best, random);
  if (trunk !== null) return { trunk };
  return { trunk: null, reason: hurdles[furthest] ?? "NO_TRUNK_FOR_NUMBER" };
}

/** Index into `hurdles` of the first that the trunk does not take; null when it takes all. */
function failedHurdle(
  trunk: TrunkCandidate,
  number: NumberToDial,
  nowMs: number,
): number | null {
  if (!takesNumber(trunk, number)) return 0;
  if (!trunk.isActive) return 1;
  const disabled =
    trunk.disabledUntilMs !== null && trunk.disabledUntilMs > nowMs;
  if (trunk.health === "OUT" || disabled) return 2;
  if (!(trunk.freeChannels >= 1)) return 3;
  if (!(trunk.freeSlots >= 1)) return 4;
  return null;
}

/** Whether a trunk is one for such numbers, be it free or not. */
export function takesNumber(
  trunk: Pick<TrunkCandidate, "numberPattern">,
  number: NumberToDial,
): boolean {
  if (number.kind === "NEVER") return false;
  if (trunk.numberPattern === null) return number.kind === "DEFAULT_COUNTRY";
  return trunk.numberPattern.test(number.e164);
}

function compare(
  trunk: TrunkCandidate,
  best: TrunkCandidate | undefined,
): number {
  if (best === undefined) return -1;
  const byHealth = Number(trunk.isDemoted) - Number(best.isDemoted);
  return byHealth === 0 ? trunk.priority - best.priority : byHealth;
}

function byWeight<T extends TrunkCandidate>(
  equals: readonly T[],
  random: number,
): T | null {
  const total = equals.reduce(
    (sum, { weight }) => sum + Math.max(0, weight),
    0,
  );
  let left = random * total;
  for (const trunk of equals) {
    left -= Math.max(0, trunk.weight);
    if (left < 0) return trunk;
  }
  // All weights 0: any of them, evenly.
  return equals[Math.floor(random * equals.length)] ?? null;
}

const MAX_PATTERN_LENGTH = 200;
/** Each one multiplies the ways to fail over the 16 characters of a number. */
const MAX_VARIABLE_QUANTIFIERS = 3;
/** So does each group, by the number of its alternatives. */
const MAX_GROUPS = 3;

/**
 * Compiles a trunk's `number_pattern`, e.g. `^\+55(11|21)9\d{8}$`; it is matched against the E.164
 * number and finds a part unless anchored. Only what number plans need is allowed, so that no pattern
 * can hang the engine: digits, `\d`, `\+`, `.`, classes, groups, alternatives, `^`, `$`, quantifiers, of
 * which none on a group but `?`.
 *
 * @throws NumberPatternError BAD_PATTERN (no regular expression), UNSAFE_PATTERN (more than allowed).
 */
export function compilePattern(text: string): RegExp {
  const unsafe = findUnsafe(text);
  if (unsafe !== null) {
    throw new NumberPatternError(
      "UNSAFE_PATTERN",
      `number_pattern "${text.slice(0, MAX_PATTERN_LENGTH)}": ${unsafe}`,
    );
  }
  try {
    return new RegExp(text);
  } catch (error) {
    throw new NumberPatternError(
      "BAD_PATTERN",
      `number_pattern "${text}" is not a regular expression`,
      error,
    );
  }
}

function findUnsafe(text: string): string | null {
  if (text === "") return "it is empty; null means numbers of the country";
  if (text.length > MAX_PATTERN_LENGTH) return "it is longer than 200";
  if (!/^(?:\\[d+]|[0-9+.[\]()?:|^${},*-])*$/.test(text)) {
    return "it may hold digits, \\d, \\+, classes, groups and quantifiers only";
  }
  if (/\(\?(?!:)/.test(text)) return "look-around and named groups are refused";
  if (/\)[*+{]/.test(text)) return "a group may be followed by ? only";
  const variable = text.match(/(?<!\\)[*+]|\{\d*,\d*\}|(?<!\()\?/g) ?? [];
  if (text.split("(").length - 1 > MAX_GROUPS) {
    return "it has more than three groups";
  }
  if (variable.length > MAX_VARIABLE_QUANTIFIERS) {
    return "it has more than three of * + ? {n,m}";
  }
  return null;
}
