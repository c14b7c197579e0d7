/** Every sentence with which an adapter says why its PBX is away has a code that the wallboard has words for. */
import { describe, expect, it } from "vitest";

import { pbxReasonCode } from "../../../wallboard/pbx-reasons.ts";

describe("why a PBX is away", () => {
  it.each([
    ["connect ECONNREFUSED 192.0.2.1:5038", "REFUSED"],
    ["getaddrinfo ENOTFOUND pbx.example", "NAME_UNKNOWN"],
    ["connect EHOSTUNREACH 192.0.2.1:5038", "UNREACHABLE"],
    [
      "Asterisk at 192.0.2.1:5038 refused the login of AMI user dialer (Authentication failed). It gives the same answer to a wrong ASTERISK_AMI_SECRET",
      "LOGIN",
    ],
    [
      "Asterisk at 192.0.2.1:5038 lets AMI user dialer log in only once, and somebody is logged in as that user",
      "LOGIN",
    ],
    [
      "The AMI user lacks originate in its write = line of manager.conf; it needs write = originate,call,reporting,user",
      "RIGHTS",
    ],
    [
      "Asterisk sends events without their time. Set timestampevents = yes in [general] of manager.conf",
      "RIGHTS",
    ],
    ["Asterisk is silent: no answer to Ping within 5000 ms", "SILENT"],
    ["Asterisk did not answer Login within 5000 ms", "SILENT"],
    ["FreeSWITCH is still starting", "STARTING"],
    ["connect() has not been called", "STARTING"],
    ["Asterisk closed the connection", "CLOSED"],
    ["read ECONNRESET", "CLOSED"],
    ["FreeSWITCH sent a reply to no command; reconnecting", "CLOSED"],
    ["something quite new", "OTHER"],
  ])("%s: %s", (sentence, code) => {
    expect(pbxReasonCode(sentence)).toBe(code);
  });

  it("is the earlier reason while a new try says nothing of its own", () => {
    expect(
      pbxReasonCode(
        "Connecting to 192.0.2.1:5038; before: connect ECONNREFUSED 192.0.2.1:5038",
      ),
    ).toBe("REFUSED");
    expect(
      pbxReasonCode(
        "192.0.2.1:5038 greeted; logging in as dialer; before: connect ECONNREFUSED 192.0.2.1:5038",
      ),
    ).toBe("REFUSED");
  });
});
