/** A TCP relay that keeps everything the clients sent, so that a test can say what reached the server. */
import net from "node:net";

export interface WireRecorder {
  readonly host: string;
  readonly port: number;
  /** All that clients sent so far, connections one after the other. */
  sent(): string;
  close(): Promise<void>;
}

/** Starts a relay on a free port of 127.0.0.1. */
export async function startWireRecorder(target: {
  readonly host: string;
  readonly port: number;
}): Promise<WireRecorder> {
  const recordings: Buffer[][] = [];
  const sockets = new Set<net.Socket>();
  const server = net.createServer({ noDelay: true }, (client) => {
    const recording: Buffer[] = [];
    recordings.push(recording);
    const upstream = net.connect({ ...target, noDelay: true });
    client.on("data", (bytes: Buffer) => {
      recording.push(bytes);
      upstream.write(bytes);
    });
    upstream.on("data", (bytes: Buffer) => {
      client.write(bytes);
    });
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket);
      socket.on("error", () => undefined); // "close" follows
      socket.on("close", () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(0, "127.0.0.1", resolve);
  });
  return {
    host: "127.0.0.1",
    port: (server.address() as net.AddressInfo).port,
    sent: () =>
      recordings
        .map((recording) => Buffer.concat(recording).toString("utf8"))
        .join("\n"),
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
      });
    },
  };
}
