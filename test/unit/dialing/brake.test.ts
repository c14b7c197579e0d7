import { expect, it } from "vitest";
import { brakeTripped } from "../../../dialing/brake.ts";

const calls = (short: number, long: number) => [
  ...Array.from({ length: short }, () => 2999),
  ...Array.from({ length: long }, () => 3000),
];

it.each([
  [11, 9, true],
  [10, 10, false],
  [20, 0, true],
  [0, 20, false],
])(
  "of 20 calls with %i under 3 s and %i longer: %s",
  (short, long, tripped) => {
    expect(brakeTripped(calls(short, long))).toBe(tripped);
  },
);

it("is not tripped by fewer than 20 answered calls, however short", () => {
  expect(brakeTripped(calls(19, 0))).toBe(false);
  expect(brakeTripped([])).toBe(false);
});

it("looks at the newest 20 calls only", () => {
  expect(brakeTripped([...calls(9, 11), ...calls(30, 0)])).toBe(false);
});
