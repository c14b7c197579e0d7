/** Which recorded event a leg's event is made of. */
import type { EventSource } from "./event-words.ts";
import {
  headerOf,
  headersOf,
  originatedUuid,
  recordedEvent,
  recordedMessages,
} from "./recordings.ts";
import type { EventChoice, Headers } from "./recordings.ts";

/** `carrier`: the person, over a gateway; `loopback`: the same through the dialplan, and its other half `far`. */
export type LegKind = "carrier" | "loopback" | "far" | "agent" | "queue_agent";

/** How a leg ended, as far as it makes another kind of CHANNEL_HANGUP_COMPLETE. */
export type Ending =
  /** The far end hung up an answered call. */
  | "far_end"
  /** uuid_kill, a timer of ours, or the dialplan. */
  | "ours"
  /** originate_timeout. */
  | "timeout"
  | "progress_timeout"
  /** Answered, and the dialplan has no such context. */
  | "no_context"
  /** Answered, and the dialplan had nothing to say but what a rule that goes on did. */
  | "nothing_left"
  /** A SIP status, or in the dialplan a cause. */
  | { readonly rejected: string };

export interface LegPast {
  readonly kind: LegKind;
  readonly isAnswered: boolean;
  readonly hasRung: boolean;
  /** Who it talked with. */
  readonly partner: "agent" | "queue_agent" | null;
  readonly ending: Ending;
}

const ANSWERED: Readonly<Record<LegKind, string>> = {
  carrier: "sip-answer-remote-hangup",
  loopback: "orig-answer-remote-hangup",
  far: "orig-answer-remote-hangup",
  agent: "sip-bridge-agent-customer-hangup",
  queue_agent: "sip-callcenter-queue-agent",
};

/** Events of a leg that lives. */
export function livingSource(kind: LegKind, event: string): EventSource {
  if (kind === "agent" && event === "CHANNEL_PROGRESS") {
    return source("sip-bridge-agent-busy", event, kind);
  }
  if (event === "CHANNEL_PROGRESS_MEDIA") {
    return kind === "carrier"
      ? source("sip-early-media-183-ignored", event, kind)
      : source("orig-early-media-ignored-then-answer", event, kind);
  }
  if (event.startsWith("CHANNEL_EXECUTE")) {
    const having = { Application: "amd" };
    return kind === "loopback"
      ? source("amd-human", event, kind, having)
      : source("amd-sip-machine", event, "carrier", having);
  }
  return source(ANSWERED[kind], event, kind);
}

/** CHANNEL_BRIDGE and CHANNEL_UNBRIDGE of a customer. @param isOver the customer had hung up when the talk ended */
export function talkSource(
  partner: "agent" | "queue_agent",
  event: "CHANNEL_BRIDGE" | "CHANNEL_UNBRIDGE",
  isOver: boolean,
): EventSource {
  if (event === "CHANNEL_UNBRIDGE" && !isOver) {
    return source("bridge-agent-app-agent-hangup", event, "loopback");
  }
  return source(ANSWERED[partner], event, "carrier");
}

/** CHANNEL_HANGUP, CHANNEL_HANGUP_COMPLETE, CHANNEL_DESTROY. */
export function endSource(past: LegPast, event: string): EventSource {
  return source(recordingOfEnd(past), event, past.kind);
}

/** Recordings of a rejection over SIP; the status is in the name. */
const REJECTIONS = new Set(
  "403 404 408 410 484 486 488 500 600 603 607".split(" "),
);

function recordingOfEnd({ kind, ...past }: LegPast): string {
  const { ending, isAnswered, partner } = past;
  if (kind === "agent") {
    return isAnswered ? ANSWERED.agent : "sip-bridge-agent-busy";
  }
  if (kind === "queue_agent") return ANSWERED.queue_agent;
  if (kind === "carrier") return endOverSip(past);
  if (partner !== null && kind === "loopback")
    return "bridge-agent-app-customer-hangup";
  if (isAnswered) {
    return ending === "far_end" && kind === "loopback"
      ? "orig-answer-remote-hangup"
      : "orig-answer-our-uuid_kill";
  }
  if (ending === "ours") return "orig-cancelled-while-ringing-uuid_kill";
  return ending === "timeout" || ending === "progress_timeout"
    ? "orig-ring-no-answer-timeout"
    : "orig-reject-USER_BUSY";
}

