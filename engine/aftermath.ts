/**
 * What follows from calls that ended, outside their transaction: campaigns are woken, trunks judged, a
 * broken hand-over brakes its campaign. All of it may be lost in a crash without harm: the sweep wakes
 * campaigns each minute, and health and brake are judged again by the next calls.
 */
import type { Logger } from "pino";

import {
  pauseCampaign,
  noteTrunkResults,
  readLastAnswered,
} from "../database/consequences.ts";
import type { TrunkResults } from "../database/consequences.ts";
import type { Database } from "../database/pools.ts";
import { brakeTripped } from "../dialing/brake.ts";
import { outcomeTraits } from "../dialing/outcome.ts";
import type { EndedCall, Settled } from "./settle-attempts.ts";

/** Results of a trunk are gathered this long: its row is not touched for each call. */
const gatherMs = 200;
const brakeCalls = 20;
const brakeShortMs = 3_000;

export interface AftermathDependencies {
  readonly database: Database;
  readonly log: Logger;
  readonly wake: (campaignIds: readonly string[]) => void;
  readonly onEnded: (call: EndedCall) => void;
}

export class Aftermath {
  readonly #with: AftermathDependencies;
  readonly #results = new Map<string, TrunkResults>();
  readonly #toBrake = new Set<string>();
  #timer: NodeJS.Timeout | null = null;
  #running: Promise<void> = Promise.resolve();

  constructor(dependencies: AftermathDependencies) {
    this.#with = dependencies;
  }

  /** Takes what one transaction has ended. */
  note(settled: Settled): void {
    if (settled.ended.length === 0) {
      // An answer frees a place among the unanswered, for which hungry campaigns may be waiting.
      if (settled.changed.some(({ state }) => state === "ANSWERED"))
        this.#with.wake([]);
      return;
    }
    for (const call of settled.ended) {
      this.#with.onEnded(call);
      this.#count(call);
      const shortAnswer =
        call.answeredMs !== null && call.answeredMs < brakeShortMs;
      if (shortAnswer) this.#toBrake.add(call.campaignId);
      if (call.refusal === "NO_SUCH_EXTENSION")
        this.#pause(call.campaignId, "MISSING_EXTENSION");
    }
    this.#with.wake([...new Set(settled.ended.map((call) => call.campaignId))]);
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      // One at a time: a trunk's row that somebody holds must not take a connection more with each of them.
      this.#running = this.#running.then(() => this.#flush());
    }, gatherMs);
  }

  async stop(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#running;
  }

  #count(call: EndedCall): void {
    const results: TrunkResults = this.#results.get(call.trunkId) ?? {
      trunk_id: call.trunkId,
      reached: 0,
      answered: 0,
      faults: 0,
      hard_faults: 0,
      rejections: 0,
      last_fault: null,
    };
    this.#results.set(call.trunkId, results);
    const answered = call.answeredMs !== null;
    if (answered) results.answered += 1;
    // A busy phone was reached as well.
    if (answered || call.rung || call.outcome === "BUSY") results.reached += 1;
    if (outcomeTraits[call.outcome].trunkFault) {
      results.faults += 1;
      results.last_fault = call.outcome;
    }
    if (call.outcome === "TRUNK_FAULT") results.hard_faults += 1;
    if (call.outcome === "REJECTED") {
      results.rejections += 1;
      results.last_fault ??= call.outcome;
    }
  }

  async #flush(): Promise<void> {
    const { database, log } = this.#with;
    const results = [...this.#results.values()];
    const campaigns = [...this.#toBrake];
    this.#results.clear();
    this.#toBrake.clear();
    try {
      for (const trunk of await noteTrunkResults(database, results)) {
        if (trunk.health === "OUT")
          log.error(
            { trunk: trunk.name, reason: trunk.reason },
            "Trunk taken out",
          );
      }
      for (const campaignId of campaigns) await this.#brake(campaignId);
    } catch (error) {
      log.warn({ err: error }, "Trunk health could not be written");
    }
  }

  async #brake(campaignId: string): Promise<void> {
    const durations = await readLastAnswered(
      this.#with.database,
      campaignId,
      brakeCalls,
    );
    if (brakeTripped(durations)) this.#pause(campaignId, "BRAKE");
  }

  #pause(campaignId: string, reason: string): void {
    const { database, log } = this.#with;
    pauseCampaign(database, campaignId, reason).then(
      (paused) => {
        if (paused)
          log.error({ campaignId, reason }, "Campaign paused by the engine");
      },
      (error: unknown) => {
        log.error(
          { err: error, campaignId, reason },
          "Campaign could not be paused",
        );
      },
    );
  }
}
