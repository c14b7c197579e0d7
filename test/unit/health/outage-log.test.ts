/**
 * A day on which PBX, database and Supabase are away, in virtual time, with the program's own parts that write to the log then:
 * what an operator reads of it, and how much.
 */
import { expect, test } from "vitest";

import { PbxConnection } from "../../../adapters/connection/pbx-connection.ts";
import type { PbxSession } from "../../../adapters/connection/session.ts";
import { createPbxListener } from "../../../engine/pbx-listener.ts";
import type { HealthMeasures } from "../../../health/faults.ts";
import { HealthWatch } from "../../../health/watch.ts";
import { componentLogger, createLogger } from "../../../logging.ts";

const dayMs = 86_400_000;

interface Line {
  readonly level: number;
  readonly msg: string;
}

function stage() {
  let nowMs = 0;
  const lines: Line[] = [];
  const root = createLogger(
    { level: "info", phoneNumbers: false },
    { write: (line) => void lines.push(JSON.parse(line) as Line) },
    () => nowMs,
  );
  return {
    lines,
    root,
    nowMs: () => nowMs,
    advance: (ms: number) => {
      nowMs += ms;
    },
  };
}

const since = new Date(0);
const well = {
  pbx: { status: "CONNECTED", since },
  databaseAnswerAgeMs: 0,
  databaseAgeMs: 0,
  refusal: null,
  idleness: null,
  node: "default",
  term: null,
  uptimeMs: 0,
  staleMs: 3_000,
} as const satisfies HealthMeasures;

test("a day's outage of everything is at most 1,500 lines, and each of them can be distinguished from the others", () => {
  const { lines, root, nowMs, advance } = stage();
  let awayMs = 0;
  const watch = new HealthWatch({
    measure: () =>
      awayMs === 0
        ? well
        : {
            ...well,
            pbx: {
              status: "DISCONNECTED",
              since,
              reason: "connect ECONNREFUSED 10.0.0.5:5038",
            },
            databaseAnswerAgeMs: awayMs,
            databaseAgeMs: awayMs,
            uptimeMs: awayMs,
          },
    unhealthyAfterMs: 30_000,
    nowMs,
    log: componentLogger(root, "Health"),
  });
  const listener = createPbxListener({
    inbox: { push: () => undefined } as never,
    heartbeat: { isStopped: false, soon: () => Promise.resolve() } as never,
    metrics: { pbxConnected: { set: () => undefined } } as never,
    log: componentLogger(root, "Engine"),
    elector: { term: null, notePbxReady: () => undefined },
    onChange: () => undefined,
  });
  watch.observe();
  // Whatever else complains: a dozen components, each at its own pace, none of which knows of the others.
  const complaints = Array.from({ length: 12 }, (_, n) => ({
    log: componentLogger(root, `Part${String(n)}`),
    everyS: n + 1,
  }));
  const reason = "connect ECONNREFUSED 10.0.0.5:5038";
  for (let second = 1; awayMs < dayMs; second++) {
    advance(1_000);
    awayMs += 1_000;
    watch.observe();
    if (second % 5 === 0)
      for (const status of ["CONNECTING", "DISCONNECTED"] as const)
        listener.onConnection({
          state: { status, since, reason },
          restarted: false,
        });
    for (const { log, everyS } of complaints)
      if (second % everyS === 0)
        log.error({ err: new Error(`try ${String(second)}`) }, "It failed");
  }
  const during = lines.length;
  awayMs = 0;
  for (let second = 0; second < 10; second++) {
    advance(1_000);
    watch.observe();
  }
  const logged = lines.map(({ msg }) => msg);
  const count = (msg: string) => logged.filter((one) => one === msg).length;
  const summaries = count("Still away: PBX, Database");
  expect(summaries).toBeGreaterThan(1_400);
  expect(during - summaries).toBeLessThan(60 + 12 * 32);
  expect(count("Not connected to the PBX")).toBe(1);
  expect(count("PBX: outage began")).toBe(1);
  expect(logged.slice(during)).toEqual([
    "PBX: outage over",
    "Database: outage over",
  ]);
  // Without the invented dozen of complaints:
  const own = logged.filter((msg) => msg !== "It failed");
  expect(own.length).toBeLessThanOrEqual(1_500);
});

test("each further try of a connection that fails in the same way is a detail; another reason is logged", async () => {
  const { lines, root } = stage();
  const reasons = ["refused", "refused", "refused", "no route", "no route"];
  let tries = 0;
  class UnreachablePbx extends PbxConnection<PbxSession> {
    protected override openSession(): Promise<PbxSession> {
      const reason = reasons[tries] ?? "no route";
      tries += 1;
      return Promise.reject(new Error(reason));
    }
    protected override greet(): Promise<never> {
      return Promise.reject(new Error("nobody is connected"));
    }
  }
  const line = new UnreachablePbx({
    pbx: "Asterisk",
    where: "10.0.0.5:5038",
    failureMessage: "AMI connection failed",
    reconnect: { minMs: 1, maxMs: 1 },
    log: componentLogger(root, "AMI"),
    listener: { onState: () => undefined, onLost: () => undefined },
  });
  await line.connect();
  while (tries < 7) await new Promise((resolve) => setTimeout(resolve, 1));
  line.disconnect();
  expect(lines.map(({ level }) => level)).toEqual([50, 50]);
});
