/** The switch's clock is set while it has calls (`fsctl sync_clock`): durations are of one clock. */
import { randomUUID } from "node:crypto";

import fc from "fast-check";
import { pino } from "pino";
import { expect, onTestFinished, test } from "vitest";

import { FreeswitchEslAdapter } from "../../../adapters/freeswitch-esl/adapter.ts";
import type { CallEvent } from "../../../adapters/port.ts";
import { FAR_END, startEslServer } from "../../support/esl-server.ts";
import type { EslServer } from "../../support/esl-server.ts";
import { waitFor } from "../../support/wait-for.ts";

async function openLine(server: EslServer) {
  const events: CallEvent[] = [];
  const adapter = new FreeswitchEslAdapter({
    ...{ host: server.host, port: server.port, password: "ClueCon" },
    ...{ context: "dialer", installationId: "clock-test" },
    log: pino({ level: "silent" }),
  });
  await adapter.connect({
    onCallEvent: (event) => events.push(event),
    onConnection: () => undefined,
  });
  const heard = <K extends CallEvent["kind"]>(attemptId: string, kind: K) =>
    waitFor(`${kind} of the call`, () =>
      events.find(
        (event): event is Extract<CallEvent, { kind: K }> =>
          event.attemptId === attemptId && event.kind === kind,
      ),
    );
  return { adapter, heard };
}

let numbers = 0;

test("whatever step, whenever in the call, no duration is negative, nor longer than the call by more than a small step", async () => {
  const moments = fc.constantFrom(
    ...(["RINGING", "ANSWERED", "WAITING_AGENT"] as const),
  );
  const steps = fc.oneof(
    fc.constantFrom(3_600_000, -3_600_000, 60_000, -60_000),
    fc.integer({ min: -20_000, max: 20_000 }),
    fc.integer({ min: -86_400_000, max: 86_400_000 }),
  );
  await fc.assert(
    fc.asyncProperty(moments, steps, async (moment, stepMs) => {
      // One of its own for each: what is left of the last call's events is of another clock.
      const server = await startEslServer({
        pace: { secondMs: 2_000, ringMs: 60, talkMs: 80 },
      });
      onTestFinished(() => server.close());
      const { adapter, heard } = await openLine(server);
      numbers += 1;
      const attemptId = randomUUID();
      const number = `55118${String(numbers).padStart(5, "0")}${FAR_END.answers}`;
      const beganMs = performance.now();
      await adapter.originate(
        {
          ...{ attemptId, campaignId: randomUUID(), leadId: randomUUID() },
          dialString: `sofia/gateway/carrier/${number}`,
          ...{ callerId: null, context: null, extension: "s" },
          ...{ setupTimeoutSeconds: 20, ringTimeoutSeconds: 25 },
          ...{ maxCallDurationSeconds: 600, variables: {} },
        },
        () => true,
      );
      await heard(attemptId, moment);
      server.switch.clockAheadMs += stepMs;
      const { at, history } = await heard(attemptId, "ENDED");
      await adapter.disconnect();
      await server.close();
      const longestMs = performance.now() - beganMs + 1_000;
      const { ringAt, answerAt, bridgeAt } = history;
      expect(answerAt).not.toBeNull();
      const smallMs = Math.abs(stepMs) <= 31_000 ? Math.abs(stepMs) : 0;
      for (const [from, to] of [
        [ringAt, answerAt],
        [answerAt, at],
        [bridgeAt ?? at, at],
      ]) {
        const told = Date.parse(to ?? "") - Date.parse(from ?? to ?? "");
        expect(told).toBeGreaterThanOrEqual(0);
        expect(told).toBeLessThan(longestMs + smallMs);
      }
    }),
    {
      numRuns: 25,
      // An hour either way, in each moment.
      examples: (["RINGING", "ANSWERED", "WAITING_AGENT"] as const).flatMap(
        (moment): [typeof moment, number][] => [
          [moment, 3_600_000],
          [moment, -3_600_000],
        ],
      ),
    },
  );
});
