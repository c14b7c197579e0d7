import { inspect } from "node:util";
import { pino } from "pino";
import type { DestinationStream, Logger } from "pino";

export type { Logger } from "pino";

/** The part of the configuration that logging needs. */
export interface LogConfig {
  /** A pino level, or `silent`. */
  readonly level: string;
  /** True: phone numbers in full. False: masked, see {@link maskPhone}. */
  readonly phoneNumbers: boolean;
}

const secretKeys = [
  "password",
  "secret",
  "secretKey",
  "token",
  "statusToken",
  "authorization",
  "apikey",
  "url",
];

/** Deepest chain of causes that is written out; a longer one is a loop or noise. */
const maxCauses = 5;

/** Fields of a PostgreSQL error that help and hold no row contents. */
const databaseFields = [
  "severity",
  "schema",
  "table",
  "column",
  "constraint",
  "routine",
];

/** Warnings and errors; below that nothing repeats itself in a fault. */
const repeatsLimitedFrom = 40;
const fatal = 60;

const withoutName = new WeakMap<Logger, Logger>();

/**
 * The process's logger: one JSON object per line (`level`, `time` in ms, `pid`, `hostname`, …, `msg`).
 * Written synchronously, so that the last line before a crash is not lost.
 *
 * Keys that hold secrets are redacted at the top and up to two levels down, passwords in URLs
 * everywhere. Every E.164 number in a line is masked unless `phoneNumbers` is true. Warnings and errors that repeat
 * themselves are left out but for a few, see {@link LogRepeats}; lines with `outageMs` tell of repetition themselves, and
 * fatal ones are the last.
 *
 * @param destination where lines go; standard output when left out
 * @param nowMs monotonic milliseconds, for tests
 */
export function createLogger(
  config: LogConfig,
  destination: DestinationStream = pino.destination({ dest: 1, sync: true }),
  nowMs: () => number = () => performance.now(),
): Logger {
  const mask = (value: unknown) =>
    typeof value === "string" ? maskPhone(value, config.phoneNumbers) : value;
  const repeats = new LogRepeats(nowMs);
  return pino(
    {
      level: config.level,
      redact: {
        paths: secretKeys.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]),
        censor: "[redacted]",
      },
      serializers: {
        err: (error: unknown) => describeError(error, config.phoneNumbers),
        phone: mask,
        phoneE164: mask,
      },
      hooks: {
        logMethod(args, method, level) {
          const verdict =
            level < repeatsLimitedFrom || level >= fatal || isSummary(args)
              ? written
              : repeats.judge(textOfLine(this.bindings(), level, args));
          if (verdict.silent) return;
          const { leftOut } = verdict;
          method.apply(leftOut === 0 ? this : this.child({ leftOut }), args);
        },
        // pino copies an error's message into `msg`, past the serializers.
        streamWrite: (line) => cleanText(line, config.phoneNumbers),
      },
    },
    destination,
  );
}

/**
 * A logger whose lines carry `name`, exactly once: asked for with a component's own logger it gives a
 * sibling, because pino would otherwise write the key twice.
 *
 * @param name the component as operators know it: `Scheduler`, `Executor`, `TimerProcessor`, `AMI` …
 */
export function componentLogger(log: Logger, name: string): Logger {
  const parent = withoutName.get(log) ?? log;
  const child = parent.child({ name });
  withoutName.set(child, parent);
  return child;
}

/**
 * `+5511912345678` as `+55119****5678`: country and area stay readable, at least four digits do not.
 * Whatever is too short for that keeps its last two characters only.
 *
 * @param visible true returns the number unchanged (`LOG_PHONE_NUMBERS=true`)
 */
export function maskPhone(e164: string, visible = false): string {
  if (visible) return e164;
  if (e164.length < 9) return "****" + e164.slice(4).slice(-2);
  const shownAtStart = Math.max(1, Math.min(6, e164.length - 8));
  const hidden = e164.length - shownAtStart - 4;
  return e164.slice(0, shownAtStart) + "*".repeat(hidden) + e164.slice(-4);
}

/** An error as plain data for a log line or an answer: type, message, code, cause; never credentials. */
export function describeError(
  error: unknown,
  phoneNumbers = false,
): Record<string, unknown> {
  return describe(error, phoneNumbers, maxCauses);
}

