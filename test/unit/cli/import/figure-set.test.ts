import fc from "fast-check";
import { expect, it } from "vitest";
import { FigureSet } from "../../../../cli/import/figure-set.ts";

it("has what was added to it, and nothing else", () => {
  const figure = fc.oneof(
    fc.integer({ min: 1, max: 50 }),
    fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
    fc.integer({ min: 5_511_980_000_000, max: 5_511_980_001_000 }),
  );
  fc.assert(
    fc.property(fc.array(figure), fc.array(figure), (added, asked) => {
      const own = new FigureSet();
      for (const one of added) own.add(one);
      const expected = new Set(added);
      for (const one of [...added, ...asked])
        expect(own.has(one)).toBe(expected.has(one));
    }),
  );
});

it("holds the numbers of a long list, which stand close together", () => {
  const own = new FigureSet();
  for (let nth = 0; nth < 300_000; nth++) own.add(5_511_980_000_000 + nth);
  expect(own.has(5_511_980_299_999)).toBe(true);
  expect(own.has(5_511_980_300_000)).toBe(false);
});
