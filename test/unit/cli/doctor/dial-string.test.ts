import { describe, expect, it } from "vitest";
import { pbxOf, wayOutOf } from "../../../../cli/doctor/dial-string.ts";

describe("a dial string", () => {
  it.each([
    ["PJSIP/{number}@carrier", "device", "PJSIP/carrier"],
    ["PJSIP/021{national}@carrier-2", "device", "PJSIP/carrier-2"],
    [
      "PJSIP/carrier/sip:{number}@sip.carrier.example",
      "device",
      "PJSIP/carrier",
    ],
    ["SIP/carrier/{number}", "device", "SIP/carrier"],
    ["IAX2/peer/{number}", "device", "IAX2/peer"],
    ["Local/{number}@from-internal/n", "context", "from-internal"],
    ["sofia/gateway/carrier/0{national}", "gateway", "carrier"],
    [
      "[leg_progress_timeout=9]sofia/gateway/carrier/{number}",
      "gateway",
      "carrier",
    ],
  ] as const)("%s needs the %s %s", (text, kind, name) => {
    expect(wayOutOf(text)).toEqual({ kind, name });
  });

  it.each([
    "DAHDI/g1/{number}",
    "PJSIP/{number}",
    "PJSIP/{number}@{national}",
    "Local/{number}",
    "sofia/external/{number}@sip.carrier.example",
    "mock/a/{number}",
    "{number}",
  ])("%s names nothing that can be asked for", (text) => {
    expect(wayOutOf(text)).toEqual({ kind: "unknown" });
  });

  it.each([
    ["mock/a/{number}", "mock"],
    ["PJSIP/{number}@x", "asterisk_ami"],
    ["Local/{number}@x/n", "asterisk_ami"],
    ["sofia/gateway/x/{number}", "freeswitch_esl"],
    ["loopback/{number}/default", "freeswitch_esl"],
    ["{number}", null],
  ] as const)("%s is for %s", (text, pbx) => {
    expect(pbxOf(text)).toBe(pbx);
  });
});
