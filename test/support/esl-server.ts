/**
 * A scripted FreeSWITCH on TCP, made of recordings of a real one. Its gateway's numbers behave by their last three digits
 * (`FAR_END`), its dialplan is `docs/freeswitch/dialplan`, its calls stay when a client goes. Every byte received is kept.
 */
import net from "node:net";

import { ChannelTable } from "./esl-server/channel-table.ts";
import { Connection } from "./esl-server/connection.ts";
import type {
  ReceivedCommand,
  RestrictedUser,
} from "./esl-server/connection.ts";
import { readDialplan } from "./esl-server/dialplan.ts";
import { parseOriginate } from "./esl-server/originate-line.ts";
import { heartbeat } from "./esl-server/heartbeat.ts";
import type { Headers } from "./esl-server/recordings.ts";
import { ScriptedSwitch } from "./esl-server/switch.ts";
import type { AgentBehaviour, Limits, Pace } from "./esl-server/switch.ts";
import { plainSource } from "./esl-server/templates.ts";

export { FAR_END } from "./esl-server/far-end.ts";
export type { Headers } from "./esl-server/recordings.ts";
import { resetSocket } from "./reset-socket.ts";

/** Everything within some milliseconds; a second of the switch's timers lasts `secondMs`. */
const quickPace: Pace = {
  secondMs: 1_000,
  setupMs: 5,
  ringMs: 20,
  talkMs: 40,
  amdMs: 30,
  agentRingMs: 30,
  tableLagMs: 60,
  playbackMs: 20,
};

export interface EslServerOptions {
  readonly pace?: Partial<Pace>;
  readonly password?: string;
  readonly users?: readonly RestrictedUser[];
  readonly agents?: Readonly<Record<string, AgentBehaviour>>;
  readonly seed?: number;
  /** A dialplan file beside those of docs/freeswitch. */
  readonly dialplan?: string;
  readonly limits?: Partial<Limits>;
  /** Share of events that others overtake; default 0.2. */
  readonly disorder?: number;
}

export interface ReceivedOriginate {
  readonly line: string;
  readonly uuid: string;
  /** As FreeSWITCH would dial it; more than one means that something was smuggled in. */
  readonly urls: readonly string[];
  readonly variables: ReadonlyMap<string, string>;
  readonly extension: string;
  readonly context: string;
  /** Of the monotonic clock, milliseconds. */
  readonly atMs: number;
}

export interface EslServer {
  readonly host: "127.0.0.1";
  readonly port: number;
  readonly switch: ScriptedSwitch;
  /** Everything received so far, over all connections. */
  received(): Buffer;
  commands(): readonly ReceivedCommand[];
  originates(): readonly ReceivedOriginate[];
  connections(): number;
  accepted(): number;
  /** RST on every connection. */
  cut(): void;
  /** FIN on every connection, with a disconnect notice or without. */
  end(withNotice?: boolean): void;
  /** Half-open: what arrives is kept, no replies and no events are sent. */
  silence(isSilent: boolean): void;
  /** True: addresses are not in the access list. */
  reject(isRejecting: boolean): void;
  setPassword(password: string): void;
  /** Killed and started again. @param awayMs how long nothing listens */
  restart(): void;
  /** SIGTERM: SHUTDOWN, the ends of all calls, the notice; then it starts again with another Core-UUID. */
  shutdown(): void;
  heartbeat(): void;
  /** An event as it is. */
  publish(headers: Headers): void;
  close(): Promise<void>;
}

/** Starts on a free port of 127.0.0.1. */
export async function startEslServer(
  options: EslServerOptions = {},
): Promise<EslServer> {
  const owner = new ScriptedSwitch({
    pace: { ...quickPace, ...options.pace },
    dialplan: readDialplan(options.dialplan),
    gateways: { carrier: "up", second: "up", dead: "down" },
    agents: (number) => options.agents?.[number] ?? "answers",
    seed: options.seed ?? 1,
  });
  Object.assign(owner.limits, options.limits);
  owner.weather.disorder = options.disorder ?? 0.2;
  const table = new ChannelTable(owner);
  const sockets = new Set<net.Socket>();
  const chunks: Buffer[] = [];
  const commands: ReceivedCommand[] = [];
  const originates: ReceivedOriginate[] = [];
  let password = options.password ?? "ClueCon";
  let isSilent = false;
  let isRejecting = false;
  let accepted = 0;

  const server = net.createServer((socket) => {
    accepted += 1;
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on("error", () => undefined);
    socket.on("close", () => sockets.delete(socket));
    socket.on("data", (bytes) => chunks.push(bytes));
    if (isRejecting) {
      socket.end(Connection.rejection);
      return;
    }
    new Connection(socket, {
      owner,
      table,
      password: () => password,
      users: options.users ?? [],
      isSilent: () => isSilent,
      onCommand: (command) => {
        commands.push(command);
        const received = originateOf(command);
        if (received !== null) originates.push(received);
      },
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(0, "127.0.0.1", resolve);
  });
  const each = (act: (socket: net.Socket) => void) => {
    for (const socket of [...sockets]) act(socket);
  };
  const cut = () => each(resetSocket);
  const restart = () => {
    cut();
    owner.restart();
    table.clear();
  };
  return {
    host: "127.0.0.1",
    port: (server.address() as net.AddressInfo).port,
    switch: owner,
    received: () => Buffer.concat(chunks),
    commands: () => commands,
    originates: () => originates,
    connections: () => sockets.size,
    accepted: () => accepted,
    cut,
    end: (withNotice = false) =>
      each((socket) => {
        if (withNotice)
          socket.write(Connection.notice("Disconnected, goodbye.\n"));
        socket.end();
      }),
    silence: (value) => {
      isSilent = value;
    },
    reject: (value) => {
      isRejecting = value;
    },
    setPassword: (value) => {
      password = value;
    },
    restart,
    shutdown: () => {
      const { disorder } = owner.weather;
      // All events arrive before the notice (recorded).
      owner.weather.disorder = 0;
      owner.emit(
        plainSource("switch-graceful-shutdown-mid-call", "SHUTDOWN"),
        null,
      );
      for (const leg of [...owner.legs.values()]) {
        leg.hangup("SYSTEM_SHUTDOWN", "ours");
      }
      each((socket) =>
        socket.end(Connection.notice("The system is being shut down.\n")),
      );
      owner.weather.disorder = disorder;
      owner.restart();
      table.clear();
    },
    heartbeat: () => heartbeat(owner),
    publish: (headers) => owner.publish(headers),
    close: () => {
      cut();
      owner.restart();
      return new Promise((resolve) => {
        server.close(() => resolve());
      });
    },
  };
}

function originateOf({ line }: ReceivedCommand): ReceivedOriginate | null {
  const text = /^(?:bg)?api originate (.*)$/.exec(line)?.[1];
  if (text === undefined) return null;
  const parsed = parseOriginate(text);
  const isRead = parsed.kind === "originate";
  return {
    line: text,
    uuid: isRead ? (parsed.variables.get("origination_uuid") ?? "") : "",
    urls: isRead ? parsed.destinations.map(({ url }) => url) : [],
    variables: isRead ? parsed.variables : new Map(),
    extension: isRead ? parsed.extension : "",
    context: isRead ? parsed.context : "",
    atMs: performance.now(),
  };
}
