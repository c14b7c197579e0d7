/**
 * How many connections one part of the engine may have at the server, whatever becomes of them: the next one opens only
 * once the server has let go of one before it. A pool alone does not give this, as a pool that is thrown away and its
 * successor each count their own.
 */
import { connect, Socket } from "node:net";

import type pg from "pg";

/**
 * How long a connection that we gave up waits for the server to close its end, which is what shows that it is gone there.
 * A line that is dead both ways never shows it. Of the default lease of 5 s a dead control line takes 2.5 to be noticed; waiting
 * for no more than 1.5 leaves a second to connect and renew.
 */
const defaultEndsWithinMs = 1_500;
/** Where that end is not seen (TLS reads the handle itself, a reset line reads nothing): the server notices a moment later. */
const lingersMs = 150;
/** The same for a statement that was cancelled: it has to unwind first, and its backend to exit. */
const cancelledLingersMs = 750;
const cancelWithinMs = 1_000;

export class ConnectionBudget {
  readonly size: number;
  readonly #waiting: (() => void)[] = [];
  /** How long at most a place is kept for a connection that was given up and whose end at the server is not seen. */
  readonly endsWithinMs: number;
  #open = 0;
  #pauses = 0;

  constructor(size: number, endsWithinMs = defaultEndsWithinMs) {
    this.size = size;
    this.endsWithinMs = endsWithinMs;
  }

  /** Connections that the server may still have. */
  get open(): number {
    return this.#open;
  }

  /** A socket that connects when there is room; give it to the client as its stream. */
  socket(): Socket {
    return new BudgetedSocket(this);
  }

  /** Calls back when there is room, in the order of asking. @returns takes the place back, or the wish for it */
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
   * Cancels what connections that were cut still run, as their server looks up from a statement only at its end; until
   * then nothing opens.
   */
  cancelFirst(clients: Iterable<pg.ClientBase>): void {
    this.#pauses += 1;
    const cut = [...clients];
    const lingers = cut.some(usesTls) ? cancelledLingersMs : 0;
    void Promise.all(cut.map((client) => cancel(client))).then(() => {
      setTimeout(() => {
        this.#pauses -= 1;
        this.#admit();
      }, lingers).unref();
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

/**
 * Gives its place back when the server has let go of the connection. `destroy` closes it for whoever uses it; underneath it is
 * closed one way, and read on until the server has closed the other.
 */
class BudgetedSocket extends Socket {
  readonly #budget: ConnectionBudget;
  #isConnected = false;
  #serverEnded = false;
  #isGivenUp = false;
  #leave: (afterMs: number) => void = () => undefined;

  constructor(budget: ConnectionBudget) {
    super();
    this.#budget = budget;
  }

  override connect(...where: unknown[]): this {
    this.once("connect", () => {
      this.#isConnected = true;
    });
    this.once("end", () => {
      this.#serverEnded = true;
    });
    this.#leave = this.#budget.enter(() => {
      // Given up while it waited.
      if (this.destroyed || !this.writable) this.destroy();
      else super.connect(...(where as [number, string]));
    });
    this.once("close", this.#onClosed);
    return this;
  }

  /** With an error: the line is broken, and nothing more is heard of the server on it. */
  override destroy(error?: Error): this {
    if (error !== undefined || !this.#isConnected || this.#serverEnded)
      return super.destroy(error);
    if (this.#isGivenUp) return this;
    const isTls = this.listenerCount("data") === 0;
    return isTls ? super.destroy() : this.#giveUp();
  }

  #giveUp(): this {
    this.#isGivenUp = true;
    const users = this.listeners("close").filter(
      (one) => one !== this.#onClosed,
    );
    for (const event of ["data", "error", "close"])
      this.removeAllListeners(event);
    this.once("close", this.#onClosed);
    this.on("error", () => undefined);
    this.resume();
    this.end();
    // No reason for a process to stay.
    this.unref();
    const bound = setTimeout(
      () => super.destroy(),
      this.#budget.endsWithinMs,
    ).unref();
    this.once("close", () => {
      clearTimeout(bound);
    });
    process.nextTick(() => {
      for (const user of users) user.call(this, false);
    });
    return this;
  }

  readonly #onClosed = (): void => {
    this.#leave(this.#serverEnded ? 0 : lingersMs);
  };
}

/** pg's own note of whether the connection was to be encrypted; its types leave it out. */
function usesTls(client: pg.ClientBase): boolean {
  return Boolean((client as { ssl?: unknown }).ssl);
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
