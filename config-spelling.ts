/** How near a name is to another: for the variable that somebody mistyped. */

/** At most two slips apart, whatever the case of `name`. */
export function isNear(name: string, candidate: string): boolean {
  if (Math.abs(name.length - candidate.length) > 2) return false;
  return editDistance(name.toUpperCase(), candidate) <= 2;
}

/** Levenshtein distance: insertions, deletions and replacements of one character. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const [i, letter] of Array.from(from).entries()) {
    const next = [i + 1];
    for (const [j, other] of Array.from(to).entries()) {
      next.push(
        Math.min(
          (row[j] ?? 0) + (letter === other ? 0 : 1),
          (row[j + 1] ?? 0) + 1,
          (next[j] ?? 0) + 1,
        ),
      );
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
