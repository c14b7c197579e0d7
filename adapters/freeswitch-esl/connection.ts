/**
 * The connection to one FreeSWITCH (`adapters/connection/pbx-connection.ts`): greeting, login, events and permissions,
 * and the switch's state.
 */
import { PbxConnection } from "../connection/pbx-connection.ts";
import type {
  ConnectionListener,
  Greeting,
} from "../connection/pbx-connection.ts";
import type { EslEvent } from "./event.ts";
import { subscribe } from "./handshake.ts";
import type { FreeswitchEslOptions } from "./options.ts";
import { EslSession } from "./session.ts";
import { SwitchState } from "./switch-state.ts";

/** Who follows the connection to FreeSWITCH. */
export interface EslConnectionListener extends ConnectionListener {
  onEvent(event: EslEvent): void;
  /** The switch has reported its state. */
  onStatus(): void;
  /**
   * The last step before CONNECTED.
   * @returns what to do right after CONNECTED was emitted
   */
  prepare(session: EslSession, restarted: boolean): Promise<() => void>;
}

export class EslConnection extends PbxConnection<EslSession> {
  readonly switch = new SwitchState();
  readonly #options: FreeswitchEslOptions;
  readonly #listener: EslConnectionListener;

  constructor(options: FreeswitchEslOptions, listener: EslConnectionListener) {
    const { host, port, log, timings = {} } = options;
    super({
      pbx: "FreeSWITCH",
      where: `FreeSWITCH at ${host}:${String(port)}`,
      failureMessage: "ESL connection failed",
      log,
      reconnect: timings.reconnect,
      listener,
    });
    this.#options = options;
    this.#listener = listener;
  }

  /** @param text of `api status` */
  noteStatus(text: string): void {
    this.switch.noteStatus(text);
    this.#listener.onStatus();
  }

  protected override openSession(
    onClose: (reason: string) => void,
  ): Promise<EslSession> {
    const { host, port, password, log, timings = {} } = this.#options;
    return EslSession.open({
      host,
      port,
      password,
      log,
      connectTimeoutMs: timings.connectTimeoutMs ?? 5_000,
      commandTimeoutMs: timings.commandTimeoutMs ?? 5_000,
      pingIntervalMs: timings.pingIntervalMs ?? 10_000,
      onClose,
      onEvent: (event) => {
        this.#receive(event);
      },
      onStatus: (text) => {
        this.noteStatus(text);
      },
    });
  }

  /** Subscribes first, so that nothing falls between what is asked and what is received. */
  protected override async greet(
    session: EslSession,
    explain: (reason: string) => void,
  ): Promise<Greeting> {
    explain("FreeSWITCH greeted; logging in");
    await session.login();
    explain("Logged in to FreeSWITCH; asking what it allows");
    const { commandTimeoutMs = 5_000 } = this.#options.timings ?? {};
    const { status, coreUuid } = await subscribe(session, commandTimeoutMs);
    const restarted = this.switch.greeted(status, coreUuid, Date.now());
    const ready = await this.#listener.prepare(session, restarted);
    return {
      restarted,
      ready: () => {
        this.switch.confirmed();
        this.#listener.onStatus();
        ready();
      },
    };
  }

  protected override reasonOf(why: string): string {
    return this.switch.sawShutdown ? `FreeSWITCH was shut down (${why})` : why;
  }

  #receive(event: EslEvent): void {
    const name = event.get("Event-Name");
    if (name === "HEARTBEAT" || name === "BACKGROUND_JOB")
      this.switch.noteClock(event, Date.now());
    if (name === "HEARTBEAT") this.switch.noteHeartbeat(event);
    else if (name === "SHUTDOWN") this.switch.sawShutdown = true;
    this.#listener.onEvent(event);
  }
}