function describe(
  error: unknown,
  phoneNumbers: boolean,
  causesLeft: number,
): Record<string, unknown> {
  const clean = (text: string) => cleanText(text, phoneNumbers);
  if (!(error instanceof Error)) {
    return { type: typeof error, message: clean(textOf(error)) };
  }
  const fields = new Map<string, unknown>(Object.entries(error));
  const described: Record<string, unknown> = { type: error.name };
  // A refused connection is an AggregateError with an empty message; its code says what happened.
  described["message"] = clean(
    error.message || textOf(fields.get("code") ?? ""),
  );
  if (fields.has("code")) described["code"] = fields.get("code");
  for (const key of databaseFields) {
    if (typeof fields.get(key) === "string") described[key] = fields.get(key);
  }
  if (error.stack !== undefined) described["stack"] = clean(error.stack);
  if (causesLeft === 0) return described;
  const next = (inner: unknown) =>
    describe(inner, phoneNumbers, causesLeft - 1);
  if (error.cause !== undefined) described["cause"] = next(error.cause);
  if (error instanceof AggregateError) {
    described["errors"] = error.errors.slice(0, maxCauses).map(next);
  }
  return described;
}

function textOf(value: unknown): string {
  return typeof value === "string"
    ? value
    : inspect(value, { depth: 3, breakLength: Infinity });
}

/** Free text for a log or an answer: passwords in URLs removed, E.164 numbers masked unless allowed. */
export function cleanText(text: string, phoneNumbers = false): string {
  const withoutCredentials = text.replace(
    /(\b[a-z][a-z0-9+.-]*:\/\/[^\s:@/"]*:)[^\s@"]*@/gi,
    "$1[redacted]@",
  );
  return phoneNumbers
    ? withoutCredentials
    : withoutCredentials.replace(/\+\d{7,15}\b/g, (number) =>
        maskPhone(number),
      );
}

/** A line that tells how long something has lasted (health/watch.ts). */
function isSummary([first]: readonly unknown[]): boolean {
  return typeof first === "object" && first !== null && "outageMs" in first;
}

/** What makes two lines the same: component, level and message. */
function textOfLine(
  bindings: Readonly<Record<string, unknown>>,
  level: number,
  args: readonly unknown[],
): string {
  const [first, second] = args;
  const message = typeof first === "string" ? first : (second ?? first);
  const text =
    message instanceof Error
      ? message.message
      : typeof message === "string"
        ? message
        : "";
  return `${String(level)} ${String(bindings["name"])} ${text}`;
}

/**
 * Everything that libraries write to the console, and Node's own warnings, as lines of this log: standard error holds
 * nothing that is not JSON.
 */
export function captureConsole(log: Logger): void {
  const take =
    (level: "error" | "warn" | "debug") =>
    (...values: readonly unknown[]): void => {
      const [first] = values;
      const err = values.find((value) => value instanceof Error);
      const text = first instanceof Error ? first.message : textOf(first);
      log[level](err === undefined ? { values } : { err }, text);
    };
  Object.assign(globalThis.console, {
    error: take("error"),
    trace: take("error"),
    warn: take("warn"),
    log: take("debug"),
    info: take("debug"),
  });
  process.removeAllListeners("warning");
  process.on("warning", (warning) => {
    log.warn({ err: warning }, "Node warns");
  });
}

/** Enough to see a course, few enough to read. */
const writtenAtFirst = 5;
const firstGapMs = 60_000;
const longestGapMs = 3_600_000;
const quietMs = 120_000;
/** Texts beyond these are forgotten, the oldest first. */
const mostTexts = 500;

interface RepeatVerdict {
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

/**
 * Keeps a fault that repeats itself from drowning the log. Of lines that say the same, the first few are written, as they
 * show the course; then one after a minute, after two more, four, up to an hour, each with the number of those that were left
 * out. When nothing has said the same for two minutes, the next one is new.
 *
 *   NEW ── the first few ──▶ REPEATING ── a minute, two, four … ──▶ one line, with what was left out
 *    ▲                           │
 *    └── silent for two minutes ─┘
 */
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
