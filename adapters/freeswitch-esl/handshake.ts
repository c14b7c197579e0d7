/**
 * From a logged-in session to one that may dial: events subscribed, permissions complete, the switch up.
 * What is missing is told by name, because FreeSWITCH itself says "permission denied" at the first call.
 */
import { randomUUID } from "node:crypto";

import { AdapterError } from "../port.ts";
import { apiAdvice, deafAdvice, eventsAdvice } from "./advice.ts";
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

/** One refused name refuses all (recorded: `auth-userauth-restricted`), so each is asked for by itself then. */
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
 * Proves that what was subscribed is heard, by two events that we cause ourselves and that touch nothing: a job's
 * end, and one of the dialplan's. A listener that FreeSWITCH has given up is answered and told nothing
 * (signalwire/freeswitch #2061), and a filter or a proxy in between leaves events out.
 */
async function checkHearing(
  session: EslSession,
  withinMs: number,
): Promise<void> {
  const mark = randomUUID();
  const own: readonly (readonly [string, EslCommand, string])[] = [
    ["BACKGROUND_JOB", { line: "bgapi status", jobUuid: mark }, "Job-UUID"],
    [
      "CUSTOM dialer::info",
      {
        line: "sendevent CUSTOM",
        headers: { "Event-Subclass": "dialer::info", "Dialer-Check": mark },
      },
      "Dialer-Check",
    ],
  ];
  for (const [name, command, header] of own) {
    const heard = session.hears(
      (event) => event.get(header) === mark,
      withinMs,
    );
    const { text } = await session.ask(command);
    if (!text.startsWith("+OK"))
      throw new AdapterError(
        "REFUSED",
        apiAdvice(command.line.split(" ")[0] ?? "", text),
      );
    if (!(await heard)) throw new AdapterError("REFUSED", deafAdvice(name));
  }
}

/**
 * @param hearWithinMs for each of our own events to come back
 * @returns what `status` printed, and the id of this run of the switch, when this user may ask for it
 * @throws AdapterError REFUSED for what somebody must change, NOT_CONNECTED while the switch starts
 */
export async function subscribe(
  session: EslSession,
  hearWithinMs: number,
): Promise<{ readonly status: string; readonly coreUuid: string }> {
  await subscribeAll(session);
  await checkHearing(session, hearWithinMs);
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
