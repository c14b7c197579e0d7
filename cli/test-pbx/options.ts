/** The command line of the live suite, checked. */
import { isIP } from "node:net";

import { CommandError } from "../command.ts";

export interface TestPbxOptions {
  readonly host: string;
  readonly port: number;
  /** The switch's, or `user@domain:password`. */
  readonly password: string;
  /** Where answered calls go: that of docs/freeswitch/dialplan/dialer.xml. */
  readonly context: string;
  /** The context with the people that the suite calls. */
  readonly testContext: string;
}

export interface TestPbxValues {
  readonly freeswitch?: string | undefined;
  readonly password?: string | undefined;
  readonly context?: string | undefined;
  readonly "test-context"?: string | undefined;
  readonly "allow-remote"?: boolean | undefined;
}

const CONTEXT = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,78}$/;

/**
 * @param environmentPassword FREESWITCH_ESL_PASSWORD, so that the password need not stand in the process list
 * @throws CommandError that names the option, what it was, and what is expected
 */
export function readTestPbxOptions(
  values: TestPbxValues,
  environmentPassword: string | undefined,
): TestPbxOptions {
  const { host, port } = addressOf(values.freeswitch);
  if (!isLoopback(host) && values["allow-remote"] !== true) {
    throw new CommandError(
      "REMOTE_ADDRESS",
      `--freeswitch names ${host}, which is not this machine. The suite makes calls and hangs them up: it goes elsewhere only with --allow-remote.`,
    );
  }
  const password = values.password ?? environmentPassword ?? "";
  if (password === "" || /\p{Cc}/u.test(password)) {
    throw new CommandError(
      "MISSING_OPTION",
      "--password is missing: give the password of event_socket.conf.xml, or user@domain:password, or set FREESWITCH_ESL_PASSWORD. See --help.",
    );
  }
  return {
    host,
    port,
    password,
    context: contextOf("context", values.context ?? "dialer"),
    testContext: contextOf(
      "test-context",
      values["test-context"] ?? "dialer-test",
    ),
  };
}

function addressOf(given: string | undefined): { host: string; port: number } {
  if (given === undefined) {
    throw new CommandError(
      "MISSING_OPTION",
      "--freeswitch is missing: give it HOST:PORT of the Event Socket, e.g. 127.0.0.1:8021. See --help.",
    );
  }
  const [, bracketed, plain, portText] =
    /^(?:\[([0-9a-f:.]+)\]|([A-Za-z0-9._-]+)):(\d{1,5})$/i.exec(given) ?? [];
  const host = bracketed ?? plain;
  const port = Number(portText ?? "0");
  if (host !== undefined && port >= 1 && port <= 65_535) return { host, port };
  throw new CommandError(
    "WRONG_OPTION",
    `--freeswitch is "${given}"; expected HOST:PORT, e.g. 127.0.0.1:8021 or [::1]:8021. See --help.`,
  );
}

/** Names are not looked up: one that points here today may point elsewhere tomorrow. */
function isLoopback(host: string): boolean {
  if (host === "localhost" || host === "::1") return true;
  return isIP(host) === 4 && host.startsWith("127.");
}

function contextOf(name: string, given: string): string {
  if (CONTEXT.test(given)) return given;
  throw new CommandError(
    "WRONG_OPTION",
    `--${name} is "${given}"; expected letters, digits, _ . - as in the dialplan. See --help.`,
  );
}
