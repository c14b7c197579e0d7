/**
 * Observes the engines continuously: /health, connections, the holder of the node; and how late this process's own
 * timers are.
 */
import { engineNames } from "./evidence.ts";
import type {
  ConnectionSample,
  EngineName,
  HealthSample,
  Span,
} from "./evidence.ts";
import type { EngineSlot } from "./engine-slot.ts";

const EVERY_MS = 150;
const TICK_MS = 20;
/** Smaller delays occur on every machine. */
const LATE_FROM_MS = 15;

export class Watch {
  readonly health: HealthSample[] = [];
  readonly connections: ConnectionSample[] = [];
  readonly lag: (Span & { readonly byMs: number })[] = [];
  readonly #slots: readonly EngineSlot[];
  readonly #timers: NodeJS.Timeout[] = [];

  constructor(slots: readonly EngineSlot[]) {
    this.#slots = slots;
  }

  start(): void {
    for (const slot of this.#slots) {
      let isAsking = false;
      this.#every(EVERY_MS, () => {
        const { name: engine } = slot;
        const open = slot.database.clients();
        this.connections.push({ engine, at: Date.now(), open });
        if (isAsking) return;
        isAsking = true;
        void slot.health().then((sample) => {
          isAsking = false;
          if (sample !== null) this.health.push(sample);
        });
      });
    }
    let dueAt = Date.now() + TICK_MS;
    this.#every(TICK_MS, () => {
      const now = Date.now();
      const byMs = now - dueAt;
      if (byMs >= LATE_FROM_MS) this.lag.push({ from: dueAt, to: now, byMs });
      dueAt = now + TICK_MS;
    });
  }

  stop(): void {
    for (const timer of this.#timers.splice(0)) clearInterval(timer);
  }

  /** How much the machine was late since then, ms: the engines had that much less time. */
  lateSince(at: number): number {
    return this.lag
      .filter(({ from }) => from >= at)
      .reduce((sum, { byMs }) => sum + byMs, 0);
  }

  last(engine: EngineName): HealthSample | undefined {
    return this.health.findLast((sample) => sample.engine === engine);
  }

  /** The engine that dials, by its own last report; the first engine if none reports it. */
  holder(): EngineName {
    const holders = engineNames
      .map((engine) => this.#lastAnswer(engine))
      .filter((sample) => sample !== undefined)
      .filter(({ standby }) => !standby)
      .toSorted((a, b) => b.at - a.at);
    return holders[0]?.engine ?? "A";
  }

  #lastAnswer(engine: EngineName): HealthSample | undefined {
    return this.health.findLast(
      (sample) => sample.engine === engine && sample.code !== null,
    );
  }

  #every(ms: number, look: () => void): void {
    this.#timers.push(setInterval(look, ms));
  }
}
