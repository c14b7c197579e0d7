/** Sockets that are reset leave nothing open, whatever they were doing. */
import net from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";

import { resetSocket } from "../../support/reset-socket.ts";
import { waitFor } from "../../support/wait-for.ts";

let server: net.Server;
let accepted: net.Socket;
let client: net.Socket;

beforeEach(async () => {
  const connected = new Promise<net.Socket>((resolve) => {
    server = net.createServer({ allowHalfOpen: true }, resolve);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  client = net.connect((server.address() as net.AddressInfo).port, "127.0.0.1");
  client.on("error", () => undefined);
  accepted = (await connected).on("error", () => undefined);
});
afterEach(async () => {
  client.destroy();
  await new Promise((resolve) => {
    server.close(resolve);
  });
});

/** Handles of accepted sockets count as ones of TCP sockets, as the client's does. */
function openSockets(): number {
  return process
    .getActiveResourcesInfo()
    .filter((kind) => kind === "TCPSocketWrap").length;
}

test.each<[string, (socket: net.Socket) => void]>([
  ["idle", () => undefined],
  ["writing", (socket) => void socket.write(Buffer.alloc(5_000_000))],
  ["ending", (socket) => void socket.end()],
  ["being reset", resetSocket],
  [
    "ending after it was reset",
    (socket) => (resetSocket(socket), socket.end()),
  ],
])("one that is %s", async (_state, prepare) => {
  prepare(accepted);
  resetSocket(accepted);
  await waitFor("the socket to close", () => accepted.closed);
  client.destroy();
  await waitFor("nothing to stay open", () => openSockets() === 0);
  expect(accepted.destroyed).toBe(true);
});
