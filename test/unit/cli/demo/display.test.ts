import { PassThrough } from "node:stream";
import { expect, it } from "vitest";
import { createDisplay } from "../../../../cli/demo/display.ts";

it("the demo's block stays within the terminal, cut between two figures", () => {
  const terminal = Object.assign(new PassThrough(), {
    isTTY: true,
    columns: 50,
  });
  createDisplay(terminal as unknown as NodeJS.WriteStream).show({
    elapsedMs: 19_000,
    progress: {
      status: "ACTIVE",
      pauseReason: null,
      leads: 200,
      leadsNew: 0,
      leadsFinal: 75,
      leadsRetry: 65,
      queued: 10,
      dialling: 27,
      talking: 23,
      outcomes: [
        { outcome: "NO_ANSWER", count: 66, sent: 0 },
        { outcome: "BUSY", count: 28, sent: 0 },
        { outcome: "NETWORK_CONGESTION", count: 19, sent: 0 },
      ],
    },
    trunks: [{ name: "demo-norte", cps: 9, limit: 10 }],
  });
  expect(String(terminal.read()).trimEnd().split("\n").slice(1)).toEqual([
    "  calls     10 queued, 27 dialling, 23 talking",
    "  leads     0 new, 65 wait for a retry",
    "  rate      demo-norte 9 of 10 calls/s",
    "  outcomes  NO_ANSWER 66, BUSY 28, …",
  ]);
});
