/** A server that sends its greeting in pieces, and keeps what it receives. */
import net from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";

export interface GreetingServer {
  readonly host: "127.0.0.1";
  readonly port: number;
  /** The greeting of the next connections, each piece in a write of its own. */
  pieces: readonly (string | Uint8Array)[];
  /** Closes behind the last piece. */
  ends: boolean;
  /** Sent once something was received. */
  answer: string | null;
  received(): string;
  close(): Promise<void>;
}

export async function startGreetingServer(): Promise<GreetingServer> {
  const sockets = new Set<net.Socket>();
  let text = "";
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on("error", () => undefined);
    socket.on("close", () => sockets.delete(socket));
    socket.on("data", (bytes) => {
      text += bytes.toString("latin1");
      if (it.answer !== null) socket.end(it.answer);
    });
    void greet(socket);
  });
  const greet = async (socket: net.Socket): Promise<void> => {
    for (const piece of it.pieces) {
      if (!socket.writable) return;
      await new Promise<void>((resolve) => {
        const bytes =
          typeof piece === "string" ? Buffer.from(piece, "latin1") : piece;
        socket.write(bytes, () => resolve());
      });
      // The other side, in the same process, reads in between.
      for (let turn = 0; turn < 3; turn += 1) await nextTurn();
    }
    if (it.ends) socket.end();
  };
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const it: GreetingServer = {
    host: "127.0.0.1",
    port: (server.address() as net.AddressInfo).port,
    pieces: [],
    ends: false,
    answer: null,
    received: () => text,
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => {
        server.close(() => resolve());
      });
    },
  };
  return it;
}

/** Every way to send it in two pieces, and byte by byte. */
export function piecesOf(greeting: string): readonly (readonly string[])[] {
  const two = Array.from({ length: greeting.length - 1 }, (_, at) => [
    greeting.slice(0, at + 1),
    greeting.slice(at + 1),
  ]);
  return [...two, Array.from(greeting)];
}
