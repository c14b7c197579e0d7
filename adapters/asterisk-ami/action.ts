/**
 * What may be written to AMI. Every header of every action passes here, whoever made it.
 *
 * AMI has no escape: a line end in a value ends the header, an empty line ends the action and starts
 * the next (facts: a CoreShowChannels smuggled through a phone number was executed). A line beyond
 * 1,024 bytes is refused by Asterisk, more than 128 headers are cut off.
 */

export interface AmiAction {
  /** `Action` itself and the rest, but for `ActionID` and `Variable`. */
  readonly headers: Readonly<Record<string, string>>;
  /** Channel variables, one `Variable` header each. */
  readonly variables?: Readonly<Record<string, string>>;
  /** For `Getvar`, instead of variables: a dialplan function with its argument, e.g. `DEVICE_STATE(PJSIP/carrier)`. */
  readonly reads?: string;
}

const HEADER_NAME = /^[A-Za-z][A-Za-z0-9-]{0,39}$/;
/** Up to two underscores make the variable inherited by the channels dialled from this one. */
const VARIABLE_NAME = /^_{0,2}[A-Za-z][A-Za-z0-9_]{0,79}$/;
/** Of a thing, and where it has several, one field of it. */
const FUNCTION_CALL =
  /^[A-Z_]{1,40}\([A-Za-z0-9_.\/@:+-]{1,120}(?:,[a-z_]{1,40})?\)$/;
const ACTION_ID = /^[A-Za-z0-9:._-]{1,150}$/;
/** Controls (C0, DEL, C1), line and paragraph separators, lone surrogates. */
const FORBIDDEN = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]/u;
/** In a variable commas start the next one, quotes and backslashes are eaten, braces look like functions. */
const FORBIDDEN_IN_VARIABLE = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs},{}"\\]/u;
/** Of 1,024 bytes, name and line end included. */
const MAX_LINE_BYTES = 1_000;
const MAX_HEADERS = 120;

/** @returns what is wrong, by header and rule, never with the value; empty when it may be written */
export function checkAction(
  action: AmiAction,
  actionId: string,
): readonly string[] {
  const headers = Object.entries(action.headers);
  const variables = Object.entries(action.variables ?? {});
  const problems = [
    ...headers.flatMap(([name, value]) => checkHeader(name, value)),
    ...variables.flatMap(([name, value]) => checkVariable(name, value)),
  ];
  if (action.reads !== undefined && !FUNCTION_CALL.test(action.reads)) {
    problems.push("reads: no plain call of a dialplan function");
  }
  if (!ACTION_ID.test(actionId)) problems.push("ActionID: not one of ours");
  if (headers.length + variables.length > MAX_HEADERS) {
    problems.push(`more than ${MAX_HEADERS} headers`);
  }
  return problems;
}

function checkHeader(name: string, value: unknown): string[] {
  // A bad name may hold anything, so it is not repeated.
  if (!HEADER_NAME.test(name)) return ["a header name that AMI does not take"];
  if (/^(?:actionid|variable)$/i.test(name)) {
    return [`${name}: written by the adapter alone`];
  }
  return checkLine(name, name, value, FORBIDDEN);
}

function checkVariable(name: string, value: unknown): string[] {
  if (!VARIABLE_NAME.test(name)) {
    return ["a variable name that is not letters, digits and underscores"];
  }
  return checkLine(name, `Variable: ${name}`, value, FORBIDDEN_IN_VARIABLE);
}

function checkLine(
  name: string,
  start: string,
  value: unknown,
  forbidden: RegExp,
): string[] {
  if (typeof value !== "string") return [`${name}: not a text`];
  if (forbidden.test(value))
    return [`${name}: characters that AMI would read as its own`];
  return Buffer.byteLength(start) + Buffer.byteLength(value) > MAX_LINE_BYTES
    ? [`${name}: longer than ${MAX_LINE_BYTES} bytes`]
    : [];
}
