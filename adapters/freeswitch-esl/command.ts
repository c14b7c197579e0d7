/**
 * What may be written to the Event Socket. Every command passes here, whoever made it.
 *
 * A command is a line, header lines, and an empty line; there is no escape for a line end. One newline in
 * an argument adds a header (`Content-Length` swallows the next command), two start a command of their own.
 */
import { AdapterError } from "../port.ts";

/** Controls (C0, DEL, C1), line and paragraph separators, lone surrogates. */
const FORBIDDEN = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]/u;
/** What we set ourselves and the reply's buffer of 512 bytes can hold. */
const JOB_UUID = /^[A-Za-z0-9._:-]{1,150}$/;
/** Never Content-Length, which swallows what follows. */
const KEY = /^(?!content-length$)[A-Za-z][A-Za-z-]{0,40}$/i;
const MAX_BYTES = 16 * 1_024;

export interface EslCommand {
  /** E.g. `api status`, on one line. */
  readonly line: string;
  readonly jobUuid?: string;
  /** Further headers of our own making, e.g. those of an event; names and values as {@link jobUuid}'s. */
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * The bytes of a command, to be written at once: a half written one stops FreeSWITCH's events.
 *
 * @throws AdapterError PROTOCOL, which names the command's first word and never its values
 */
export function bytesOf({ line, jobUuid, headers = {} }: EslCommand): Buffer {
  const name = /^[a-z]{1,20}(?= |$)/.exec(line)?.[0];
  const given = Object.entries({
    ...headers,
    ...(jobUuid === undefined ? {} : { "Job-UUID": jobUuid }),
  });
  const isGood =
    name !== undefined &&
    !FORBIDDEN.test(line) &&
    given.every(([key, value]) => KEY.test(key) && JOB_UUID.test(value));
  if (!isGood) throw refused(name, "characters that would end it");
  const lines = given.map(([key, value]) => `${key}: ${value}\n`).join("");
  const bytes = Buffer.from(`${line}\n${lines}\n`, "utf8");
  if (bytes.length > MAX_BYTES) throw refused(name, "it is too long");
  return bytes;
}

function refused(name: string | undefined, why: string): AdapterError {
  return new AdapterError(
    "PROTOCOL",
    `The command ${name ?? "(no name)"} was not written: ${why}`,
  );
}

/** `user@domain:password`: a directory user instead of the switch's own password. */
const USER_PASSWORD = /^[^@:\s]+@[^@:\s]+:.+$/;

/** The first line that a client writes: as a directory user, or with the switch's own password. */
export function loginCommand(password: string): string {
  const verb = USER_PASSWORD.test(password) ? "userauth" : "auth";
  return `${verb} ${password}`;
}

/** @returns `user@domain` of such a password; null for the switch's own */
export function userOf(password: string): string | null {
  return USER_PASSWORD.test(password)
    ? password.slice(0, password.indexOf(":"))
    : null;
}
