/**
 * Watches an engine continuously, so that an outage is timed from its beginning, and the log says when it begins, when
 * `/health` turns 503, and when it is over.
 */
import type { Logger } from "pino";

import { Outage } from "./outage.ts";
import type { Fault, OutageChange, OutageView } from "./outage.ts";
import { findFaults, healthSources } from "./faults.ts";
import type { HealthMeasures, HealthSource } from "./faults.ts";

export interface HealthWatchOptions {
  readonly measure: () => HealthMeasures;
  readonly unhealthyAfterMs: number;
  /** Monotonic milliseconds. */
  readonly nowMs: () => number;
  readonly log: Logger;
}

const names: Readonly<Record<HealthSource, string>> = {
  PBX: "PBX",
  DATABASE: "Database",
  DIALLING: "Dialling",
  QUEUE: "Job queue",
};

const longestBetweenObservationsMs = 1_000;
/** While anything is away, one line so often says what and for how long. */
const summaryEveryMs = 60_000;
/** A recovery must last this share of the limit to end an outage. */
const steadyShare = 1 / 6;

export class HealthWatch {
  readonly #deps: HealthWatchOptions;
  readonly #outages = new Map<HealthSource, Outage>();
  #timer: NodeJS.Timeout | undefined;
  /** Null until the watch begins; a first connection takes a moment. */
  #startedMs: number | null = null;
  #wasConnected = false;
  #isOver = false;
  /** When the log last reported an outage; null: none is under way. */
  #loggedMs: number | null = null;

  constructor(options: HealthWatchOptions) {
    this.#deps = options;
    const { unhealthyAfterMs } = options;
    for (const source of healthSources)
      this.#outages.set(
        source,
        new Outage({
          unhealthyAfterMs,
          steadyMs: unhealthyAfterMs * steadyShare,
          // A lost connection to the PBX does not pass by itself; a late heartbeat and a take-over do.
          quietMs: source === "PBX" ? 0 : unhealthyAfterMs * steadyShare,
        }),
      );
  }

  start(): void {
    this.observe();
    const everyMs = Math.min(
      longestBetweenObservationsMs,
      Math.max(20, this.#deps.unhealthyAfterMs / 10),
    );
    this.#timer ??= setInterval(() => {
      this.observe();
    }, everyMs);
  }

  /** From here on nothing is logged: an engine that stops closes its own connections. */
  stop(): void {
    this.#isOver = true;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Observes now, because something changed or somebody asks. @returns the outages under way */
  observe(): OutageView[] {
    const nowMs = this.#deps.nowMs();
    this.#startedMs ??= nowMs;
    const measures = this.#deps.measure();
    const faults = findFaults(measures, nowMs);
    this.#wasConnected ||= measures.pbx.status === "CONNECTED";
    const views: OutageView[] = [];
    for (const [source, outage] of this.#outages) {
      const fault =
        source === "PBX" ? this.#pbxFault(faults.PBX, nowMs) : faults[source];
      for (const change of outage.note(nowMs, fault))
        this.#log(source, change, fault?.reason);
      const view = outage.view(nowMs);
      if (view !== null) views.push(view);
    }
    this.#summarize(nowMs);
    return views;
  }

  /** Outages that the log has reported, in one line a minute. */
  #summarize(nowMs: number): void {
    const lasting = [...this.#outages].flatMap(([source, outage]) => {
      const view = outage.view(nowMs);
      return view !== null && outage.isReported && !view.isReturning
        ? [{ source, view }]
        : [];
    });
    if (lasting.length === 0) this.#loggedMs = null;
    else if (nowMs - (this.#loggedMs ??= nowMs) >= summaryEveryMs) {
      this.#loggedMs = nowMs;
      const outages = lasting.map(({ source, view }) => ({
        source,
        outageMs: Math.round(view.ms),
        reason: view.fault.reason,
      }));
      const outageMs = Math.max(...outages.map((one) => one.outageMs));
      const away = lasting.map(({ source }) => names[source]).join(", ");
      if (!this.#isOver)
        this.#deps.log.warn({ outageMs, outages }, `Still away: ${away}`);
    }
  }

  /** A PBX that was never connected counts as away after a while, and then since the start. */
  #pbxFault(fault: Fault | null, nowMs: number): Fault | null {
    if (fault === null || this.#wasConnected) return fault;
    const sinceMs = this.#startedMs ?? nowMs;
    const isFirst = nowMs - sinceMs < this.#deps.unhealthyAfterMs * steadyShare;
    return isFirst ? null : { sinceMs, ...fault };
  }

  #log(
    source: HealthSource,
    { kind, ms }: OutageChange,
    reason: string | undefined,
  ): void {
    if (this.#isOver) return;
    const { log } = this.#deps;
    const facts = { source, outageMs: Math.round(ms), reason };
    const name = names[source];
    if (kind === "ENDED") log.info(facts, `${name}: outage over`);
    else if (kind === "BEGAN") log.warn(facts, `${name}: outage began`);
    else log.error(facts, `${name}: outage lasts, /health answers 503 now`);
  }
}
