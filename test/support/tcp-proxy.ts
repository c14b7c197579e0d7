/**
 * A TCP proxy that misbehaves on request, for faults between a client and a server on this machine. Needs no rights
 * and no network tools.
 */
import net from "node:net";

/**
 * pass: hand bytes on · refuse: reset new connections (open ones go on) · blackhole: sockets stay open until cut, bytes vanish ·
 * delay: hand bytes on later, in order.
 */
export type ProxyMode = "pass" | "refuse" | "blackhole" | "delay";

export interface TcpProxy {
  readonly host: string;
  readonly port: number;
  /** Connections open now. */
  open(): number;
  /** @param delayMs per direction, for mode `delay`. */
  set(mode: ProxyMode, delayMs?: number): void;
  /** Resets all open connections. New ones are treated as the mode says. */
  cut(): void;
  /** Cuts everything and stops listening. */
  close(): Promise<void>;
}

interface Pair {
  readonly down: net.Socket;
  readonly up: net.Socket;
}

/** Starts a proxy on a free port of 127.0.0.1, in mode `pass`. */
export async function startTcpProxy(target: {
  readonly host: string;
  readonly port: number;
}): Promise<TcpProxy> {
  const pairs = new Set<Pair>();
  const behaviour: { mode: ProxyMode; delayMs: number } = {
    mode: "pass",
    delayMs: 0,
  };
  const halves = { noDelay: true, allowHalfOpen: true } as const;
  const server = net.createServer(halves, (down) => {
    if (behaviour.mode === "refuse") {
      down.on("error", () => undefined).resetAndDestroy();
      return;
    }
    const up = net.connect({ ...target, ...halves });
    const pair = { down, up };
    pairs.add(pair);
    const forget = (): void => {
      if (down.closed && up.closed) pairs.delete(pair);
    };
    join(down, up, behaviour, forget);
    join(up, down, behaviour, forget);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(0, "127.0.0.1", resolve);
  });
  const cut = (): void => {
    for (const { down, up } of pairs) {
      down.resetAndDestroy();
      up.destroy();
    }
  };
  return {
    host: "127.0.0.1",
    port: (server.address() as net.AddressInfo).port,
    open: () => pairs.size,
    set: (mode, delayMs = 0) => Object.assign(behaviour, { mode, delayMs }),
    cut,
    close: () => {
      cut();
      return new Promise((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
      });
    },
  };
}

/** One direction: bytes, the end of the stream, and a failure are handed on as the mode says. */
function join(
  from: net.Socket,
  to: net.Socket,
  behaviour: { readonly mode: ProxyMode; readonly delayMs: number },
  onClose: () => void,
): void {
  const inMode = (act: () => void): void => {
    if (behaviour.mode === "blackhole") return;
    if (behaviour.mode !== "delay") act();
    else setTimeout(act, behaviour.delayMs).unref();
  };
  from.on("error", () => undefined); // "close" follows
  from.on("data", (bytes) => {
    inMode(() => to.writable && to.write(bytes));
  });
  from.on("end", () => {
    inMode(() => to.end());
  });
  from.on("close", (hadError) => {
    onClose();
    if (hadError) inMode(() => to.destroy());
  });
}
