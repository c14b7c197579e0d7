/**
 * A proxy to Postgres that counts the queries of a program, without slowing the server down by logging. It reads the
 * frontend protocol (version 3): `Q` is a simple query, `E` the execution of a prepared one.
 */
import net from "node:net";
import type { AddressInfo } from "node:net";

export interface QueryCounter {
  readonly port: number;
  /** Queries sent so far. */
  count(): number;
  close(): Promise<void>;
}

const query = "Q".charCodeAt(0);
const execute = "E".charCodeAt(0);

export async function startQueryCounter(target: {
  readonly host: string;
  readonly port: number;
}): Promise<QueryCounter> {
  let queries = 0;
  const sockets = new Set<net.Socket>();
  const server = net.createServer({ noDelay: true }, (client) => {
    const upstream = net.connect({ ...target, noDelay: true });
    const count = messageReader((type) => {
      if (type === query || type === execute) queries += 1;
    });
    client.on("data", count);
    client.pipe(upstream);
    upstream.pipe(client);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("error", () => {
        client.destroy();
        upstream.destroy();
      });
      socket.on("close", () => sockets.delete(socket));
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(0, "127.0.0.1", resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    count: () => queries,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** Messages are a type byte and a length that counts itself; only the very first one has no type. */
function messageReader(
  onMessage: (type: number) => void,
): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  let skip = 0;
  let started = false;
  return (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    for (;;) {
      const skipped = Math.min(skip, rest.length);
      rest = rest.subarray(skipped);
      skip -= skipped;
      const header = started ? 5 : 4;
      if (skip > 0 || rest.length < header) return;
      const length = rest.readUInt32BE(header - 4);
      if (started) onMessage(rest[0] ?? 0);
      skip = length + header - 4;
      started = true;
    }
  };
}
