/**
 * Whether we are sent the events that we rely on, proved by Asterisk's own events: it calls itself for a moment, before anybody
 * else is called and again at each connect.
 *
 * The call goes from one Local channel to another, in the context `dialer-check` that comes with our dialplan
 * (`docs/asterisk/`): by no trunk, to no phone. It rings, has early media, is answered, dials, talks and ends, and a
 * second one waits in the queue of that name, so every event of {@link callEvents} and {@link agentEvents} is sent.
 * One that does not arrive is kept from us by a `read =` or an `eventfilter` line of manager.conf.
 *
 * Its ids have no attempt's shape and its account code is not the installation's, so no engine, standby or other
 * installation takes it for a call. It ends by itself after a second if we are gone.
 *
 * Without that context Asterisk still makes and drops the channels, which proves the class `call` and three events.
 */
import { randomUUID } from "node:crypto";

import { AdapterError } from "../port.ts";
import type { AmiAction } from "./action.ts";
import type { AmiMessage } from "./message.ts";
import { GOING_DOWN, saysShutdown } from "./session.ts";
import type { AmiSession } from "./session.ts";

const CONTEXT = "dialer-check";
/** Of all channels of the check; other programs may know them by it. */
const CHECK_ACCOUNT = "dialer-check";

/** Sent for any channel, with or without a dialplan. */
const bareEvents = ["Newchannel", "Hangup", "OriginateResponse"] as const;
/** Of class call, what the adapter decides by. */
export const callEvents = [
  ...bareEvents,
  "Newstate",
  "LocalBridge",
  "DialBegin",
  "DialState",
  "DialEnd",
  "BridgeEnter",
  "BridgeLeave",
  "HangupRequest",
  "SoftHangupRequest",
] as const;
/** Of class agent. */
export const agentEvents = [
  "QueueCallerJoin",
  "AgentCalled",
  "AgentRingNoAnswer",
] as const;

/** What was proved. */
export interface EventCheck {
  /** Events of class call that were sent and not received. */
  readonly missingCallEvents: readonly string[];
  /** Nothing at all of class call was received. */
  readonly receivesNothing: boolean;
  readonly missingAgentEvents: readonly string[];
  /** Asterisk took the Originate and made no channel. */
  readonly makesNoChannels: boolean;
  /** What could not be tried. */
  readonly untried: readonly Untried[];
}

export type Untried =
  /** The dialplan has no context `dialer-check`. */
  | "NO_DIALPLAN"
  /** Asterisk did not make the call: at a limit of its own, or going down. */
  | "NOT_MADE"
  /** There are queues here, but not `dialer-check`. */
  | "NO_QUEUE";

interface CheckCall {
  readonly id: string;
  readonly received: Set<string>;
  actionId: string;
  /** Somebody is dialled for it: in the queue, when its turn has come. */
  isServed: boolean;
  /** It was never answered. */
  hasFailed: boolean;
  expected: readonly string[];
  untried: Untried | null;
}

/**
 * @param timeoutMs for all events of one call
 * @throws AdapterError when Asterisk does not answer, or refuses the check's own actions
 */
export async function checkEventDelivery(
  session: AmiSession,
  timeoutMs: number,
): Promise<EventCheck> {
  const call = await callOurselves(session, "near", callEvents, timeoutMs);
  const untried = call.untried === null ? [] : [call.untried];
  const missingCallEvents = missingOf(call);
  const receivesNothing = call.received.size === 0;
  const makesNoChannels =
    call.hasFailed &&
    !["Newchannel", "Hangup"].some((e) => call.received.has(e));
  const proved = {
    ...{
      missingCallEvents,
      receivesNothing,
      missingAgentEvents: [],
      makesNoChannels,
      untried,
    },
  };
  // Who receives nothing of a call receives nothing of a queue; without the context there is none to wait in.
  if (receivesNothing || call.untried !== null) return proved;
  const queue = await findQueue(session);
  if (queue === "NO_QUEUES") return proved;
  if (queue === "MISSING") return { ...proved, untried: ["NO_QUEUE"] };
  const waiting = await callOurselves(session, "queue", agentEvents, timeoutMs);
  if (waiting.untried !== null)
    return { ...proved, untried: [waiting.untried] };
  const receivesDials = !missingCallEvents.includes("DialBegin");
  return {
    ...proved,
    missingAgentEvents: missingAgentEvents(waiting, receivesDials),
  };
}

