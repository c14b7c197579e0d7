/**
 * The one check of an `OriginateRequest` that every adapter makes before anything reaches its wire.
 *
 * A value that is harmless to one PBX is a command to another, so the rules are the intersection:
 * AMI splits variables at commas, drops double quotes and takes `&` for a second endpoint; ESL has
 * no escape for a line end at all, and braces, brackets and commas structure its originate string;
 * AMI's Hangup takes a value that starts with `/` for a regular expression over every call.
 */

import { AdapterError } from "../port.ts";
import type { OriginateRequest } from "../port.ts";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const INSTALLATION_ID = /^[A-Za-z0-9._-]{1,64}$/;
const DIAL_STRING = /^[A-Za-z0-9][A-Za-z0-9_.+@:#*-]*\/[A-Za-z0-9_.+@/:#*-]+$/;
const CALLER_ID = /^\+?[0-9]{3,15}$/;
const CONTEXT = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,78}$/;
const EXTENSION = /^[A-Za-z0-9+*#][A-Za-z0-9_+*#.-]{0,78}$/;
const VARIABLE_NAME = /^[A-Za-z][A-Za-z0-9_]{0,62}$/;
/** Controls (C0, DEL, C1), line and paragraph separators, lone surrogates, and what a PBX parses. */
const FORBIDDEN_IN_VALUE = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs},{}"\\]/u;

/** Asterisk's buffer for a dial string holds 256 bytes. */
const MAX_DIAL_STRING = 200;
const MAX_VALUE = 255;
/** AMI takes 128 headers in one message; ours need room too. */
const MAX_VARIABLES = 64;
/** Of names and values together. The table `campaigns` has the same limits (`dialer_variables_fault`). */
const MAX_VARIABLES_BYTES = 16_384;
const MAX_TIMEOUT_SECONDS = 3_600;
const MAX_DURATION_SECONDS = 86_400;

/**
 * Checks that a text is an attempt's id, so that nothing else reaches a PBX in place of an id: AMI reads some texts as
 * patterns over all channels.
 */
export function isAttemptId(id: string): boolean {
  return UUID.test(id);
}

/** @throws AdapterError PROTOCOL for what is no attempt's id */
export function checkAttemptId(id: string): void {
  if (isAttemptId(id)) return;
  throw new AdapterError("PROTOCOL", "The id of an attempt must be a UUID");
}

/** @throws TypeError when the installation's tag cannot stand on a channel: AMI's Account, FreeSWITCH's presence_data */
export function checkInstallationId(id: string): void {
  if (INSTALLATION_ID.test(id)) return;
  throw new TypeError(
    "installationId must be 1 to 64 letters, digits and . _ -",
  );
}

/**
 * @returns every problem of the request, each naming field and rule but never the value (it may be a
 *   phone number); empty when the request may go to a PBX
 */
export function checkOriginateRequest(
  request: OriginateRequest,
): readonly string[] {
  return [
    ...checkIds(request),
    ...checkDestination(request),
    ...checkTimes(request),
    ...checkVariables(request.variables),
  ];
}

function checkIds(request: OriginateRequest): string[] {
  return (["attemptId", "campaignId", "leadId"] as const)
    .filter((field) => !UUID.test(request[field]))
    .map((field) => `${field} must be a UUID`);
}

function checkDestination(request: OriginateRequest): string[] {
  const problems: string[] = [];
  const { dialString, callerId, context, extension } = request;
  if (dialString.length > MAX_DIAL_STRING || !DIAL_STRING.test(dialString)) {
    problems.push(
      `dialString must be technology/destination of letters, digits and _ . + @ / : # * -, at most ${String(MAX_DIAL_STRING)} characters`,
    );
  }
  if (callerId !== null && !CALLER_ID.test(callerId)) {
    problems.push("callerId must be 3 to 15 digits, a + may come first");
  }
  if (context !== null && !CONTEXT.test(context)) {
    problems.push("context must be letters, digits and _ . -, at most 79");
  }
  if (!EXTENSION.test(extension)) {
    problems.push(
      "extension must be letters, digits and _ + * # . -, at most 79",
    );
  }
  return problems;
}

function checkTimes(request: OriginateRequest): string[] {
  const limits = [
    ["setupTimeoutSeconds", MAX_TIMEOUT_SECONDS],
    ["ringTimeoutSeconds", MAX_TIMEOUT_SECONDS],
    ["maxCallDurationSeconds", MAX_DURATION_SECONDS],
  ] as const;
  return limits
    .filter(
      ([field, limit]) => !(request[field] > 0 && request[field] <= limit),
    )
    .map(
      ([field, limit]) =>
        `${field} must be above 0 and at most ${String(limit)} seconds`,
    );
}

function checkVariables(variables: Readonly<Record<string, string>>): string[] {
  const problems: string[] = [];
  const entries = Object.entries(variables);
  if (entries.length > MAX_VARIABLES) {
    problems.push(`variables: at most ${String(MAX_VARIABLES)}`);
  }
  const bytes = Buffer.byteLength(entries.flat().join(""));
  if (bytes > MAX_VARIABLES_BYTES) {
    problems.push(
      `variables: at most ${String(MAX_VARIABLES_BYTES)} bytes together`,
    );
  }
  entries.forEach(([name, value], index) => {
    const nameIsGood = VARIABLE_NAME.test(name);
    // A bad name may hold anything, so the message gives its position.
    const where = nameIsGood
      ? `variables.${name}`
      : `variables, name ${String(index + 1)}`;
    if (!nameIsGood) {
      problems.push(`${where}: must match ${VARIABLE_NAME.source}`);
    }
    if (value.length > MAX_VALUE || FORBIDDEN_IN_VALUE.test(value)) {
      problems.push(
        `${where}: value must be at most ${String(MAX_VALUE)} characters, without control characters, commas, braces, double quotes and backslashes`,
      );
    }
  });
  return problems;
}
