import { describe, expect, it } from "vitest";
import {
  type AmiAction,
  checkAction,
} from "../../../../adapters/asterisk-ami/action.ts";

const read = (reads: string): AmiAction => ({
  headers: { Action: "Getvar" },
  reads,
});

describe("a dialplan function that is read", () => {
  it.each([
    "DEVICE_STATE(PJSIP/carrier)",
    "DEVICE_STATE(SIP/a.b:5060@c-1)",
    "PJSIP_ENDPOINT(carrier,redirect_method)",
  ])("may be %s", (reads) => {
    expect(checkAction(read(reads), "dialer:1")).toEqual([]);
  });

  it.each([
    "DEVICE_STATE(x)\r\nAction: Originate",
    "DEVICE_STATE(x\n)",
    "DEVICE_STATE(x)\n",
    "DEVICE_STATE(${SHELL(id)})",
    "SHELL(id) SHELL(id)",
    "CORRELATION_ID",
    "A=B",
    "DEVICE_STATE()",
    "PJSIP_ENDPOINT(x,)",
    "PJSIP_ENDPOINT(x,a,b)",
    "PJSIP_ENDPOINT(x,a b)",
    "PJSIP_ENDPOINT(x,${A})",
    "",
  ])("may not be %j", (reads) => {
    expect(checkAction(read(reads), "dialer:1")).toEqual([
      "reads: no plain call of a dialplan function",
    ]);
  });
});
