/** The baseline's way of saving events of the PBX: at once, all that arrived during the previous write. */
import type pg from "pg";

import type { CallEvent } from "../../adapters/port.ts";
import { loadSql } from "../../database/sql.ts";
import { loadBenchSql } from "../sql.ts";

/** Column names, because it travels to Postgres as JSON. */
interface CallChange {
  readonly id: string;
  state: string;
  outcome: string | null;
  ring_at: string | null;
  answer_at: string | null;
  end_at: string | null;
  cause: string | null;
  cause_code: number | null;
}

export class EventWriter {
  readonly #pool: pg.Pool;
  #waiting: CallEvent[] = [];
  #writing = false;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  push(event: CallEvent): void {
    this.#waiting.push(event);
    if (this.#writing) return;
    this.#writing = true;
    setImmediate(() => {
      this.#writeAll()
        .catch((error: unknown) => {
          console.error(error);
        })
        .finally(() => {
          this.#writing = false;
        });
    });
  }

  async #writeAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const events = this.#waiting;
      this.#waiting = [];
      await this.#write(events);
    }
  }

  async #write(events: readonly CallEvent[]): Promise<void> {
    const client = await this.#pool.connect();
    try {
      await client.query("begin");
      await client.query(applySql, [JSON.stringify(changesOf(events))]);
      await client.query(insertSql, [JSON.stringify(events.map(recordOf))]);
      await client.query("commit");
    } catch (error) {
      await client.query("rollback");
      throw error;
    } finally {
      client.release();
    }
  }
}

const applySql = loadBenchSql("baseline_events");
const insertSql = loadSql("attempts/insert_events");

function recordOf({ attemptId, at, kind, dedupKey, ...detail }: CallEvent) {
  return { attempt_id: attemptId, at, kind, dedup_key: dedupKey, detail };
}

function changesOf(events: readonly CallEvent[]): CallChange[] {
  const changes = new Map<string, CallChange>();
  for (const event of events) {
    const change = changes.get(event.attemptId) ?? {
      id: event.attemptId,
      state: "ORIGINATING",
      outcome: null,
      ring_at: null,
      answer_at: null,
      end_at: null,
      cause: null,
      cause_code: null,
    };
    if (!apply(change, event)) continue;
    changes.set(event.attemptId, change);
  }
  return [...changes.values()];
}

/** @returns false for an event that changes nothing */
function apply(change: CallChange, event: CallEvent): boolean {
  switch (event.kind) {
    case "RINGING":
    case "EARLY_MEDIA":
      if (change.state === "ORIGINATING") change.state = "RINGING";
      change.ring_at ??= event.at;
      return true;
    case "ANSWERED":
      change.state = "ANSWERED";
      change.answer_at = event.at;
      return true;
    case "ENDED":
      end(change, event);
      return true;
    default:
      return false;
  }
}

function end(
  change: CallChange,
  { at, history, cause, causeName }: Extract<CallEvent, { kind: "ENDED" }>,
): void {
  const rang = history.ringAt ?? history.earlyMediaAt;
  change.end_at = at;
  change.ring_at ??= rang;
  change.answer_at ??= history.answerAt;
  change.cause = causeName;
  change.cause_code = cause;
  if (history.answerAt !== null) set(change, "ENDED", "ANSWERED");
  else if (cause === 17) set(change, "BUSY", "BUSY");
  else if (rang !== null) set(change, "NO_ANSWER", "NO_ANSWER");
  else set(change, "FAILED", "UNREACHABLE");
}

function set(change: CallChange, state: string, outcome: string): void {
  change.state = state;
  change.outcome = outcome;
}
