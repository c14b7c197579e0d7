import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";

import type { OriginateRequest } from "../../../../adapters/port.ts";
import { connect, request, startServer, written } from "./harness.ts";

const controls = [
  "\r",
  "\n",
  "\r\n\r\nAction: Logoff\r\n\r\n",
  "\0",
  "\x1b",
  "\x7f",
  "\x85",
  "\u2028",
  "\ud800",
];
const structure = [
  "/",
  "&",
  "@",
  ",",
  ";",
  "=",
  '"',
  "(",
  ")",
  "{",
  "}",
  "[",
  "]",
  "$",
  "\\",
  "|",
  "<",
  ">",
  "^",
  "?",
  " ",
];

/** By field: what is not harmless in it. */
const hostileFields: Readonly<
  Record<string, (bad: string) => Partial<OriginateRequest>>
> = {
  "the phone": (bad) => ({ dialString: `PJSIP/1555${bad}0000@trunk` }),
  "the caller id": (bad) => ({ callerId: `1555${bad}0000` }),
  "the context": (bad) => ({ context: `sales${bad}x` }),
  "the extension": (bad) => ({ extension: `s${bad}x` }),
  "a variable's name": (bad) => ({ variables: { [`A${bad}B`]: "1" } }),
  "a variable's value": (bad) => ({ variables: { A: `1${bad}2` } }),
  "the attempt's id": (bad) => ({ attemptId: `${request().attemptId}${bad}` }),
};
/** Of a dial string's characters some have a meaning that a trunk may need; a value may hold most of them. */
const harmless: Readonly<Record<string, readonly string[]>> = {
  "the phone": ["/", "@"],
  "a variable's value": [
    "/",
    "&",
    "@",
    ";",
    "=",
    "(",
    ")",
    "[",
    "]",
    "$",
    "|",
    "<",
    ">",
    "^",
    "?",
    " ",
  ],
};

describe("hostile values", () => {
  const cases = Object.entries(hostileFields).flatMap(([field, changes]) =>
    [...controls, ...structure]
      .filter((bad) => harmless[field]?.includes(bad) !== true)
      .map((bad) => [field, bad, changes] as const),
  );

  it(`are refused with a message, and nothing of them is on the wire (${String(cases.length)} cases)`, async () => {
    const server = await startServer();
    const { adapter } = await connect(server);
    const onWritten = vi.fn(() => true);
    const before = server.actions().length;
    for (const [field, bad, changes] of cases) {
      const result = await adapter.originate(request(changes(bad)), onWritten);
      expect(result, `${JSON.stringify(bad)} in ${field}`).toMatchObject({
        status: "refused",
        reason: "INVALID_REQUEST",
      });
    }
    expect(onWritten).not.toHaveBeenCalled();
    const others = server.actions().slice(before);
    expect(
      others.filter(({ headers }) => headers.get("action") !== "Ping"),
    ).toEqual([]);
    expect(server.received()).not.toContain("Logoff");
  });

  it.each([
    ["a dial string that is a regular expression", { dialString: "/^PJSIP/" }],
    [
      "a dial string with a second endpoint",
      { dialString: "PJSIP/1@a&PJSIP/2@b" },
    ],
    [
      "a Local channel that Asterisk would optimise away",
      { dialString: "Local/1555@from-internal" },
    ],
    ["an id that is a pattern", { attemptId: "/.*/" }],
    ["a value longer than AMI takes", { variables: { A: "x".repeat(256) } }],
  ] as const)("%s is refused", async (_name, changes) => {
    const server = await startServer();
    const { adapter } = await connect(server);
    const result = await adapter.originate(request(changes), written);
    expect(result).toMatchObject({
      status: "refused",
      reason: "INVALID_REQUEST",
    });
    expect(server.actions("Originate")).toEqual([]);
  });

  it("while the longest harmless ones fit into AMI's lines", async () => {
    const server = await startServer();
    const { adapter } = await connect(server);
    const variables = { ["B".repeat(63)]: "世".repeat(255) };
    await adapter.originate(request({ variables }), written);
    const longest = Math.max(
      ...server
        .received()
        .split("\r\n")
        .map((line) => Buffer.byteLength(line)),
    );
    expect(longest).toBeLessThan(1_024);
    expect(server.actions("Originate")).toHaveLength(1);
  });

  it("whatever is put into the fields, at most one Originate with exactly our headers is on the wire", async () => {
    const server = await startServer();
    const { adapter } = await connect(server);
    const text = fc.oneof(
      fc.string({ unit: "binary", maxLength: 30 }),
      fc.constantFrom(...controls, ...structure, "PJSIP/1@t", "1555", "s", "A"),
    );
    await fc.assert(
      fc.asyncProperty(
        text,
        text,
        text,
        text,
        text,
        text,
        async (dialString, callerId, context, extension, name, value) => {
          const before = server.actions().length;
          const call = request({
            dialString,
            callerId,
            context,
            extension,
            variables: { [name]: value },
          });
          const result = await adapter.originate(call, written);
          const received = server
            .actions()
            .slice(before)
            .filter(({ headers }) => headers.get("action") !== "Ping");
          expect(received.map(({ headers }) => headers.get("action"))).toEqual(
            result.status === "accepted" ? ["Originate"] : [],
          );
          if (received[0] !== undefined)
            expect(received[0].headers.get("channel")).toBe(dialString);
        },
      ),
      { numRuns: 150 },
    );
  });
});
