/**
 * Bytes of an Event Socket in, frames out. Pure and incremental: where one read ends and the next begins
 * does not matter.
 *
 * A frame is header lines, an empty line, then exactly `Content-Length` bytes. The length counts bytes,
 * so nothing is decoded before a frame is whole. Nothing is percent-decoded: only event-plain is encoded
 * so, which we do not ask for, and a `%` in a reply is a `%`.
 */

export interface Frame {
  /** E.g. `command/reply`; empty when the frame has none. */
  readonly contentType: string;
  /** `Reply-Text` of a command/reply, as sent; empty when there is none. */
  readonly replyText: string;
  /** Without the headers; bytes that are no UTF-8 become U+FFFD when it is read as text. */
  readonly body: Buffer;
}

/** The other side does not speak the Event Socket, or framing was lost: the connection cannot be used any more. */
export class FrameError extends Error {
  override readonly name = "FrameError";
}

const MAX_HEADER_BYTES = 64 * 1_024;
/** The longest real one is `show channels` of a full switch, about 1 KB a call; 1.11.2 itself stops at 16 MiB. */
const MAX_BODY_BYTES = 16 * 1_024 * 1_024;
const NOTHING = Buffer.alloc(0);
const END_OF_HEADERS = "\n\n";

interface Head {
  readonly contentType: string;
  readonly replyText: string;
  readonly length: number;
}

export class FrameParser {
  /** Reads not used yet, joined only when a frame needs more than one of them. */
  #reads: Buffer[] = [];
  #size = 0;
  #head: Head | null = null;
  /** Bytes of `#reads` that are known to hold no end of headers. */
  #searched = 0;

  /**
   * @returns the frames that this read completes, in order
   * @throws FrameError after which the parser must not be used any more
   */
  push(read: Buffer): Frame[] {
    this.#reads.push(read);
    this.#size += read.length;
    const frames: Frame[] = [];
    for (;;) {
      const frame = this.#next();
      if (frame === null) return frames;
      frames.push(frame);
    }
  }

  #next(): Frame | null {
    const head = this.#head ?? this.#readHead();
    if (head === null) return null;
    this.#head = head;
    if (this.#size < head.length) return null;
    this.#head = null;
    const { contentType, replyText, length } = head;
    const body = length === 0 ? NOTHING : this.#take(length);
    return { contentType, replyText, body };
  }

  #readHead(): Head | null {
    if (this.#size === 0) return null;
    const bytes = this.#joined();
    const end = bytes.indexOf(END_OF_HEADERS, this.#searched);
    if (end > MAX_HEADER_BYTES || (end < 0 && this.#size > MAX_HEADER_BYTES)) {
      throw new FrameError("headers that do not end");
    }
    if (end < 0) {
      this.#searched = Math.max(0, this.#size - 1);
      return null;
    }
    this.#searched = 0;
    const head = readHeaders(bytes.toString("utf8", 0, end));
    this.#take(end + END_OF_HEADERS.length);
    return head;
  }

  #joined(): Buffer {
    const [first] = this.#reads;
    if (first !== undefined && this.#reads.length === 1) return first;
    const joined = Buffer.concat(this.#reads, this.#size);
    this.#reads = [joined];
    return joined;
  }

  #take(length: number): Buffer {
    const bytes = this.#joined();
    const rest = bytes.subarray(length);
    this.#reads = rest.length === 0 ? [] : [rest];
    this.#size -= length;
    return bytes.subarray(0, length);
  }
}

function readHeaders(text: string): Head {
  let contentType = "";
  let replyText = "";
  let length = 0;
  for (const line of text.split("\n")) {
    const at = line.indexOf(":");
    if (at < 0) continue;
    const value = line.slice(at + 1).trim();
    switch (line.slice(0, at).trim().toLowerCase()) {
      case "content-type":
        contentType = value;
        break;
      case "reply-text":
        replyText = value;
        break;
      case "content-length":
        length = readLength(value);
        break;
    }
  }
  return { contentType, replyText, length };
}

function readLength(value: string): number {
  const length = /^\d{1,9}$/.test(value) ? Number(value) : NaN;
  if (length <= MAX_BODY_BYTES) return length;
  throw new FrameError("a Content-Length that cannot be");
}
