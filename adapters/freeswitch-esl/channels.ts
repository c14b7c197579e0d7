/** Queries about the channels of FreeSWITCH. */
import { isAttemptId } from "../calls/request-check.ts";
import { AdapterError } from "../port.ts";
import type { LiveCall } from "../port.ts";
import { eventOf, timeOf } from "./event.ts";
import type { EslEvent } from "./event.ts";
import type { EslSession } from "./session.ts";

/** How many are asked for at once: FreeSWITCH answers one after the other, and nothing else meanwhile. */
const BATCH = 50;

/**
 * Rows of `show channels`, including other programs' channels. FreeSWITCH updates this table late: a new channel may be
 * missing for a quarter of a second, an ended one may still be listed, an answered one may still be listed as ringing.
 *
 * @throws AdapterError
 */
async function showChannels(
  session: Pick<EslSession, "api">,
): Promise<readonly EslEvent[]> {
  const text = await session.api("show channels as json");
  const shown = parseObject(text);
  if (shown === null) {
    throw new AdapterError(
      "PROTOCOL",
      `FreeSWITCH answered show channels with ${text.slice(0, 60)}`,
    );
  }
  // Without a channel there is no `rows` at all.
  const rows = Array.isArray(shown["rows"]) ? (shown["rows"] as unknown[]) : [];
  return rows.flatMap((row) =>
    typeof row === "object" && row !== null
      ? [eventOf(row as Record<string, unknown>)]
      : [],
  );
}

/** @throws AdapterError */
export async function exists(
  session: EslSession,
  attemptId: string,
): Promise<boolean> {
  return (await session.api(`uuid_exists ${attemptId}`)).trim() === "true";
}

/** Whether a live channel has that installation's tag. @throws AdapterError */
export async function hasTag(
  session: EslSession,
  attemptId: string,
  installationId: string,
): Promise<boolean> {
  const tag = await session.api(`uuid_getvar ${attemptId} presence_data`);
  return tag.trim() === installationId;
}

/** All that is known of a live channel; null when there is none. @throws AdapterError */
async function dump(
  session: EslSession,
  attemptId: string,
): Promise<EslEvent | null> {
  const text = await session.api(`uuid_dump ${attemptId} json`);
  const headers = parseObject(text);
  return headers === null ? null : eventOf(headers);
}

/**
 * The calls of an installation, as each channel itself has it now.
 *
 * @param known ids of calls that the table may not show yet, or that were followed before a gap
 * @returns by id; null for one that is gone
 * @throws AdapterError
 */
export async function channelsOf(
  session: EslSession,
  installationId: string,
  known: Iterable<string>,
): Promise<ReadonlyMap<string, EslEvent | null>> {
  const listed = (await showChannels(session))
    .filter((row) => isCallOf(row, installationId))
    .map((row) => row.get("uuid") ?? "");
  const ids = [...new Set([...listed, ...known])];
  const dumps = await forEachOf(ids, (id) => dump(session, id));
  return new Map(ids.map((id, index) => [id, dumps[index] ?? null]));
}

/**
 * The installation tags of all live calls, without legs and second halves of loopback calls.
 *
 * @returns an installation's id once for each of its calls
 * @throws AdapterError
 */
export async function installationTagsOf(
  session: Pick<EslSession, "api">,
): Promise<readonly string[]> {
  return (await showChannels(session))
    .map((row) => ({ row, tag: row.get("presence_data") ?? "" }))
    .filter(({ row, tag }) => isAttemptId(tag) && isCallOf(row, tag))
    .map(({ tag }) => tag);
}

/** @param channels of {@link channelsOf} */
export function liveCallsOf(
  channels: ReadonlyMap<string, EslEvent | null>,
): LiveCall[] {
  return [...channels].flatMap(([attemptId, channel]) =>
    channel === null
      ? []
      : [
          {
            attemptId,
            answered:
              timeOf(channel.get("Caller-Channel-Answered-Time")) !== null,
            createdAt: timeOf(channel.get("Caller-Channel-Created-Time")),
          },
        ],
  );
}

/** Whether a row of `show channels` is a call of that installation, not the other half of one. */
function isCallOf(row: EslEvent, installationId: string): boolean {
  const id = row.get("uuid") ?? "";
  return (
    isAttemptId(id) &&
    row.get("accountcode") === id &&
    row.get("presence_data") === installationId
  );
}

/** Runs a question for each, a few at a time, in order. */
async function forEachOf<T, R>(
  items: readonly T[],
  ask: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  for (let at = 0; at < items.length; at += BATCH) {
    const batch = items.slice(at, at + BATCH);
    results.push(...(await Promise.all(batch.map(ask))));
  }
  return results;
}

function parseObject(text: string): Record<string, unknown> | null {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === "object" &&
      parsed !== null &&
      !Array.isArray(parsed)
      ? (parsed as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}
