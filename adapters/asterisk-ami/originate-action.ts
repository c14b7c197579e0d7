/** The Originate of an attempt, and what Asterisk's refusal of one means. */
import type { OriginateRequest, RefusalReason } from "../port.ts";
import type { AmiAction } from "./action.ts";

/**
 * Always asynchronous: otherwise the whole session, including its events, blocks until the call is answered. Never with
 * EarlyMedia: it turns ringback and announcements into "answered". The channel's id is the attempt's, its Account the
 * installation tag.
 *
 * @param request checked before (`adapters/calls/request-check.ts`)
 */
export function originateAction(
  request: OriginateRequest,
  { context, installationId }: { context: string; installationId: string },
): AmiAction {
  const { attemptId, setupTimeoutSeconds, ringTimeoutSeconds } = request;
  const timeoutMs = Math.ceil(
    (setupTimeoutSeconds + ringTimeoutSeconds) * 1_000,
  );
  return {
    headers: {
      Action: "Originate",
      Async: "true",
      Channel: request.dialString,
      ChannelId: attemptId,
      ...(isLocal(request) ? { OtherChannelId: `${attemptId};2` } : {}),
      Context: request.context ?? context,
      Exten: request.extension,
      Priority: "1",
      Timeout: String(timeoutMs),
      Account: installationId,
      ...(request.callerId === null ? {} : { CallerID: request.callerId }),
    },
    variables: variablesOf(request),
  };
}

/** Inherited by the legs that the dialplan dials, so that an agent's phone knows the lead too. */
function variablesOf(request: OriginateRequest): Record<string, string> {
  const clients = Object.entries(request.variables).map(
    ([name, value]) => [`__DIALER_VAR_${name}`, value] as const,
  );
  return {
    __CORRELATION_ID: request.attemptId,
    __CAMPAIGN_ID: request.campaignId,
    __LEAD_ID: request.leadId,
    ...Object.fromEntries(clients),
    // For TIMEOUT(absolute) in the dialplan, seconds; of this leg alone.
    DIALER_MAX_SECONDS: String(Math.ceil(request.maxCallDurationSeconds)),
  };
}

/**
 * Checks of a request that only Asterisk needs.
 * @returns every problem, without values
 */
export function checkForAsterisk(request: OriginateRequest): readonly string[] {
  return isLocal(request) && !/\/[a-z]*n[a-z]*$/.test(request.dialString)
    ? [
        "dialString: a Local channel must end in /n, or Asterisk optimises the leg away that the call is known by",
      ]
    : [];
}

function isLocal({ dialString }: OriginateRequest): boolean {
  return /^Local\//i.test(dialString);
}

const refusals: readonly (readonly [RegExp, RefusalReason])[] = [
  [/^Extension does not exist/i, "NO_SUCH_EXTENSION"],
  [
    /^(?:Channel not specified|Invalid (?:channel|timeout|priority)|.*Uniqueid|.*ChannelId|Originate with)/i,
    "INVALID_REQUEST",
  ],
];

/** @param message of `Response: Error` to an Originate; nothing was dialled */
export function refusalOf(message: string): RefusalReason {
  const found = refusals.find(([pattern]) => pattern.test(message));
  return found?.[1] ?? "SWITCH_REFUSED";
}

const ORIGINATE_ID =
  /^([A-Za-z0-9._-]+):([0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}):/i;

/**
 * The start of an Originate's ActionID. OriginateResponse carries neither Account nor a reliable Uniqueid (for a
 * refused duplicate it is that of the live call), so only the ActionID shows which call it belongs to, for a standby
 * engine, too.
 */
export function originateIdPrefix(
  installationId: string,
  attemptId: string,
): string {
  return `${installationId}:${attemptId}`;
}

/** @returns the attempt that an OriginateResponse belongs to; null when it is not this installation's */
export function attemptOf(
  actionId: string,
  installationId: string,
): string | null {
  const [, installation, attemptId] = ORIGINATE_ID.exec(actionId) ?? [];
  return installation === installationId ? (attemptId ?? null) : null;
}
