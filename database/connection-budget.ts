/**
 * How many connections one part of the engine may have at the server, whatever becomes of them: the next one opens only
 * once the server has closed one before it. A pool alone does not give this, because a discarded pool and its successor
 * each count their own.
 */
import { connect, Socket } from "node:net";

import type pg from "pg";

/** After a cut the server notices a moment later than we do. */
const lingersMs = 150;
/** A cancelled statement has to unwind first, and its backend to exit: on two busy cores more than 150 ms were seen. */
const cancelledLingersMs = 750;
const cancelWithinMs = 1_000;

export class ConnectionBudget {
  readonly size: number;
  readonly #waiting: (() => void)[] = [];
  #open = 0;
  #pauses = 0;

  constructor(size: number) {
    this.size = size;
  }

  /** Connections that the server may still have. */
  get open(): number {
    return this.#open;
  }

  /** A socket that connects when there is room; give it to the client as its stream. */
  socket(): Socket {
    return new BudgetedSocket(this);
  }

  /**
   * Calls back when there is room, in the order of the requests. @returns gives the place back, or withdraws the
   * request
   */
  enter(onRoom: () => void): (afterMs: number) => void {
    let state: "waiting" | "in" | "out" = "waiting";
    const begin = () => {
      state = "in";
      this.#open += 1;
      onRoom();
    };
    this.#waiting.push(begin);
    this.#admit();
    return (afterMs) => {
      const was = state;
      state = "out";
      if (was === "waiting")
        this.#waiting.splice(this.#waiting.indexOf(begin), 1);
      if (was !== "in") return;
      setTimeout(() => {
        this.#open -= 1;
        this.#admit();
      }, afterMs).unref();
    };
  }

  /**
   * Cancels the statements of connections that were cut, because their server notices the cut only at a statement's
   * end; until then nothing opens.
   */
  cancelFirst(clients: Iterable<pg.ClientBase>): void {
    this.#pauses += 1;
    const cancelling = [...clients].map((client) => cancel(client));
    void Promise.all(cancelling).then(() => {
      setTimeout(() => {
        this.#pauses -= 1;
        this.#admit();
      }, cancelledLingersMs).unref();
    });
  }

  #admit(): void {
    while (this.#pauses === 0 && this.#open < this.size) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      next();
    }
  }
}

class BudgetedSocket extends Socket {
  readonly #budget: ConnectionBudget;

  constructor(budget: ConnectionBudget) {
    super();
    this.#budget = budget;
  }

  override connect(...where: unknown[]): this {
    let serverEnded = false;
    this.once("end", () => {
      serverEnded = true;
    });
    const leave = this.#budget.enter(() => {
      // Withdrawn while it waited.
      if (this.destroyed || !this.writable) this.destroy();
      else super.connect(...(where as [number, string]));
    });
    this.once("close", () => {
      leave(serverEnded ? 0 : lingersMs);
    });
    return this;
  }
}

interface Backend {
  readonly host: string;
  readonly port: number;
  readonly processID: number | null;
  readonly secretKey: number | Buffer | null;
}

/** PostgreSQL's CancelRequest: length, code 80877102, process, key; over a connection of its own that counts for nobody. */
async function cancel(client: pg.ClientBase): Promise<void> {
  const { host, port, processID, secretKey } = client as unknown as Backend;
  if (processID === null || typeof secretKey !== "number") return;
  const request = Buffer.alloc(16);
  request.writeInt32BE(16, 0);
  request.writeInt32BE(80_877_102, 4);
  request.writeInt32BE(processID, 8);
  request.writeInt32BE(secretKey, 12);
  await new Promise<void>((resolve) => {
    const socket = host.startsWith("/")
      ? connect(`${host}/.s.PGSQL.${String(port)}`)
      : connect(port, host);
    socket.setTimeout(cancelWithinMs, () => socket.destroy());
    socket.once("connect", () => socket.end(request));
    socket.on("error", () => undefined);
    // The server closes it when the signal is out; reading is what makes us see that.
    socket.resume();
    socket.once("close", () => {
      resolve();
    });
  });
}
