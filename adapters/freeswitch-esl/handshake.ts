/**
 * From a logged-in session to one that may dial: events subscribed, permissions complete, the switch up.
 * What is missing is told by name, because FreeSWITCH itself says "permission denied" at the first call.
 */
import { AdapterError } from "../port.ts";
import { apiAdvice, eventsAdvice } from "./advice.ts";
import type { EslSession } from "./session.ts";

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
 * @returns what `status` printed, and the id of this run of the switch, when this user may ask for it
 * @throws AdapterError REFUSED for what somebody must change, NOT_CONNECTED while the switch starts
 */
export async function subscribe(
  session: EslSession,
): Promise<{ readonly status: string; readonly coreUuid: string }> {
  const { text } = await session.ask({
    line: `event json ${EVENTS.join(" ")}`,
  });
  if (!text.startsWith("+OK")) {
    throw new AdapterError("REFUSED", eventsAdvice(text));
  }
  for (const probe of probes) {
    const answer = await session.api(probe);
    if (/command not found/i.test(answer)) {
      const [name = ""] = probe.split(" ");
      throw new AdapterError("REFUSED", apiAdvice(name, answer.trim()));
    }
  }
  const status = await session.api("status");
  if (/^FreeSWITCH .* is not ready/im.test(status)) {
    throw new AdapterError("NOT_CONNECTED", "FreeSWITCH is still starting");
  }
  const core = await session.ask({ line: "api global_getvar core_uuid" });
  return { status, coreUuid: core.isApi ? core.text.trim() : "" };
}
