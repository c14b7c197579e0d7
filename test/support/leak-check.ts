/**
 * Fails a test file that leaves sockets or servers open: a pool, client or HTTP server somebody forgot to close.
 * Hooks of a setup file run after the test file's own.
 */
import { afterAll } from "vitest";
import { waitFor } from "./wait-for.ts";

const SOCKETS = new Set(["TCPSocketWrap", "TCPServerWrap"]);

afterAll(async () => {
  const open = (): string[] =>
    process.getActiveResourcesInfo().filter((kind) => SOCKETS.has(kind));
  await waitFor(
    "the test file's sockets and servers to be closed (a pool, client or server was leaked)",
    () => open().length === 0 || false,
    { intervalMs: 10 },
  ).catch((error: unknown) => {
    throw new Error(`Left open: ${open().join(", ")}`, { cause: error });
  });
});
