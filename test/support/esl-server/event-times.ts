/** The time headers of an event: Event-Date-*, Caller-Channel-*-Time (µs), and the billing variables of an end. */
import type { Headers } from "./recordings.ts";

/** Epoch microseconds; 0: did not happen. */
export interface LegTimes {
  readonly created: number;
  readonly progress: number;
  readonly progressMedia: number;
  readonly answered: number;
  readonly bridged: number;
  readonly hangup: number;
}

export function clockHeader(nowUs: number): (readonly [string, string])[] {
  return [
    ["Event-Date-Local", stamp(nowUs)],
    ["Event-Date-GMT", new Date(nowUs / 1_000).toUTCString()],
    ["Event-Date-Timestamp", String(nowUs)],
  ];
}

/** Local time of the switch, which is UTC here. */
export function stamp(us: number): string {
  return new Date(us / 1_000).toISOString().slice(0, 19).replace("T", " ");
}

const channelTimes: readonly (readonly [string, keyof LegTimes])[] = [
  ["Profile-Created-Time", "created"],
  ["Channel-Created-Time", "created"],
  ["Channel-Answered-Time", "answered"],
  ["Channel-Progress-Time", "progress"],
  ["Channel-Progress-Media-Time", "progressMedia"],
  ["Channel-Hangup-Time", "hangup"],
  ["Channel-Bridged-Time", "bridged"],
];

/** Stamps of an end, in the order in which FreeSWITCH writes those that happened. */
const moments: readonly (readonly [string, keyof LegTimes])[] = [
  ["start", "created"],
  ["profile_start", "created"],
  ["answer", "answered"],
  ["bridge", "bridged"],
  ["progress", "progress"],
  ["progress_media", "progressMedia"],
  ["end", "hangup"],
];

/** @param other times of the other leg, where the event tells of one */
export function timeHeaders(
  headers: Headers,
  times: LegTimes,
  other: LegTimes | null,
): Headers {
  const named = new Map<string, string>();
  for (const [name, moment] of channelTimes) {
    named.set(`Caller-${name}`, String(times[moment]));
    if (other !== null) named.set(`Other-Leg-${name}`, String(other[moment]));
  }
  for (const [name, moment] of moments) {
    named.set(`variable_${name}_uepoch`, String(times[moment]));
    named.set(`variable_${name}_epoch`, String(seconds(times[moment])));
  }
  for (const [name, us] of durations(times)) named.set(name, us);
  return withStamps(headers, times).map(([name, value]) => {
    // The originator's times are zero in an event of the leg that it dials, as recorded.
    if (name.startsWith("Other-Leg-") && value === "0") return [name, value];
    return [name, named.get(name) ?? value] as const;
  });
}

function withStamps(headers: Headers, times: LegTimes): Headers {
  const isStamp = (name: string) => /^variable_[a-z_]+_stamp$/.test(name);
  const at = headers.findIndex(([name]) => isStamp(name));
  if (at < 0) return headers;
  const stamps = moments
    .filter(([, moment]) => times[moment] > 0)
    .map(
      ([name, moment]) =>
        [`variable_${name}_stamp`, stamp(times[moment])] as const,
    );
  const rest = headers.filter(([name]) => !isStamp(name));
  return [...rest.slice(0, at), ...stamps, ...rest.slice(at)];
}

function durations(times: LegTimes): (readonly [string, string])[] {
  const { created, answered, progress, progressMedia, bridged, hangup } = times;
  const since = (moment: number) => (moment > 0 ? moment - created : 0);
  const spans = {
    duration: since(hangup),
    bill: answered > 0 ? hangup - answered : 0,
    progress: since(progress),
    answer: since(answered),
    wait: since(bridged),
    progress_media: since(progressMedia),
    flow_bill: answered > 0 ? since(hangup) : 0,
  };
  return Object.entries(spans).flatMap(([name, us]) => {
    const values = [
      String(seconds(us)),
      String(Math.floor(us / 1_000)),
      String(us),
    ];
    const names =
      name === "duration"
        ? ["duration", "mduration", "uduration"]
        : [`${name}sec`, `${name}msec`, `${name}usec`];
    return names.map(
      (one, index) => [`variable_${one}`, values[index] ?? ""] as const,
    );
  });
}

function seconds(us: number): number {
  return Math.floor(us / 1_000_000);
}
