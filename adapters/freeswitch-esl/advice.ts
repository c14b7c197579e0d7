/** What is wrong with the line to FreeSWITCH and what to do about it, in words for an operator. */

const byCode: Readonly<Record<string, string>> = {
  ECONNREFUSED:
    "nothing listens there. Is FreeSWITCH running, with mod_event_socket loaded and listen-ip and listen-port in event_socket.conf.xml as FREESWITCH_HOST and FREESWITCH_ESL_PORT say?",
  ENOTFOUND: "the name cannot be found. Check FREESWITCH_HOST and the DNS",
  EAI_AGAIN: "the name cannot be looked up now. Check the DNS",
  EHOSTUNREACH:
    "no route to that machine. Check FREESWITCH_HOST and the network",
  ENETUNREACH:
    "no route to that network. Check FREESWITCH_HOST and the network",
  ECONNRESET:
    "the connection was reset. FreeSWITCH went away, or it cut a client that did not read in time",
  EPIPE: "the connection was closed while writing",
  ETIMEDOUT: "the machine stopped answering. Check the network and firewalls",
};

/** @param cause the socket's error, or anything without a code when time ran out */
export function connectAdvice(
  cause: object,
  host: string,
  port: number,
): string {
  const code = "code" in cause ? String(cause.code) : null;
  const what =
    code === null
      ? "no greeting in time. A firewall in between, or not the Event Socket's port?"
      : (byCode[code] ?? code);
  return `FreeSWITCH's Event Socket at ${host}:${String(port)}: ${what}`;
}

/** `text/rude-rejection` comes instead of the greeting. */
export function aclAdvice(host: string, port: number): string {
  return (
    `FreeSWITCH at ${host}:${String(port)} rejects this machine's address. ` +
    "Name it in the list that apply-inbound-acl of event_socket.conf.xml uses (autoload_configs/acl.conf.xml), then: fs_cli -x reloadacl"
  );
}

export function passwordAdvice(
  host: string,
  port: number,
  reply: string,
): string {
  return (
    `FreeSWITCH at ${host}:${String(port)} refused the password (${reply}). ` +
    "FREESWITCH_ESL_PASSWORD must be the password of event_socket.conf.xml, or user@domain:password of a directory user with esl-password"
  );
}

export function eventsAdvice(reply: string): string {
  return (
    `FreeSWITCH does not let this user hear the events that it needs (${reply}). ` +
    "Its esl-allowed-events must name all of docs/freeswitch/, or be all"
  );
}

export function apiAdvice(command: string, reply: string): string {
  return (
    `FreeSWITCH does not let this user run ${command} (${reply}). ` +
    "Its esl-allowed-api must name bgapi, originate, show, status, global_getvar, uuid_exists, uuid_dump, uuid_getvar, uuid_setvar and uuid_kill"
  );
}
