import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { response, timestamp } from "../../../support/fake-ami-server.ts";
import { waitFor } from "../../../support/wait-for.ts";
import { connect, startServer } from "./harness.ts";

describe("Asterisk's clock against ours", () => {
  it("is measured at the greeting, whichever way it differs", async () => {
    const shifts = fc.integer({ min: -86_400_000, max: 86_400_000 });
    await fc.assert(
      fc.asyncProperty(shifts, async (aheadMs) => {
        const server = await startServer();
        server.answer("Ping", (action) =>
          response(action, "Success", { Timestamp: timestamp(aheadMs) }),
        );
        const { adapter } = await connect(server);
        const state = adapter.connection();
        await adapter.disconnect();
        if (state.status !== "CONNECTED") throw new Error(state.reason);
        const measuredMs = state.clockOffsetMs ?? Infinity;
        expect(Math.abs(measuredMs - aheadMs)).toBeLessThan(300);
      }),
      { numRuns: 8 },
    );
  });

  it("is measured again at every ping, so that a step shows", async () => {
    const server = await startServer();
    const { adapter } = await connect(server);
    server.answer("Ping", (action) =>
      response(action, "Success", { Timestamp: timestamp(-3_600_000) }),
    );
    await waitFor("the step to be seen", () => {
      const state = adapter.connection();
      return (
        state.status === "CONNECTED" && (state.clockOffsetMs ?? 0) < -3_590_000
      );
    });
  });

  it("is not known of an Asterisk that does not say its time", async () => {
    const server = await startServer();
    server.answer("Ping", (action) => response(action, "Success"));
    const { adapter } = await connect(server);
    expect(adapter.connection()).not.toHaveProperty("clockOffsetMs");
  });
});
