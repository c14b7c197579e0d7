/**
 * What a PBX can do on this machine without a database: a loop that keeps a number of Originates outstanding over one
 * AMI connection and records nothing.
 */
import { randomUUID } from "node:crypto";
import { createConnection } from "node:net";
import type { Socket } from "node:net";
import { createInterface } from "node:readline";

export interface AmiAccount {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly secret: string;
}

export interface BareLoopOptions {
  readonly account: AmiAccount;
  /** Originates that have not ended, at any time. */
  readonly outstanding: number;
  /** Dial string of the next call. */
  readonly nextChannel: () => string;
}

export interface BareLoop {
  /** Calls that ended so far. */
  ended(): number;
  /** From the write of each Originate to the first event of ringing, ms. */
  ringsMs(): readonly number[];
  /** Starts no more calls, and resolves when the last one has ended. */
  stop(): Promise<void>;
}

type Message = ReadonlyMap<string, string>;

/** @throws Error when Asterisk refuses the login */
export async function startBareLoop(
  options: BareLoopOptions,
): Promise<BareLoop> {
  const loop = new Loop(options);
  await loop.logIn();
  loop.fill();
  return {
    ended: () => loop.ended,
    ringsMs: () => loop.ringsMs,
    stop: () => loop.stop(),
  };
}

class Loop {
  readonly ringsMs: number[] = [];
  ended = 0;
  readonly #options: BareLoopOptions;
  readonly #socket: Socket;
  /** Written at, monotonic ms; null once it rang. By ChannelId. */
  readonly #live = new Map<string, number | null>();
  #onLogin: (answer: Message) => void = () => undefined;
  #isStopping = false;
  #onEmpty: () => void = () => undefined;

  constructor(options: BareLoopOptions) {
    this.#options = options;
    const { host, port } = options.account;
    this.#socket = createConnection({ host, port, noDelay: true });
    let message = new Map<string, string>();
    createInterface({ input: this.#socket }).on("line", (line) => {
      const colon = line.indexOf(": ");
      if (colon > 0) message.set(line.slice(0, colon), line.slice(colon + 2));
      if (line !== "") return;
      this.#receive(message);
      message = new Map();
    });
  }

  async logIn(): Promise<void> {
    const { user, secret } = this.#options.account;
    const answer = await new Promise<Message>((resolve, reject) => {
      this.#socket.once("error", reject);
      this.#onLogin = resolve;
      this.#write({ Action: "Login", Username: user, Secret: secret });
    });
    if (answer.get("Response") !== "Success")
      throw new Error(`The bare loop's login was refused: ${user}`);
    this.#onLogin = () => undefined;
  }

  fill(): void {
    while (!this.#isStopping && this.#live.size < this.#options.outstanding) {
      const id = randomUUID();
      this.#live.set(id, performance.now());
      this.#write({
        Action: "Originate",
        Async: "true",
        Channel: this.#options.nextChannel(),
        ChannelId: id,
        Context: "from-dialer",
        Exten: "s",
        Priority: "1",
        Timeout: "45000",
        Account: "bare-loop",
        Variable: `__CORRELATION_ID=${id}`,
      });
    }
    if (this.#live.size === 0) this.#onEmpty();
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    if (this.#live.size > 0)
      await new Promise<void>((resolve) => {
        this.#onEmpty = resolve;
      });
    this.#socket.destroy();
  }

  #receive(message: Message): void {
    const event = message.get("Event");
    if (event === undefined && message.has("Response")) this.#onLogin(message);
    if (event === "DialState" && message.get("DialStatus") === "RINGING")
      this.#rang(message.get("DestUniqueid") ?? "");
    if (event !== "Hangup" || !this.#live.delete(message.get("Uniqueid") ?? ""))
      return;
    this.ended += 1;
    this.fill();
  }

  #rang(id: string): void {
    const writtenMs = this.#live.get(id);
    if (writtenMs === undefined || writtenMs === null) return;
    this.ringsMs.push(performance.now() - writtenMs);
    this.#live.set(id, null);
  }

  #write(headers: Readonly<Record<string, string>>): void {
    const lines = Object.entries(headers).map(
      ([name, value]) => `${name}: ${value}\r\n`,
    );
    this.#socket.write(`${lines.join("")}\r\n`);
  }
}
