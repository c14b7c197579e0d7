import net from "node:net";
import { once } from "node:events";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startTcpProxy, type TcpProxy } from "../../support/tcp-proxy.ts";
import { waitFor } from "../../support/wait-for.ts";

let echo: net.Server;
let proxy: TcpProxy;
const clients: net.Socket[] = [];

beforeEach(async () => {
  echo = net.createServer((socket) => {
    socket.on("error", () => undefined).pipe(socket);
  });
  await once(echo.listen(0, "127.0.0.1"), "listening");
  const { port } = echo.address() as net.AddressInfo;
  proxy = await startTcpProxy({ host: "127.0.0.1", port });
});

afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  await proxy.close();
  await new Promise((resolve) => echo.close(resolve));
});

interface Conversation {
  readonly socket: net.Socket;
  received: string;
  closed: boolean;
}

async function connect(): Promise<Conversation> {
  const socket = net.connect(proxy.port, proxy.host);
  clients.push(socket);
  const conversation = { socket, received: "", closed: false };
  socket.on("error", () => undefined);
  socket.on("close", () => (conversation.closed = true));
  socket.on("data", (bytes) => (conversation.received += bytes.toString()));
  await waitFor(
    "the connection to open or fail",
    () => conversation.closed || !socket.connecting,
  );
  return conversation;
}

test("bytes and the end of the stream pass both ways", async () => {
  const client = await connect();
  client.socket.end("hello".repeat(50_000));
  await waitFor("the client to be closed", () => client.closed);
  expect(client.received.length).toBe(250_000);
  await waitFor("the proxy to have no connection", () => proxy.open() === 0);
});

test("refusing resets new connections and leaves open ones alone", async () => {
  const before = await connect();
  before.socket.write("a");
  await waitFor("the first echo", () => before.received === "a");
  proxy.set("refuse");
  const after = await connect();
  await waitFor("the new connection to be reset", () => after.closed);
  before.socket.write("b");
  await waitFor("the second echo", () => before.received === "ab");
});

test("in a black hole nobody notices anything until the cut", async () => {
  const client = await connect();
  client.socket.write("a");
  await waitFor("the first echo", () => client.received === "a");
  proxy.set("blackhole");
  client.socket.write("lost");
  // A second connection to the echo server itself shows that enough time went by for the first to have answered.
  const { port } = echo.address() as net.AddressInfo;
  const direct = net.connect(port, "127.0.0.1");
  clients.push(direct);
  direct.write("x");
  await once(direct, "data");
  expect(client).toMatchObject({ received: "a", closed: false });
  expect(proxy.open()).toBe(1);
  proxy.cut();
  await waitFor("the cut to arrive", () => client.closed);
});

test("delayed bytes arrive late and in order", async () => {
  const client = await connect();
  proxy.set("delay", 20);
  const start = performance.now();
  for (const letter of "abc") client.socket.write(letter);
  await waitFor("the echo", () => client.received === "abc");
  expect(performance.now() - start).toBeGreaterThanOrEqual(38); // twice 20 ms, less the timers' rounding
});

test("what follows a delay that has ended does not overtake what is still on its way", async () => {
  const client = await connect();
  proxy.set("delay", 60);
  client.socket.write("a");
  await waitFor("the byte to be on its way", () => proxy.open() === 1);
  // A second conversation shows that the proxy has read the first letter.
  const other = await connect();
  proxy.set("pass");
  other.socket.write("x");
  await waitFor("the other echo", () => other.received === "x");
  client.socket.write("b");
  await waitFor("both", () => client.received.length === 2);
  expect(client.received).toBe("ab");
});

test("a client that has gone is no longer counted, though the server was never told", async () => {
  const client = await connect();
  await waitFor("the connection", () => proxy.clients() === 1);
  proxy.set("blackhole");
  client.socket.destroy();
  await waitFor("the client to be gone", () => proxy.clients() === 0);
  expect(proxy.open()).toBe(1);
});
