/** Serves a mock PBX over TCP, so that it outlives the engines that use it. */

import { createServer } from "node:net";
import type { Server, Socket } from "node:net";

import type { PbxMessage } from "./delivery.ts";
import type { MockPbx } from "./pbx.ts";
import {
  clientMessageSchema,
  createLineSplitter,
  encodeLine,
} from "./protocol.ts";
import type { ClientMessage } from "./protocol.ts";

/** A client that reads this slowly is cut off, as Asterisk does. Bytes. */
const MAX_UNREAD = 16_777_216;

interface Client {
  readonly socket: Socket;
  role: "unknown" | "engine" | "control";
  installationId: string;
  isCorked: boolean;
}

export interface MockPbxServer {
  readonly port: number;
  /** `tcp://host:port`, for `MOCK_PBX_URL`. */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * @param address port 0 takes a free one; loopback by default
 * @throws the system's error when the port is taken
 */
export async function serveMockPbx(
  pbx: MockPbx,
  address: { readonly port?: number; readonly host?: string } = {},
): Promise<MockPbxServer> {
  const { port = 0, host = "127.0.0.1" } = address;
  const switchboard = new Switchboard(pbx);
  const server = createServer({ noDelay: true }, (socket) => {
    switchboard.accept(socket);
  });
  await listen(server, port, host);
  const bound = server.address();
  const actualPort =
    bound !== null && typeof bound === "object" ? bound.port : port;
  return {
    port: actualPort,
    url: `tcp://${host.includes(":") ? `[${host}]` : host}:${String(actualPort)}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        switchboard.close();
      }),
  };
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

class Switchboard {
  readonly #pbx: MockPbx;
  readonly #clients = new Set<Client>();
  readonly #unsubscribe: () => void;
  #silence: "off" | "lose" | "keep" = "off";

  constructor(pbx: MockPbx) {
    this.#pbx = pbx;
    this.#unsubscribe = pbx.subscribe({
      onMessage: (message) => {
        this.#broadcast(message);
      },
      onLine: (isUp) => {
        if (!isUp) this.#dropEngines();
      },
    });
  }

  accept(socket: Socket): void {
    const client: Client = {
      socket,
      role: "unknown",
      installationId: "",
      isCorked: false,
    };
    this.#clients.add(client);
    const split = createLineSplitter((line) => {
      this.#receive(client, line);
    });
    socket.setEncoding("utf8");
    socket.on("data", (chunk: string) => {
      try {
        split(chunk);
      } catch {
        // The line is not of this protocol, so there is no request id to answer.
        socket.destroy();
      }
    });
    socket.on("error", () => socket.destroy());
    socket.on("close", () => {
      this.#clients.delete(client);
    });
  }

  close(): void {
    this.#unsubscribe();
    for (const { socket } of this.#clients) socket.destroy();
  }

  #broadcast(message: PbxMessage): void {
    const line = encodeLine(message);
    for (const client of this.#clients) {
      if (client.role === "engine") this.#write(client, line);
    }
  }

  /** Lines written in the same tick leave in one packet. */
  #write(client: Client, line: string): void {
    const { socket } = client;
    if (this.#isSilentTo(client) || socket.destroyed) return;
    if (socket.writableLength > MAX_UNREAD) {
      socket.destroy();
      return;
    }
    if (!client.isCorked) {
      client.isCorked = true;
      socket.cork();
      process.nextTick(() => {
        client.isCorked = false;
        socket.uncork();
      });
    }
    socket.write(line);
  }

  #isSilentTo(client: Client): boolean {
    return this.#silence !== "off" && client.role !== "control";
  }

  #receive(client: Client, line: string): void {
    const message = clientMessageSchema.parse(JSON.parse(line));
    const { requestId } = message;
    if (message.type === "hello") {
      client.role = message.role;
      client.installationId = message.installationId;
    }
    if (this.#isSilentTo(client)) return;
    try {
      const result = this.#perform(client, message);
      this.#write(client, encodeLine({ type: "answer", requestId, result }));
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      const type = "error";
      this.#write(client, encodeLine({ type, requestId, message: text }));
    }
  }

  #perform(client: Client, message: ClientMessage): unknown {
    const pbx = this.#pbx;
    const { installationId, role } = client;
    if (role === "unknown") throw new Error("Say hello first");
    switch (message.type) {
      case "hello":
        return { runId: pbx.runId };
      case "ping":
        return null;
      case "originate":
        return pbx.originate(installationId, message.request);
      case "hangup":
        return pbx.hangup(installationId, message.attemptId);
      case "isAlive":
        return pbx.isAlive(installationId, message.attemptId);
      case "recall":
        return pbx.recall(installationId, message.attemptId);
      case "handOver":
        return pbx.handOverExists(message.context, message.extension);
      case "list":
        return pbx.listLiveCalls(installationId);
      default:
        if (role !== "control") throw new Error("Only for role control");
        return this.#control(message) ?? null;
    }
  }

  #control(message: ClientMessage): unknown {
    switch (message.type) {
      case "stats":
        return this.#pbx.stats();
      case "journal":
        return this.#pbx.journal();
      case "playedCalls":
        return this.#pbx.playedCalls();
      case "setScenario":
        this.#pbx.setScenario(message.scenario ?? {});
        return;
      case "setTrunkFault":
        this.#pbx.setTrunkFault(message.trunk, message.fault);
        return;
      case "dropConnections":
        this.#dropEngines();
        return;
      case "silence":
        this.#setSilence(message.mode);
        return;
      case "restart":
        this.#pbx.restart();
        return;
      default:
        throw new Error(`${message.type} is no control command`);
    }
  }

  /**
   * `lose`: what engines send is lost, as behind a dead router. `keep`: it is queued and processed afterwards, as by a
   * PBX that was frozen; an Originate may then be processed late.
   */
  #setSilence(mode: "off" | "lose" | "keep"): void {
    this.#silence = mode;
    for (const client of this.#clients) {
      if (client.role === "control") continue;
      if (mode === "keep") client.socket.pause();
      else client.socket.resume();
    }
  }

  #dropEngines(): void {
    for (const client of this.#clients) {
      if (client.role !== "control") client.socket.destroy();
    }
  }
}
