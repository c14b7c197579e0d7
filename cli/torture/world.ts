/** Everything that runs during a round, and the record of what was done to it. */
import { setTimeout as pause } from "node:timers/promises";
import type pg from "pg";

import type { EngineSlot } from "./engine-slot.ts";
import { engineNames } from "./evidence.ts";
import type { Command, EngineName, Outage, Span } from "./evidence.ts";
import type { RoundPbx } from "./pbx.ts";
import type { TorturePostgres } from "./postgres.ts";
import type { Scene } from "./scene.ts";
import type { Watch } from "./watch.ts";

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

export class World {
  readonly postgres: TorturePostgres;
  readonly database: string;
  readonly pbx: RoundPbx;
  readonly slots: Readonly<Record<EngineName, EngineSlot>>;
  readonly watch: Watch;
  readonly scene: Scene;
  readonly signal: AbortSignal;
  readonly outages: Writable<Outage>[] = [];
  readonly late: (Span & { readonly byMs: number })[] = [];
  readonly commands: Command[] = [];

  constructor(
    parts: Pick<
      World,
      "postgres" | "database" | "pbx" | "slots" | "watch" | "scene" | "signal"
    >,
  ) {
    this.postgres = parts.postgres;
    this.database = parts.database;
    this.pbx = parts.pbx;
    this.slots = parts.slots;
    this.watch = parts.watch;
    this.scene = parts.scene;
    this.signal = parts.signal;
  }

  holder(): EngineSlot {
    return this.slots[this.watch.holder()];
  }

  standby(): EngineSlot {
    return this.slots[this.watch.holder() === "A" ? "B" : "A"];
  }

  both(): readonly EngineSlot[] {
    return engineNames.map((name) => this.slots[name]);
  }

  /** Rejects on Ctrl-C; the code that waits then ends what it imposed. */
  async wait(ms: number): Promise<void> {
    await pause(ms, undefined, { signal: this.signal });
  }

  /** @returns ends it */
  outage(
    of: Outage["of"],
    slots: readonly EngineSlot[],
    isSilent = false,
  ): () => void {
    const from = Date.now();
    const begun = slots.map(({ name }) => {
      const outage = { of, engine: name, isSilent, from, to: Infinity };
      this.outages.push(outage);
      return outage;
    });
    return () => {
      for (const outage of begun) outage.to = Date.now();
    };
  }

  /**
   * Runs a statement as a front end does, repeatedly until it succeeds. `from`: first sent; `to`: known to be
   * committed.
   */
  async command<T>(
    run: (client: pg.Client) => Promise<T>,
  ): Promise<{ readonly span: Span; readonly result: T }> {
    const from = Date.now();
    const url = this.postgres.ownerUrl(this.database);
    const result = await this.postgres.insist(url, run);
    return { span: { from, to: Date.now() }, result };
  }
}
