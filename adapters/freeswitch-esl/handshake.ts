/**
 * From a logged-in session to one that may dial: events subscribed, permissions complete, the switch up. Missing
 * permissions are named here, because FreeSWITCH itself says "permission denied" only at the first call.
 */
import { randomUUID } from "node:crypto";

import { AdapterError } from "../port.ts";
import { apiAdvice, missingEventAdvice, eventsAdvice } from "./advice.ts";
import type { EslCommand } from "./command.ts";
import type { EslSession } from "./session.ts";
import { isStarting } from "./switch-state.ts";

/** Everything after CUSTOM is the name of a subclass, so it goes last. */
export const EVENTS = [
  "BACKGROUND_JOB",
  "CHANNEL_CREATE",
  "CHANNEL_PROGRESS",
  "CHANNEL_PROGRESS_MEDIA",
  "CHANNEL_ANSWER",
  "CHANNEL_EXECUTE",
  "CHANNEL_EXECUTE_COMPLETE",
  "CHANNEL_BRIDGE",
  "CHANNEL_UNBRIDGE",
  "CHANNEL_HOLD",
  "CHANNEL_UNHOLD",
  "CHANNEL_HANGUP_COMPLETE",
  "CHANNEL_DESTROY",
  "HEARTBEAT",
  "SHUTDOWN",
  "CUSTOM",
  "callcenter::info",
  "dialer::info",
] as const;

/** No channel has it: shows whether a command may be run without doing anything. */
const NO_CHANNEL = "00000000-0000-4000-8000-000000000000";
const probes = [
  `uuid_exists ${NO_CHANNEL}`,
  `uuid_getvar ${NO_CHANNEL} presence_data`,
  `uuid_setvar ${NO_CHANNEL} DIALER_VAR_CHECK 1`,
  `uuid_dump ${NO_CHANNEL} json`,
  `uuid_kill ${NO_CHANNEL}`,
];

/**
 * One refused name makes FreeSWITCH refuse all (recorded: `auth-userauth-restricted`); each is then requested by
 * itself.
 */
async function subscribeAll(session: EslSession): Promise<void> {
  const { text } = await session.ask({
    line: `event json ${EVENTS.join(" ")}`,
  });
  if (text.startsWith("+OK")) return;
  const missing: string[] = [];
  for (const name of EVENTS) {
    if (name === "CUSTOM") continue;
    const asked = name.includes("::") ? `CUSTOM ${name}` : name;
    const one = await session.ask({ line: `event json ${asked}` });
    if (!one.text.startsWith("+OK")) missing.push(asked);
  }
  throw new AdapterError("REFUSED", eventsAdvice(text, missing));
}

/**
 * Verifies that subscribed events arrive, by two harmless events that we cause ourselves: the end of a job and one of
 * the dialplan's events. A listener that FreeSWITCH has given up still gets replies but no events
 * (signalwire/freeswitch #2061), and a filter or a proxy in between may drop events.
 */
async function checkEvents(
  session: EslSession,
  withinMs: number,
): Promise<void> {
  const nonce = randomUUID();
  const own: readonly (readonly [string, EslCommand, string])[] = [
    ["BACKGROUND_JOB", { line: "bgapi status", jobUuid: nonce }, "Job-UUID"],
    [
      "CUSTOM dialer::info",
      {
        line: "sendevent CUSTOM",
        headers: { "Event-Subclass": "dialer::info", "Dialer-Check": nonce },
      },
      "Dialer-Check",
    ],
  ];
  for (const [name, command, header] of own) {
    const received = session.receives(
      (event) => event.get(header) === nonce,
      withinMs,
    );
    const { text } = await session.ask(command);
    if (!text.startsWith("+OK"))
      throw new AdapterError(
        "REFUSED",
        apiAdvice(command.line.split(" ")[0] ?? "", text),
      );
    if (!(await received))
      throw new AdapterError("REFUSED", missingEventAdvice(name));
  }
}

/**
 * @param receiveWithinMs for each of our own events to come back
 * @returns what `status` printed, and the id of this run of the switch, when this user may ask for it
 * @throws AdapterError REFUSED for what somebody must change, NOT_CONNECTED while the switch starts
 */
export async function subscribe(
  session: EslSession,
  receiveWithinMs: number,
): Promise<{ readonly status: string; readonly coreUuid: string }> {
  await subscribeAll(session);
  await checkEvents(session, receiveWithinMs);
  for (const probe of probes) {
    const answer = await session.api(probe);
    if (/command not found/i.test(answer)) {
      const [name = ""] = probe.split(" ");
      throw new AdapterError("REFUSED", apiAdvice(name, answer.trim()));
    }
  }
  const status = await session.api("status");
  if (isStarting(status)) {
    throw new AdapterError("NOT_CONNECTED", "FreeSWITCH is still starting");
  }
  const core = await session.ask({ line: "api global_getvar core_uuid" });
  return { status, coreUuid: core.isApi ? core.text.trim() : "" };
}
