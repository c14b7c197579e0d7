/** An engine on a database of its own before an Asterisk that says what a test tells it to. */
import { pino } from "pino";
import { onTestFinished } from "vitest";

import { AsteriskAmiAdapter } from "../../../adapters/asterisk-ami/adapter.ts";
import { startFakeAmiServer } from "../../support/fake-ami-server.ts";
import type { FakeAmiServer } from "../../support/fake-ami-server.ts";
import { startRig } from "../../support/running-engine.ts";
import type { Rig } from "../../support/running-engine.ts";

export interface FakeRig extends Rig {
  readonly server: FakeAmiServer;
  /** What marks the engine's channels. */
  readonly installationId: string;
}

export async function startFakeRig(): Promise<FakeRig> {
  const server = await startFakeAmiServer();
  onTestFinished(() => server.close());
  let given = "";
  const rig = await startRig({
    adapter: (installationId) => {
      given = installationId;
      return new AsteriskAmiAdapter({
        ...{ host: "127.0.0.1", port: server.port },
        ...{ user: "dialer", secret: "s3cret", context: "from-dialer" },
        installationId,
        log: pino({ level: "silent" }),
        timings: { commandTimeoutMs: 1_000, pingIntervalMs: 200, graceMs: 30 },
      });
    },
  });
  return { ...rig, server, installationId: given };
}
