/** What is wrong with the connection to FreeSWITCH and what to do about it, for an operator. */
import type { PbxPort } from "../connection/opening.ts";

export const EVENT_SOCKET: PbxPort = {
  name: "FreeSWITCH's Event Socket",
  kind: "esl",
  hostVariable: "FREESWITCH_HOST",
  portVariable: "FREESWITCH_ESL_PORT",
  whenRefused:
    "Is FreeSWITCH running, with mod_event_socket loaded and listen-ip and listen-port in event_socket.conf.xml as FREESWITCH_HOST and FREESWITCH_ESL_PORT say?",
  whenReset:
    "FreeSWITCH went away, or it cut a client that did not read in time",
  whenSilent: "A firewall in between, or not the Event Socket's port?",
};

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

/** @param missing names that were refused, as the list spells them; empty when each alone is taken */
export function eventsAdvice(
  reply: string,
  missing: readonly string[],
): string {
  const which =
    missing.length === 0 ? "the events that it needs" : missing.join(", ");
  return (
    `FreeSWITCH does not let this user receive ${which} (${reply}). ` +
    "Its esl-allowed-events must name all of docs/freeswitch/directory/dialer.xml, or be all; then: fs_cli -x reloadxml"
  );
}

/** @param event one that we caused ourselves */
export function missingEventAdvice(event: string): string {
  return (
    `FreeSWITCH accepted the command, but its event ${event} never came, so the events of calls would not arrive either. ` +
    "Nothing is dialled. Look for a proxy or an event filter in between, and try: fs_cli -x 'reload mod_event_socket'"
  );
}

export function apiAdvice(command: string, reply: string): string {
  return (
    `FreeSWITCH does not let this user run ${command} (${reply}). ` +
    "Its esl-allowed-api must name bgapi, originate, show, status, global_getvar, xml_locate, uuid_exists, uuid_dump, uuid_getvar, uuid_setvar and uuid_kill"
  );
}

/** The same for outbound calls alone. */
export const PAUSED_OUTBOUND =
  "FreeSWITCH is paused for outbound calls (fsctl pause outbound) and refuses every call. Nothing is dialled until: fs_cli -x 'fsctl resume outbound'";
/** Of one whose user may not ask. */
export const REFUSES_ALL =
  "FreeSWITCH refuses every call though it has room: fsctl pause outbound, or min-idle-cpu of switch.conf.xml; its log says which. One call at a time tries whether it still does; fs_cli -x 'fsctl resume outbound' ends the pause";

/** Of a switch that takes no call on purpose. */
export const PAUSED =
  "FreeSWITCH is paused (fsctl pause) and refuses every call. Nothing is dialled until: fs_cli -x 'fsctl resume'";
