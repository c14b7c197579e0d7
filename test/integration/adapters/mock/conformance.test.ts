/** The mock's adapter keeps the contract of adapters/port.ts, over TCP and within the process. */
import { createMockAdapter } from "../../../../adapters/mock/adapter.ts";
import { connectMockControl } from "../../../../adapters/mock/control.ts";
import { MockPbx } from "../../../../adapters/mock/pbx.ts";
import type { MockScenarioInput } from "../../../../adapters/mock/scenario.ts";
import { serveMockPbx } from "../../../../adapters/mock/server.ts";
import { describeAdapterConformance } from "../../../support/adapter-conformance.ts";
import type { ConformanceHarness } from "../../../support/adapter-conformance.ts";
import { dialString, extensionFor, fast, scenario } from "./calls.ts";

async function tcpHarness(
  changes: MockScenarioInput = {},
): Promise<ConformanceHarness> {
  const pbx = new MockPbx({ scenario: { ...scenario, ...changes }, seed: 7 });
  const server = await serveMockPbx(pbx);
  const control = await connectMockControl(server.url);
  return {
    extension: "s",
    extensionFor,
    dialString,
    makeAdapter: (installationId) =>
      createMockAdapter({ installationId, url: server.url, ...fast }),
    originatesReceived: async () => (await control.stats()).originates,
    cutLine: () => control.dropConnections(),
    silence: (isSilent) => control.silence(isSilent ? "lose" : "off"),
    restartPbx: () => control.restart(),
    close: async () => {
      control.close();
      pbx.close();
      await server.close();
    },
  };
}

function localHarness(): Promise<ConformanceHarness> {
  const pbx = new MockPbx({ scenario, seed: 7 });
  return Promise.resolve({
    extension: "s",
    extensionFor,
    dialString,
    makeAdapter: (installationId) => createMockAdapter({ installationId, pbx }),
    originatesReceived: () => Promise.resolve(pbx.stats().originates),
    cutLine: () => {
      pbx.setLine(false);
      pbx.setLine(true);
      return Promise.resolve();
    },
    silence: () => Promise.reject(new Error("There is no wire")),
    restartPbx: () => {
      pbx.restart();
      return Promise.resolve();
    },
    close: () => {
      pbx.close();
      return Promise.resolve();
    },
  });
}

describeAdapterConformance("the mock over TCP", tcpHarness);
describeAdapterConformance("the mock over TCP to a PBX without memory", () =>
  tcpHarness({ tellsHistory: false }),
);
describeAdapterConformance("the mock in the process", localHarness, {
  hasWire: false,
});
