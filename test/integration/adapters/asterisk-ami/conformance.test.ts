/** The adapter to Asterisk keeps the contract of adapters/port.ts, against a real Asterisk and a real SIP carrier. */
import { describeAdapterConformance } from "../../../support/adapter-conformance.ts";
import type {
  ConformanceBehaviour,
  ConformanceHandOver,
  ConformanceHarness,
} from "../../../support/adapter-conformance.ts";
import { FAR_END, startAsterisk } from "../../../support/asterisk-lab.ts";
import type { AsteriskLab } from "../../../support/asterisk-lab.ts";
import { startTcpProxy } from "../../../support/tcp-proxy.ts";
import { startWireRecorder } from "../../../support/wire-recorder.ts";
import { adapterFor } from "./real-line.ts";

const ENDINGS: Readonly<Record<ConformanceBehaviour, string>> = {
  answers: FAR_END.answers,
  talks: FAR_END.talks,
  rings: FAR_END.rings,
  busy: "486",
  declines: FAR_END.declines,
  early_media: FAR_END.earlyMediaThenUnavailable,
  invalid: "404",
  silent: FAR_END.silent,
  no_such_trunk: FAR_END.answers,
  human: FAR_END.human,
  machine: FAR_END.machine,
};

/** Of docs/asterisk/extensions.conf; the agents' phones are the lab's. */
const EXTENSIONS: Readonly<Record<ConformanceHandOver, string>> = {
  agent: "1001",
  queue: "queue",
  ignored: "1002",
  declined: "1005",
  amd: "amd",
  disposition: "message",
};

let calls = 0;

function dialString(
  behaviour: ConformanceBehaviour,
  through: "trunk" | "dialplan",
): string {
  calls += 1;
  const number = `55118${String(calls).padStart(5, "0")}${ENDINGS[behaviour]}`;
  if (behaviour === "no_such_trunk") return `PJSIP/${number}@nowhere`;
  return through === "trunk"
    ? `PJSIP/${number}@carrier`
    : `Local/${number}@from-internal/n`;
}

/** What is played to the person is not what the suite is about, and takes its time. */
async function shortenMessage(lab: AsteriskLab): Promise<void> {
  await lab.cli("dialplan set global DIALER_MESSAGE beep");
}

async function harness(
  through: "trunk" | "dialplan",
): Promise<ConformanceHarness> {
  const lab = await startAsterisk();
  await shortenMessage(lab);
  const recorder = await startWireRecorder(lab.ami);
  const proxy = await startTcpProxy(recorder);
  return {
    extension: "s",
    extensionFor: (handOver) => EXTENSIONS[handOver],
    dialString: (behaviour) => dialString(behaviour, through),
    makeAdapter: (installationId) =>
      adapterFor(
        { ...lab.ami, host: proxy.host, port: proxy.port },
        installationId,
      ),
    originatesReceived: () =>
      Promise.resolve(
        recorder.sent().match(/^action: originate\r$/gim)?.length ?? 0,
      ),
    cutLine: () => {
      proxy.cut();
      return Promise.resolve();
    },
    silence: (isSilent) => {
      proxy.set(isSilent ? "blackhole" : "pass");
      return Promise.resolve();
    },
    restartPbx: async () => {
      await lab.restart();
      await shortenMessage(lab);
    },
    close: async () => {
      await proxy.close();
      await recorder.close();
      await lab.stop();
    },
  };
}

describeAdapterConformance("Asterisk, dialling a trunk", () =>
  harness("trunk"),
);
describeAdapterConformance("Asterisk, dialling through its own dialplan", () =>
  harness("dialplan"),
);
