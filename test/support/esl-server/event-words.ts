/**
 * Recorded events, rewritten for another call: ids, numbers, variables, times and causes are replaced; every other
 * header stays in its place as the real FreeSWITCH wrote it.
 */
import { parseOriginate } from "./originate-line.ts";
import { headerOf, recordedCommands } from "./recordings.ts";
import type { Headers } from "./recordings.ts";
import { clockHeader, timeHeaders } from "./event-times.ts";
import type { LegTimes } from "./event-times.ts";

/** What an event says about a leg. */
export interface LegView {
  readonly uuid: string;
  /** As dialled. */
  readonly number: string;
  readonly callerNumber: string;
  /** Channel-Name, e.g. `sofia/lab/1555…`. */
  readonly channelName: string;
  readonly sipCallId: string;
  readonly times: LegTimes;
  /** Of the originate's brackets and braces, in that order. */
  readonly originated: ReadonlyMap<string, string>;
  /** Set since, by the dialplan or by uuid_setvar. */
  readonly set: ReadonlyMap<string, string>;
  readonly cause: string | null;
}

export interface EventSource {
  readonly recording: string;
  readonly headers: Headers;
}

export interface EventFacts {
  readonly leg: LegView | null;
  readonly other: LegView | null;
  /** Further recorded text to be replaced. */
  readonly words: ReadonlyMap<string, string>;
  readonly coreUuid: string;
  readonly sequence: number;
  /** Epoch microseconds. */
  readonly nowUs: number;
}

/** Q.850 of the causes that the recordings have (variable_hangup_cause_q850). */
const q850Of: Readonly<Record<string, number>> = {
  UNALLOCATED_NUMBER: 1,
  NO_ROUTE_DESTINATION: 3,
  NORMAL_CLEARING: 16,
  ORIGINATOR_CANCEL: 16,
  MANAGER_REQUEST: 16,
  ALLOTTED_TIMEOUT: 16,
  PROGRESS_TIMEOUT: 16,
  UNWANTED: 16,
  SYSTEM_SHUTDOWN: 16,
  USER_BUSY: 17,
  NO_USER_RESPONSE: 18,
  NO_ANSWER: 19,
  CALL_REJECTED: 21,
  NUMBER_CHANGED: 22,
  INVALID_NUMBER_FORMAT: 28,
  NORMAL_TEMPORARY_FAILURE: 41,
  SWITCH_CONGESTION: 42,
  INCOMPATIBLE_DESTINATION: 88,
  RECOVERY_ON_TIMER_EXPIRE: 102,
};

/** @returns the headers of the event as this call has it */
export function speak(
  { recording, headers }: EventSource,
  facts: EventFacts,
): Headers {
  const { leg, other, nowUs } = facts;
  const replaced = replaceText(headers, replacements(headers, facts));
  const named = new Map<string, string>([
    ["Core-UUID", facts.coreUuid],
    ["Event-Sequence", String(facts.sequence)],
    ...clockHeader(nowUs),
  ]);
  if (leg !== null) {
    for (const entry of causeHeaders(leg.cause)) named.set(...entry);
  }
  const spoken = replaced.map(
    ([name, value]) => [name, named.get(name) ?? value] as const,
  );
  if (leg === null) return spoken;
  const timed = timeHeaders(spoken, leg.times, other?.times ?? null);
  return withVariables(recording, timed, leg);
}

