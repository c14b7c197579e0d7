/** The connection to one mock PBX (`adapters/connection/pbx-connection.ts`). */
import { PbxConnection } from "../connection/pbx-connection.ts";
import type {
  ConnectionListener,
  Greeting,
} from "../connection/pbx-connection.ts";
import type { ReconnectTimings } from "../connection/reconnect.ts";
import type { CallMessage } from "./protocol.ts";
import { MockSession, parseMockUrl } from "./session.ts";

export interface MockConnectionOptions {
  readonly installationId: string;
  /** `tcp://host:port` */
  readonly url: string;
  /** Default 5,000. A ping not answered within `commandTimeoutMs` ends the session. */
  readonly pingIntervalMs?: number;
  /** For connection, ping and every command; default 5,000. */
  readonly commandTimeoutMs?: number;
  readonly reconnect?: ReconnectTimings;
}

export interface MockConnectionListener extends ConnectionListener {
  /** Of this installation's calls. */
  onMessage(message: CallMessage): void;
}

export class MockConnection extends PbxConnection<MockSession> {
  readonly #options: MockConnectionOptions;
  readonly #listener: MockConnectionListener;
  readonly #address: { readonly host: string; readonly port: number };
  #lastRunId: string | null = null;

  /** @throws TypeError for a URL that is none */
  constructor(
    options: MockConnectionOptions,
    listener: MockConnectionListener,
  ) {
    super({
      pbx: "The mock PBX",
      where: "the mock PBX",
      failureMessage: "Mock PBX connection failed",
      log: null,
      reconnect: options.reconnect,
      listener,
    });
    this.#options = options;
    this.#listener = listener;
    this.#address = parseMockUrl(options.url);
  }

  protected override openSession(
    onClose: (reason: string) => void,
  ): Promise<MockSession> {
    const { commandTimeoutMs = 5_000, pingIntervalMs = 5_000 } = this.#options;
    return MockSession.open({
      ...this.#address,
      timeoutMs: commandTimeoutMs,
      pingIntervalMs,
      onMessage: (message) => {
        const { installationId } = this.#options;
        if (message.installationId === installationId)
          this.#listener.onMessage(message);
      },
      onClose,
    });
  }

  protected override async greet(session: MockSession): Promise<Greeting> {
    const runId = await session.login(this.#options.installationId);
    const restarted = this.#lastRunId !== null && this.#lastRunId !== runId;
    return {
      restarted,
      ready: () => {
        this.#lastRunId = runId;
      },
    };
  }
}