function endOverSip({
  ending,
  isAnswered,
  partner,
  hasRung,
}: Omit<LegPast, "kind">): string {
  if (partner !== null) return ANSWERED[partner];
  if (isAnswered) {
    if (ending === "no_context") return "dialplan-missing-context";
    if (ending === "nothing_left") return "dialplan-missing-extension";
    return ending === "far_end"
      ? "sip-answer-remote-hangup"
      : "sip-answer-our-uuid_kill";
  }
  if (ending === "timeout") {
    return hasRung
      ? "sip-ring-timeout-CANCEL"
      : "sip-blackhole-originate_timeout";
  }
  if (ending === "progress_timeout") return "sip-blackhole-progress_timeout";
  if (typeof ending !== "object") return "sip-cancel-while-ringing-uuid_kill";
  if (REJECTIONS.has(ending.rejected)) return `sip-reject-${ending.rejected}`;
  throw new Error(`No recording of a rejection with ${ending.rejected}`);
}

/** The cause that the recorded rejection ended with. */
export function causeOfRejection(status: string): string {
  const { headers } = source(
    `sip-reject-${status}`,
    "CHANNEL_HANGUP_COMPLETE",
    "carrier",
  );
  return headerOf(headers, "Hangup-Cause") ?? "NORMAL_UNSPECIFIED";
}

const cache = new Map<string, EventSource>();

function source(
  recording: string,
  event: string,
  kind: LegKind,
  having: Readonly<Record<string, string>> = {},
): EventSource {
  const key = `${recording} ${event} ${kind}`;
  const known = cache.get(key);
  if (known !== undefined) return known;
  const found = {
    recording,
    headers: recordedEvent(recording, event, choiceOf(recording, kind, having)),
  };
  cache.set(key, found);
  return found;
}

function choiceOf(
  recording: string,
  kind: LegKind,
  having: Readonly<Record<string, string>>,
): EventChoice {
  if (kind === "carrier" || kind === "loopback") return { leg: "ours", having };
  if (kind !== "far") return { leg: "other", having };
  const ours = originatedUuid(recording);
  const name = recordedMessages(recording)
    .filter(({ headers }) => headerOf(headers, "Unique-ID") === ours)
    .map(({ headers }) => headerOf(headers, "Channel-Name"))
    .find((one) => one?.endsWith("-a"));
  return {
    leg: "other",
    having: { ...having, "Channel-Name": (name ?? "").replace(/-a$/, "-b") },
  };
}

/** An event without a leg, or of mod_callcenter. */
export function plainSource(
  recording: string,
  event: string,
  having: Readonly<Record<string, string>> = {},
): EventSource {
  const key = `${recording} ${event} ${JSON.stringify(having)}`;
  const known = cache.get(key);
  if (known !== undefined) return known;
  const found = {
    recording,
    headers: recordedEvent(recording, event, { having }),
  };
  cache.set(key, found);
  return found;
}

/** CUSTOM events of the dialplan's `event`: the recorded frame, our headers, and the channel as it is while it executes. */
export function customSource(
  kind: LegKind,
  given: readonly (readonly [string, string])[],
): EventSource {
  const frame = plainSource("cmd-custom-event-utf8", "CUSTOM", {
    "Event-Subclass": "dialer::amd",
  }).headers;
  const subclass = new Map(given).get("Event-Subclass") ?? "";
  const end = frame.findIndex(([name]) => name === "Event-Name") + 1;
  const own = given.filter(([name]) => !name.startsWith("Event-"));
  return {
    recording: executingRecording(kind),
    headers: [
      ...frame
        .slice(0, end)
        .map(([name, value]) =>
          name === "Event-Subclass"
            ? ([name, subclass] as const)
            : ([name, value] as const),
        ),
      ...own,
      ...executing(kind),
    ],
  };
}

/** CHANNEL_DATA of uuid_dump for a leg that executes its dialplan. */
export function dumpSource(kind: LegKind, isAnswered: boolean): EventSource {
  const frame = dumpOf("reconnect-reconcile");
  if (!isAnswered) return frame;
  const end = frame.headers.findIndex(([name]) => name === "Channel-State");
  return {
    recording: executingRecording(kind),
    headers: [...frame.headers.slice(0, end), ...executing(kind)],
  };
}

function executingRecording(kind: LegKind): string {
  return kind === "carrier" || kind === "agent" || kind === "queue_agent"
    ? "sip-answer-remote-hangup"
    : "orig-answer-remote-hangup";
}

function executing(kind: LegKind): Headers {
  const { headers } = source(
    executingRecording(kind),
    "CHANNEL_PARK",
    kind === "loopback" || kind === "far" ? "loopback" : "carrier",
  );
  return headers.slice(headers.findIndex(([name]) => name === "Channel-State"));
}

/** The answer to uuid_dump, which is an api/response and not an event. */
function dumpOf(recording: string): EventSource {
  const body = recordedMessages(recording).find(({ body: text }) =>
    text.startsWith('{"Event-Name":"CHANNEL_DATA"'),
  )?.body;
  if (body === undefined) throw new Error(`No uuid_dump in ${recording}`);
  return { recording, headers: headersOf(body) };
}
