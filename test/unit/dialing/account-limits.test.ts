import fc from "fast-check";
import { expect, test } from "vitest";

import {
  accountRooms,
  isCallerIdPermitted,
  isCountryPermitted,
} from "../../../dialing/account-limits.ts";

test("a country is that of the number, and a number of none is not permitted where some are", () => {
  expect(isCountryPermitted("+5511980000001", ["BR"])).toBe(true);
  expect(isCountryPermitted("+12025550123", ["BR"])).toBe(false);
  expect(isCountryPermitted("+252612345678", ["BR"])).toBe(false);
  expect(isCountryPermitted("+88299912345", ["BR"])).toBe(false);
  expect(isCountryPermitted("+252612345678", null)).toBe(true);
  expect(isCountryPermitted("+5511980000001", [])).toBe(false);
});

test("no list permits a short number, and none permits what it does not hold", () => {
  const digits = fc.stringMatching(/^[0-9]{3,6}$/);
  fc.assert(
    fc.property(digits, (short) => {
      expect(isCallerIdPermitted(short, "BR", null)).toBe(false);
      expect(isCallerIdPermitted(short, "BR", [short, "*"])).toBe(false);
    }),
  );
  expect(isCallerIdPermitted("0900123456", "BR", null)).toBe(false);
  expect(isCallerIdPermitted("+551135550100", "BR", null)).toBe(true);
  expect(isCallerIdPermitted("551135550100", "BR", ["+55113555*"])).toBe(true);
  expect(isCallerIdPermitted("+551135550100", "BR", ["551135550100"])).toBe(
    true,
  );
  expect(isCallerIdPermitted("+551140000100", "BR", ["+55113555*"])).toBe(
    false,
  );
  expect(isCallerIdPermitted("+551135550100", "BR", [])).toBe(false);
});

test("each limit leaves what is not used of it, and calls that wait count as used", () => {
  const load = { live: 3, queued: 2, sentLately: 1, dialsToday: 10 };
  const limits = {
    maxConcurrentCalls: 10,
    maxCallsPerSecond: 4.5,
    maxDialsPerDay: 11,
  };
  expect(accountRooms(limits, load)).toEqual([
    { reason: "ACCOUNT_CONCURRENCY", free: 7 },
    { reason: "ACCOUNT_CPS", free: 1 },
    { reason: "ACCOUNT_DIALS_PER_DAY", free: 0 },
  ]);
  expect(
    accountRooms(
      {
        maxConcurrentCalls: null,
        maxCallsPerSecond: null,
        maxDialsPerDay: null,
      },
      load,
    ),
  ).toEqual([]);
});
