import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";

import {
  amiMessage,
  idOf,
  response,
} from "../../../support/fake-ami-server.ts";
import { waitFor } from "../../../support/wait-for.ts";
import type { OriginateRequest } from "../../../../adapters/port.ts";
import {
  connect,
  fastTimings,
  request,
  startServer,
  written,
} from "./harness.ts";
import { installationId } from "./recordings.ts";

describe("an Originate", () => {
  it("says all that Asterisk needs, asynchronously, and never EarlyMedia", async () => {
    const server = await startServer();
    const { adapter } = await connect(server);
    const call = request({
      variables: { ORDER_ID: "A-42", GREETING: "Olá D'Ávila" },
    });
    expect(await adapter.originate(call, written)).toEqual({
      status: "accepted",
    });
    const [sent] = server.actions("Originate");
    const {
      actionid,
      variable: _,
      ...headers
    } = Object.fromEntries(sent?.headers ?? []);
    expect(headers).toEqual({
      action: "Originate",
      async: "true",
      channel: "PJSIP/15550000200@trunk",
      channelid: call.attemptId,
      context: "from-dialer",
      exten: "s",
      priority: "1",
      timeout: "45000",
      account: installationId,
      callerid: "+15551230000",
    });
    expect(actionid).toContain(`${installationId}:${call.attemptId}:`);
    expect(Object.fromEntries(sent?.variables ?? [])).toEqual({
      __CORRELATION_ID: call.attemptId,
      __CAMPAIGN_ID: call.campaignId,
      __LEAD_ID: call.leadId,
      __DIALER_VAR_ORDER_ID: "A-42",
      __DIALER_VAR_GREETING: "Olá D'Ávila",
      DIALER_MAX_SECONDS: "600",
    });
  });

  it("names both halves of a Local channel, and takes no caller id that it was not given", async () => {
    const server = await startServer();
    const { adapter } = await connect(server);
    const call = request({
      dialString: "Local/15550000200@from-internal/n",
      callerId: null,
      context: "sales",
      extension: "200",
    });
    await adapter.originate(call, written);
    const headers = server.actions("Originate")[0]?.headers;
    expect(headers?.get("otherchannelid")).toBe(`${call.attemptId};2`);
    expect(headers?.get("context")).toBe("sales");
    expect(headers?.has("callerid")).toBe(false);
  });

  it("is announced right before its bytes leave, and only then", async () => {
    const server = await startServer();
    const { adapter } = await connect(server);
    const order: string[] = [];
    server.answer("Originate", (action) => {
      order.push("received");
      return response(action, "Success");
    });
    const onWritten = () => {
      order.push("announced");
      return true;
    };
    const result = adapter.originate(request(), onWritten);
    expect(order).toEqual(["announced"]);
    await result;
    expect(order).toEqual(["announced", "received"]);
  });

  it.each([
    ["Extension does not exist.", "NO_SUCH_EXTENSION"],
    ["Invalid channel", "INVALID_REQUEST"],
    ["Invalid timeout", "INVALID_REQUEST"],
    ["Permission denied", "SWITCH_REFUSED"],
    ["Originate Access Forbidden: app or data blacklisted", "SWITCH_REFUSED"],
    ["something new", "SWITCH_REFUSED"],
  ])(
    "refused with %s is told as %s, and no event follows",
    async (message, reason) => {
      const server = await startServer();
      server.answer("Originate", (action) =>
        response(action, "Error", { Message: message }),
      );
      const { adapter, events } = await connect(server);
      expect(await adapter.originate(request(), written)).toEqual({
        status: "refused",
        reason,
        message,
      });
      expect(events).toEqual([]);
    },
  );

  it("without an answer in time is unknown, and its later events are told", async () => {
    const server = await startServer();
    server.answer("Originate", () => null);
    const { adapter, events } = await connect(server);
    const call = request();
    expect(await adapter.originate(call, written)).toMatchObject({
      status: "unknown",
    });
    server.send(
      amiMessage({
        Event: "Newstate",
        ChannelState: "5",
        Uniqueid: call.attemptId,
      }),
    );
    await waitFor("the ringing", () =>
      events.find(({ kind }) => kind === "RINGING"),
    );
  });

  it("cut off after it was written is unknown", async () => {
    const server = await startServer();
    server.answer("Originate", (action) => {
      action.connection.end(false);
      return null;
    });
    const { adapter } = await connect(server);
    expect(await adapter.originate(request(), written)).toMatchObject({
      status: "unknown",
    });
    expect(server.actions("Originate")).toHaveLength(1);
  });

  it("is sent once for an attempt, even when asked again", async () => {
    const server = await startServer();
    const { adapter } = await connect(server);
    const call = request();
    const results = await Promise.all(
      [1, 2, 3].map(() => adapter.originate(call, written)),
    );
    expect(results.map(({ status }) => status)).toEqual([
      "accepted",
      "refused",
      "refused",
    ]);
    expect(server.actions("Originate")).toHaveLength(1);
  });

  it("withdrawn at the last moment may be tried again", async () => {
    const server = await startServer();
    const { adapter } = await connect(server);
    const call = request();
    expect(await adapter.originate(call, () => false)).toMatchObject({
      status: "not_sent",
    });
    expect(await adapter.originate(call, written)).toEqual({
      status: "accepted",
    });
    expect(server.actions("Originate")).toHaveLength(1);
  });

  it("to a trunk that Asterisk has no channel for is refused after a grace, by its ActionID", async () => {
    const server = await startServer();
    server.answer(
      "Originate",
      (action) =>
        response(action, "Success") +
        amiMessage({
          Event: "OriginateResponse",
          ActionID: idOf(action),
          Response: "Failure",
          Reason: "0",
          Uniqueid: "<null>",
        }),
    );
    const { adapter, events } = await connect(server);
    const call = request();
    await adapter.originate(call, written);
    await waitFor("the refusal", () => events.length > 0);
    expect(events).toMatchObject([
      { attemptId: call.attemptId, kind: "REFUSED", reason: "TRUNK_FAULT" },
    ]);
  });

  it("is not written to an Asterisk that has stopped reading", async () => {
    const server = await startServer();
    const { adapter } = await connect(server, {
      timings: { ...fastTimings, pingIntervalMs: 60_000 },
    });
    server.stall(true);
    const big = Object.fromEntries(
      Array.from({ length: 60 }, (_, index) => [
        `V${String(index)}`,
        "x".repeat(255),
      ]),
    );
    const results: Promise<{ status: string }>[] = [];
    await waitFor(
      "the kernel to take no more",
      async () => {
        const result = adapter.originate(request({ variables: big }), written);
        results.push(result);
        const soon = await Promise.race([
          result,
          new Promise<null>((resolve) => {
            setImmediate(resolve, null);
          }),
        ]);
        return (
          soon?.status === "not_sent" &&
          soon.message.includes("stopped reading")
        );
      },
      { intervalMs: 0 },
    );
    const statuses = new Set(
      (await Promise.all(results)).map(({ status }) => status),
    );
    expect(statuses).toEqual(new Set(["unknown", "not_sent"]));
  });
});

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
