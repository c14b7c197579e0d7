/** The adapter to FreeSWITCH keeps the contract of adapters/port.ts, against a switch scripted from recordings of a real one. */
import { pino } from "pino";

import { FreeswitchEslAdapter } from "../../../../adapters/freeswitch-esl/adapter.ts";
import { describeAdapterConformance } from "../../../support/adapter-conformance.ts";
import type {
  ConformanceBehaviour,
  ConformanceHandOver,
  ConformanceHarness,
} from "../../../support/adapter-conformance.ts";
import { FAR_END, startEslServer } from "../../../support/esl-server.ts";

const ENDINGS: Readonly<Record<ConformanceBehaviour, string>> = {
  answers: FAR_END.answers,
  talks: FAR_END.talks,
  rings: FAR_END.rings,
  busy: FAR_END.busy,
  declines: FAR_END.declines,
  early_media: FAR_END.earlyMediaThenTimer,
  invalid: FAR_END.invalid,
  silent: FAR_END.silent,
  no_such_trunk: FAR_END.answers,
  human: FAR_END.human,
  machine: FAR_END.machine,
};

/** Of docs/freeswitch/dialplan/dialer.xml. */
const EXTENSIONS: Readonly<Record<ConformanceHandOver, string>> = {
  agent: "s",
  queue: "queue",
  ignored: "1002",
  declined: "1005",
  amd: "amd",
  disposition: "message",
};

let calls = 0;

function dialString(behaviour: ConformanceBehaviour): string {
  calls += 1;
  const number = `55118${String(calls).padStart(5, "0")}${ENDINGS[behaviour]}`;
  const gateway = behaviour === "no_such_trunk" ? "nowhere" : "carrier";
  return `sofia/gateway/${gateway}/${number}`;
}

async function harness(
  disorder: number,
  repeats: boolean,
): Promise<ConformanceHarness> {
  const server = await startEslServer({
    // The person stays a little: agents are to ring before he gives up.
    pace: { secondMs: 400, talkMs: 150 },
    agents: { "1002": "rings", "1005": "declines" },
    limits: { sessionsPerSecond: 500 },
    disorder,
  });
  server.switch.weather.repeats = repeats;
  return {
    extension: "s",
    extensionFor: (handOver) => EXTENSIONS[handOver],
    dialString,
    makeAdapter: (installationId) =>
      new FreeswitchEslAdapter({
        host: server.host,
        port: server.port,
        password: "ClueCon",
        context: "dialer",
        installationId,
        log: pino({ level: "silent" }),
        timings: {
          commandTimeoutMs: 800,
          pingIntervalMs: 200,
          connectTimeoutMs: 800,
          graceMs: 300,
          reconnect: {
            minMs: 20,
            maxMs: 100,
            refusedMs: 100,
            random: () => 0.5,
          },
        },
      }),
    originatesReceived: () => Promise.resolve(server.originates().length),
    cutLine: () => {
      server.cut();
      return Promise.resolve();
    },
    silence: (isSilent) => {
      server.silence(isSilent);
      return Promise.resolve();
    },
    restartPbx: () => {
      server.restart();
      return Promise.resolve();
    },
    close: () => server.close(),
  };
}

describeAdapterConformance("FreeSWITCH, events in order", () =>
  harness(0, false),
);
describeAdapterConformance("FreeSWITCH, events out of order", () =>
  harness(0.5, false),
);
describeAdapterConformance("FreeSWITCH, each event twice", () =>
  harness(0.2, true),
);
