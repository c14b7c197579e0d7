/** Follows a test call until it is over: prints every event as it arrives, then the result. */
import { setTimeout as pause } from "node:timers/promises";

import type { Database } from "../../database/pools.ts";
import {
  cancelCall,
  completeCall,
  readCall,
  readCallBlockers,
} from "./queries.ts";
import type {
  CallAttempt,
  CallHappening,
  CallState,
  PlacedCall,
} from "./queries.ts";
import { EXIT_STOPPED } from "../command.ts";
import type { Language, Translated } from "../language.ts";
import { adviceOn } from "./advice.ts";
import { describeEnd } from "./describe-end.ts";

export const EXIT_NOTHING_DIALLED = 2;

export interface Patience {
  /** If nothing was sent to the PBX by then, the reason is printed. */
  readonly explainAfterMs: number;
  /** If nothing was sent by then, the call is given up. */
  readonly giveUpAfterMs: number;
}

export interface FollowOptions {
  readonly database: Database;
  readonly call: PlacedCall;
  readonly say: (line: string) => void;
  readonly language: Language;
  readonly signal: AbortSignal;
  readonly patience?: Patience;
}

const usualPatience: Patience = {
  explainAfterMs: 4_000,
  giveUpAfterMs: 45_000,
};
const lookEveryMs = 100;
/** How long this command waits for the end of a call that it hangs up. */
const hangupMs = 8_000;
const finalStatuses = new Set(["DONE", "FAILED", "DNC", "INVALID"]);

/** @returns the exit code: 0 answered or rang, 1 failed, 2 nothing was dialled, 130 stopped */
export async function followCall(options: FollowOptions): Promise<number> {
  const watch = new Watch(options);
  try {
    return await watch.untilOver();
  } catch (error) {
    // Nobody follows the call any more, so it must not be dialled later.
    await cancelCall(options.database, options.call).catch(() => undefined);
    throw error;
  }
}

const words = {
  givenUp: {
    en: "\nGiven up, because:",
    "pt-BR": "\nDesistiu, porque:",
  },
  notYet: {
    en: "\nNothing was dialled yet, because:",
    "pt-BR": "\nNada foi discado ainda, porque:",
  },
  noReason: {
    en: "  no reason is known: see the engine's log and /status",
    "pt-BR": "  não se sabe o motivo: veja o log do engine e /status",
  },
  hangingUp: { en: "\nHanging up …", "pt-BR": "\nDesligando …" },
  notConfirmed: {
    en: "The PBX has not confirmed the hang-up; the engine keeps trying.",
    "pt-BR": "O PABX não confirmou o desligamento; o engine continua tentando.",
  },
  nothing: { en: "Nothing was dialled", "pt-BR": "Nada foi discado" },
} satisfies Record<string, Translated>;

class Watch {
  readonly #deps: FollowOptions;
  readonly #told = new Set<string>();
  readonly #startedAt = performance.now();
  #explained = false;

  constructor(options: FollowOptions) {
    this.#deps = options;
  }

  #in(text: Translated): string {
    return text[this.#deps.language];
  }

  async untilOver(): Promise<number> {
    const { database, call, signal } = this.#deps;
    for (;;) {
      const state = await this.#look();
      if (isOver(state)) {
        await completeCall(database, call);
        return this.#tellEnd(state);
      }
      if (signal.aborted) return this.#stop();
      if (!(await this.#mayWait(state))) {
        await cancelCall(database, call);
        return EXIT_NOTHING_DIALLED;
      }
      await pause(lookEveryMs, undefined, { signal }).catch(() => undefined);
    }
  }

  async #look(): Promise<CallState> {
    const { database, call } = this.#deps;
    const state = await readCall(database, call);
    const { attempt } = state;
    if (attempt !== null) {
      this.#tell(`${attempt.id}/queued`, attempt.queuedMs, "QUEUED");
      if (attempt.originateMs !== null)
        this.#tell(`${attempt.id}/sent`, attempt.originateMs, "ORIGINATING");
    }
    for (const event of state.events)
      this.#tell(event.key, event.learnedMs, event.kind, remark(event));
    return state;
  }

