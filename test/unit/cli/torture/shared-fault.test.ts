import fc from "fast-check";
import { expect, it } from "vitest";

import { createSharedFault } from "../../../../cli/torture/shared-fault.ts";

it("stays while any of its faults lasts, whatever their order, and is set once for each change", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.nat({ max: 6 }), { maxLength: 30 }),
      async (acts) => {
        const set: boolean[] = [];
        const impose = createSharedFault((isOn) => {
          set.push(isOn);
          return Promise.resolve();
        });
        const running = new Map<number, () => Promise<void>>();
        for (const n of acts) {
          const end = running.get(n);
          if (end === undefined) running.set(n, await impose());
          else {
            await end();
            running.delete(n);
            await end();
          }
          expect(set.at(-1) ?? false).toBe(running.size > 0);
        }
        expect(set).toEqual(set.map((_, index) => index % 2 === 0));
      },
    ),
  );
});

it("takes faults that begin and end while it is still being set one after the other", async () => {
  const set: boolean[] = [];
  const impose = createSharedFault(async (isOn) => {
    await Promise.resolve();
    set.push(isOn);
  });
  const ends = await Promise.all([impose(), impose()]);
  await Promise.all([impose(), ...ends.map((end) => end())]);
  expect(set).toEqual([true]);
});