/** Checks of other engines wait in the same queue; before its turn nobody is called. */
function missingAgentEvents(
  waiting: CheckCall,
  receivesDials: boolean,
): readonly string[] {
  const isWaiting =
    waiting.received.has("QueueCallerJoin") && !waiting.isServed;
  return isWaiting && receivesDials ? [] : missingOf(waiting);
}

/** Whether Asterisk makes a channel at all: one that leads nowhere. */
export async function makesChannels(
  session: AmiSession,
  timeoutMs: number,
): Promise<boolean> {
  try {
    const call = await callOurselves(session, null, bareEvents, timeoutMs);
    return call.received.has("Newchannel");
  } catch (error) {
    if (error instanceof AdapterError && error.message === GOING_DOWN)
      return false;
    throw error;
  }
}

function missingOf({ expected, received }: CheckCall): readonly string[] {
  return expected.filter((event) => !received.has(event));
}

/** @returns what was received by the time that everything was, or that time was out */
async function callOurselves(
  session: AmiSession,
  extension: "near" | "queue" | null,
  expected: readonly string[],
  timeoutMs: number,
): Promise<CheckCall> {
  const call: CheckCall = {
    id: `dialer-check-${extension ?? "none"}-${randomUUID()}`,
    received: new Set(),
    actionId: session.nextActionId(),
    isServed: false,
    hasFailed: false,
    expected,
    untried: null,
  };
  const all = session
    .event(
      "the check of events",
      (event) => {
        receive(call, event, session);
        return missingOf(call).length === 0;
      },
      timeoutMs,
    )
    .catch((error: unknown) => {
      if (!(error instanceof AdapterError) || error.code !== "TIMEOUT")
        throw error;
    });
  // Whoever waits for it receives its failure; until then it is nobody's.
  all.catch(() => undefined);
  await dialOurselves(session, call, extension);
  await all;
  return call;
}

async function dialOurselves(
  session: AmiSession,
  call: CheckCall,
  extension: string | null,
): Promise<void> {
  const nowhere = { Application: "Wait", Data: "1" };
  const then =
    extension === null
      ? nowhere
      : { Context: CONTEXT, Exten: extension, Priority: "1" };
  let answer = await session.ask(originate(call, then), call.actionId);
  if (/^Extension does not exist/i.test(answer.get("message") ?? "")) {
    call.untried = "NO_DIALPLAN";
    call.expected = bareEvents;
    call.actionId = session.nextActionId();
    answer = await session.ask(originate(call, nowhere), call.actionId);
  }
  if (answer.get("response") === "Success") return;
  if (saysShutdown(answer.get("message")))
    throw new AdapterError("NOT_CONNECTED", GOING_DOWN);
  throw new AdapterError(
    "REFUSED",
    `Asterisk refused to call itself for the check of its events: ${answer.get("message") ?? "no reason given"}`,
  );
}

function originate(
  { id }: CheckCall,
  then: Readonly<Record<string, string>>,
): AmiAction {
  return {
    headers: {
      Action: "Originate",
      Async: "true",
      Channel: `Local/far@${CONTEXT}/n`,
      ChannelId: id,
      OtherChannelId: `${id};2`,
      Account: CHECK_ACCOUNT,
      Timeout: "2000",
      ...then,
    },
  };
}

