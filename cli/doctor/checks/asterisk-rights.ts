/** What the AMI user may do and receive, class by class. */
import {
  EVENT_MASK,
  writeClassOf,
} from "../../../adapters/asterisk-ami/handshake.ts";
import {
  agentEvents,
  checkEventDelivery,
  type Untried,
} from "../../../adapters/asterisk-ami/event-check.ts";
import type { AmiMessage } from "../../../adapters/asterisk-ami/message.ts";
import { timestampOf } from "../../../adapters/asterisk-ami/message.ts";
import type { AmiSession } from "../../../adapters/asterisk-ami/session.ts";
import { AdapterError } from "../../../adapters/port.ts";
import { type Finding, found, foundFor } from "../finding.ts";
import { judgePbxClock } from "./pbx-clock.ts";

export interface ReceivedEvents {
  /** Whether FullyBooted came after the login; waits for it. */
  booted(): Promise<boolean>;
}

/** Major versions that the dialer supports. */
const oldestMajor = 16;
const newestMajor = 23;
const echoMs = 2_000;
/** For the events of each of two calls. */
const deliveryMs = 2_500;

/** Actions by which a class is recognised that the dialer must not have, with its name in manager.conf. */
const excess: ReadonlyMap<string, string> = new Map([
  ["command", "command"],
  ["getconfig", "system/config"],
  ["agi", "agi"],
]);

export async function checkVersion(
  session: AmiSession,
): Promise<readonly Finding[]> {
  const answer = await session.ask({ headers: { Action: "CoreSettings" } });
  const version = answer.get("asteriskversion");
  if (version === undefined) return [found("asterisk.version.untold")];
  // Certified versions are called certified/18.9 or certified-20.7.
  const major = Number(/^(?:certified.)?(\d+)\./.exec(version)?.[1] ?? "0");
  return major >= oldestMajor && major <= newestMajor
    ? [found("asterisk.version.ok", { version })]
    : [found("asterisk.version.untested", { version })];
}

/** ListCommands names only what the user may run, and itself needs no class. */
export async function checkWriteRights(
  session: AmiSession,
): Promise<readonly Finding[]> {
  const commands = await session.ask({ headers: { Action: "ListCommands" } });
  const may = (command: string): boolean =>
    commands.get(command.toLowerCase()) !== undefined;
  const actionsOf = new Map<string, string[]>();
  for (const [action, right] of writeClassOf)
    actionsOf.set(right, [...(actionsOf.get(right) ?? []), action]);
  const findings = [...actionsOf].map(([right, actions]) => {
    const uses = actions.join(", ");
    return actions.every(may)
      ? found("asterisk.write.ok", { right, uses })
      : found("asterisk.write.missing", { right, uses });
  });
  const rights = [...excess].flatMap(([action, right]) =>
    may(action) ? [right] : [],
  );
  return rights.length === 0
    ? findings
    : [
        ...findings,
        found("asterisk.write.excess", { rights: rights.join(", ") }),
      ];
}

/**
 * Checks the read classes system, by FullyBooted, and user, by an event that we send to ourselves, which also carries
 * its time.
 */
export async function checkEvents(
  session: AmiSession,
  received: ReceivedEvents,
): Promise<readonly Finding[]> {
  await session.ask({ headers: { Action: "Events", EventMask: EVENT_MASK } });
  const system = (await received.booted())
    ? found("asterisk.read.ok", { right: "system" })
    : found("asterisk.read.no-system");
  return [
    system,
    ...(await checkOwnEvent(session)),
    ...(await checkDelivery(session)),
  ];
}

const untried: Readonly<Record<Untried, Finding>> = {
  NO_DIALPLAN: found("asterisk.read.no-dialplan"),
  NOT_MADE: found("asterisk.read.not-made"),
  NO_QUEUE: found("asterisk.read.no-queue"),
};

/** Checks the read classes call and agent, event by event, as the engine does at each connect. */
async function checkDelivery(session: AmiSession): Promise<readonly Finding[]> {
  const check = "asterisk.write";
  const commands = await session.ask({ headers: { Action: "ListCommands" } });
  if (commands.get("originate") === undefined)
    return [foundFor("asterisk.read", "skipped.after", { check })];
  const delivery = await checkEventDelivery(session, deliveryMs);
  if (delivery.receivesNothing) return [found("asterisk.read.no-call")];
  const { missingCallEvents, missingAgentEvents } = delivery;
  const isWithoutAgents = missingAgentEvents.length === agentEvents.length;
  const hidden = isWithoutAgents
    ? missingCallEvents
    : [...missingCallEvents, ...missingAgentEvents];
  const tried = delivery.untried.map((what) => untried[what]);
  return [
    ...(missingCallEvents.length === 0 &&
    !delivery.untried.includes("NO_DIALPLAN")
      ? [found("asterisk.read.ok", { right: "call" })]
      : []),
    ...(isWithoutAgents ? [found("asterisk.read.no-agent")] : []),
    ...(missingAgentEvents.length === 0 && tried.length === 0
      ? [found("asterisk.read.ok", { right: "agent" })]
      : []),
    ...(hidden.length > 0
      ? [
          found("asterisk.read.filtered", {
            events: hidden.join(", "),
            first: hidden[0] ?? "",
          }),
        ]
      : []),
    ...tried,
  ];
}

/** Asterisk's clock against that of this machine. */
export async function checkClock(
  session: AmiSession,
): Promise<readonly Finding[]> {
  await session.ping();
  return [judgePbxClock("asterisk", session.clockOffsetMs)];
}

async function checkOwnEvent(session: AmiSession): Promise<readonly Finding[]> {
  const nonce = session.nextActionId();
  const isOurs = (event: AmiMessage): boolean =>
    event.get("event") === "UserEvent" && event.get("nonce") === nonce;
  const echo = session
    .event("our own UserEvent", isOurs, echoMs)
    .catch((error: unknown) => {
      if (error instanceof AdapterError && error.code === "TIMEOUT")
        return null;
      throw error;
    });
  const headers = {
    Action: "UserEvent",
    UserEvent: "DialerCheck",
    Nonce: nonce,
  };
  const [event, answer] = await Promise.all([echo, session.ask({ headers })]);
  if (answer.get("response") !== "Success") return skippedWithoutUser();
  if (event === null)
    return [
      found("asterisk.read.no-user"),
      foundFor("asterisk.timestamps", "skipped.after", {
        check: "asterisk.read",
      }),
    ];
  return [
    found("asterisk.read.ok", { right: "user" }),
    timestampOf(event) === null
      ? found("asterisk.timestamps.missing")
      : found("asterisk.timestamps.ok"),
  ];
}

/** A user who may not send a UserEvent cannot receive one of his own. */
function skippedWithoutUser(): readonly Finding[] {
  const check = "asterisk.write";
  return [
    foundFor("asterisk.read", "skipped.after", { check }),
    foundFor("asterisk.timestamps", "skipped.after", { check }),
  ];
}
