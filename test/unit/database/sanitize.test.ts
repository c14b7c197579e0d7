import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import {
  sanitizeForPostgres,
  sanitizeInteger,
  sanitizeText,
} from "../../../database/sanitize.ts";

describe("what Postgres can keep", () => {
  it("has neither a NUL nor half a surrogate pair, whatever comes in, and is not cleaned twice", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 1_200 }), (text) => {
        const kept = sanitizeText(text);
        expect(kept.isWellFormed()).toBe(true);
        expect(kept).not.toContain("\u0000");
        expect(kept.length).toBeLessThanOrEqual(1_000);
        expect(sanitizeText(kept)).toBe(kept);
      }),
    );
    expect(sanitizeText("a\u0000b\ud800c 😀")).toBe("a\ufffdb\ufffdc 😀");
    expect(sanitizeText(`${"x".repeat(999)}😀`)).toBe("x".repeat(999));
  });

  it("is the very event that came in, unless something in it had to be cleaned", () => {
    const fine = { kind: "NOTED", note: "on hold", history: { a: null, n: 1 } };
    expect(sanitizeForPostgres(fine)).toBe(fine);
    expect(
      sanitizeForPostgres({
        ...fine,
        history: { a: "\u0000", list: ["\ud800", 2] },
      }),
    ).toEqual({ ...fine, history: { a: "\ufffd", list: ["\ufffd", 2] } });
  });

  it("of numbers is four bytes, whole", () => {
    expect([2_147_483_647, -2_147_483_648, 0].map(sanitizeInteger)).toEqual([
      2_147_483_647, -2_147_483_648, 0,
    ]);
    expect(
      [2_147_483_648, 1.5, Number.NaN, Infinity, 1e20, null].map(
        sanitizeInteger,
      ),
    ).toEqual([null, null, null, null, null, null]);
  });
});
