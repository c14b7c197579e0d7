/**
 * From a logged-in session to one that may dial: events chosen, permissions complete, Asterisk fully booted, events
 * arriving with its own time. Missing permissions are named here, because Asterisk itself says "Permission denied" only
 * at the first call, or nothing at all.
 */
import { AdapterError } from "../port.ts";
import { complaintOf, checkEventDelivery, remarksOn } from "./event-check.ts";
import { timestampOf } from "./message.ts";
import { GOING_DOWN, saysShutdown } from "./session.ts";
import type { AmiSession } from "./session.ts";

/** The read classes that calls, queues, UserEvents, FullyBooted and Shutdown come in. */
export const EVENT_MASK = "system,call,user,agent";

/** What we ask Asterisk to do, and the write class of manager.conf that lets us. */
export const writeClassOf: ReadonlyMap<string, string> = new Map([
  ["Originate", "originate"],
  ["Hangup", "call"],
  ["CoreStatus", "reporting"],
  ["CoreShowChannels", "reporting"],
  ["Status", "reporting"],
  ["UserEvent", "user"],
]);

export interface Handshake {
  /** When this Asterisk started, as it writes it; it changes with every restart. */
  readonly startup: string;
  /** What could not be verified, for an operator. */
  readonly remarks: readonly string[];
}

/**
 * @param booted of {@link fullyBooted}, begun before the login: it may come with the login's answer
 * @param timeoutMs for our own UserEvent to come back, and for the events of our own call
 * @throws AdapterError REFUSED for what somebody must change in manager.conf
 */
export async function shakeHands(
  session: AmiSession,
  booted: Promise<void>,
  timeoutMs: number,
): Promise<Handshake> {
  // The package can only log in with Asterisk's default for events.
  const chosen = await session.ask({
    headers: { Action: "Events", EventMask: EVENT_MASK },
  });
  if (saysShutdown(chosen.get("message")))
    throw new AdapterError("NOT_CONNECTED", GOING_DOWN);
  await checkWriteClasses(session);
  await booted;
  await checkEvents(session, timeoutMs);
  const check = await checkEventDelivery(session, timeoutMs);
  const complaint = complaintOf(check);
  if (complaint !== null) throw new AdapterError("REFUSED", complaint);
  await session.ping();
  const status = await session.ask({ headers: { Action: "CoreStatus" } });
  return {
    startup: `${status.get("corestartupdate") ?? ""} ${status.get("corestartuptime") ?? ""}`,
    remarks: remarksOn(check),
  };
}

/**
 * Waits for FullyBooted, which Asterisk sends after each login once it is up. Before that it takes
 * Originates and fails them. CoreStatus does not show it: it answers the same while booting (seen, 22.10).
 *
 * @throws AdapterError REFUSED when it does not come
 */
export async function fullyBooted(
  session: AmiSession,
  timeoutMs: number,
): Promise<void> {
  try {
    await session.event(
      "FullyBooted",
      (event) => event.get("event") === "FullyBooted",
      timeoutMs,
    );
  } catch (error) {
    throw refusedWhenSilent(
      error,
      "Asterisk is still starting, or the AMI user lacks system in its read = line of manager.conf: " +
        "no FullyBooted event arrived. It needs read = system,call,user,agent",
    );
  }
}

/** ListCommands names only what the user may run, and itself needs no class. */
async function checkWriteClasses(session: AmiSession): Promise<void> {
  const commands = await session.ask({ headers: { Action: "ListCommands" } });
  const missing = [...writeClassOf]
    .filter(([command]) => commands.get(command.toLowerCase()) === undefined)
    .map(([, writeClass]) => writeClass);
  if (missing.length === 0) return;
  throw new AdapterError(
    "REFUSED",
    `The AMI user lacks ${[...new Set(missing)].join(", ")} in its write = line of manager.conf; ` +
      "it needs write = originate,call,reporting,user. Then: asterisk -rx 'manager reload'",
  );
}

/** Sends an event to itself: shows whether UserEvents come through, and with Asterisk's time. */
async function checkEvents(
  session: AmiSession,
  timeoutMs: number,
): Promise<void> {
  const nonce = session.nextActionId();
  const echo = session
    .event(
      "our own UserEvent",
      (event) =>
        event.get("event") === "UserEvent" && event.get("nonce") === nonce,
      timeoutMs,
    )
    .catch((error: unknown) => {
      throw refusedWhenSilent(
        error,
        "The AMI user does not receive UserEvents (answering machine verdicts, dispositions): " +
          "its read = line of manager.conf lacks user, or an eventfilter drops them",
      );
    });
  const headers = {
    Action: "UserEvent",
    UserEvent: "DialerCheck",
    Nonce: nonce,
  };
  const [event] = await Promise.all([echo, session.ask({ headers })]);
  if (timestampOf(event) !== null) return;
  throw new AdapterError(
    "REFUSED",
    "Asterisk sends events without their time. Set timestampevents = yes in [general] of manager.conf, then: asterisk -rx 'manager reload'",
  );
}

function refusedWhenSilent(error: unknown, message: string): unknown {
  return error instanceof AdapterError && error.code === "TIMEOUT"
    ? new AdapterError("REFUSED", message, error)
    : error;
}
