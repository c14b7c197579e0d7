/**
 * A database that answers and does not write: read-only, out of disk, a right taken away. Recorded by operation,
 * because a right may be missing for one and not for another; a refusal counts until the same operation works again.
 */

/** PostgreSQL: read-only transaction, missing privilege, I/O error; class 53 is "insufficient resources". */
const refusalCodes = new Set(["25006", "42501", "58030"]);
/** Without these a call is not recorded; any other refusal harms no call, and is in the log. */
const callsDependOn = new Set([
  "heartbeat",
  "events",
  "schedule_campaign",
  "originate_call",
  "apply_call_events",
  "fire_call_timer",
  "hangup_call",
]);
/** The operation was not tried again: retries and the sweep of each minute would have done so. */
const forgottenAfterMs = 90_000;

export interface WriteRefusal {
  /** The heartbeat, the events, or a task by its name. */
  readonly operation: string;
  /** SQLSTATE. */
  readonly code: string;
  /** What the database said. */
  readonly message: string;
  readonly sinceMs: number;
}

/** @returns SQLSTATE of an error with which a database that is there refuses to write; null: any other error */
function refusalCode(error: unknown): string | null {
  const code = (error as { code?: unknown } | null)?.code;
  if (!(error instanceof Error) || typeof code !== "string") return null;
  const isShortage = /^53[0-9A-Z]{3}$/.test(code) && code !== "53300";
  return isShortage || refusalCodes.has(code) ? code : null;
}

/** @returns true for an error that the server itself sent, so that the connection it came on is alive */
export function isServersAnswer(error: unknown): boolean {
  const { code, severity } = (error ?? {}) as {
    code?: unknown;
    severity?: unknown;
  };
  return (
    error instanceof Error &&
    severity === "ERROR" &&
    typeof code === "string" &&
    /^[0-9A-Z]{5}$/.test(code)
  );
}

export class WriteRefusals {
  readonly #nowMs: () => number;
  readonly #refusals = new Map<string, WriteRefusal & { lastMs: number }>();

  /** @param nowMs monotonic milliseconds */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /**
   * Takes an error; one that is no refusal changes nothing.
   *
   * @param name of the operation; what follows a colon, the node of a task, is left out
   */
  failed(name: string, error: unknown): void {
    const code = refusalCode(error);
    const operation = operationOf(name);
    if (code === null || !callsDependOn.has(operation)) return;
    const nowMs = this.#nowMs();
    const sinceMs = this.#refusals.get(operation)?.sinceMs ?? nowMs;
    const message = (error as Error).message;
    this.#refusals.set(operation, {
      operation,
      code,
      message,
      sinceMs,
      lastMs: nowMs,
    });
  }

  succeeded(name: string): void {
    const refusal = this.#refusals.get(operationOf(name));
    if (refusal === undefined) return;
    this.#refusals.delete(refusal.operation);
    // A database that refuses the heartbeat refuses everything: other operations were refused for the same reason.
    if (refusal.operation === "heartbeat") this.#refusals.clear();
  }

  /** The one that has lasted longest, or null. */
  get current(): WriteRefusal | null {
    const nowMs = this.#nowMs();
    let oldest: WriteRefusal | null = null;
    for (const [operation, refusal] of this.#refusals) {
      if (nowMs - refusal.lastMs > forgottenAfterMs)
        this.#refusals.delete(operation);
      else if (oldest === null || refusal.sinceMs < oldest.sinceMs)
        oldest = refusal;
    }
    return oldest;
  }
}

function operationOf(name: string): string {
  return name.split(":", 1)[0] ?? name;
}