function replacements(
  headers: Headers,
  { leg, other, words }: EventFacts,
): ReadonlyMap<string, string> {
  const map = new Map<string, string>(words);
  const put = (recorded: string | undefined, now: string | undefined) => {
    if (recorded === undefined || recorded === "" || now === undefined) return;
    if (!map.has(recorded)) map.set(recorded, now);
  };
  put(headerOf(headers, "Unique-ID"), leg?.uuid);
  put(headerOf(headers, "variable_sip_call_id"), leg?.sipCallId);
  put(headerOf(headers, "Channel-Name"), leg?.channelName);
  put(headerOf(headers, "Other-Leg-Unique-ID"), other?.uuid);
  put(headerOf(headers, "variable_cc_member_session_uuid"), other?.uuid);
  put(headerOf(headers, "Other-Leg-Channel-Name"), other?.channelName);
  put(headerOf(headers, "Caller-Destination-Number"), leg?.number);
  put(headerOf(headers, "Other-Leg-Destination-Number"), other?.number);
  // After a transfer the destination is an extension; the number stays here.
  put(headerOf(headers, "variable_sip_to_user"), leg?.number);
  if (headerOf(headers, "Other-Type") === "originator") {
    put(headerOf(headers, "Other-Leg-Caller-ID-Number"), other?.number);
  }
  put(headerOf(headers, "Caller-Orig-Caller-ID-Number"), leg?.callerNumber);
  return map;
}

function replaceText(
  headers: Headers,
  map: ReadonlyMap<string, string>,
): Headers {
  if (map.size === 0) return headers;
  const longestFirst = [...map.keys()].sort((a, b) => b.length - a.length);
  const pattern = new RegExp(
    longestFirst
      .map((text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"))
      .join("|"),
    "g",
  );
  return headers.map(
    ([name, value]) =>
      [name, value.replace(pattern, (text) => map.get(text) ?? text)] as const,
  );
}

function causeHeaders(cause: string | null): (readonly [string, string])[] {
  if (cause === null) return [];
  return [
    ["Hangup-Cause", cause],
    ["variable_hangup_cause", cause],
    ["variable_hangup_cause_q850", String(q850Of[cause] ?? 16)],
  ];
}

const recordedNames = new Map<string, readonly string[]>();

/** Variables that the recorded originate brought with it. */
function originatedNames(recording: string): readonly string[] {
  const known = recordedNames.get(recording);
  if (known !== undefined) return known;
  const names = recordedCommands(recording).flatMap((command) => {
    const line = /^bgapi originate (.*)$/m.exec(command)?.[1];
    const parsed = line === undefined ? null : parseOriginate(line);
    if (parsed?.kind !== "originate") return [];
    const [destination] = parsed.destinations;
    return [
      ...(destination?.variables.keys() ?? []),
      ...parsed.variables.keys(),
    ];
  });
  recordedNames.set(recording, [...new Set(names)]);
  return names;
}

/** Ours in the place of the recorded originate's; what was set later behind the channel's own. */
function withVariables(
  recording: string,
  headers: Headers,
  leg: LegView,
): Headers {
  const recorded = new Set(
    originatedNames(recording).map((name) => `variable_${name}`),
  );
  const at = headers.findIndex(([name]) => recorded.has(name));
  const rest = headers.filter(([name]) => !recorded.has(name));
  if (at < 0) return withPresence(withLater([...headers], leg.set), leg);
  const ours = [...leg.originated].map(
    ([name, value]) => [`variable_${name}`, value] as const,
  );
  const spoken = [...rest.slice(0, at), ...ours, ...rest.slice(at)];
  return withPresence(withLater(spoken, leg.set), leg);
}

function withLater(
  headers: (readonly [string, string])[],
  set: ReadonlyMap<string, string>,
): (readonly [string, string])[] {
  const present = new Set(headers.map(([name]) => name));
  const changed = headers.map(
    ([name, value]) =>
      [name, set.get(name.replace(/^variable_/, "")) ?? value] as const,
  );
  const added = [...set]
    .map(([name, value]) => [`variable_${name}`, value] as const)
    .filter(([name]) => !present.has(name));
  const last = changed.findLastIndex(([name]) => name.startsWith("variable_"));
  changed.splice(last + 1, 0, ...added);
  return changed;
}

/** FreeSWITCH repeats presence_data among the channel's own headers (switch_channel.c). */
function withPresence(
  headers: readonly (readonly [string, string])[],
  leg: LegView,
): Headers {
  const presence = leg.originated.get("presence_data");
  const at = headers.findIndex(([name]) => name === "Channel-HIT-Dialplan");
  if (presence === undefined || at < 0) return headers;
  return headers.toSpliced(at + 1, 0, ["Channel-Presence-Data", presence]);
}
