/**
 * Verifies that we receive the events that we rely on: at each connect, before anybody is dialled, Asterisk calls
 * itself for a moment.
 *
 * The call goes from one Local channel to another, in the context `dialer-check` that comes with our dialplan
 * (`docs/asterisk/`): by no trunk, to no phone. It rings, has early media, is answered, dials, talks and ends, and a
 * second one waits in the queue of that name, so every event of {@link callEvents} and {@link agentEvents} is sent. If
 * one does not arrive, a `read =` or an `eventfilter` line of manager.conf keeps it from us.
 *
 * Its ids do not have the form of an attempt's id and its account code is not the installation's, so no engine, standby
 * or other installation takes it for a call. It ends by itself after a second if we are gone.
 *
 * Without that context Asterisk still makes and drops the channels, which verifies the class `call` and three events.
 */
import { randomUUID } from "node:crypto";

import { AdapterError } from "../port.ts";
import type { AmiAction } from "./action.ts";
import type { AmiMessage } from "./message.ts";
import { GOING_DOWN, saysShutdown } from "./session.ts";
import type { AmiSession } from "./session.ts";

const CONTEXT = "dialer-check";
/** The account code of all channels of the check, by which other programs can recognise them. */
const CHECK_ACCOUNT = "dialer-check";

/** Sent for any channel, with or without a dialplan. */
const bareEvents = ["Newchannel", "Hangup", "OriginateResponse"] as const;
/** The events of class call that the adapter relies on. */
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
/** The events of class agent that the adapter relies on. */
export const agentEvents = [
  "QueueCallerJoin",
  "AgentCalled",
  "AgentRingNoAnswer",
] as const;

/** The result of the check. */
export interface EventCheck {
  /** Events of class call that were sent and not received. */
  readonly missingCallEvents: readonly string[];
  /** Nothing at all of class call was received. */
  readonly receivesNothing: boolean;
  readonly missingAgentEvents: readonly string[];
  /** Asterisk took the Originate and made no channel. */
  readonly makesNoChannels: boolean;
  /** What could not be checked. */
  readonly untried: readonly Untried[];
}

export type Untried =
  /** The dialplan has no context `dialer-check`. */
  | "NO_DIALPLAN"
  /** Asterisk did not make the call: it is at a limit of its own, or shutting down. */
  | "NOT_MADE"
  /** There are queues here, but not `dialer-check`. */
  | "NO_QUEUE";

interface CheckCall {
  readonly id: string;
  readonly received: Set<string>;
  actionId: string;
  /** The queue dials a member for this call, which happens when its turn has come. */
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
  // Without call events there are no queue events; without the context there is no queue to wait in.
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

/** Checks of other engines wait in the same queue, which serves them one after the other. */
function missingAgentEvents(
  waiting: CheckCall,
  receivesDials: boolean,
): readonly string[] {
  const isWaiting =
    waiting.received.has("QueueCallerJoin") && !waiting.isServed;
  return isWaiting && receivesDials ? [] : missingOf(waiting);
}

/** Whether Asterisk makes a channel at all: tries one that leads nowhere. */
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

/** @returns what was received when all events had arrived or the time was over */
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
  // The code that awaits it later handles its failure; this prevents an unhandled rejection until then.
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

/** The call has talked; without this hang-up it would end a moment later. */
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

/** @returns what must be changed in manager.conf before anybody may be dialled; null: all events arrive */
export function complaintOf(check: EventCheck): string | null {
  const { receivesNothing, missingCallEvents, missingAgentEvents } = check;
  if (receivesNothing)
    return `The AMI user receives no call events: its read = line of manager.conf lacks call (it needs ${READ}), or an eventfilter line drops them all. ${RELOAD}`;
  const isWithoutAgents = missingAgentEvents.length === agentEvents.length;
  if (check.makesNoChannels)
    return `Asterisk makes no channels: it is being shut down (core restart gracefully, core stop gracefully), or eventfilter lines of manager.conf drop Newchannel and Hangup`;
  const hidden = isWithoutAgents
    ? missingCallEvents
    : [...missingCallEvents, ...missingAgentEvents];
  const complaints = [
    ...(isWithoutAgents
      ? [
          `The AMI user receives no queue events: its read = line of manager.conf lacks agent (it needs ${READ}), or eventfilter lines drop ${missingAgentEvents.join(", ")}`,
        ]
      : []),
    ...(hidden.length > 0
      ? [
          `The AMI user does not receive ${hidden.join(", ")}: an eventfilter line of manager.conf drops them. Take it out, or, where the lines say what may pass, add eventfilter(name(${hidden[0] ?? ""})) = for each`,
        ]
      : []),
  ];
  return complaints.length === 0 ? null : `${complaints.join(". ")}. ${RELOAD}`;
}

const remarks: Readonly<Record<Untried, string>> = {
  NO_DIALPLAN:
    "Delivery of every call event is not verified: the dialplan has no context dialer-check. Add it from docs/asterisk/extensions.conf (FreePBX: docs/asterisk/freepbx/extensions_custom.conf), then: asterisk -rx 'dialplan reload'",
  NOT_MADE:
    "Delivery of every call event is not verified: Asterisk did not make the call to itself. It may be at maxcalls or maxload of asterisk.conf",
  NO_QUEUE:
    "Delivery of queue events is not verified: there is no queue dialer-check. Add it from docs/asterisk/queues.conf (FreePBX: docs/asterisk/freepbx/queues_custom.conf), then: asterisk -rx 'queue reload all'",
};

/** What an operator should know although dialling is possible. */
export function remarksOn({ untried }: EventCheck): readonly string[] {
  return untried.map((what) => remarks[what]);
}
