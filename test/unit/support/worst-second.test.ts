import { expect, it } from "vitest";

import { worstSecond } from "../../support/asterisk-lab.ts";
import type { SeenCall } from "../../support/asterisk-lab.ts";

function seen(...times: number[]): SeenCall[] {
  return times.map((at) => ({
    ...{ callId: String(at), number: "1", at, invites: 1, responses: [] },
    ...{
      rangAt: null,
      answeredAt: null,
      respondedAt: null,
      end: null,
      endAt: null,
    },
  }));
}

it.each([
  [0, []],
  [1, [0]],
  [1, [0, 1_000, 2_000]],
  [2, [0, 999]],
  [3, [2_400, 0, 1_500, 2_000]],
  [4, [100, 1_099, 100, 1_100, 600]],
])("%i calls come within the worst second of %j", (most, times) => {
  expect(worstSecond(seen(...times))).toBe(most);
});
