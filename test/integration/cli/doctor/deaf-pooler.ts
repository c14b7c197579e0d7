/**
 * What a pooler in transaction mode does to LISTEN, and nothing else of it: the command succeeds, the notifications never
 * come. A proxy that leaves out the server's NotificationResponse messages.
 */
import net from "node:net";

/** First byte of the message (PostgreSQL protocol 3.0, NotificationResponse). */
const NOTIFICATION = "A".charCodeAt(0);

export async function startDeafPooler(target: {
  readonly host: string;
  readonly port: number;
}): Promise<{ readonly port: number; close(): Promise<void> }> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer((down) => {
    const up = net.connect(target);
    for (const socket of [down, up]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on("error", () => undefined);
    }
    down.on("data", (bytes) => up.write(bytes));
    let pending = Buffer.alloc(0);
    up.on("data", (bytes) => {
      pending = Buffer.concat([pending, bytes]);
      for (;;) {
        const length = pending.length < 5 ? null : 1 + pending.readInt32BE(1);
        if (length === null || pending.length < length) return;
        if (pending[0] !== NOTIFICATION)
          down.write(pending.subarray(0, length));
        pending = pending.subarray(length);
      }
    });
    down.on("close", () => up.destroy());
    up.on("close", () => down.destroy());
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    port: (server.address() as net.AddressInfo).port,
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
      });
    },
  };
}
