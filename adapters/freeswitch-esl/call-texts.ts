/**
 * Free text of calls under way. Names and notes are never part of an originate, where they would be unescaped three
 * times; they are set on the channel one by one as soon as it is answered.
 */
import type { Logger } from "pino";

import type { CallEvent } from "../port.ts";
import type { EslSession } from "./session.ts";

/** Bounds the memory for calls whose end is never received. */
const MAX_CALLS = 20_000;

export class CallTexts {
  readonly #log: Logger;
  readonly #commands = new Map<string, readonly string[]>();
  /** Answered while there was no session to set them on. */
  readonly #late = new Set<string>();

  constructor(log: Logger) {
    this.#log = log;
  }

  /** @param commands `uuid_setvar …`, checked before */
  keep(attemptId: string, commands: readonly string[]): void {
    if (commands.length === 0) return;
    this.#commands.set(attemptId, commands);
    if (this.#commands.size <= MAX_CALLS) return;
    const [oldest] = this.#commands.keys();
    if (oldest !== undefined) this.forget(oldest);
  }

  forget(attemptId: string): void {
    this.#commands.delete(attemptId);
    this.#late.delete(attemptId);
  }

  /** The connection is back. */
  catchUp(session: EslSession): void {
    for (const attemptId of [...this.#late]) this.#set(attemptId, session);
  }

  onCallEvent(
    { kind, attemptId }: CallEvent,
    session: EslSession | null,
  ): void {
    if (kind === "ENDED" || kind === "REFUSED") this.forget(attemptId);
    else if (kind !== "ANSWERED" || !this.#commands.has(attemptId)) return;
    else if (session === null) this.#late.add(attemptId);
    else this.#set(attemptId, session);
  }

  #set(attemptId: string, session: EslSession): void {
    const commands = this.#commands.get(attemptId) ?? [];
    this.forget(attemptId);
    for (const command of commands) {
      session.api(command).then(
        (answer) => {
          if (answer.startsWith("+OK")) return;
          this.#warn(attemptId, answer.trim().slice(0, 100));
        },
        (error: unknown) => {
          this.#warn(attemptId, error instanceof Error ? error.message : "");
        },
      );
    }
  }

  /** No fault if the call is over by then; a call that goes on lacks a text. */
  #warn(attemptId: string, reason: string): void {
    this.#log.warn(
      { attemptId, reason },
      "A variable of an answered call could not be set",
    );
  }
}
