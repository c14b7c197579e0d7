/**
 * Keeps a fault that repeats itself from drowning the log. Of lines that say the same, the first few are written, as they
 * show the course; then one after a minute, after two more, four, up to an hour, each with the number of those that were left
 * out. When nothing has said the same for two minutes, the next one is new.
 *
 *   NEW ── the first few ──▶ REPEATING ── a minute, two, four … ──▶ one line, with what was left out
 *    ▲                           │
 *    └── silent for two minutes ─┘
 */

/** Enough to see a course, few enough to read. */
const writtenAtFirst = 5;
const firstGapMs = 60_000;
const longestGapMs = 3_600_000;
const quietMs = 120_000;
/** Texts beyond these are forgotten, the oldest first. */
const mostTexts = 500;

export interface RepeatVerdict {
  readonly silent: boolean;
  /** Lines of the same text that were not written before this one. */
  readonly leftOut: number;
}

interface Episode {
  lastSeenMs: number;
  written: number;
  leftOut: number;
  /** When the next one is written, once the first few are. */
  nextMs: number;
  gapMs: number;
}

const written: RepeatVerdict = { silent: false, leftOut: 0 };

export class LogRepeats {
  readonly #nowMs: () => number;
  readonly #episodes = new Map<string, Episode>();

  /** @param nowMs monotonic milliseconds */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Takes one line that is about to be written. Ids, numbers and texts in quotation marks count as the same. */
  judge(text: string): RepeatVerdict {
    const key = kindOf(text);
    const nowMs = this.#nowMs();
    const episode = this.#episodes.get(key);
    if (episode === undefined || nowMs - episode.lastSeenMs >= quietMs) {
      this.#begin(key, nowMs);
      return { silent: false, leftOut: episode?.leftOut ?? 0 };
    }
    episode.lastSeenMs = nowMs;
    if (episode.written < writtenAtFirst) {
      episode.written += 1;
      return written;
    }
    if (nowMs < episode.nextMs) {
      episode.leftOut += 1;
      return { silent: true, leftOut: 0 };
    }
    const { leftOut } = episode;
    episode.leftOut = 0;
    episode.gapMs = Math.min(longestGapMs, episode.gapMs * 2);
    episode.nextMs = nowMs + episode.gapMs;
    return { silent: false, leftOut };
  }

  #begin(key: string, nowMs: number): void {
    // Asked for again: to the end of the order.
    this.#episodes.delete(key);
    this.#episodes.set(key, {
      lastSeenMs: nowMs,
      written: 1,
      leftOut: 0,
      nextMs: nowMs + firstGapMs,
      gapMs: firstGapMs,
    });
    const oldest = this.#episodes.keys().next();
    if (this.#episodes.size > mostTexts && oldest.done !== true)
      this.#episodes.delete(oldest.value);
  }
}

function kindOf(text: string): string {
  return text
    .slice(0, 300)
    .replace(/\b[0-9a-f]{8}-[0-9a-f-]{27}\b/gi, "#")
    .replace(/(["'])[^"']*\1/g, "#")
    .replace(/\d+(\.\d+)?/g, "#");
}
