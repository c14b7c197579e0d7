/** A connection that breaks with an RST, for the tests' servers and proxies. */
import type { Socket } from "node:net";

const resetting = new WeakSet<Socket>();

/**
 * Sends an RST and closes the socket.
 *
 * `resetAndDestroy` alone leaks the socket's handle when a shutdown is under way, as after the peer's FIN: the reset fails
 * with EINVAL and Node 24 has already let go of the handle. Such a socket is closed without an RST.
 */
export function resetSocket(socket: Socket): void {
  if (resetting.has(socket)) return;
  if (socket.writableEnded && !socket.writableFinished) {
    socket.destroy();
    return;
  }
  resetting.add(socket);
  socket.resetAndDestroy();
}
