/** Finds the attempt that each of the carrier's calls belongs to. */
import type { AttemptRow, CarrierCall, Evidence } from "../evidence.ts";

/** Where the carrier knows only numbers, a call may appear slightly older than its claim. */
const CLOCKS_DIFFER_MS = 250;

export interface MatchedCall {
  readonly call: CarrierCall;
  /** Null: no attempt can have made it. */
  readonly attempt: AttemptRow | null;
  /** An earlier call belongs to the same attempt. */
  readonly isSecond: boolean;
}

/** In the order in which the calls came. */
export function matchCalls({ calls, rows }: Evidence): readonly MatchedCall[] {
  const byId = new Map(rows.attempts.map((row) => [row.id, row]));
  const byNumber = Map.groupBy(
    rows.attempts.filter(({ originateAt }) => originateAt !== null),
    ({ phone }) => digitsOf(phone),
  );
  const taken = new Set<AttemptRow>();
  return calls
    .toSorted((a, b) => a.at - b.at)
    .map((call) => {
      const attempt =
        call.attemptId === null
          ? byTime(byNumber.get(call.number) ?? [], call, taken)
          : (byId.get(call.attemptId) ?? null);
      const isSecond =
        call.repeated || (attempt !== null && taken.has(attempt));
      if (attempt !== null) taken.add(attempt);
      return { call, attempt, isSecond };
    });
}

/** The latest claim before the call that has none yet; when all have one, the latest. */
function byTime(
  attempts: readonly AttemptRow[],
  call: CarrierCall,
  taken: ReadonlySet<AttemptRow>,
): AttemptRow | null {
  const before = attempts
    .filter(
      ({ originateAt }) =>
        (originateAt ?? Infinity) <= call.at + CLOCKS_DIFFER_MS,
    )
    .toSorted((a, b) => (b.originateAt ?? 0) - (a.originateAt ?? 0));
  return before.find((attempt) => !taken.has(attempt)) ?? before[0] ?? null;
}

export function digitsOf(phone: string): string {
  return phone.replace(/^\+/, "");
}
