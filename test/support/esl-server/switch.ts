/**
 * The state of the scripted FreeSWITCH: its legs, its limits, its clock and its listeners. Connections come and go
 * (`connection.ts`); legs stay.
 */
import { randomUUID } from "node:crypto";

import { createRandom } from "../../../adapters/mock/random.ts";
import type { Random } from "../../../adapters/mock/random.ts";
import { speak } from "./event-words.ts";
import type { EventSource, LegView } from "./event-words.ts";
import type { Dialplan } from "./dialplan.ts";
import type { Leg } from "./leg.ts";
import { headerOf } from "./recordings.ts";
import type { Headers } from "./recordings.ts";

/** Times of the script; milliseconds unless said otherwise. */
export interface Pace {
  /** The length of a second for the switch: its own timers, and times in the dialplan. */
  readonly secondMs: number;
  /** From INVITE to 180, 183, 200 or a rejection. */
  readonly setupMs: number;
  /** From 180 to an answer or a rejection. */
  readonly ringMs: number;
  /** From answer to the far end's BYE. */
  readonly talkMs: number;
  /** How long answering machine detection listens. */
  readonly amdMs: number;
  /** How long an agent's phone rings before he answers or declines. */
  readonly agentRingMs: number;
  /** How late `show channels` may be; 300 in the recordings. */
  readonly tableLagMs: number;
  /** What is played by a tone or a file. */
  readonly playbackMs: number;
}

export interface Limits {
  maxSessions: number;
  sessionsPerSecond: number;
  isPaused: boolean;
  /** Not only `outbound`: the status shows it. */
  isPausedForAll: boolean;
  /** So many of the next sessions, for which there is room: somebody else was quicker within the second. */
  refusesNext: number;
}

/** What the network does to events on their way to clients. */
export interface Weather {
  /** Lost for ever. */
  lose: (headers: Headers) => boolean;
  repeats: boolean;
  /** Share of events that others overtake: FreeSWITCH dispatches with several threads. */
  disorder: number;
}

/** How an agent's phone behaves, by its number. */
export type AgentBehaviour = "answers" | "rings" | "declines";

export interface SwitchOptions {
  readonly pace: Pace;
  readonly dialplan: Dialplan;
  readonly gateways: Readonly<Record<string, "up" | "down">>;
  readonly agents: (number: string) => AgentBehaviour;
  readonly seed: number;
}

export type Listener = (headers: Headers) => void;

export class ScriptedSwitch {
  readonly options: SwitchOptions;
  readonly random: Random;
  readonly legs = new Map<string, Leg>();
  readonly listeners = new Set<Listener>();
  readonly limits: Limits = {
    maxSessions: 1_000,
    sessionsPerSecond: 30,
    isPaused: false,
    isPausedForAll: false,
    refusesNext: 0,
  };
  readonly weather: Weather = {
    lose: () => false,
    repeats: false,
    disorder: 0,
  };
  /** What is loaded. */
  modules: string[] = ["mod_commands", "mod_dialplan_xml", "mod_sofia"];
  coreUuid = randomUUID() as string;
  startedMs = Date.now();
  /** Of ours: what a step adds to its clock. */
  clockAheadMs = 0;
  sessionsSinceStart = 0;
  /** Sessions started in this second of the switch's clock. */
  sessionsThisSecond = 0;
  #second = 0;
  #sequence = 400;
  readonly #timers = new Set<NodeJS.Timeout>();

  constructor(options: SwitchOptions) {
    this.options = options;
    this.random = createRandom(options.seed);
  }

  /** Epoch microseconds, by its own clock. */
  nowUs(): number {
    const nowMs = performance.timeOrigin + performance.now();
    return Math.round((nowMs + this.clockAheadMs) * 1_000);
  }

  between(lowMs: number, highMs: number): number {
    return lowMs + this.random() * (highMs - lowMs);
  }

  /** A timer that a restart takes away. @returns what stops it */
  after(ms: number, act: () => void): () => void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      act();
    }, ms);
    this.#timers.add(timer);
    return () => {
      this.#timers.delete(timer);
      clearTimeout(timer);
    };
  }

  /** Resolves after so long; never when the switch goes away. */
  pause(ms: number): Promise<void> {
    return new Promise((resolve) => this.after(ms, resolve));
  }

  emit(
    source: EventSource,
    leg: LegView | null,
    other: LegView | null = null,
    words: ReadonlyMap<string, string> = new Map(),
  ): void {
    this.publish(
      speak(source, {
        leg,
        other,
        words,
        coreUuid: this.coreUuid,
        sequence: (this.#sequence += 1),
        nowUs: this.nowUs(),
      }),
    );
  }

  publish(headers: Headers): void {
    if (this.weather.lose(headers)) return;
    const times = this.weather.repeats ? 2 : 1;
    for (let count = 0; count < times; count += 1) {
      // BACKGROUND_JOB and the rest go out by different threads: up to some milliseconds apart.
      if (this.random() < this.weather.disorder) {
        this.after(this.between(0, 8), () => this.#deliver(headers));
      } else this.#deliver(headers);
    }
  }

  /** @returns whether a session may start now; counts it when it may */
  admit(): boolean {
    const second = Math.floor(Date.now() / this.options.pace.secondMs);
    if (second !== this.#second) {
      this.#second = second;
      this.sessionsThisSecond = 0;
    }
    const { maxSessions, sessionsPerSecond, isPaused } = this.limits;
    // Of N sessions per second N - 1 pass (recorded: 5 gives 4).
    if (isPaused || this.legs.size >= maxSessions) return false;
    if (this.limits.refusesNext > 0) {
      this.limits.refusesNext -= 1;
      return false;
    }
    if (this.sessionsThisSecond >= sessionsPerSecond - 1) return false;
    this.sessionsThisSecond += 1;
    this.sessionsSinceStart += 1;
    return true;
  }

  /** Killed and started again: no call, no event, another Core-UUID. */
  restart(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    for (const leg of this.legs.values()) leg.vanish();
    this.legs.clear();
    this.coreUuid = randomUUID();
    this.startedMs = Date.now();
    this.#sequence = 400;
    this.sessionsSinceStart = 0;
  }

  #deliver(headers: Headers): void {
    for (const listener of this.listeners) listener(headers);
  }
}

export function eventNameOf(headers: Headers): string {
  return headerOf(headers, "Event-Name") ?? "";
}