function receive(
  call: CheckCall,
  event: AmiMessage,
  session: AmiSession,
): void {
  const name = event.get("event") ?? "";
  const isOfCall =
    name === "OriginateResponse"
      ? event.get("actionid") === call.actionId
      : idsIn(event).some((id) => id === call.id || id === `${call.id};2`);
  if (!isOfCall) return;
  if (name === "BridgeEnter" && !call.received.has(name))
    hangUp(session, call.id);
  call.received.add(name);
  if (isService.has(name) && event.get("uniqueid") === call.id)
    call.isServed = true;
  if (name === "OriginateResponse" && event.get("response") === "Failure") {
    // It was not answered, so the rest was never sent.
    call.untried ??= "NOT_MADE";
    call.expected = bareEvents;
    call.hasFailed = true;
  }
}

const isService = new Set(["DialBegin", "AgentCalled", "AgentRingNoAnswer"]);

function idsIn(event: AmiMessage): readonly (string | undefined)[] {
  return ["uniqueid", "destuniqueid", "localoneuniqueid"].map((name) =>
    event.get(name),
  );
}

/** It has talked; without this it ends a moment later. */
function hangUp(session: AmiSession, id: string): void {
  const headers = { Action: "Hangup", Channel: id, Cause: "16" };
  session.ask({ headers }).catch(() => undefined);
}

/** QueueStatus needs no class, and app_queue. */
async function findQueue(
  session: AmiSession,
): Promise<"FOUND" | "MISSING" | "NO_QUEUES"> {
  try {
    const rows = await session.list(
      { headers: { Action: "QueueStatus", Queue: CONTEXT } },
      { row: "QueueParams", complete: "QueueStatusComplete" },
    );
    return rows.length > 0 ? "FOUND" : "MISSING";
  } catch (error) {
    if (error instanceof AdapterError && error.code === "REFUSED")
      return "NO_QUEUES";
    throw error;
  }
}

const READ = "read = system,call,user,agent";
const RELOAD = "Then: asterisk -rx 'manager reload'";

/** @returns what somebody must change in manager.conf before anybody may be dialled; null: all is received */
export function complaintOf(check: EventCheck): string | null {
  const { receivesNothing, missingCallEvents, missingAgentEvents } = check;
  if (receivesNothing)
    return `The AMI user hears nothing of a call: its read = line of manager.conf lacks call (it needs ${READ}), or an eventfilter line drops all of it. ${RELOAD}`;
  const isWithoutAgents = missingAgentEvents.length === agentEvents.length;
  if (check.makesNoChannels)
    return `Asterisk makes no channels: it is being shut down (core restart gracefully, core stop gracefully), or eventfilter lines of manager.conf drop Newchannel and Hangup`;
  const hidden = isWithoutAgents
    ? missingCallEvents
    : [...missingCallEvents, ...missingAgentEvents];
  const complaints = [
    ...(isWithoutAgents
      ? [
          `The AMI user hears nothing of queues: its read = line of manager.conf lacks agent (it needs ${READ}), or eventfilter lines drop ${missingAgentEvents.join(", ")}`,
        ]
      : []),
    ...(hidden.length > 0
      ? [
          `The AMI user does not hear ${hidden.join(", ")}: an eventfilter line of manager.conf drops them. Take it out, or, where the lines say what may pass, add eventfilter(name(${hidden[0] ?? ""})) = for each`,
        ]
      : []),
  ];
  return complaints.length === 0 ? null : `${complaints.join(". ")}. ${RELOAD}`;
}

const remarks: Readonly<Record<Untried, string>> = {
  NO_DIALPLAN:
    "Not proved that every event of a call is heard: the dialplan has no context dialer-check. Add it from docs/asterisk/extensions.conf (FreePBX: docs/asterisk/freepbx/extensions_custom.conf), then: asterisk -rx 'dialplan reload'",
  NOT_MADE:
    "Not proved that every event of a call is heard: Asterisk did not make the call to itself. It may be at maxcalls or maxload of asterisk.conf",
  NO_QUEUE:
    "Not proved that events of queues are heard: there is no queue dialer-check. Add it from docs/asterisk/queues.conf (FreePBX: docs/asterisk/freepbx/queues_custom.conf), then: asterisk -rx 'queue reload all'",
};

/** What an operator should know although it may be dialled. */
export function remarksOn({ untried }: EventCheck): readonly string[] {
  return untried.map((what) => remarks[what]);
}