  #tell(key: string, atMs: number, what: string, more = ""): void {
    if (this.#told.has(key)) return;
    this.#told.add(key);
    const ms = Math.max(0, Math.round(atMs - this.#deps.call.startedMs));
    this.#deps.say(
      `${`+${String(ms)} ms`.padStart(10)}  ${what.padEnd(18)}${more}`.trimEnd(),
    );
  }

  /** Prints what delays the call. @returns false when the reason does not pass by itself, or it took too long */
  async #mayWait({ attempt, leadReason }: CallState): Promise<boolean> {
    const { say, patience = usualPatience } = this.#deps;
    const waitedMs = performance.now() - this.#startedAt;
    const isSent = typeof attempt?.originateMs === "number";
    if (isSent || waitedMs < patience.explainAfterMs) return true;
    const isLate = waitedMs >= patience.giveUpAfterMs;
    if (this.#explained && !isLate) return true;
    this.#explained = true;
    const reasons = await this.#reasons(leadReason);
    say(this.#in(isLate ? words.givenUp : words.notYet));
    for (const reason of reasons)
      say(`  ${reason}: ${this.#in(adviceOn(reason).text)}`);
    if (reasons.length === 0) say(this.#in(words.noReason));
    return !isLate && reasons.every((reason) => adviceOn(reason).passes);
  }

  /** The reason why the last pass set the lead aside says more than that there was no other lead. */
  async #reasons(leadReason: string | null): Promise<string[]> {
    const { database, call } = this.#deps;
    const found = await readCallBlockers(database, call.campaignId);
    if (leadReason === null) return found;
    const others = found.filter(
      (reason) => reason !== "NO_LEAD_DUE" && reason !== leadReason,
    );
    return [leadReason, ...others];
  }

  /** Ctrl-C: hangs up and waits until the PBX has confirmed it. */
  async #stop(): Promise<number> {
    const { database, call, say } = this.#deps;
    say(this.#in(words.hangingUp));
    await cancelCall(database, call);
    const endMs = performance.now() + hangupMs;
    for (;;) {
      const { attempt } = await this.#look();
      if (attempt === null || attempt.ended) return EXIT_STOPPED;
      if (performance.now() > endMs) {
        say(this.#in(words.notConfirmed));
        return EXIT_STOPPED;
      }
      await pause(lookEveryMs);
    }
  }

  #tellEnd({ attempt, leadStatus, leadReason }: CallState): number {
    const { say } = this.#deps;
    if (!attempt?.originateMs) {
      const reason = leadReason ?? leadStatus;
      const advice = this.#in(adviceOn(reason).text);
      say(`\n${this.#in(words.nothing)}: ${reason}: ${advice}`);
      return EXIT_NOTHING_DIALLED;
    }
    say(`\n${describeEnd(attempt, this.#deps.language).join("\n")}`);
    return attempt.rang ? 0 : 1;
  }
}

/** Only one dial is allowed, so the first call that was sent and is over was the last. */
function isOver({ attempt, leadStatus }: CallState): boolean {
  return isSpent(attempt) || finalStatuses.has(leadStatus);
}

function isSpent(attempt: CallAttempt | null): boolean {
  return attempt?.ended === true && attempt.originateMs !== null;
}

/** The part of an event's particulars that a person wants to see. */
function remark({ detail }: CallHappening): string {
  const names = [
    "reason",
    "message",
    "note",
    "timerType",
    "causeName",
    "sipStatus",
    "sipReason",
    "result",
  ];
  return names
    .flatMap((name) => {
      const value = detail[name];
      return typeof value === "string" || typeof value === "number"
        ? [String(value)]
        : [];
    })
    .join(" ");
}
