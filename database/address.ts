/**
 * The database's address as the Supabase project hands it out. It changes when somebody resets the database password:
 * open connections go on, and each new one is refused. Then the project is asked again, and later connections use its
 * answer.
 *
 *   KNOWN ── a login is refused ──▶ ASKING ── the same address, or no answer ──▶ KNOWN (asks no sooner than in 30 s)
 *     ▲                                │
 *     └────── another address ─────────┘
 */
import type { Logger } from "pino";

export interface DatabaseAddress {
  /** postgresql:// URL with the password: never log it. */
  current(): string;
  /** Called for every connection that could not be opened; decides itself whether the login was refused. */
  failed(error: unknown): void;
}

export interface AskedAddressOptions {
  readonly url: string;
  /** Asks the project; its errors say why there is no answer. */
  readonly ask: () => Promise<string>;
  /** Monotonic milliseconds. */
  readonly nowMs: () => number;
  readonly log: Logger;
}

/** A wrong password stays wrong for a while, and many connections find out at once. */
const leastBetweenAsksMs = 30_000;

export class AskedAddress implements DatabaseAddress {
  readonly #deps: AskedAddressOptions;
  #url: string;
  #asking = false;
  #lastAskedMs = -Infinity;
  /** The result of the last question; it is logged when it changes. */
  #logged = "";

  constructor(options: AskedAddressOptions) {
    this.#deps = options;
    this.#url = options.url;
  }

  current(): string {
    return this.#url;
  }

  failed(error: unknown): void {
    const nowMs = this.#deps.nowMs();
    if (this.#asking || !isLoginRefused(error)) return;
    if (nowMs - this.#lastAskedMs < leastBetweenAsksMs) return;
    this.#asking = true;
    this.#lastAskedMs = nowMs;
    void this.#askAgain();
  }

  async #askAgain(): Promise<void> {
    const { ask, log } = this.#deps;
    try {
      const url = await ask();
      if (url === this.#url)
        this.#logOnce("same", () => {
          log.error(
            "The database refuses the login, and the project still hands out the same address: was the password changed elsewhere?",
          );
        });
      else {
        this.#url = url;
        this.#logged = "";
        log.info(
          "The database refused the login, and the project handed out another address: it is used from now on",
        );
      }
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#logOnce(reason, () => {
        log.error(
          { reason },
          "The database refuses the login, and the project does not hand its address out again",
        );
      });
    } finally {
      this.#asking = false;
    }
  }

  #logOnce(what: string, write: () => void): void {
    if (this.#logged !== what) write();
    this.#logged = what;
  }
}

/** Poolers in between use texts of their own, and sometimes no code. */
function isLoginRefused(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = (error as { code?: unknown }).code;
  if (code === "28P01" || code === "28000") return true;
  return /password authentication failed|wrong password|tenant or user not found|^SASL/i.test(
    error.message,
  );
}
