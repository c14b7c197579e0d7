/** Guesses are slowed, by address and all together; who knows the token is not. */
import fc from "fast-check";
import { expect, test } from "vitest";

import { GuessGuard } from "../../../http/guess-guard.ts";

const limits = {
  perAddress: { burst: 5, againMs: 1_000 },
  overall: { burst: 20, againMs: 100 },
};

function guarded() {
  const clock = { ms: 0 };
  return { clock, guard: new GuessGuard(() => clock.ms, limits) };
}

test("an address has its burst of wrong tokens, then one for each interval", () => {
  const { clock, guard } = guarded();
  for (let n = 0; n < 5; n++) expect(guard.enter("a")).toBe(0);
  expect(guard.enter("a")).toBe(1_000);
  expect(guard.enter("b")).toBe(0);
  clock.ms = 1_000;
  expect(guard.enter("a")).toBe(0);
  expect(guard.enter("a")).toBeGreaterThan(0);
});

test("right tokens cost nothing, however many", () => {
  const { guard } = guarded();
  for (let n = 0; n < 100; n++) {
    expect(guard.enter("a")).toBe(0);
    guard.wasRight("a");
  }
});

test("guesses from many addresses hold up strangers, but not who has shown the token", () => {
  const { guard } = guarded();
  expect(guard.enter("operator")).toBe(0);
  guard.wasRight("operator");
  for (let n = 0; n < 20; n++) guard.enter(`bot ${String(n)}`);
  expect(guard.enter("stranger")).toBeGreaterThan(0);
  expect(guard.enter("operator")).toBe(0);
});

test("whoever guesses how: never more than the burst and one for each interval are judged", () => {
  const step = fc.record({
    address: fc.constantFrom("a", "b", "c", "d", "e", "f", "g"),
    afterMs: fc.integer({ min: 0, max: 300 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      const { clock, guard } = guarded();
      const judged = new Map<string, number>();
      let all = 0;
      for (const { address, afterMs } of steps) {
        clock.ms += afterMs;
        if (guard.enter(address) > 0) continue;
        judged.set(address, (judged.get(address) ?? 0) + 1);
        all += 1;
      }
      for (const count of judged.values())
        expect(count).toBeLessThanOrEqual(5 + clock.ms / 1_000);
      expect(all).toBeLessThanOrEqual(20 + clock.ms / 100);
    }),
  );
});
