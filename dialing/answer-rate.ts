/** When the share of answered calls has collapsed: a trunk that fails in silence, a caller id marked as spam, a dead list. */

interface Answers {
  readonly dialled: number;
  readonly answered: number;
}

/** With fewer calls, or fewer expected answers, nothing can be said. */
const leastCalls = 40;
const leastExpected = 10;
/** Half of what it was, and further off than chance goes: by the normal law three checks in a million. */
const collapsedTo = 0.5;
const deviations = 4.5;

/**
 * @param recent the last minutes
 * @param before the time before them; not overlapping
 */
export function hasCollapsed(recent: Answers, before: Answers): boolean {
  if (recent.dialled < leastCalls || before.dialled < leastCalls) return false;
  const usual = before.answered / before.dialled;
  const expected = recent.dialled * usual;
  if (expected < leastExpected) return false;
  // The usual rate is itself an estimate.
  const deviation = Math.sqrt(
    expected * (1 - usual) * (1 + recent.dialled / before.dialled),
  );
  return (
    recent.answered < collapsedTo * expected &&
    expected - recent.answered > deviations * deviation
  );
}
