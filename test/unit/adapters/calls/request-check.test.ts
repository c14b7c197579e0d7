import { randomUUID } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import type { OriginateRequest } from "../../../../adapters/port.ts";
import { checkOriginateRequest } from "../../../../adapters/calls/request-check.ts";

const good: OriginateRequest = {
  attemptId: randomUUID(),
  campaignId: randomUUID(),
  leadId: randomUUID(),
  dialString: "PJSIP/5511999990000@carrier",
  callerId: "+551130000000",
  context: "from-dialer",
  extension: "s",
  setupTimeoutSeconds: 20,
  ringTimeoutSeconds: 25,
  maxCallDurationSeconds: 1800,
  variables: { NAME: "José D'Ávila" },
};

describe("the check of a request", () => {
  it.each([
    "PJSIP/02111999990000@carrier",
    "sofia/gateway/carrier-1/+5511999990000",
    "Local/5511999990000@from-internal/n",
    "mock/north/5511999990000",
  ])("lets %s pass", (dialString) => {
    expect(checkOriginateRequest({ ...good, dialString })).toEqual([]);
  });

  it("names every problem at once, and never repeats a value", () => {
    const problems = checkOriginateRequest({
      ...good,
      attemptId: "secret-value",
      dialString: "secret-value\n",
      callerId: "secret-value",
      context: "secret-value,",
      extension: "",
      maxCallDurationSeconds: Number.POSITIVE_INFINITY,
      variables: { "secret-value": "secret-value\n" },
    });
    expect(problems).toHaveLength(8);
    expect(problems.join()).not.toContain("secret-value");
  });

  it("lets no control character, comma or brace through in any text", () => {
    const bad = fc.constantFrom(
      "\0",
      "\n",
      "\r",
      "\u001b",
      "\u007f",
      "\u0085",
      "\u2028",
      ",",
      "{",
      "}",
    );
    const place = fc.constantFrom(
      "attemptId",
      "dialString",
      "callerId",
      "context",
      "extension",
      "value",
      "name",
    );
    fc.assert(
      fc.property(place, bad, fc.nat({ max: 30 }), (field, character, at) => {
        const spoil = (text: string): string =>
          text.slice(0, at) + character + text.slice(at);
        const variables =
          field === "value"
            ? { NAME: spoil("some text") }
            : field === "name"
              ? { [spoil("NAME")]: "" }
              : good.variables;
        const text = field === "value" || field === "name" ? null : field;
        const request: OriginateRequest = {
          ...good,
          variables,
          ...(text === null
            ? {}
            : { [text]: spoil(good[text as "dialString"]) }),
        };
        expect(checkOriginateRequest(request)).toHaveLength(1);
      }),
    );
  });

  it("bounds the number and the length of variables", () => {
    const many = Object.fromEntries(
      Array.from({ length: 65 }, (_, index) => [`V${String(index)}`, ""]),
    );
    expect(checkOriginateRequest({ ...good, variables: many })).toHaveLength(1);
    const long = { NAME: "x".repeat(256) };
    expect(checkOriginateRequest({ ...good, variables: long })).toHaveLength(1);
  });
});
