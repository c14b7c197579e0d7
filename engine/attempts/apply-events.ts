/** Folds events of the PBX into their attempts. Any engine may do it, twice, and in any order. */
import { z } from "zod";

import {
  amdResults,
  hangupSources,
  refusalReasons,
} from "../../adapters/port.ts";
import type { CallEvent } from "../../adapters/port.ts";
import type { EventRecord } from "../../database/attempts.ts";
import type { Database } from "../../database/pools.ts";
import type { AttemptEvent } from "../../dialing/call-facts.ts";
import { foldEvents } from "../../dialing/call-state.ts";
import { cleanText } from "../../logging.ts";
import { settleAttempts } from "./settlement.ts";
import type { Settled, SettleOptions } from "./settlement.ts";
import { sanitizeInteger, sanitizeText } from "../../database/sanitize.ts";

/** Events are compared by their times as texts, so all have the form of `toISOString`. Postgres knows no year 0. */
const instant = z.iso
  .datetime({ offset: false })
  .refine((text) => Date.parse(text) >= 0, "a time since 1970")
  .transform((text) => new Date(text).toISOString());
const text = z.string().transform(sanitizeText);
const integer = z.number().nullable().transform(sanitizeInteger);
/** The same rule as the check of `call_attempts.disposition`; control characters as Postgres counts them. */
const disposition = z
  .string()
  .regex(
    /^[^\p{Cc}\p{Cs}\u2028\u2029]{1,80}$/u,
    "1 to 80 characters, no control characters",
  );
const base = {
  attemptId: z.uuid(),
  at: instant,
  dedupKey: z.string().min(1).max(120).transform(sanitizeText),
};
const cause = {
  cause: integer,
  causeName: text.nullable(),
  sipStatus: integer,
  sipReason: text.nullable(),
};
const agent = {
  agentId: text.nullable(),
  agentChannel: text.nullable(),
};
const amdResult = z.enum(amdResults);

const plain = <K extends string>(kind: K) =>
  z.object({ ...base, kind: z.literal(kind) });

const event = z.discriminatedUnion("kind", [
  plain("RINGING"),
  plain("EARLY_MEDIA"),
  plain("ANSWERED"),
  plain("AMD_STARTED"),
  plain("WAITING_AGENT"),
  plain("LOST"),
  z.object({ ...base, kind: z.literal("AMD_RESULT"), result: amdResult }),
  z.object({ ...base, kind: z.literal("AGENT_RINGING"), ...agent }),
  z.object({ ...base, kind: z.literal("BRIDGED"), ...agent }),
  z.object({ ...base, kind: z.literal("NOTED"), note: text }),
  z.object({ ...base, kind: z.literal("DISPOSITION"), disposition }),
  z.object({ ...base, kind: z.literal("NOT_SENT"), message: text }),
  z.object({
    ...base,
    kind: z.literal("REFUSED"),
    reason: z.enum(refusalReasons),
    message: text,
  }),
  z.object({
    ...base,
    kind: z.literal("ORIGINATE_FAILED"),
    timedOut: z.boolean(),
    ...cause,
  }),
  z.object({
    ...base,
    kind: z.literal("ENDED"),
    complete: z.boolean(),
    timedOut: z.boolean(),
    ...cause,
    source: z.enum(hangupSources).nullable(),
    sipCallId: text.nullable(),
    refusal: z.literal("NO_SUCH_EXTENSION").exactOptional(),
    history: z.object({
      ringAt: instant.nullable(),
      earlyMediaAt: instant.nullable(),
      answerAt: instant.nullable(),
      bridgeAt: instant.nullable(),
      waitingAgentAt: instant.nullable(),
      ...agent,
      amdResult: amdResult.nullable(),
    }),
  }),
]) satisfies z.ZodType<AttemptEvent>;

/** An event that could not be read, and why; the others of its batch are still applied. */
export interface BadEvent {
  readonly index: number;
  readonly problem: string;
}

/** Reads the events of a job's payload one by one. */
export function readEvents(values: readonly unknown[]): {
  events: AttemptEvent[];
  bad: BadEvent[];
} {
  const events: AttemptEvent[] = [];
  const bad: BadEvent[] = [];
  for (const [index, value] of values.entries()) {
    const result = event.safeParse(value);
    if (result.success) events.push(result.data);
    else bad.push({ index, problem: z.prettifyError(result.error) });
  }
  return { events, bad };
}

/** Folds events into their attempts, in one transaction. Events of unknown attempts are left out. */
export async function applyEvents(
  database: Database,
  events: readonly AttemptEvent[],
  options: SettleOptions,
): Promise<Settled> {
  const byAttempt = Map.groupBy(events, ({ attemptId }) => attemptId);
  const settled = await settleAttempts(
    database,
    [...byAttempt.keys()],
    events.map(recordOf),
    (row) => {
      const given = byAttempt.get(row.id) ?? [];
      return { facts: foldEvents(row, given), neverSent: isNeverSent(given) };
    },
    options,
  );
  const refusals = new Map(
    events.flatMap((event) =>
      event.kind === "REFUSED"
        ? [[event.attemptId, cleanText(event.message)] as const]
        : [],
    ),
  );
  return {
    ...settled,
    ended: settled.ended.map((call) => ({
      ...call,
      words: refusals.get(call.attemptId) ?? call.description,
    })),
  };
}

/** Whether one of these events says that the Originate was never written. */
export function isNeverSent(events: readonly AttemptEvent[]): boolean {
  return events.some(({ kind }) => kind === "NOT_SENT");
}

/** An event as it is stored. */
export function recordOf(event: AttemptEvent): EventRecord {
  const { attemptId, at, kind, dedupKey, ...detail } = event;
  return { attempt_id: attemptId, at, kind, dedup_key: dedupKey, detail };
}

/** Whether a call no longer counts as unanswered after this event. */
export function endsUnanswered(event: CallEvent): boolean {
  switch (event.kind) {
    case "ANSWERED":
    case "AMD_STARTED":
    case "WAITING_AGENT":
    case "AGENT_RINGING":
    case "BRIDGED":
    case "ENDED":
    case "REFUSED":
    case "NOT_SENT":
      return true;
    default:
      return false;
  }
}
