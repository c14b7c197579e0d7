/**
 * Which service answers on a port where a PBX was expected, by the first bytes that it sends. They may arrive in
 * pieces, so they are judged when the first line is complete, or when no more of it has arrived for a while.
 */

export const neighbours = [
  "ami",
  "esl",
  "ssh",
  "http",
  "sip",
  "mail",
  "ftp",
  "tls",
  "database",
  "other",
] as const;
export type NeighbourKind = (typeof neighbours)[number];

export interface Neighbour {
  readonly kind: NeighbourKind;
  /** Its first line, at most 60 printable characters; empty for bytes that are not text. */
  readonly words: string;
}

/** How long to wait for the rest of a first line that is not the expected one. */
const REST_OF_LINE_MS = 500;
const LONGEST_LINE = 200;

const byWords: readonly (readonly [RegExp, NeighbourKind])[] = [
  [/^Asterisk Call Manager\//, "ami"],
  [/^Content-(?:Type|Length):/i, "esl"],
  [/^SSH-\d/, "ssh"],
  [/^(?:HTTP\/\d|<!doctype html|<html)/i, "http"],
  [/^(?:SIP\/2\.0 |[A-Z]+ sips?:)/, "sip"],
  [/^220[ -].*ftp/i, "ftp"],
  [/^(?:220[ -]|\* OK|\+OK)/, "mail"],
  // An alert or a handshake of TLS.
  [/^[\x15\x16]\x03/, "tls"],
  // The greeting of MySQL and MariaDB: length, number, protocol 10 or 9.
  [/^[^]{2}\0\0[\n\t]/, "database"],
];

/** @param received what has arrived so far, as Latin-1 @returns null: nothing was received */
export function neighbourOf(received: string): Neighbour | null {
  if (received === "") return null;
  const [, kind = "other" as const] =
    byWords.find(([pattern]) => pattern.test(received)) ?? [];
  const line = received.split(/[\r\n]/, 1)[0] ?? "";
  const isText = /^[\x20-\x7e\xa0-\xff]+$/.test(line);
  return { kind, words: isText ? line.slice(0, 60) : "" };
}

/** Whether the first line is complete, or longer than any greeting. */
export function isLineWhole(received: string): boolean {
  return received.includes("\n") || received.length >= LONGEST_LINE;
}

const names: Readonly<Record<NeighbourKind, string>> = {
  ami: "Asterisk's AMI",
  esl: "FreeSWITCH's Event Socket",
  ssh: "an SSH server",
  http: "a web server (HTTP)",
  sip: "a SIP server",
  mail: "a mail server",
  ftp: "an FTP server",
  tls: "something that speaks TLS",
  database: "a MySQL server",
  other: "something else",
};

/** Names the service for an operator. */
export function describeNeighbour({ kind, words }: Neighbour): string {
  return words === "" ? names[kind] : `${names[kind]} ("${words}")`;
}

/** Collects the first bytes of a connection, in whatever pieces they arrive, until the service is known. */
export class FirstWords {
  readonly #expected: string;
  readonly #onForeign: (neighbour: Neighbour) => void;
  #received = "";
  #timer: NodeJS.Timeout | undefined;
  #isOver = false;

  /**
   * @param expected what the greeting begins with
   * @param onForeign called once when the first line of another service is complete, or no more of it arrives
   */
  constructor(expected: string, onForeign: (neighbour: Neighbour) => void) {
    this.#expected = expected;
    this.#onForeign = onForeign;
  }

  /** The service as far as it is known; null: nothing was received. */
  get neighbour(): Neighbour | null {
    return neighbourOf(this.#received);
  }

  /** All that was received so far. */
  get text(): string {
    return this.#received;
  }

  /** @returns whether the bytes so far begin as expected; null: they are too few to decide */
  receive(piece: string): boolean | null {
    if (this.#received.length < LONGEST_LINE) this.#received += piece;
    const begun = this.#received.slice(0, this.#expected.length);
    if (!this.#expected.startsWith(begun)) {
      if (isLineWhole(this.#received)) this.#end();
      else this.#timer ??= setTimeout(() => this.#end(), REST_OF_LINE_MS);
      return false;
    }
    return begun.length < this.#expected.length ? null : true;
  }

  /** Stops waiting for more. */
  stop(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
  }

  #end(): void {
    const { neighbour } = this;
    if (this.#isOver || neighbour === null) return;
    this.stop();
    this.#onForeign(neighbour);
  }
}
