/** What must never reach the PBX. */
import { expect, it } from "vitest";

import type { OriginateRequest } from "../../../adapters/port.ts";
import { commandsOf } from "./line.ts";
import type { Context } from "./line.ts";

const hostile: Readonly<Record<string, Partial<OriginateRequest>>> = {
  "a line end in the dial string": { dialString: "X/1\r\nAction: Logoff" },
  "a comma in the dial string": { dialString: "X/1,X/2" },
  "a second endpoint in the dial string": { dialString: "X/1&X/2" },
  "braces in the dial string": { dialString: "{a=b}X/1" },
  "a dial string without a destination": { dialString: "X/" },
  "a regular expression as dial string": { dialString: "/.*/" },
  "a line end in the caller id": { callerId: "5511\n3000" },
  "a name in the caller id": { callerId: '"Bank" <1133330000>' },
  "a line end in the extension": { extension: "s\nAction: Ping" },
  "a command as extension": { extension: "&system(id)" },
  "a comma in the context": { context: "a,b" },
  "a function as variable name": { variables: { "FILE(x)": "1" } },
  "a line end in a variable name": { variables: { "A\r\nB": "1" } },
  "a line end in a variable value": { variables: { A: "1\r\nVariable: B=2" } },
  "a comma in a variable value": { variables: { A: "1,MONITOR_EXEC=x" } },
  "braces in a variable value": { variables: { A: "${SHELL(id)}" } },
  "a null byte in a variable value": { variables: { A: "a\0b" } },
  "an id that is no UUID": { attemptId: "/.*/" },
  "a time-out that is no number": { ringTimeoutSeconds: Number.NaN },
  "a time-out of zero": { setupTimeoutSeconds: 0 },
};

export function describeRefusals({ harness, openLine }: Context): void {
  it.each(Object.entries(hostile))(
    "refuses %s before anything is written",
    async (_name, changes) => {
      const { adapter, request } = await openLine();
      const before = await harness().originatesReceived();
      let asked = 0;
      const result = await adapter.originate(request("talks", changes), () => {
        asked += 1;
        return true;
      });
      expect(result).toMatchObject({
        status: "refused",
        reason: "INVALID_REQUEST",
      });
      expect(asked).toBe(0);
      expect(await harness().originatesReceived()).toBe(before);
      expect(await adapter.listLiveCalls()).toEqual([]);
    },
  );

  it("sends nothing when the caller withdraws at the last moment", async () => {
    const { adapter, request } = await openLine();
    const before = await harness().originatesReceived();
    let asked = 0;
    const result = await adapter.originate(request("talks"), () => {
      asked += 1;
      return false;
    });
    expect(result.status).toBe("not_sent");
    expect(asked).toBe(1);
    expect(await adapter.listLiveCalls()).toEqual([]);
    expect(await harness().originatesReceived()).toBe(before);
  });

  it("sends nothing without a connection", async () => {
    const line = await openLine();
    const before = await harness().originatesReceived();
    await line.adapter.disconnect();
    await line.adapter.disconnect();
    let asked = 0;
    const result = await line.adapter.originate(line.request("talks"), () => {
      asked += 1;
      return true;
    });
    expect(result.status).toBe("not_sent");
    expect(asked).toBe(0);
    expect(line.adapter.connection().status).toBe("DISCONNECTED");
    expect(line.adapter.lastAnswerAgeMs()).toBeNull();
    for (const command of commandsOf(line.adapter)) {
      await expect(command()).rejects.toMatchObject({ code: "NOT_CONNECTED" });
    }
    expect(await harness().originatesReceived()).toBe(before);
  });
}
