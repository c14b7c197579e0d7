/** A FreeSWITCH that says exactly what a test wants, byte by byte; and an adapter on it. */
import { randomUUID } from "node:crypto";
import net from "node:net";
import type { Logger } from "pino";
import { pino } from "pino";
import { afterEach } from "vitest";

import { FreeswitchEslAdapter } from "../../../../adapters/freeswitch-esl/adapter.ts";
import type { FreeswitchEslOptions } from "../../../../adapters/freeswitch-esl/options.ts";
import type {
  CallEvent,
  ConnectionEvent,
  OriginateRequest,
} from "../../../../adapters/port.ts";
import { waitFor } from "../../../support/wait-for.ts";
import { installationId } from "./recordings.ts";
import { resetSocket } from "../../../support/reset-socket.ts";

const silent = pino({ level: "silent" });
const GREETING = "Content-Type: auth/request\n\n";
const CORE_UUID = "a8da0e03-26c8-41d8-be23-a9b9bade74e4";

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

export function closeLater(close: () => Promise<unknown>): void {
  closers.push(close);
}

export const reply = (text: string): string =>
  `Content-Type: command/reply\nReply-Text: ${text}\n\n`;
export const body = (text: string): string =>
  `Content-Type: api/response\nContent-Length: ${String(Buffer.byteLength(text))}\n\n${text}`;
export function jsonEvent(headers: Readonly<Record<string, unknown>>): string {
  const text = JSON.stringify(headers);
  return `Content-Length: ${String(Buffer.byteLength(text))}\nContent-Type: text/event-json\n\n${text}`;
}

export const status = (seconds = 10, perSecond = 30): string =>
  `UP 0 years, 0 days, 0 hours, 0 minutes, ${String(seconds)} seconds, 1 millisecond, 2 microseconds\n` +
  "FreeSWITCH (Version 1.11.1-release  64bit) is ready\n163 session(s) since startup\n7 session(s) - peak 4, last 5min 4 \n" +
  `0 session(s) per Sec out of max ${String(perSecond)}, peak 8, last 5min 4 \n1000 session(s) max\nmin idle cpu 0.00/99.00\n`;

/** @returns the bytes to answer with; null: nothing */
type Answer = (command: string) => string | null;

export class FakeSwitch {
  readonly #server: net.Server;
  readonly #sockets = new Set<net.Socket>();
  /** Bytes of each write that arrived, over all connections. */
  readonly reads: string[] = [];
  /** Before the usual answers. @returns undefined to leave it to them */
  answer: (command: string) => string | null | undefined = () => undefined;
  greeting = GREETING;
  accepted = 0;

  constructor() {
    this.#server = net.createServer((socket) => {
      this.accepted += 1;
      this.#sockets.add(socket);
      socket.on("error", () => undefined);
      socket.on("close", () => this.#sockets.delete(socket));
      socket.write(this.greeting);
      let rest = "";
      socket.on("data", (bytes) => {
        this.reads.push(bytes.toString("utf8"));
        const commands = (rest + bytes.toString("utf8")).split("\n\n");
        rest = commands.pop() ?? "";
        for (const command of commands) {
          const given = this.answer(command);
          const bytesBack = given === undefined ? usual(command) : given;
          if (bytesBack !== null) socket.write(bytesBack);
        }
      });
    });
  }

  async listen(port = 0): Promise<this> {
    await new Promise<void>((resolve) => {
      this.#server.listen(port, "127.0.0.1", resolve);
    });
    return this;
  }

  get port(): number {
    return (this.#server.address() as net.AddressInfo).port;
  }

  get received(): string {
    return this.reads.join("");
  }

  /** To every connection. */
  say(bytes: string | Buffer): void {
    for (const socket of this.#sockets) socket.write(bytes);
  }

  reset(): void {
    for (const socket of this.#sockets) resetSocket(socket);
  }

  end(): void {
    for (const socket of this.#sockets) socket.end();
  }

  close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    return new Promise((resolve) => {
      this.#server.close(() => {
        resolve();
      });
    });
  }
}

const usual: Answer = (command) => {
  if (/^(?:user)?auth /.test(command)) return reply("+OK accepted");
  if (command.startsWith("event "))
    return reply("+OK event listener enabled json");
  const check = /^sendevent CUSTOM\n.*\nDialer-Check: (.+)$/.exec(command)?.[1];
  if (check !== undefined) {
    return (
      reply("+OK 1") +
      jsonEvent({ "Event-Name": "CUSTOM", "Dialer-Check": check })
    );
  }
  if (command.startsWith("bgapi ")) {
    const job = /\nJob-UUID: (.+)$/.exec(command)?.[1] ?? "";
    const told = command.startsWith("bgapi status\n")
      ? jsonEvent({ "Event-Name": "BACKGROUND_JOB", "Job-UUID": job })
      : "";
    return `${told}Content-Type: command/reply\nReply-Text: +OK Job-UUID: ${job}\nJob-UUID: ${job}\n\n`;
  }
  const api = command.replace(/^api /, "");
  if (api === "status") return body(status());
  if (api === "show channels as json") return body('{"row_count": 0}\n');
  if (api.startsWith("uuid_exists ")) return body("false");
  if (api.startsWith("global_getvar ")) return body(CORE_UUID);
  return body("-ERR No such channel!\n");
};

export async function startSwitch(port?: number): Promise<FakeSwitch> {
  const fake = await new FakeSwitch().listen(port);
  closeLater(() => fake.close());
  return fake;
}

const fastTimings = {
  connectTimeoutMs: 300,
  commandTimeoutMs: 300,
  pingIntervalMs: 40,
  graceMs: 30,
  reconnect: { minMs: 10, maxMs: 40, refusedMs: 40, random: () => 0.5 },
} as const;

/** Begins to connect; does not wait. */
export function startAdapter(
  { port }: { readonly port: number },
  changes: Partial<FreeswitchEslOptions> = {},
  log: Logger = silent,
) {
  const events: CallEvent[] = [];
  const connections: ConnectionEvent[] = [];
  const adapter = new FreeswitchEslAdapter({
    host: "127.0.0.1",
    port,
    password: "ClueCon",
    context: "dialer",
    installationId,
    log,
    timings: fastTimings,
    ...changes,
  });
  closeLater(() => adapter.disconnect());
  const opened = adapter.connect({
    onCallEvent: (event) => events.push(event),
    onConnection: (event) => connections.push(event),
  });
  const reasons = () =>
    connections.flatMap(({ state }) =>
      state.status === "DISCONNECTED" ? [state.reason] : [],
    );
  const untilConnected = (times = 1) =>
    waitFor(
      "the line to be up",
      () =>
        connections.filter(({ state }) => state.status === "CONNECTED")
          .length >= times,
    );
  return { adapter, events, connections, opened, reasons, untilConnected };
}

export async function connect(
  fake: FakeSwitch,
  changes: Partial<FreeswitchEslOptions> = {},
) {
  const harness = startAdapter(fake, changes);
  await harness.opened;
  await harness.untilConnected();
  return harness;
}

export function request(
  changes: Partial<OriginateRequest> = {},
): OriginateRequest {
  return {
    attemptId: randomUUID(),
    campaignId: randomUUID(),
    leadId: randomUUID(),
    dialString: "sofia/gateway/carrier/15550000200",
    callerId: "+15551230000",
    context: null,
    extension: "s",
    setupTimeoutSeconds: 20,
    ringTimeoutSeconds: 25,
    maxCallDurationSeconds: 600,
    variables: {},
    ...changes,
  };
}

export const written = (): boolean => true;
