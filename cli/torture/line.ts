/**
 * The connections between an engine and a server, to which several faults may apply at once; the worst of them takes
 * effect.
 */
import { startTcpProxy } from "../../test/support/tcp-proxy.ts";
import type { TcpProxy } from "../../test/support/tcp-proxy.ts";

export interface LineFault {
  readonly mode: "refuse" | "blackhole" | "delay";
  readonly delayMs?: number;
}

const BADNESS = { delay: 1, refuse: 2, blackhole: 3 } as const;

export class TorturedLine {
  readonly #proxy: TcpProxy;
  readonly #faults = new Set<LineFault>();

  private constructor(proxy: TcpProxy) {
    this.#proxy = proxy;
  }

  static async open(target: {
    readonly host: string;
    readonly port: number;
  }): Promise<TorturedLine> {
    return new TorturedLine(await startTcpProxy(target));
  }

  get port(): number {
    return this.#proxy.port;
  }

  /** Connections that the engine holds open. */
  clients(): number {
    return this.#proxy.clients();
  }

  /**
   * `refuse` also cuts open connections. @returns a function that ends this fault; after a black hole connections are
   * reset
   */
  impose(fault: LineFault): () => void {
    this.#faults.add(fault);
    this.#apply();
    if (fault.mode === "refuse") this.#proxy.cut();
    return () => {
      if (!this.#faults.delete(fault)) return;
      // Bytes are missing in the stream, so the connection cannot be continued.
      if (fault.mode === "blackhole") this.#proxy.cut();
      this.#apply();
    };
  }

  close(): Promise<void> {
    return this.#proxy.close();
  }

  #apply(): void {
    const [worst] = [...this.#faults].sort(
      (a, b) => BADNESS[b.mode] - BADNESS[a.mode],
    );
    if (worst === undefined) this.#proxy.set("pass");
    else this.#proxy.set(worst.mode, worst.delayMs ?? 0);
  }
}
