/** Nothing but the one intended command is ever written; proved on the bytes. */
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";

import { bytesOf } from "../../../../adapters/freeswitch-esl/command.ts";
import type { OriginateRequest } from "../../../../adapters/port.ts";
import { connect, request, startSwitch } from "./fake-switch.ts";

const controls = [
  "\r",
  "\n",
  "\nJob-UUID: attacker",
  "\nContent-Length: 40",
  "\n\napi status",
  "\r\n\r\nexit\r\n\r\n",
  "\0",
  "\x1b",
  "\x7f",
  "\x85",
  "\u2028",
  "\ud800",
];
const structure = [
  "@127.0.0.1:5092",
  ";fs_path=sip:127.0.0.1:5092",
  ",sofia/gateway/carrier/1",
  "|sofia/gateway/carrier/1",
  ":_:",
  "}",
  "{",
  "[",
  "]",
  "${hostname}",
  "$${domain}",
  "\\",
  "'",
  '"',
  " ",
  " &system(id)",
  "&park()",
  "^^:",
  "ARRAY::",
  "=",
  "%0a",
  "<",
  "(",
];

/** By field: what is not harmless in it. */
const hostileFields: Readonly<
  Record<string, (bad: string) => Partial<OriginateRequest>>
> = {
  "the phone": (bad) => ({ dialString: `sofia/gateway/carrier/1555${bad}` }),
  "the gateway": (bad) => ({ dialString: `sofia/gateway/x${bad}/15550000` }),
  "the profile's host": (bad) => ({
    dialString: `sofia/lab/15550000@10.0.0.1${bad}`,
  }),
  "the caller id": (bad) => ({ callerId: `1555${bad}0000` }),
  "the context": (bad) => ({ context: `sales${bad}x` }),
  "the extension": (bad) => ({ extension: `s${bad}x` }),
  "a variable's name": (bad) => ({ variables: { [`A${bad}B`]: "1" } }),
  "the attempt's id": (bad) => ({ attemptId: `${request().attemptId}${bad}` }),
};

describe("hostile values", () => {
  const cases = Object.entries(hostileFields).flatMap(([field, changes]) =>
    [...controls, ...structure].map((bad) => [field, bad, changes] as const),
  );

  it(`are refused before anything is written, in ${String(cases.length)} cases`, async () => {
    const fake = await startSwitch();
    const { adapter } = await connect(fake, {
      timings: { pingIntervalMs: 60_000 },
    });
    const before = fake.received;
    const asked = vi.fn(() => true);
    for (const [field, bad, changes] of cases) {
      const result = await adapter.originate(request(changes(bad)), asked);
      expect(result, `${field}: ${JSON.stringify(bad)}`).toMatchObject({
        status: "refused",
        reason: "INVALID_REQUEST",
      });
      // No message repeats the value, which may be a phone number.
      if (bad.trim().length > 2)
        expect(JSON.stringify(result)).not.toContain(bad.trim());
    }
    expect(asked).not.toHaveBeenCalled();
    expect(fake.received).toBe(before);
  });

  it.each([
    "sofia/gateway/carrier",
    "sofia/gateway/carrier/",
    "sofia/gateway/carrier/abc",
    "sofia/gateway/carrier/1",
    "sofia/gateway/carrier/1555/1556",
    "sofia/gateway/a::b::c/1555",
    "sofia/lab/1555",
    "sofia/lab/1555@10.0.0.1@10.0.0.2",
    "sofia/lab/1555@10.0.0.1:5060:_:user",
    "sofia/lab/a1555@10.0.0.1",
    "loopback/1555@x/default",
    "user/1001@a@b",
    "group/all@x",
  ])("%s is no dial string of one destination", async (dialString) => {
    const fake = await startSwitch();
    const { adapter } = await connect(fake);
    expect(
      await adapter.originate(request({ dialString }), () => true),
    ).toMatchObject({ status: "refused", reason: "INVALID_REQUEST" });
  });

  it.each([
    "sofia/gateway/carrier/+15550000200",
    "sofia/gateway/external::carrier-2.example/0115550000200",
    "sofia/external/15550000200@sip.carrier.example:5062",
    "user/1001@pbx.example",
    "user/1001",
    "loopback/15550000200/default",
  ])("%s is one", async (dialString) => {
    const fake = await startSwitch();
    const { adapter } = await connect(fake);
    expect(
      await adapter.originate(request({ dialString }), () => true),
    ).toEqual({ status: "accepted" });
    expect(fake.received).toContain(`]${dialString} s XML dialer\n`);
  });

  it("leave of any request either one command or nothing, and never one more line", async () => {
    const fake = await startSwitch();
    const { adapter } = await connect(fake, {
      timings: { pingIntervalMs: 60_000 },
    });
    const text = fc.oneof(
      fc.string({ unit: "binary", maxLength: 20 }),
      fc.constantFrom(...controls, ...structure, "s", "1555", "7"),
    );
    await fc.assert(
      fc.asyncProperty(text, text, text, text, async (a, b, c, d) => {
        const before = fake.reads.length;
        const asked = request({
          dialString: `sofia/gateway/carrier/${a}`,
          extension: b,
          context: c,
          variables: { NOTE: d, [b]: a },
        });
        const { status } = await adapter.originate(asked, () => true);
        const sent = fake.reads.slice(before).join("");
        if (status !== "accepted") expect(sent).toBe("");
        else
          expect(sent).toMatch(
            /^bgapi originate \{[^{}\n]*\}\[leg_progress_timeout=20\]sofia\/gateway\/carrier\/\+?[0-9*#]+ \S+ XML \S+\nJob-UUID: \S+\n\n$/,
          );
      }),
      { numRuns: 100 },
    );
  }, 20_000);

  it("cannot reach a command of any kind: a line end or a control is refused where bytes are made", () => {
    for (const bad of controls) {
      expect(() => bytesOf({ line: `api uuid_kill ${bad}` })).toThrow(
        /kill|api/,
      );
      expect(() => bytesOf({ line: "bgapi x", jobUuid: bad })).toThrow();
    }
    expect(() => bytesOf({ line: "" })).toThrow();
    expect(() => bytesOf({ line: `api ${"x".repeat(20_000)}` })).toThrow(
      /too long/,
    );
  });

  it("in an id never reach uuid_kill or uuid_exists", async () => {
    const fake = await startSwitch();
    const { adapter } = await connect(fake, {
      timings: { pingIntervalMs: 60_000 },
    });
    const before = fake.received;
    for (const bad of ["", "all", "x\n\napi status", "/.*/", "1 2"]) {
      await expect(adapter.hangup(bad)).rejects.toMatchObject({
        code: "PROTOCOL",
      });
      await expect(adapter.isAlive(bad)).rejects.toMatchObject({
        code: "PROTOCOL",
      });
    }
    expect(fake.received).toBe(before);
  });
});
