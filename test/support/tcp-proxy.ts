/**
 * A TCP proxy that misbehaves on request, for faults between a client and a server on this machine. Needs no rights
 * and no network tools.
 */
import net from "node:net";
import { resetSocket } from "./reset-socket.ts";

/**
 * pass: hand bytes on · refuse: reset new connections (open ones go on) · blackhole: sockets stay open until cut, bytes vanish ·
 * delay: hand bytes on later, in order.
 */
export type ProxyMode = "pass" | "refuse" | "blackhole" | "delay";

export interface TcpTarget {
  readonly host: string;
  readonly port: number;
}

export interface TcpProxy {
  readonly host: string;
  readonly port: number;
  /** Connections open now, on either side. */
  open(): number;
  /** Clients that hold a connection open now, whatever the server knows of it. */
  clients(): number;
  /** New connections go there from now on: to the replacement of the first target. */
  aim(target: TcpTarget): void;
  /** @param delayMs per direction, for mode `delay`. */
  set(mode: ProxyMode, delayMs?: number): void;
  /** Resets all open connections. New ones are treated as the mode says. */
  cut(): void;
  /** Cuts everything and stops listening. */
  close(): Promise<void>;
}

interface Pair {
  readonly down: net.Socket;
  clientIsThere: boolean;
  readonly up: net.Socket;
}

/** Starts a proxy on a free port of 127.0.0.1, in mode `pass`. */
export async function startTcpProxy(first: TcpTarget): Promise<TcpProxy> {
  let target = first;
  const pairs = new Set<Pair>();
  const behaviour: { mode: ProxyMode; delayMs: number } = {
    mode: "pass",
    delayMs: 0,
  };
  const halves = { noDelay: true, allowHalfOpen: true } as const;
  const server = net.createServer(halves, (down) => {
    if (behaviour.mode === "refuse") {
      resetSocket(down.on("error", () => undefined));
      return;
    }
    const up = net.connect({ ...target, ...halves });
    const pair: Pair = { down, up, clientIsThere: true };
    pairs.add(pair);
    const gone = (): void => {
      pair.clientIsThere = false;
    };
    down.once("end", gone).once("close", gone);
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
      resetSocket(down);
      up.destroy();
    }
  };
  return {
    host: "127.0.0.1",
    port: (server.address() as net.AddressInfo).port,
    open: () => pairs.size,
    clients: () => [...pairs].filter((pair) => pair.clientIsThere).length,
    aim: (next) => {
      target = next;
    },
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
  const inOrder = createLateQueue();
  const inMode = (act: () => void): void => {
    if (behaviour.mode === "blackhole") return;
    inOrder(act, behaviour.mode === "delay" ? behaviour.delayMs : 0);
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

/** Late bytes delay those after them, even if the delay has become shorter meanwhile. */
function createLateQueue(): (act: () => void, delayMs: number) => void {
  const waiting: { readonly dueMs: number; readonly act: () => void }[] = [];
  const drain = (): void => {
    for (;;) {
      const first = waiting[0];
      if (first === undefined) return;
      const leftMs = first.dueMs - performance.now();
      if (leftMs > 0) {
        setTimeout(drain, Math.ceil(leftMs)).unref();
        return;
      }
      waiting.shift();
      first.act();
    }
  };
  return (act, delayMs) => {
    if (delayMs <= 0 && waiting.length === 0) {
      act();
      return;
    }
    waiting.push({ dueMs: performance.now() + delayMs, act });
    if (waiting.length === 1) drain();
  };
}
