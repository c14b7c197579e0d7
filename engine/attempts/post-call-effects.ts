/**
 * Effects of ended calls outside their transaction: campaigns are woken, trunks judged, and the short-call circuit
 * breaker checked. A crash may lose them without harm: the sweep wakes campaigns each minute, and the next calls lead
 * to the same judgements.
 */
import type { Logger } from "pino";

import {
  noteTrunkResults,
  pauseCampaign,
  probeTrunks,
} from "../../database/post-call-effects.ts";
import type { TrunkResults } from "../../database/post-call-effects.ts";
import type { Database } from "../../database/pools.ts";
import { readActiveCampaigns } from "../../database/scheduling.ts";
import { outcomeTraits } from "../../dialing/outcome.ts";
import { ShortCallBreaker } from "./short-call-breaker.ts";
import type { EndedCall, Settled } from "./settlement.ts";

/** Results of a trunk are gathered for this long, so that its row is not written for each call. */
const gatherMs = 200;
/** A trunk that failed right after a restart of its PBX is tried again after this. */
const startingMs = 11_000;

/** Runs passes of the campaigns that may dial again. */
interface Scheduler {
  wake(campaignIds: readonly string[]): void;
}

export interface PostCallEffectsDependencies {
  readonly database: Database;
  readonly log: Logger;
  readonly scheduler: Scheduler;
  readonly onEnded: (call: EndedCall) => void;
}

export class PostCallEffects {
  readonly #deps: PostCallEffectsDependencies;
  readonly #results = new Map<string, TrunkResults>();
  readonly #shortCallBreaker: ShortCallBreaker;
  #timer: NodeJS.Timeout | null = null;
  #startingTimer: NodeJS.Timeout | null = null;
  #running: Promise<void> = Promise.resolve();

  constructor(dependencies: PostCallEffectsDependencies) {
    this.#deps = dependencies;
    const { database, log } = dependencies;
    this.#shortCallBreaker = new ShortCallBreaker({
      database,
      pause: (campaignId) => {
        this.#pause(campaignId, "BRAKE");
      },
      onError: (error) => {
        log.warn(
          { err: error },
          "The short-call circuit breaker could not check a campaign",
        );
      },
    });
  }

  /** Takes the calls that one transaction has ended. */
  note(settled: Settled): void {
    if (settled.ended.length === 0) {
      // An answer frees a place among the unanswered, for which campaigns may be waiting.
      if (settled.changed.some(({ state }) => state === "ANSWERED"))
        this.#deps.scheduler.wake([]);
      return;
    }
    for (const call of settled.ended) {
      this.#deps.onEnded(call);
      this.#count(call);
      if (call.handOverWasShort) this.#shortCallBreaker.note(call.campaignId);
      if (call.refusal === "NO_SUCH_EXTENSION")
        this.noteNoHandOver(call.campaignId);
    }
    this.#deps.scheduler.wake([
      ...new Set(settled.ended.map((call) => call.campaignId)),
    ]);
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      // One at a time: a trunk's row that another transaction holds must not cost another connection with each of them.
      this.#running = this.#running.then(() => this.#flush());
    }, gatherMs);
  }

  /** The PBX has nowhere to put this campaign's answered calls. */
  noteNoHandOver(campaignId: string): void {
    this.#pause(campaignId, "MISSING_EXTENSION");
  }

  async stop(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    if (this.#startingTimer !== null) clearTimeout(this.#startingTimer);
    await this.#running;
    await this.#shortCallBreaker.settled();
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
      fault_words: null,
    };
    this.#results.set(call.trunkId, results);
    const answered = call.answeredMs !== null;
    if (answered) results.answered += 1;
    // A busy phone was reached as well.
    if (answered || call.rung || call.outcome === "BUSY") results.reached += 1;
    if (outcomeTraits[call.outcome].trunkFault) {
      results.faults += 1;
      results.last_fault = call.outcome;
      results.fault_words = `${call.outcome}: ${call.description}`;
    }
    if (call.outcome === "TRUNK_FAULT") results.hard_faults += 1;
    if (call.outcome === "REJECTED") {
      results.rejections += 1;
      results.last_fault ??= call.outcome;
      results.fault_words ??= `${call.outcome}: ${call.description}`;
    }
  }

  #tryAgainSoon(): void {
    this.#startingTimer ??= setTimeout(() => {
      this.#startingTimer = null;
      this.#running = this.#running.then(() => this.#tryAgain());
    }, startingMs);
  }

  async #tryAgain(): Promise<void> {
    const { database, log, scheduler } = this.#deps;
    try {
      if ((await probeTrunks(database)).length > 0)
        scheduler.wake(
          (await readActiveCampaigns(database)).map(({ id }) => id),
        );
    } catch (error) {
      log.warn({ err: error }, "Trunks could not be probed");
    }
  }

  async #flush(): Promise<void> {
    const { database, log } = this.#deps;
    const results = [...this.#results.values()];
    this.#results.clear();
    try {
      for (const trunk of await noteTrunkResults(database, results)) {
        if (trunk.reason === "PBX_RESTARTED" && trunk.health === "OUT")
          this.#tryAgainSoon();
        if (trunk.health === "OUT")
          log.error(
            { trunk: trunk.name, reason: trunk.reason, fault: trunk.fault },
            "Trunk taken out of service",
          );
      }
    } catch (error) {
      log.warn({ err: error }, "Trunk health could not be written");
    }
  }

  #pause(campaignId: string, reason: string): void {
    const { database, log } = this.#deps;
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
