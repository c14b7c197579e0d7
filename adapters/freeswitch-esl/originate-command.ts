/** The originate of an attempt, as FreeSWITCH reads it. */
import type { OriginateRequest } from "../port.ts";
import type { EslCommand } from "./command.ts";
import { jobUuidOf } from "./job.ts";

export interface OriginateOptions {
  /** Where answered calls go when the request names no context. */
  readonly context: string;
  readonly installationId: string;
}

/** What may stand between the braces: values there are unescaped three times, and `}` moves the destination. */
const SAFE_VALUE = /^[A-Za-z0-9_.+-]{1,255}$/;
/** A blank inside braces, the one escape that is used, and only for a text of our own. */
const BLANK = "\\s";
const COMMA = "\\\\,";

/**
 * One destination, never `,` `|` or `:_:`: with several originate_timeout does not bound the call.
 * `leg_progress_timeout` stands in front of the destination, where 180 and 183 satisfy it; among the
 * variables it would be progress_timeout, which with ignore_early_media kills calls that ring.
 *
 * @param request checked before (`adapters/calls/request-check.ts` and `checkForFreeswitch`)
 */
export function originateCommand(
  request: OriginateRequest,
  { context, installationId }: OriginateOptions,
): EslCommand {
  const variables = Object.entries(variablesOf(request, installationId))
    .map(([name, value]) => `${name}=${value}`)
    .join(",");
  const setupSeconds = Math.ceil(request.setupTimeoutSeconds);
  const where = `${request.extension} XML ${request.context ?? context}`;
  return {
    line: `bgapi originate {${variables}}[leg_progress_timeout=${String(setupSeconds)}]${request.dialString} ${where}`,
    jobUuid: jobUuidOf(installationId, request.attemptId),
  };
}

function variablesOf(
  request: OriginateRequest,
  installationId: string,
): Record<string, string> {
  const { attemptId, callerId } = request;
  const limitSeconds = String(Math.ceil(request.maxCallDurationSeconds));
  return {
    origination_uuid: attemptId,
    accountcode: attemptId,
    presence_data: installationId,
    ...(callerId === null
      ? {}
      : {
          origination_caller_id_number: callerId,
          origination_caller_id_name: callerId,
        }),
    ignore_early_media: "true",
    // A carrier's 302 would ring any number that it names, without a check against lists or the do-not-call list.
    outbound_redirect_fatal: "true",
    originate_timeout: String(originateSeconds(request)),
    execute_on_answer: `sched_hangup${BLANK}+${limitSeconds}${BLANK}ALLOTTED_TIMEOUT`,
    CORRELATION_ID: attemptId,
    CAMPAIGN_ID: request.campaignId,
    LEAD_ID: request.leadId,
    DIALER_MAX_SECONDS: limitSeconds,
    // To the legs that the dialplan dials, so that an agent's phone knows the lead too.
    export_vars: ["CORRELATION_ID", "CAMPAIGN_ID", "LEAD_ID"].join(COMMA),
    ...variablesBy(request, true),
  };
}

/** FreeSWITCH's second has begun when the call does: N fires after N - 1 to N seconds (facts: 2.11 to 2.97 s of 3). */
function originateSeconds(request: OriginateRequest): number {
  return (
    Math.ceil(request.setupTimeoutSeconds + request.ringTimeoutSeconds) + 1
  );
}

function variablesBy(
  { variables }: OriginateRequest,
  isSafe: boolean,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(variables)
      .filter(([, value]) => SAFE_VALUE.test(value) === isSafe)
      .map(([name, value]) => [`DIALER_VAR_${name}`, value]),
  );
}

/**
 * The free text of a call, set when it is answered: `uuid_setvar` takes the rest of its line as the value.
 * An empty value would unset a variable that was never set.
 */
export function textCommands(request: OriginateRequest): readonly string[] {
  return Object.entries(variablesBy(request, false))
    .filter(([, value]) => value.trim() !== "")
    .map(
      ([name, value]) =>
        `uuid_setvar ${request.attemptId} ${name} ${quoted(value)}`,
    );
}

/**
 * The value passes switch_separate_string once (mod_commands.c), which drops single quotes by pairs and
 * blanks at either end. A quote without another behind it stays as it is.
 */
function quoted(value: string): string {
  return value
    .replace(/'(?=.*')/g, "\\'")
    .replace(/^ +| +$/g, (blanks) => BLANK.repeat(blanks.length));
}

const NUMBER = /^\+?[0-9*#]{2,32}$/;
const NAME = "[A-Za-z0-9_.-]+";
const GATEWAY = new RegExp(
  `^sofia/gateway/(?:${NAME}::)?${NAME}/([^/]+)$`,
  "i",
);
const SIP_URI = new RegExp(
  `^sofia/${NAME}/([^/@]+)@${NAME}(?::\\d{1,5})?$`,
  "i",
);
const USER = new RegExp(`^user/[A-Za-z0-9_.+-]+(?:@${NAME})?$`, "i");
/** Every other technology: plain segments, so that no number adds a host or a port. */
const OTHER = /^[A-Za-z][A-Za-z0-9_]*(?:\/[A-Za-z0-9_.+*#-]+)+$/;

/**
 * Checks of a request that only FreeSWITCH needs. In a gateway's dial string `1555@host` and `1555;fs_path=…` leave the
 * carrier for that host.
 *
 * @returns every problem, without values
 */
export function checkForFreeswitch(
  request: OriginateRequest,
): readonly string[] {
  const problems: string[] = [];
  if (!isDialString(request.dialString)) {
    problems.push(
      "dialString: FreeSWITCH takes sofia/gateway/NAME/NUMBER, sofia/PROFILE/NUMBER@HOST, user/NAME or technology/plain/segments, where NUMBER is digits, * and #, a + may come first",
    );
  }
  return problems;
}

function isDialString(dialString: string): boolean {
  const number = (GATEWAY.exec(dialString) ?? SIP_URI.exec(dialString))?.[1];
  if (number !== undefined) return NUMBER.test(number);
  if (/^sofia\//i.test(dialString)) return false;
  return USER.test(dialString) || OTHER.test(dialString);
}
