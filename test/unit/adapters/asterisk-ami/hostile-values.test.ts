import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";

import type { OriginateRequest } from "../../../../adapters/port.ts";
import type { ReceivedAction } from "../../../support/fake-ami-server.ts";
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

const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 30 }),
  // What one or the other of the fields takes.
  fc.stringMatching(/^[A-Z][A-Z0-9_]{0,11}$/),
  fc.stringMatching(/^\+?[0-9]{6,15}$/),
  fc.stringMatching(/^PJSIP\/\+?[0-9]{6,15}@[a-z]{1,8}$/),
  fc.constantFrom(...controls, ...structure),
);

/** One field that may be anything while all others are valid, and how it is found again on the wire. */
const randomFields: Readonly<
  Record<
    string,
    {
      readonly changes: (value: string) => Partial<OriginateRequest>;
      readonly written: (
        action: ReceivedAction,
        value: string,
      ) => string | undefined;
    }
  >
> = {
  "the dial string": {
    changes: (dialString) => ({ dialString }),
    written: ({ headers }) => headers.get("channel"),
  },
  "the caller id": {
    changes: (callerId) => ({ callerId }),
    written: ({ headers }) => headers.get("callerid"),
  },
  "the context": {
    changes: (context) => ({ context }),
    written: ({ headers }) => headers.get("context"),
  },
  "the extension": {
    changes: (extension) => ({ extension }),
    written: ({ headers }) => headers.get("exten"),
  },
  "a variable's name": {
    changes: (name) => ({ variables: { [name]: "found" } }),
    written: ({ variables }, name) =>
      variables.get(`__DIALER_VAR_${name}`) === "found" ? name : undefined,
  },
  "a variable's value": {
    changes: (value) => ({ variables: { A: value } }),
    written: ({ variables }) => variables.get("__DIALER_VAR_A"),
  },
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

  it.each(Object.entries(randomFields))(
    "whatever %s is, an Originate with exactly that or none is on the wire",
    async (_name, { changes, written: header }) => {
      const server = await startServer();
      const { adapter } = await connect(server);
      let accepted = 0;
      let refused = 0;
      await fc.assert(
        fc.asyncProperty(text, async (value) => {
          const before = server.actions().length;
          const result = await adapter.originate(
            request(changes(value)),
            written,
          );
          if (result.status === "accepted") accepted += 1;
          else refused += 1;
          const received = server
            .actions()
            .slice(before)
            .filter(({ headers }) => headers.get("action") !== "Ping");
          expect(received.map(({ headers }) => headers.get("action"))).toEqual(
            result.status === "accepted" ? ["Originate"] : [],
          );
          for (const action of received)
            expect(header(action, value)).toBe(value);
        }),
        { numRuns: 200 },
      );
      expect(accepted).toBeGreaterThan(10);
      expect(refused).toBeGreaterThan(10);
    },
  );
});
