/**
 * Compares the database and the PBX after anything that may have let them drift apart: a take-over, a lost connection,
 * a restart of either.
 *
 * Live in both: adopted, its events and timers go on. In the database only: the PBX is asked once more for that very
 * channel; if it is gone, the attempt is LOST and SETTLE decides. In the PBX only, with our installation tag and an
 * attempt that is over: hung up, because nobody else would end it. With our tag and no attempt at all: another database
 * dials under our id, such as a copy, or this one was restored to a state before that call; the channel is left alone
 * and logged. Channels without our tag are never considered.
 */
import type { Logger } from "pino";
import type { VoiceAdapter } from "../../adapters/port.ts";
import type { Database } from "../../database/pools.ts";
import {
  readKnownEnded,
  readLiveAttempts,
  eventsWait,
} from "../../database/reconciliation.ts";
import type { AttemptEvent } from "../../dialing/call-facts.ts";
import type { EventInbox } from "./inbox.ts";

/** A call committed this recently may still be on its way to the PBX. */
const youngMs = 2_000;
const isUuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export interface ReconciliationDependencies {
  readonly database: Database;
  readonly adapter: VoiceAdapter;
  readonly node: string;
  readonly log: Logger;
  /** Whether events of the call are on their way to the database: they say what became of it. */
  readonly isReceived: (attemptId: string) => boolean;
  readonly onLost: (event: AttemptEvent) => void;
}

export interface ReconciliationResult {
  readonly adopted: number;
  readonly lost: number;
  readonly orphansHungUp: number;
  /** Calls too young to judge, or of which an event was received just now: compare again. */
  readonly tooYoung: number;
}

/**
 * Compares once.
 *
 * @throws AdapterError when the PBX cannot be asked, or the database's error; call again then
 */
export async function reconcile(
  dependencies: ReconciliationDependencies,
): Promise<ReconciliationResult> {
  const { database, adapter, node, log, isReceived, onLost } = dependencies;
  const attempts = await readLiveAttempts(database, node);
  const channels = new Set(
    (await adapter.listLiveCalls()).map((call) => call.attemptId),
  );
  let adopted = 0;
  let lost = 0;
  let tooYoung = 0;
  for (const attempt of attempts) {
    if (channels.has(attempt.id) || (await adapter.isAlive(attempt.id)))
      adopted += 1;
    else if (attempt.ageMs < youngMs || isReceived(attempt.id)) tooYoung += 1;
    else {
      lost += 1;
      const at = pbxNow(adapter).toISOString();
      onLost({
        kind: "LOST",
        attemptId: attempt.id,
        at,
        dedupKey: `LOST:${at}`,
      });
    }
  }
  const orphansHungUp = await hangUpOrphans(dependencies, channels, attempts);
  if (adopted + lost + orphansHungUp > 0)
    log.info(
      { adopted, lost, orphansHungUp },
      "Compared live calls with the PBX",
    );
  return { adopted, lost, orphansHungUp, tooYoung };
}

async function hangUpOrphans(
  { database, adapter, node, log }: ReconciliationDependencies,
  channels: ReadonlySet<string>,
  attempts: readonly { id: string }[],
): Promise<number> {
  const read = new Set(attempts.map(({ id }) => id));
  const strange = [...channels].filter((id) => !read.has(id));
  if (strange.length === 0) return 0;
  // Those claimed after the attempts were read are live, and neither over nor unknown.
  const known = strange.filter((id) => isUuid.test(id));
  const ended = await readKnownEnded(database, known);
  for (const id of ended) {
    log.warn(
      { attemptId: id },
      "Hanging up a call of this installation that has no live attempt",
    );
    await adapter.hangup(id);
  }
  const live = new Set(
    (await readLiveAttempts(database, node)).map((a) => a.id),
  );
  const foreign = strange.filter((id) => !ended.has(id) && !live.has(id));
  if (foreign.length > 0)
    log.error(
      { calls: foreign.length, attemptId: foreign[0] },
      "The PBX has calls with this installation's tag that this database never made: they are left alone. Does a copy of the database dial through the same PBX?",
    );
  return ended.size;
}

const againMs = 30_000;
const soonMs = 2_500;
const eventsFirstMs = 500;

export interface ReconcilerDependencies extends Omit<
  ReconciliationDependencies,
  "onLost" | "isReceived"
> {
  readonly inbox: EventInbox;
}

/**
 * When the two are compared: soon after anything that may have let them drift apart, again while something was too young
 * to judge, and regularly anyhow.
 */
export class Reconciler {
  readonly #deps: ReconcilerDependencies;
  #timer: NodeJS.Timeout | null = null;
  #comparing: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(dependencies: ReconcilerDependencies) {
    this.#deps = dependencies;
  }

  /** Compares after this many milliseconds, instead of at the time planned before. */
  compareIn(ms: number): void {
    if (this.#stopped) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#comparing = this.#comparing.then(() => this.#compare());
    }, ms);
  }

  /** @returns settles when the comparison under way is over; no other begins */
  stop(): Promise<void> {
    this.#stopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    return this.#comparing;
  }

  async #compare(): Promise<void> {
    const { adapter, log } = this.#deps;
    if (this.#stopped || adapter.connection().status !== "CONNECTED") return;
    try {
      this.compareIn(await this.#compareOnce());
    } catch (error) {
      log.warn({ err: error }, "Live calls could not be compared with the PBX");
      this.compareIn(soonMs);
    }
  }

  /** @returns when to compare again, ms */
  async #compareOnce(): Promise<number> {
    const { database, inbox, node } = this.#deps;
    // Events that were received, also by a standby, go before the fact that the PBX no longer knows a call.
    if (await eventsWait(database, null, node)) return eventsFirstMs;
    const result = await reconcile({
      ...this.#deps,
      isReceived: (attemptId) => inbox.receivedOf(attemptId).length > 0,
      onLost: (event) => {
        inbox.push(event);
      },
    });
    return result.tooYoung > 0 ? soonMs : againMs;
  }
}

/**
 * The present time by the PBX's clock, as far as its difference to ours is known: our own statements about a call must
 * fit among its times.
 */
function pbxNow(adapter: Pick<VoiceAdapter, "connection">): Date {
  const state = adapter.connection();
  const offsetMs =
    state.status === "CONNECTED" ? (state.clockOffsetMs ?? 0) : 0;
  return new Date(Date.now() + offsetMs);
}
