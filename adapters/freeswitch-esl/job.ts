/** The job of an originate: its id, and what its result means. */
import type { RefusalReason } from "../port.ts";
import { causeNamed } from "./end-cause.ts";
import type { EslEvent } from "./event.ts";
import type { JobFailure } from "./tracked-call.ts";

const JOB =
  /^([A-Za-z0-9._-]{1,64}):([0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})$/i;

/**
 * BACKGROUND_JOB names no channel and is broadcast to all clients of the switch, so the job's id names the attempt, for
 * a standby engine, too.
 */
export function jobUuidOf(installationId: string, attemptId: string): string {
  return `${installationId}:${attemptId}`;
}

/** @returns the attempt that a job was for; null when it is not this installation's */
export function attemptOfJob(
  jobUuid: string,
  installationId: string,
): string | null {
  const [, installation, attemptId] = JOB.exec(jobUuid) ?? [];
  return installation === installationId ? (attemptId ?? null) : null;
}

/**
 * What the switch says when it refuses an originate itself: sessions per second, max sessions, idle CPU, pause,
 * shutdown, a uuid that is up already. It gives the same answer in all these cases; only its log says more.
 */
const refusedBySwitch = new Set([
  "DESTINATION_OUT_OF_ORDER",
  "SWITCH_CONGESTION",
  "SYSTEM_SHUTDOWN",
]);

/** Whether the switch itself refused, or may have. @param event BACKGROUND_JOB */
export function isRefusal(event: EslEvent): boolean {
  const word = /^-ERR ([A-Z0-9_]+)/.exec(event.get("_body") ?? "")?.[1] ?? "";
  return refusedBySwitch.has(word);
}

/** @param event BACKGROUND_JOB; whose call was refused; null: another installation's */
export function refusedAttempt(
  event: EslEvent,
  { installationId }: { readonly installationId: string },
): string | null {
  return attemptOfJob(event.get("Job-UUID") ?? "", installationId);
}

/**
 * @param event BACKGROUND_JOB
 * @returns null for a job that succeeded, which proves nothing: `+OK` does not mean answered
 */
export function failureOf(event: EslEvent, at: string): JobFailure | null {
  const result = (event.get("_body") ?? "").trim();
  if (result === "" || result.startsWith("+OK")) return null;
  const word = /^-ERR ([A-Z0-9_]+)$/.exec(result)?.[1] ?? "";
  const end = causeNamed(word);
  return { at, end, ...meaningOf(end.causeName, result) };
}

function meaningOf(
  cause: string | null,
  result: string,
): { readonly refusal: RefusalReason; readonly message: string } {
  const words = result.split("\n")[0]?.slice(0, 200) ?? "";
  if (result.startsWith("-USAGE")) {
    return {
      refusal: "INVALID_REQUEST",
      message: `FreeSWITCH did not understand the originate (${words})`,
    };
  }
  if (cause === null || refusedBySwitch.has(cause)) {
    return {
      refusal: "SWITCH_REFUSED",
      message: `FreeSWITCH itself refused the call (${words}): sessions per second, max sessions, fsctl pause or shutdown; its log says which`,
    };
  }
  return {
    refusal: "TRUNK_FAULT",
    message: `FreeSWITCH could not make a channel (${words}): unknown or unreachable gateway, profile or endpoint`,
  };
}
