/**
 * Requests to a PBX that have no answer yet. Every request settles: with its answer, or with an error when its deadline
 * passes or its session ends.
 */
import { AdapterError } from "../port.ts";

/** Names a request in the error about its missing answer. */
export interface RequestName {
  /** E.g. `Asterisk`. */
  readonly pbx: string;
  /** The command without its values. */
  readonly name: string;
  readonly timeoutMs: number;
}

export class PendingRequest<Answer> {
  readonly #settlement = Promise.withResolvers<Answer>();
  readonly #timer: NodeJS.Timeout;

  /** @param onTimeout called when the deadline passes without an answer */
  constructor(
    { pbx, name, timeoutMs }: RequestName,
    onTimeout: () => void = () => undefined,
  ) {
    this.#timer = setTimeout(() => {
      const message = `${pbx} did not answer ${name} within ${String(timeoutMs)} ms`;
      onTimeout();
      this.failed(new AdapterError("TIMEOUT", message));
    }, timeoutMs);
  }

  /** Rejects with AdapterError TIMEOUT, or with what {@link failed} was given. */
  get answer(): Promise<Answer> {
    return this.#settlement.promise;
  }

  /** An answer after the deadline is ignored. */
  answered(answer: Answer): void {
    clearTimeout(this.#timer);
    this.#settlement.resolve(answer);
  }

  failed(error: AdapterError): void {
    clearTimeout(this.#timer);
    this.#settlement.reject(error);
  }
}

/** Requests to a PBX whose answers name their request. */
export class PendingRequests<Key, Answer> {
  readonly #pbx: string;
  readonly #pending = new Map<Key, PendingRequest<Answer>>();

  /** @param pbx e.g. `Asterisk` */
  constructor(pbx: string) {
    this.#pbx = pbx;
  }

  get size(): number {
    return this.#pending.size;
  }

  /** Rejects with AdapterError TIMEOUT, or with what {@link failed} or {@link close} were given. */
  wait(key: Key, name: string, timeoutMs: number): Promise<Answer> {
    const request = new PendingRequest<Answer>(
      { pbx: this.#pbx, name, timeoutMs },
      () => this.#pending.delete(key),
    );
    this.#pending.set(key, request);
    return request.answer;
  }

  answered(key: Key, answer: Answer): void {
    this.#take(key)?.answered(answer);
  }

  failed(key: Key, error: AdapterError): void {
    this.#take(key)?.failed(error);
  }

  /** The session has ended: no answer will come. */
  close(reason: string): void {
    for (const key of [...this.#pending.keys()])
      this.failed(key, new AdapterError("NOT_CONNECTED", reason));
  }

  #take(key: Key): PendingRequest<Answer> | undefined {
    const request = this.#pending.get(key);
    this.#pending.delete(key);
    return request;
  }
}
