/** What reached the mock PBX: the witness that tests ask about duplicates and rates. */

import { z } from "zod";

import { refusalReasons } from "../port.ts";
import type { RefusalReason } from "../port.ts";
import { mockOutcomes } from "./scenario.ts";
import type { MockOutcome } from "./scenario.ts";

const journalEntrySchema = z.strictObject({
  attemptId: z.string(),
  installationId: z.string(),
  number: z.string(),
  trunk: z.string(),
  /** Milliseconds of the PBX's monotonic clock. */
  receivedAtMs: z.number(),
  /** ISO 8601, the PBX's wall clock. */
  receivedAt: z.string(),
  /** True for an id that had been seen before; nothing was dialled. */
  duplicate: z.boolean(),
});

/** One Originate as received, refused and repeated ones included. */
export type JournalEntry = z.infer<typeof journalEntrySchema>;
export const journalSchema = z.array(journalEntrySchema);

const nullableTime = z.string().nullable();
const callEnds = ["PLAN", "HANGUP", "RESTART"] as const;
/** What ended a call: its plan (the far end or a time-out of the PBX), an engine's command, or the PBX's restart. */
export type CallEnd = (typeof callEnds)[number];

const playedCallSchema = z.strictObject({
  ...journalEntrySchema.shape,
  /** What was to become of it; null when nothing was dialled. */
  outcome: z.enum(mockOutcomes).nullable(),
  refusal: z.enum(refusalReasons).nullable(),
  /** 180 or 183. Times are ISO 8601, the PBX's wall clock. */
  rangAt: nullableTime,
  answeredAt: nullableTime,
  endedAt: nullableTime,
  end: z.enum(callEnds).nullable(),
});

/** One Originate and what became of it. */
export type PlayedCall = z.infer<typeof playedCallSchema>;
export const playedCallsSchema = z.array(playedCallSchema);

type Played = { -readonly [Key in keyof PlayedCall]: PlayedCall[Key] };

export const statsSchema = z.strictObject({
  /** Originates received, duplicates and refusals included. */
  originates: z.number(),
  /** Originates with an id seen before, its call alive or over. Must stay 0. */
  duplicates: z.number(),
  refused: z.number(),
  answered: z.number(),
  /** Calls that were dialled and are over. */
  ended: z.number(),
  live: z.number(),
  /** The most calls that were live at once. */
  mostLive: z.number(),
  byOutcome: z.partialRecord(z.enum(mockOutcomes), z.number()),
  trunks: z.record(
    z.string(),
    z.strictObject({
      originates: z.number(),
      /** The most Originates in any `(t − 1 s, t]`. */
      worstRollingSecond: z.number(),
    }),
  ),
});

export type MockPbxStats = z.infer<typeof statsSchema>;

/** Times of the last second, oldest first. */
class RollingSecond {
  #times: number[] = [];
  #head = 0;
  originates = 0;
  worst = 0;

  /** @returns how many there were in the second that ends at `nowMs`, this one included */
  add(nowMs: number): number {
    this.originates += 1;
    this.#times.push(nowMs);
    while ((this.#times[this.#head] ?? nowMs) <= nowMs - 1_000) this.#head += 1;
    if (this.#head > 4_096) {
      this.#times = this.#times.slice(this.#head);
      this.#head = 0;
    }
    const count = this.#times.length - this.#head;
    this.worst = Math.max(this.worst, count);
    return count;
  }
}

export class Journal {
  readonly #keepsEntries: boolean;
  readonly #entries: JournalEntry[] = [];
  readonly #played: Played[] = [];
  readonly #playedById = new Map<string, Played>();
  readonly #ids = new Set<string>();
  readonly #dials = new Map<string, number>();
  readonly #trunks = new Map<string, RollingSecond>();
  readonly #outcomes = new Map<MockOutcome, number>();
  #originates = 0;
  duplicates = 0;
  refused = 0;
  answered = 0;
  ended = 0;
  #mostLive = 0;

  /** @param keepsEntries false: counters only, so that a long bench needs little memory */
  constructor(keepsEntries: boolean) {
    this.#keepsEntries = keepsEntries;
  }

  /** Files one Originate. `dial`: how often the number came, from 1 (without entries: 0). */
  receive(entry: Omit<JournalEntry, "duplicate">): {
    readonly duplicate: boolean;
    readonly dial: number;
    readonly inLastSecond: number;
  } {
    this.#originates += 1;
    const duplicate = this.#ids.has(entry.attemptId);
    if (duplicate) this.duplicates += 1;
    this.#ids.add(entry.attemptId);
    let dial = 0;
    if (this.#keepsEntries) {
      this.#entries.push({ ...entry, duplicate });
      this.#file({ ...entry, duplicate });
      dial = (this.#dials.get(entry.number) ?? 0) + 1;
      this.#dials.set(entry.number, dial);
    }
    let trunk = this.#trunks.get(entry.trunk);
    if (trunk === undefined) {
      trunk = new RollingSecond();
      this.#trunks.set(entry.trunk, trunk);
    }
    return { duplicate, dial, inLastSecond: trunk.add(entry.receivedAtMs) };
  }

  #file(entry: JournalEntry): void {
    const times = { rangAt: null, answeredAt: null, endedAt: null };
    const played = {
      ...entry,
      ...times,
      outcome: null,
      refusal: null,
      end: null,
    };
    this.#played.push(played);
    if (!entry.duplicate) this.#playedById.set(entry.attemptId, played);
  }

  planned(attemptId: string, outcome: MockOutcome): void {
    const played = this.#playedById.get(attemptId);
    if (played !== undefined) played.outcome = outcome;
    this.#outcomes.set(outcome, (this.#outcomes.get(outcome) ?? 0) + 1);
  }

  refuse(attemptId: string, reason: RefusalReason): void {
    this.refused += 1;
    const played = this.#playedById.get(attemptId);
    if (played !== undefined && !played.duplicate) played.refusal ??= reason;
  }

  /** @param at ISO 8601; the first of each moment counts */
  reached(
    attemptId: string,
    moment: "rangAt" | "answeredAt",
    at: string,
  ): void {
    if (moment === "answeredAt") this.answered += 1;
    const played = this.#playedById.get(attemptId);
    if (played !== undefined) played[moment] ??= at;
  }

  over(attemptId: string, end: CallEnd, at: string): void {
    this.ended += 1;
    const played = this.#playedById.get(attemptId);
    if (played !== undefined) Object.assign(played, { end, endedAt: at });
  }

  liveNow(count: number): void {
    this.#mostLive = Math.max(this.#mostLive, count);
  }

  entries(): readonly JournalEntry[] {
    return this.#entries;
  }

  /** Every Originate with what became of it so far. */
  played(): readonly PlayedCall[] {
    return this.#played;
  }

  stats(live: number): MockPbxStats {
    return {
      originates: this.#originates,
      duplicates: this.duplicates,
      refused: this.refused,
      answered: this.answered,
      ended: this.ended,
      live,
      mostLive: this.#mostLive,
      byOutcome: Object.fromEntries(this.#outcomes),
      trunks: Object.fromEntries(
        [...this.#trunks].map(([name, { originates, worst }]) => [
          name,
          { originates, worstRollingSecond: worst },
        ]),
      ),
    };
  }
}
