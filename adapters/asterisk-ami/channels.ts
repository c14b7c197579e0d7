/** Queries about the channels of Asterisk. */
import { isAttemptId } from "../calls/request-check.ts";
import { AdapterError } from "../port.ts";
import type { HangupResult, LiveCall } from "../port.ts";
import type { AmiMessage } from "./message.ts";
import type { AmiSession } from "./session.ts";

const CHANNEL_UP = "6";

/** Every channel, including other programs'. @throws AdapterError */
export function listChannels(
  session: AmiSession,
): Promise<readonly AmiMessage[]> {
  return session.list(
    { headers: { Action: "CoreShowChannels" } },
    { row: "CoreShowChannel", complete: "CoreShowChannelsComplete" },
  );
}

/** The channel of that id, or null. @throws AdapterError */
export async function findChannel(
  session: AmiSession,
  attemptId: string,
): Promise<AmiMessage | null> {
  const rows = await session.list(
    { headers: { Action: "Status", Channel: attemptId } },
    { row: "Status", complete: "StatusComplete" },
    (message) => /^No such channel/i.test(message),
  );
  return rows.find((row) => row.get("uniqueid") === attemptId) ?? null;
}

/**
 * @param isOurs whether a channel is, by its id and account code
 * @param nowMs epoch milliseconds
 */
export function liveCalls(
  rows: readonly AmiMessage[],
  isOurs: (row: AmiMessage) => boolean,
  nowMs: number,
): LiveCall[] {
  return rows
    .filter((row) => isAttemptId(row.get("uniqueid") ?? "") && isOurs(row))
    .map((row) => ({
      attemptId: row.get("uniqueid") ?? "",
      answered: row.get("channelstate") === CHANNEL_UP,
      createdAt: createdAt(row.get("duration") ?? "", nowMs),
    }));
}

/**
 * The installation tags of all live calls, without legs and checks.
 * @returns an installation's id once for each of its calls
 */
export function installationTagsOf(
  rows: readonly AmiMessage[],
): readonly string[] {
  return rows
    .filter((row) => isAttemptId(row.get("uniqueid") ?? ""))
    .map((row) => row.get("accountcode") ?? "")
    .filter(isAttemptId);
}

/** @param duration `HH:MM:SS` since the channel was made */
function createdAt(duration: string, nowMs: number): string | null {
  const [, hours, minutes, seconds] =
    /^(\d{1,5}):(\d\d):(\d\d)$/.exec(duration) ?? [];
  if (hours === undefined) return null;
  const age = (Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds);
  return new Date(nowMs - age * 1_000).toISOString();
}

/**
 * Asks Asterisk to end a channel.
 *
 * @throws AdapterError REFUSED when it says no, TIMEOUT, NOT_CONNECTED
 */
export async function hangUpChannel(
  session: Pick<AmiSession, "ask">,
  attemptId: string,
): Promise<HangupResult> {
  // Without a cause Asterisk ends the leg with 0, "unknown".
  const answer = await session.ask({
    headers: { Action: "Hangup", Channel: attemptId, Cause: "16" },
  });
  if (answer.get("response") === "Success") return "requested";
  const message = answer.get("message") ?? "no reason given";
  if (/^No such channel/i.test(message)) return "no_such_channel";
  throw new AdapterError("REFUSED", `Asterisk refused to hang up: ${message}`);
}
