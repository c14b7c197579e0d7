/**
 * What Asterisk has kept of an answered call that is over. [dialer-past] of docs/asterisk/extensions.conf writes
 * `ANSWERED` at the answer and `ANSWERED ENDED CAUSE` at the end into Asterisk's own database, in two families by
 * turns. It is read with DBGet, which needs no more rights than dialling. A call that nobody answered never reached
 * the dialplan, and an older dialplan writes nothing: then nothing is known.
 */
import { AdapterError, noHistory } from "../port.ts";
import type { LastWord } from "../port.ts";
import { NO_CAUSE } from "./end-cause.ts";
import type { AmiSession } from "./session.ts";

const families = ["dialer-0", "dialer-1"] as const;
const rows = { row: "DBGetResponse", complete: "DBGetComplete" } as const;
const notFound = (message: string): boolean => /not found/i.test(message);
const INSTANT = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z`;
const ENTRY = new RegExp(`^(${INSTANT})(?: (${INSTANT})(?: (\\d{1,3}))?)?$`);

/**
 * @param nowMs Asterisk's time now
 * @throws AdapterError when Asterisk cannot be asked
 */
export async function recallPastCall(
  session: Pick<AmiSession, "list">,
  attemptId: string,
  nowMs: number,
): Promise<LastWord | null> {
  for (const family of families) {
    const entry = await read(session, family, attemptId);
    const word = lastWordOf(attemptId, entry, nowMs);
    if (word !== null) return word;
  }
  return null;
}

async function read(
  session: Pick<AmiSession, "list">,
  family: string,
  key: string,
): Promise<string> {
  const headers = { Action: "DBGet", Family: family, Key: key };
  try {
    const found = await session.list({ headers }, rows, notFound);
    return found[0]?.get("val") ?? "";
  } catch (error) {
    // A missing permission does not pass by itself, so it is no reason to wait.
    if (error instanceof AdapterError && error.code === "REFUSED") return "";
    throw error;
  }
}

/** @returns null for what [dialer-past] did not write */
export function lastWordOf(
  attemptId: string,
  entry: string,
  nowMs: number,
): LastWord | null {
  const [, answered, ended, code] = ENTRY.exec(entry.trim()) ?? [];
  const answerMs = Date.parse(answered ?? "");
  // Without an end, Asterisk itself stopped during the call.
  const endMs = ended === undefined ? nowMs : Date.parse(ended);
  if (Number.isNaN(answerMs) || Number.isNaN(endMs)) return null;
  const cause = Number(code ?? 0);
  const isKnown = cause > 0 && cause <= 127;
  return {
    kind: "ENDED",
    attemptId,
    // The clock may have been set back in between.
    at: new Date(Math.max(answerMs, endMs)).toISOString(),
    dedupKey: `PAST:${entry.trim()}`,
    complete: false,
    history: { ...noHistory, answerAt: new Date(answerMs).toISOString() },
    ...NO_CAUSE,
    cause: isKnown ? cause : null,
    source: null,
    timedOut: false,
    sipCallId: null,
  };
}
